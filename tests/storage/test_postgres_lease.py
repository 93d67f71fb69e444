"""Who of two processes serves the desk, against a real server: two leases, and a clock that is ticked."""

import threading
from collections.abc import Callable, Iterator

import psycopg
import pytest

from storage.operators import Operators
from storage.postgres import PostgresDatabase, open_postgres
from storage.postgres_lease import CLASS, HELD_S, LOOK_S, PATIENCE_S, RENEW_S, TAKE_LOCK, Lease
from storage.tenure import NotTheHolder, State, Undisputed, tenure_of
from tests.postgres import PostgresServer, postgres_server

WITHIN_S = 20.0
HOLDER = """
    SELECT pid FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE locktype = 'advisory' AND granted AND application_name = 'quote-desk lease'"""


class Clock:
    """Monotonic, the same for both, as on one machine."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Process:
    """A lease that is minded by the test, and a database behind it."""

    def __init__(self, url: str, clock: Clock, name: str) -> None:
        self.told: list[str] = []
        self.lease = Lease(url, lost=self.told.append, holder=name, clock=clock)
        self.database = open_postgres(url, lambda: None, fence=self.lease.fence)

    def write(self, language: str) -> None:
        Operators(self.database).set_language(1, language)

    def end(self) -> None:
        self.lease.close()
        self.database.close()


Make = Callable[[str], Process]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def url(postgres: PostgresServer) -> str:
    return postgres.database()


@pytest.fixture
def make(url: str, clock: Clock) -> Iterator[Make]:
    made: list[Process] = []

    def process(name: str) -> Process:
        made.append(Process(url, clock, name))
        return made[-1]

    yield process
    for each in made:
        each.end()


@pytest.fixture
def old(make: Make) -> Process:
    """Holds it."""
    process = make("old")
    assert process.lease.step() == RENEW_S
    return process


@pytest.fixture
def new(make: Make, old: Process) -> Process:
    """Stands by."""
    process = make("new")
    assert process.lease.step() == LOOK_S
    return process


def break_session(database: PostgresDatabase) -> None:
    """As when its process is killed, or the network between is cut."""
    with database.session() as session:
        ended = session.execute(f"SELECT pg_terminate_backend(pid, 5000) FROM ({HOLDER}) AS holder").fetchall()
    assert ended == [(True,)]


def break_all_sessions(database: PostgresDatabase) -> None:
    """As when the server is restarted."""
    with database.session() as session:
        session.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'quote-desk lease'"
        )


def age(database: PostgresDatabase) -> None:
    """As if the last renewal were as old as it has to be; the server's clock cannot be ticked."""
    with database.session() as session:
        session.execute("UPDATE lease SET renewed_at = renewed_at - ?", (HELD_S * 1000,))


def wait_until(found: Callable[[], bool], lease: Lease) -> None:
    """Steps until it is so: a session that is ended lets go of its lock a moment later."""
    never = threading.Event()
    for _ in range(200):
        lease.step()
        if found():
            return
        never.wait(0.02)
    raise AssertionError(lease.state())


def test_one_of_two_holds_it_and_the_other_stands_by(old: Process, new: Process) -> None:
    assert (old.lease.held, old.lease.state()) == (True, State.HOLDER)
    assert (new.lease.held, new.lease.state()) == (False, State.STANDBY)


def test_a_standby_writes_nothing(old: Process, new: Process) -> None:
    old.write("en")
    with pytest.raises(NotTheHolder) as caught:
        new.write("ru")
    assert (caught.value.epoch, caught.value.of_the_holder) == (None, 1)
    assert Operators(new.database).language(1) == "en"


def test_nobody_writes_before_anybody_has_held_it(make: Make) -> None:
    with pytest.raises(NotTheHolder) as caught:
        make("first").write("en")
    assert caught.value.of_the_holder is None


