"""How one of two processes follows the other on a real server; what holds of every lease is in `test_lease`."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import psycopg
import pytest

from storage.lease import LOOK_S, RENEW_S, State
from storage.postgres import PostgresDatabase, Session
from storage.postgres_lease import CLASS, HELD_S, PATIENCE_S, TAKE_LOCK, PostgresLease
from storage.tenure import Undisputed, tenure_of
from tests.clocks import Clock
from tests.postgres import PostgresServer, postgres_server
from tests.storage.leases import LASTING_MS, WITHIN_S, several, wait_until
from tests.storage.leases import PostgresProcess as Process

HOLDER = """
    SELECT pid FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE locktype = 'advisory' AND granted AND application_name = 'quote-desk lease'"""

Make = Callable[[], Process]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def url(postgres: PostgresServer) -> str:
    return postgres.database()


@pytest.fixture
def make(url: str, clock: Clock) -> Iterator[Make]:
    with several(lambda: Process(url, clock)) as make:
        yield make


@pytest.fixture
def old(make: Make) -> Process:
    """Holds it."""
    process = make()
    assert process.step() == RENEW_S
    return process


@pytest.fixture
def new(make: Make, old: Process) -> Process:
    """Stands by."""
    process = make()
    assert process.step() == LOOK_S
    return process


def session(process: Process) -> AbstractContextManager[Session]:
    assert isinstance(process.database, PostgresDatabase)
    return process.database.session()


def break_session(process: Process) -> None:
    """As when the holder is killed, or the network between is cut; its time is not over before `age` says so."""
    with session(process) as own:
        own.execute("UPDATE lease SET renewed_at = renewed_at + ?", (LASTING_MS,))
        ended = own.execute(f"SELECT pg_terminate_backend(pid, 5000) FROM ({HOLDER}) AS holder").fetchall()
    assert ended == [(True,)]


def break_all_sessions(process: Process) -> None:
    """As when the server is restarted."""
    with session(process) as own:
        own.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'quote-desk lease'"
        )


def age(process: Process) -> None:
    """As if the last renewal were as old as it has to be; the server's clock cannot be ticked."""
    with session(process) as own:
        now = "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)"
        own.execute(f"UPDATE lease SET renewed_at = {now} - ?", (HELD_S * 1000,))


def test_a_holder_that_is_killed_is_followed_when_its_time_is_over(old: Process, new: Process) -> None:
    break_session(old)
    assert new.step() == LOOK_S
    assert new.lease.state() is State.STANDBY
    age(old)

    wait_until(lambda: new.lease.held, new)


def test_a_server_that_forgot_its_locks_makes_no_second_holder(old: Process, new: Process, clock: Clock) -> None:
    """As after a restart: whoever waits finds the lock free, and the holder is at work until it notices."""
    for _ in range(3):
        break_session(old)
        clock.now += LOOK_S
        new.step()
        assert (old.lease.held, new.lease.held) == (True, False)
        wait_until(lambda: old.lease._has_lock, old)
    clock.now += HELD_S
    assert new.step() == LOOK_S
    assert old.step() == LOOK_S or old.lease.held


def test_who_held_it_comes_first_when_the_server_is_back(old: Process, new: Process, clock: Clock) -> None:
    break_all_sessions(old)
    age(old)
    clock.now += LOOK_S
    for each in (new, old):
        assert each.step() == LOOK_S  # finds out
    assert new.step() == LOOK_S
    assert new.lease.state() is State.STANDBY

    wait_until(lambda: old.lease.held, old)

    clock.now += RENEW_S
    new.step()
    assert (old.lease.held, new.lease.held) == (True, False)


def test_of_two_that_follow_at_once_one_holds_it(old: Process, new: Process, make: Make) -> None:
    third = make()
    third.step()
    break_session(old)
    age(old)
    seen = third.lease._seen
    wait_until(lambda: new.lease.held, new)
    new.lease.close()  # and is gone again, while the third one has in mind what it saw before
    wait_until(lambda: third.lease._value(third.lease._session, TAKE_LOCK, CLASS), third)  # type: ignore[arg-type]
    third.lease._has_lock, third.lease._seen = True, seen

    assert third.step() == LOOK_S

    assert not third.lease.held


