"""Who gets in."""

import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from calc.deeds import Deed
from calc.team import NO_LIMITS, Change, Limits, Member, Role
from desk.access import Access

NOW = datetime(2026, 11, 21, 12, 4, tzinfo=UTC)


class Store:
    """As the database does it, in memory: one change at a time, decided from what is so then."""

    def __init__(self, *members: Member) -> None:
        self.members = {each.id: each for each in members}
        self.deeds: list[Deed] = []
        self._lock = threading.Lock()

    def all(self) -> list[Member]:
        return list(self.members.values())

    def change(self, decide: Callable[[Sequence[Member]], Change]) -> None:
        with self._lock:
            change = decide(self.all())
            self.members |= {each.id: each for each in change.put}
            for user_id in change.out:
                self.members.pop(user_id, None)
            self.deeds += change.deeds


def paired(user_id: int) -> Member:
    return Member(user_id, Role.OWNER, paired=True)


def test_the_settings_name_owners_and_whoever_once_opened_the_pairing_link_is_out() -> None:
    access = Access([1001], Store(paired(1002)))
    assert access.allows(1001)
    assert not access.allows(1002)
    assert access.pairing_code is None
    assert not access.pair(1002, "pair_")


def test_beside_the_owners_of_the_settings_there_is_the_team() -> None:
    store = Store(Member(1002, Role.OPERATOR), Member(1003, Role.VIEWER), Member(1004, Role.OWNER))
    access = Access([1001], store)
    assert [access.role(each) for each in (1001, 1002, 1003, 1004, 1005)] == [
        Role.OWNER, Role.OPERATOR, Role.VIEWER, Role.OWNER, None,
    ]  # fmt: skip
    assert access.owners == {1001, 1004}
    assert set(access.members) == {1001, 1002, 1003, 1004}


@pytest.mark.parametrize(
    ("role", "allowed"),
    [(None, (False, False, False)), (Role.VIEWER, (True, False, False)), (Role.OPERATOR, (True, True, False))],
)
def test_each_role_may_do_what_it_is_for(role: Role | None, allowed: tuple[bool, bool, bool]) -> None:
    access = Access([1001], Store(*([] if role is None else [Member(1002, role)])))
    assert (access.allows(1002), access.may_quote(1002), access.is_owner(1002)) == allowed
    assert (access.allows(1001), access.may_quote(1001), access.is_owner(1001)) == (True, True, True)


def test_an_owner_named_in_the_settings_is_one_whatever_is_kept_of_them() -> None:
    access = Access([1001], Store(Member(1001, Role.VIEWER, Limits(amount=Decimal(1)))))
    assert access.role(1001) is Role.OWNER
    assert access.limits(1001) == NO_LIMITS


def test_limits_are_those_of_operators_and_no_owners() -> None:
    limits = Limits(amount=Decimal(500_000), margin=Decimal(1))
    access = Access([], Store(Member(1, Role.OWNER, limits), Member(2, Role.OPERATOR, limits)))
    assert access.limits(1) == NO_LIMITS
    assert access.limits(2) == limits
    assert access.limits(3) == NO_LIMITS


def test_what_changes_in_the_store_counts_once_it_is_read_again() -> None:
    store = Store(Member(1002, Role.OPERATOR))
    access = Access([1001], store)
    store.members.clear()
    access.reload()
    assert not access.allows(1002)


def test_of_two_who_read_at_once_the_one_who_began_later_has_the_last_word() -> None:
    store = Store(Member(1002, Role.OPERATOR))
    access = Access([1001], store)
    read = store.all

    def overtaken() -> list[Member]:
        late = read()
        store.all = read  # type: ignore[method-assign]  # the second reader is not overtaken
        store.members.clear()
        access.reload()
        return late

    store.all = overtaken  # type: ignore[method-assign]  # between its turn and its answer another one comes
    access.reload()
    assert not access.allows(1002)


def test_a_kept_owner_needs_no_second_pairing() -> None:
    access = Access([], Store(paired(1002)))
    assert access.allows(1002)
    assert access.pairing_code is None


def test_each_start_without_an_owner_has_a_code_of_its_own() -> None:
    codes = {Access([], Store(Member(1, Role.OPERATOR))).pairing_code for _ in range(3)}
    assert len(codes) == 3
    assert all(code and code.startswith("pair_") and len(code) <= 64 for code in codes)


def test_the_code_works_once_and_only_letter_by_letter() -> None:
    store = Store()
    access = Access([], store, utcnow=lambda: NOW, new_code=lambda: "x")
    assert not access.pair(2001, "pair_y")
    assert not access.pair(2001, "pair_ж")
    assert access.pair(1001, "pair_x", name="Аня")
    assert not access.pair(2001, "pair_x")
    assert access.allows(1001)
    assert not access.allows(2001)
    assert store.members == {1001: paired(1001)}
    assert [access.is_paired(each) for each in (1001, 2001)] == [True, False]
    assert store.deeds == [Deed(NOW, 1001, "Аня", "team.paired", "1001", {"new": "owner"})]


def test_a_code_is_worth_nothing_where_another_process_has_an_owner_by_now() -> None:
    store = Store()
    access = Access([], store, new_code=lambda: "x")
    store.members[1001] = paired(1001)
    assert not access.pair(2001, "pair_x")
    assert access.owners == {1001}


def test_of_many_who_come_at_once_one_becomes_the_owner() -> None:
    store = Store()
    access = Access([], store, new_code=lambda: "x")
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
    assert access.owners == set(won)
    assert len(store.deeds) == 1