def test_a_holder_that_renews_keeps_it_for_ever(old: Process, new: Process, clock: Clock) -> None:
    for _ in range(20):
        clock.now += RENEW_S
        old.lease.step()
        new.lease.step()
        assert old.lease.held
    assert new.lease.state() is State.STANDBY


def test_a_holder_that_gives_it_up_is_followed_at_the_next_look(old: Process, new: Process) -> None:
    old.lease.stop(0.0)
    assert (old.lease.held, old.lease.state()) == (False, State.OVER)
    old.lease.give_up()

    wait_until(lambda: new.lease.held, new.lease)

    new.write("ru")
    with pytest.raises(NotTheHolder):
        old.write("en")
    assert Operators(new.database).language(1) == "ru"
    assert old.told == []  # it was asked to


def test_a_holder_that_is_killed_is_followed_when_its_time_is_over(old: Process, new: Process) -> None:
    break_session(old.database)
    assert new.lease.step() == LOOK_S
    assert new.lease.state() is State.STANDBY
    age(old.database)

    wait_until(lambda: new.lease.held, new.lease)


def test_a_server_that_forgot_its_locks_makes_no_second_holder(old: Process, new: Process, clock: Clock) -> None:
    """As after a restart: whoever waits finds the lock free, and the holder is at work until it notices."""
    for _ in range(3):
        break_session(old.database)
        clock.now += LOOK_S
        new.lease.step()
        assert (old.lease.held, new.lease.held) == (True, False)
        wait_until(lambda: old.lease._has_lock, old.lease)
    clock.now += HELD_S
    assert new.lease.step() == LOOK_S
    assert old.lease.step() == LOOK_S or old.lease.held


def test_who_held_it_comes_first_when_the_server_is_back(old: Process, new: Process, clock: Clock) -> None:
    break_all_sessions(old.database)
    age(old.database)
    clock.now += LOOK_S
    for lease in (new.lease, old.lease):
        assert lease.step() == LOOK_S  # finds out
    assert new.lease.step() == LOOK_S
    assert new.lease.state() is State.STANDBY

    wait_until(lambda: old.lease.held, old.lease)

    clock.now += RENEW_S
    new.lease.step()
    assert (old.lease.held, new.lease.held) == (True, False)


def test_of_two_that_follow_at_once_one_holds_it(old: Process, new: Process, make: Make) -> None:
    third = make("third")
    third.lease.step()
    break_session(old.database)
    age(old.database)
    seen = third.lease._seen
    wait_until(lambda: new.lease.held, new.lease)
    new.lease.close()  # and is gone again, while the third one has in mind what it saw before
    wait_until(lambda: third.lease._value(third.lease._session, TAKE_LOCK, CLASS), third.lease)  # type: ignore[arg-type]
    third.lease._has_lock, third.lease._seen = True, seen

    assert third.lease.step() == LOOK_S

    assert not third.lease.held


def test_a_frozen_holder_is_followed_when_the_patience_is_over(old: Process, new: Process, clock: Clock) -> None:
    clock.now += PATIENCE_S - 0.1
    assert new.lease.step() == LOOK_S
    assert new.lease.state() is State.STANDBY
    clock.now += 0.2

    wait_until(lambda: new.lease.held, new.lease)

    assert not old.lease.held


def test_a_frozen_holder_that_wakes_neither_sends_nor_writes_and_is_told_to_end(
    old: Process, new: Process, clock: Clock
) -> None:
    clock.now += PATIENCE_S
    wait_until(lambda: new.lease.held, new.lease)

    assert not old.lease.held
    with pytest.raises(NotTheHolder) as caught:
        old.write("en")
    assert (caught.value.epoch, caught.value.of_the_holder) == (1, 2)
    wait_until(lambda: old.lease.state() is State.OVER, old.lease)
    assert len(old.told) == 1
    assert old.lease.step() == RENEW_S  # and nothing comes of it any more
    assert len(old.told) == 1
    assert new.lease.held