def test_a_frozen_holder_is_followed_when_the_patience_is_over(old: Process, new: Process, clock: Clock) -> None:
    clock.now += PATIENCE_S - 0.1
    assert new.step() == LOOK_S
    assert new.lease.state() is State.STANDBY
    clock.now += 0.2

    wait_until(lambda: new.lease.held, new)

    assert not old.lease.held


def test_a_holder_whose_session_broke_goes_on_when_nobody_came_in_between(old: Process, clock: Clock) -> None:
    break_session(old)
    clock.now += HELD_S
    assert old.step() == LOOK_S
    assert not old.lease.held

    wait_until(lambda: old.lease.held, old)

    old.write("en")
    assert old.told == []


def test_a_holder_whose_session_broke_is_told_when_somebody_came_and_went(old: Process, new: Process) -> None:
    break_session(old)
    age(old)
    wait_until(lambda: new.lease.held, new)
    new.lease.close()

    wait_until(lambda: old.lease.state() is State.OVER, old)

    assert len(old.told) == 1


def test_a_write_under_way_is_over_before_the_next_epoch_begins(old: Process, new: Process) -> None:
    """What was allowed to begin is written, or undone, before anybody else serves the desk."""
    waits, taken = threading.Event(), threading.Event()

    def take_over() -> None:
        waits.set()
        new.step()
        taken.set()

    thread = threading.Thread(target=take_over)
    with old.database.write():
        break_session(old)
        age(new)
        thread.start()
        waits.wait(WITHIN_S)
        old.write("en")
        assert not new.lease.held
    assert taken.wait(WITHIN_S)
    thread.join()
    wait_until(lambda: new.lease.held, new)
    assert new.language() == "en"


def test_two_schemas_of_one_server_are_two_desks(postgres: PostgresServer, clock: Clock, old: Process) -> None:
    other = Process(postgres.database(), clock)
    other.step()
    assert other.lease.held
    assert old.lease.held
    other.end()


def test_a_thread_minds_it_until_it_is_stopped(url: str, make: Make) -> None:
    first, second = make().lease, make().lease
    never = threading.Event()
    first.start()
    assert first.held
    second.start()
    assert first.is_minded()

    first.stop(WITHIN_S)

    assert not first.is_minded()
    while not second.held:
        never.wait(0.02)
    second.stop(WITHIN_S)
    with psycopg.connect(url) as connection:
        assert connection.execute(HOLDER).fetchall() == []


def test_a_server_that_is_away_is_told_once_and_found_again(
    postgres: PostgresServer, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "storage.lease")
    with postgres_server() as server:
        url = server.database()
        process = Process(url, clock)
        process.step()
        server.stop(mode="immediate")
        for _ in range(3):
            assert process.step() == LOOK_S
        clock.now += HELD_S
        assert not process.lease.held
        assert process.lease.trouble() == "the database does not answer"
        server.start()
        wait_until(lambda: process.lease.held, process)
        process.write("en")
        assert process.lease.trouble() is None
        process.end()
    told = [record.getMessage() for record in caplog.records]
    assert len([line for line in told if "cannot be kept" in line]) == 1
    assert told[-1] == "lease is minded again"
    assert process.told == []


def test_a_holder_whose_epoch_is_not_the_last_one_is_told_to_end(old: Process) -> None:
    with session(old) as own:
        own.execute("UPDATE lease SET epoch = epoch + 1")
    old.step()
    assert old.lease.state() is State.OVER


def test_which_database_it_is_decides_whether_there_is_a_lease(url: str) -> None:
    lost: list[str] = []
    assert isinstance(tenure_of(url, lost=lost.append), PostgresLease)
    assert isinstance(tenure_of("sqlite:///desk.db", lost=lost.append), Undisputed)
