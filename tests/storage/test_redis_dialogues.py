"""Copies of dialogues in a real Redis: they are never older than the database, whatever dies in between."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from tests.redis_server import RedisServer
from tests.storage.redis_desk import DESK, Start, Undone, processes


@pytest.fixture
def start(url: str, redis: RedisServer) -> Iterator[Start]:
    with processes(url, redis.database()) as start:
        yield start


def test_the_next_process_finds_the_dialogues_without_asking_the_database(start: Start) -> None:
    old = start()
    old.set(1, "amount")
    old.set(2, "margin")
    old.states.set_data(2, 2, "pays", "RUB")
    old.delete(1)
    old.link.flush()

    new = start()

    assert new.has_copy(1)
    assert new.has_copy(2)
    assert (new.get(1), new.get(2), new.states.get_data(2, 2)) == (None, "margin", {"pays": "RUB"})


def test_what_it_has_written_or_read_it_knows_by_heart(start: Start) -> None:
    process = start()
    process.set(1, "amount")
    asked = len(process.link.asked)
    assert process.get(1) == "amount"
    assert process.get(2) is None
    assert process.has_copy(1)
    assert process.has_copy(2)
    assert len(process.link.asked) <= asked + 1


def test_a_process_that_dies_before_its_copy_leaves_nothing_to_trust(start: Start) -> None:
    old = start()
    old.keep(1, "amount")
    old.set(1, "result")
    old.end()

    new = start()

    assert not new.has_copy(1)
    assert new.get(1) == "result"


def test_one_that_was_frozen_and_wakes_puts_nothing_old_over_it(start: Start) -> None:
    frozen = start()
    frozen.keep(1, "amount")
    new = start()
    assert new.get(1) == "amount"
    new.keep(1, "result")

    with frozen.copies._lock:  # what it had in hand when it froze
        frozen.copies._waiting[1, 1, 0, "", 0] = None
        frozen.copies._uncounted = 1
    frozen.link.tell(frozen.copies._copy, frozen.copies._heard)
    frozen.link.flush()

    new.forget_memory()
    assert new.get(1) == "result"
    frozen.forget_memory()
    assert frozen.get(1) == "result"


def test_another_owner_is_noticed_by_whoever_reads(start: Start) -> None:
    old = start()
    old.keep(1, "amount")
    start()
    old.forget_memory()
    assert old.get(1) == "amount"
    assert not old.has_copy(2)


def test_what_was_undone_is_not_remembered(start: Start) -> None:
    process = start()
    process.set(1, "amount")

    def fail() -> None:
        with process.database.write():
            process.set(1, "result")
            assert process.get(1) == "result"  # in its own transaction it sees it
            raise Undone

    with pytest.raises(Undone):
        fail()
    assert process.get(1) == "amount"
    process.keep(2, "margin")
    assert start().get(1) == "amount"


def test_a_read_that_a_write_overtakes_is_not_remembered(start: Start) -> None:
    process = start()
    key = (1, 1, 0, "", 0)

    def slow() -> None:
        process.set(1, "amount")  # by another thread, after this one has read that there is none

    assert process.copies.read(key, slow) is None
    assert process.get(1) == "amount"


def test_of_two_transactions_that_overlap_the_later_one_counts_whoever_is_heard_first(start: Start) -> None:
    """The first has committed, and before it can say so the second begins, commits and is heard."""
    process = start()
    process.keep(1, "amount")
    late: list[Callable[[bool], object]] = []
    soon = process.database.when_over
    process.database.when_over = late.append  # type: ignore[method-assign, assignment]  # heard of later
    process.set(1, "result")
    process.database.when_over = soon  # type: ignore[method-assign]
    process.set(1, "given")
    assert process.get(1) == "given"  # out of the database, for one is open yet
    process.link.flush()
    process.set(2, "margin")

    late[0](True)

    assert process.get(1) == "given"
    process.link.flush()
    process.forget_memory()
    assert process.get(1) == "given"
    new = start()
    assert (new.get(1), new.has_copy(1)) == ("given", True)


def test_two_that_begin_anew_at_once_leave_only_what_is_true(start: Start) -> None:
    process = start()
    late: list[Callable[[bool], object]] = []
    soon = process.database.when_over
    process.database.when_over = late.append  # type: ignore[method-assign, assignment]  # heard of later
    process.set(1, "amount")
    process.database.when_over = soon  # type: ignore[method-assign]
    process.set(2, "margin")
    late[0](True)
    process.link.flush()
    process.forget_memory()
    assert (process.get(1), process.get(2)) == ("amount", "margin")
    process.keep(1, "result")
    new = start()
    assert (new.get(1), new.get(2)) == ("result", "margin")


def test_those_not_needed_for_long_leave_the_memory_and_those_not_copied_yet_are_known(start: Start) -> None:
    process = start(most=3)
    for chat_id in range(1, 8):
        process.set(chat_id, f"state {chat_id}")
    assert len(process.copies._memory) == 3
    assert process.has_copy(1)  # it waits to be copied
    process.link.flush()
    for chat_id in range(1, 8):
        assert process.get(chat_id) == f"state {chat_id}"


def test_dialogues_that_are_forgotten_are_forgotten_here_too(start: Start) -> None:
    process = start()
    process.set(1, "amount")
    assert process.states.forget_older_than(datetime(2100, 1, 1, tzinfo=UTC)) == 1
    assert process.copies._memory == {}


def test_copies_expire(start: Start) -> None:
    process = start()
    process.keep(1, "amount")
    wire = process._wire
    keys = wire.call("KEYS", f"{DESK}:*")
    assert len(keys) == 3
    assert all(0 < wire.call("PTTL", key) <= 2 * 24 * 3600 * 1000 for key in keys)


def test_copies_that_have_expired_are_asked_of_the_database(start: Start) -> None:
    process = start()
    process.keep(1, "amount")
    process.forget_memory()
    process._wire.call("DEL", f"{DESK}:{process.row()[0]}:1/1/0//0")  # type: ignore[index]  # it is there
    assert process.get(1) == "amount"
