import itertools
import threading

import pytest

from storage.database import Database
from storage.inbox import SPINS, Inbox
from tests.storage.conftest import Clock, only_sqlite, trace


@pytest.fixture
def inbox(database: Database, clock: Clock) -> Inbox:
    return Inbox(database, now=clock)


def test_a_new_update_is_kept_and_named(inbox: Inbox) -> None:
    assert inbox.add([(7, '{"update_id":7}'), (8, "b")]) == [7, 8]

    assert inbox.unfinished() == [(7, '{"update_id":7}', 0), (8, "b", 0)]


def test_a_known_update_is_not_new_and_keeps_its_first_body(inbox: Inbox) -> None:
    inbox.add([(7, "first")])

    assert inbox.add([(9, "c"), (7, "again"), (8, "b"), (8, "b again")]) == [9, 8]

    assert inbox.unfinished() == [(7, "first", 0), (8, "b", 0), (9, "c", 0)]


def test_nothing_to_add_is_nothing_new(inbox: Inbox) -> None:
    assert inbox.add([]) == []


def test_a_done_update_is_not_handled_again(inbox: Inbox) -> None:
    inbox.add([(7, "a"), (8, "b")])

    inbox.done(7)

    assert inbox.unfinished() == [(8, "b", 0)]
    assert inbox.add([(7, "a")]) == []


def test_a_done_update_keeps_its_number_and_no_text(inbox: Inbox, database: Database) -> None:
    inbox.add([(7, "what a client wrote")])

    inbox.done(7)

    rows = database.read().execute("SELECT update_id, body FROM inbox").fetchall()
    assert rows == [(7, "")]


def test_a_press_whose_button_spins_is_known_for_as_long_as_somebody_may_look_at_it(
    inbox: Inbox, database: Database, clock: Clock
) -> None:
    inbox.add([(number, "a") for number in (7, 8, 9)])
    with database.write() as connection:
        inbox.mark_done(connection, 7, press="q7")
    clock.moment += SPINS
    with database.write() as connection:
        inbox.mark_done(connection, 8, press="q8")
    inbox.park(9, "its handler hung")
    inbox.done(8)

    assert inbox.spinning() == ["q8"]
    assert inbox.unfinished() == []


def test_marking_an_unknown_update_changes_nothing(inbox: Inbox) -> None:
    inbox.done(7)

    assert inbox.add([(7, "a")]) == [7]


def test_unfinished_ones_come_in_order_and_as_many_as_asked_for(inbox: Inbox) -> None:
    inbox.add([(number, "") for number in (5, 3, 4, 1, 2)])

    assert [number for number, *_ in inbox.unfinished(limit=3)] == [1, 2, 3]


def test_a_full_batch_and_the_next_one_are_kept(inbox: Inbox) -> None:
    assert inbox.add([(number, "") for number in range(100)]) == list(range(100))
    assert inbox.add([(number, "") for number in range(50, 150)]) == list(range(100, 150))


def test_a_done_mark_goes_with_the_transaction_it_is_in(inbox: Inbox, database: Database) -> None:
    inbox.add([(7, "a")])

    def fail_in_the_end() -> None:
        with database.write():
            inbox.done(7)
            raise KeyError

    with pytest.raises(KeyError):
        fail_in_the_end()

    assert inbox.unfinished() == [(7, "a", 0)]


def test_old_done_updates_are_forgotten_and_waiting_ones_never(inbox: Inbox, clock: Clock) -> None:
    inbox.add([(1, "waits"), (2, ""), (3, "")])
    inbox.done(2)
    clock.forward(days=3)
    inbox.done(3)

    assert inbox.forget_older_than(clock.moment) == 1

    assert inbox.unfinished() == [(1, "waits", 0)]
    assert inbox.add([(2, "new"), (3, "known")]) == [2]


def test_what_telegram_could_repeat_is_never_forgotten(inbox: Inbox, clock: Clock) -> None:
    inbox.add([(7, "")])
    inbox.done(7)
    clock.forward(hours=24)

    assert inbox.forget_older_than(clock.moment) == 0
    assert inbox.add([(7, "")]) == []


def test_attempts_are_counted_for_those_that_wait(inbox: Inbox) -> None:
    inbox.add([(7, "a"), (8, "b"), (9, "c")])
    inbox.done(9)

    inbox.count([7, 8, 9])
    inbox.count([8])
    inbox.count([7], by=-1)
    inbox.count([])

    assert inbox.unfinished() == [(7, "a", 0), (8, "b", 2)]


def test_a_parked_update_waits_no_more_but_keeps_its_text_and_the_reason(inbox: Inbox, database: Database) -> None:
    inbox.add([(7, "what kills"), (8, "b")])

    assert inbox.park(7, "the reason")

    assert inbox.unfinished() == [(8, "b", 0)]
    assert inbox.add([(7, "again")]) == []
    rows = database.read().execute("SELECT body, parked_because FROM inbox WHERE update_id = 7").fetchall()
    assert rows == [("what kills", "the reason")]


def test_what_is_done_is_not_parked_any_more(inbox: Inbox) -> None:
    inbox.add([(7, "a")])
    inbox.done(7)

    assert not inbox.park(7, "too late")
    assert not inbox.park(8, "unknown")


def test_a_parked_update_is_forgotten_after_a_month(inbox: Inbox, clock: Clock) -> None:
    inbox.add([(7, "a")])
    inbox.park(7, "the reason")
    clock.forward(days=30)
    assert inbox.forget_older_than(clock.moment) == 0

    clock.forward(seconds=1)

    assert inbox.forget_older_than(clock.moment) == 1


def test_threads_that_add_the_same_update_agree_on_who_was_first(inbox: Inbox) -> None:
    start = threading.Barrier(8)
    new: list[int] = []

    def add() -> None:
        start.wait()
        for number in range(25):
            new.extend(inbox.add([(number, "")]))

    threads = [threading.Thread(target=add) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(new) == list(range(25))


def test_what_is_done_is_known_as_done(database: Database) -> None:
    inbox = Inbox(database)
    inbox.add([(1, "one"), (2, "two")])
    inbox.done(1)
    assert [inbox.is_done(number) for number in (1, 2, 3)] == [True, False, False]


@only_sqlite  # which can be watched at its work
def test_batches_of_all_sizes_take_few_statements(inbox: Inbox, database: Database) -> None:
    executed: list[str] = []
    trace(database, executed.append)
    number = itertools.count(1)
    for size in range(1, 101):
        batch = [(next(number), "text") for _ in range(size)]
        assert inbox.add(batch) == [update_id for update_id, _ in batch]
    trace(database, None)
    kept = {statement.count("'text'") for statement in executed if "INSERT" in statement}
    assert kept == {1, 2, 4, 8, 16, 32, 64}