def test_its_time_runs_out_before_the_patience_of_the_other(old: Process, clock: Clock) -> None:
    clock.now += HELD_S
    assert not old.lease.held
    assert HELD_S < PATIENCE_S


def test_a_standby_that_was_frozen_itself_takes_nothing_from_a_healthy_holder(
    old: Process, new: Process, clock: Clock
) -> None:
    clock.now += 10 * PATIENCE_S
    old.lease.step()
    new.lease.step()
    clock.now += RENEW_S
    new.lease.step()
    old.lease.step()
    assert old.lease.held
    assert new.lease.state() is State.STANDBY


def test_a_holder_whose_session_broke_goes_on_when_nobody_came_in_between(old: Process, clock: Clock) -> None:
    break_session(old.database)
    clock.now += HELD_S
    assert old.lease.step() == LOOK_S
    assert not old.lease.held

    wait_until(lambda: old.lease.held, old.lease)

    old.write("en")
    assert old.told == []


def test_a_holder_whose_session_broke_is_told_when_somebody_came_and_went(old: Process, new: Process) -> None:
    break_session(old.database)
    age(old.database)
    wait_until(lambda: new.lease.held, new.lease)
    new.lease.close()

    wait_until(lambda: old.lease.state() is State.OVER, old.lease)

    assert len(old.told) == 1


def test_a_write_under_way_is_over_before_the_next_epoch_begins(old: Process, new: Process) -> None:
    """What was allowed to begin is written, or undone, before anybody else serves the desk."""
    waits, taken = threading.Event(), threading.Event()

    def take_over() -> None:
        waits.set()
        new.lease.step()
        taken.set()

    thread = threading.Thread(target=take_over)
    with old.database.write():
        break_session(old.database)
        age(new.database)
        thread.start()
        waits.wait(WITHIN_S)
        Operators(old.database).set_language(1, "en")
        assert not new.lease.held
    assert taken.wait(WITHIN_S)
    thread.join()
    wait_until(lambda: new.lease.held, new.lease)
    assert Operators(new.database).language(1) == "en"


def test_two_schemas_of_one_server_are_two_desks(postgres: PostgresServer, clock: Clock, old: Process) -> None:
    other = Process(postgres.database(), clock, "another desk")
    other.lease.step()
    assert other.lease.held
    assert old.lease.held
    other.end()


def test_a_thread_minds_it_until_it_is_stopped(url: str, make: Make) -> None:
    first, second = make("first").lease, make("second").lease
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
    caplog.set_level("INFO", "storage.postgres_lease")
    with postgres_server() as server:
        url = server.database()
        process = Process(url, clock, "only one")
        process.lease.step()
        server.stop(mode="immediate")
        for _ in range(3):
            assert process.lease.step() == LOOK_S
        clock.now += HELD_S
        assert not process.lease.held
        assert process.lease.trouble() == "the database does not answer"
        server.start()
        wait_until(lambda: process.lease.held, process.lease)
        process.write("en")
        assert process.lease.trouble() is None
        process.end()
    told = [record.getMessage() for record in caplog.records]
    assert len([line for line in told if "cannot be kept" in line]) == 1
    assert told[-1] == "lease is minded again"
    assert process.told == []


def test_it_can_be_ended_before_it_has_begun(make: Make) -> None:
    lease = make("early").lease
    lease.stop(WITHIN_S)
    lease.give_up()
    assert lease.state() is State.OVER


def test_a_holder_whose_epoch_is_not_the_last_one_is_told_to_end(old: Process) -> None:
    with old.database.session() as session:
        session.execute("UPDATE lease SET epoch = epoch + 1")
    old.lease.step()
    assert old.lease.state() is State.OVER


def test_which_database_it_is_decides_whether_there_is_a_lease(url: str) -> None:
    lost: list[str] = []
    assert isinstance(tenure_of(url, lost=lost.append), Lease)
    assert isinstance(tenure_of("sqlite:///desk.db", lost=lost.append), Undisputed)
