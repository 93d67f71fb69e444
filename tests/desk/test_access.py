"""Who gets in."""

import threading

from desk.access import Access


class Store:
    def __init__(self, *owners: int) -> None:
        self.kept = set(owners)

    def owners(self) -> frozenset[int]:
        return frozenset(self.kept)

    def add_owner(self, user_id: int) -> None:
        self.kept.add(user_id)


def test_the_settings_name_the_owners_and_nobody_else_gets_in() -> None:
    access = Access([1001], Store(1002))
    assert access.allows(1001)
    assert not access.allows(1002)
    assert access.pairing_code is None
    assert not access.pair(1002, "pair_")


def test_the_owners_are_those_who_get_in_and_may_see_how_the_bot_is_doing() -> None:
    access = Access([1001, 1003], Store())
    assert access.owners == {1001, 1003}
    assert access.is_owner(1003)
    assert not access.is_owner(1002)


def test_a_kept_owner_needs_no_second_pairing() -> None:
    access = Access([], Store(1002))
    assert access.allows(1002)
    assert access.pairing_code is None


def test_each_start_without_an_owner_has_a_code_of_its_own() -> None:
    codes = {Access([], Store()).pairing_code for _ in range(3)}
    assert len(codes) == 3
    assert all(code and code.startswith("pair_") and len(code) <= 64 for code in codes)


def test_the_code_works_once_and_only_letter_by_letter() -> None:
    store = Store()
    access = Access([], store, new_code=lambda: "x")
    assert not access.pair(2001, "pair_y")
    assert not access.pair(2001, "pair_ж")
    assert access.pair(1001, "pair_x")
    assert not access.pair(2001, "pair_x")
    assert access.allows(1001)
    assert not access.allows(2001)
    assert store.kept == {1001}


def test_of_many_who_come_at_once_one_becomes_the_owner() -> None:
    access = Access([], Store(), new_code=lambda: "x")
    gate, won = threading.Barrier(8), list[int]()

    def come(user_id: int) -> None:
        gate.wait()
        if access.pair(user_id, "pair_x"):
            won.append(user_id)

    threads = [threading.Thread(target=come, args=(user_id,)) for user_id in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
