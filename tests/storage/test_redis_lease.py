"""How one of several processes on a file follows another with a Redis between them; the rest is in `test_lease`."""

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from storage.database import open_database
from storage.errors import NotTheHolder
from storage.lease import GONE, LOOK_S, RENEW_S, State
from storage.redis_lease import BACK_S, ELSEWHERE, ELSEWHERE_S, FROZEN_S, HELD_S, KEY_MS, SETTLE_S, RedisLease
from storage.redis_link import LONGEST_PAUSE_S, Link
from storage.redis_wire import RedisWire
from storage.tenure import Undisputed, tenure_of
from tests.clocks import Clock
from tests.redis_server import RedisServer
from tests.storage.conftest import in_a_file
from tests.storage.leases import KEY, LASTING_MS, WITHIN_S, several
from tests.storage.leases import RedisProcess as Process
from tests.storage.redis_desk import DESK, patient_link, patient_wire

Make = Callable[..., Process]


def epoch_of(process: Process) -> int | None:
    return process.lease._epoch


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def url(tmp_path: Path) -> str:
    return in_a_file(tmp_path)


@pytest.fixture
def wire(redis: RedisServer) -> Iterator[RedisWire]:
    wire = patient_wire(redis.database())
    yield wire
    wire.close()


@pytest.fixture
def make(url: str, wire: RedisWire, clock: Clock) -> Iterator[Make]:
    with several(lambda at=url: Process(at, wire, clock)) as make:
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


def test_its_key_stands_until_it_is_given_up(old: Process, wire: RedisWire) -> None:
    assert KEY_MS in old.link.asked[-1]
    assert KEY_MS < wire.call("PTTL", KEY) <= LASTING_MS
    old.give_up()
    assert wire.call("GET", KEY) is None


def test_a_holder_that_is_killed_is_followed_at_the_next_look(old: Process, new: Process, wire: RedisWire) -> None:
    """The kernel says that it is dead, whatever Redis has still of it."""
    old.lease.close()
    assert wire.call("GET", KEY)

    new.step()

    assert new.lease.held
    assert wire.call("GET", KEY).endswith(new.lease._token)


@pytest.mark.parametrize("ends", ["close", "give_up"])
def test_a_holder_that_ends_while_redis_is_away_is_followed_too(old: Process, new: Process, ends: str) -> None:
    old.link.go()
    new.link.go()
    old.step()
    assert old.lease.held
    getattr(old.lease, ends)()

    new.step()

    assert new.lease.held


def test_a_frozen_holder_is_followed_when_it_is_sure(old: Process, new: Process, clock: Clock, wire: RedisWire) -> None:
    clock.now += 2.0
    new.step()
    assert new.lease.state() is State.STANDBY  # the key is there yet
    wire.call("DEL", KEY)  # as when its time has run out
    new.step()
    clock.now += FROZEN_S - 0.1
    new.step()
    assert epoch_of(new) is None
    clock.now += 0.2
    assert new.step() == LOOK_S
    assert epoch_of(new) == 2
    with pytest.raises(NotTheHolder):
        old.write("en")
    assert not new.lease.held  # until nobody can believe any more that the other one holds it
    assert HELD_S + RENEW_S <= SETTLE_S
    clock.now += SETTLE_S
    assert not old.lease.held
    new.step()
    assert new.lease.held


def frozen_and_followed(old: Process, new: Process, clock: Clock, wire: RedisWire) -> None:
    wire.call("DEL", KEY)
    for _ in range(2):
        new.step()
        clock.now += FROZEN_S
    new.step()
    clock.now += SETTLE_S
    new.step()
    assert new.lease.held


def test_who_has_taken_over_from_a_frozen_one_gets_its_lock_in_time(
    old: Process, new: Process, make: Make, clock: Clock, wire: RedisWire
) -> None:
    frozen_and_followed(old, new, clock, wire)
    third = make()
    assert not new.lease._has_lock
    old.lease.close()
    third.step()  # it has the lock now, and sees that there is a holder without it
    assert third.lease._has_lock
    for _ in range(10):
        clock.now += RENEW_S
        new.step()
        third.step()
    assert (new.lease.held, third.lease.state()) == (True, State.STANDBY)
    third.lease.close()
    new.step()
    new.lease.close()
    fourth = make()
    fourth.step()
    assert fourth.lease.held  # for the row says that its holder had the lock


def test_one_that_holds_it_without_the_lock_is_followed_when_it_is_sure(
    old: Process, new: Process, make: Make, clock: Clock, wire: RedisWire
) -> None:
    frozen_and_followed(old, new, clock, wire)
    third = make()
    old.lease.close()
    third.step()
    third.link.go()
    third.step()
    assert not third.lease.held
    clock.now += SETTLE_S
    new.step()  # it was alive, and finds that it holds it no more before the other one acts
    assert new.told == [GONE]
    third.step()
    assert third.lease.held


def test_a_redis_that_is_restarted_takes_nothing_from_a_healthy_holder(
    old: Process, new: Process, clock: Clock, wire: RedisWire
) -> None:
    for _ in range(5):
        wire.call("FLUSHDB")
        new.step()
        clock.now += RENEW_S
        old.step()
        new.step()
    assert old.lease.held
    assert new.lease._epoch is None


def test_a_holder_that_finds_redis_again_later_than_who_stands_by_keeps_it(
    old: Process, new: Process, clock: Clock, wire: RedisWire
) -> None:
    """Each tries again by itself, the one after the other, and the holder says that it is there at its next renewal."""
    for process in (old, new):
        process.link.go()
    new.step()
    wire.call("FLUSHDB")
    new.link.come_back()
    for _ in range(int(LONGEST_PAUSE_S / RENEW_S)):
        new.step()
        clock.now += RENEW_S
        old.step()
    old.link.come_back()
    old.step()
    new.step()
    assert (old.lease.held, old.told) == (True, [])
    assert epoch_of(new) is None
    frozen_and_followed(old, new, clock, wire)


def test_a_holder_that_froze_while_redis_was_away_is_followed_when_it_could_have_come_back(
    old: Process, new: Process, clock: Clock, wire: RedisWire
) -> None:
    new.link.go()
    new.step()
    wire.call("FLUSHDB")
    new.link.come_back()
    new.step()
    clock.now += BACK_S
    new.step()
    clock.now += SETTLE_S
    new.step()
    assert new.lease.held


def test_nobody_is_taken_for_frozen_while_redis_is_away(old: Process, new: Process, clock: Clock) -> None:
    new.link.go()
    for _ in range(20):
        clock.now += RENEW_S
        old.step()
        new.step()
    assert old.lease.held
    assert new.lease._epoch is None


def test_of_two_that_stand_by_one_follows_a_frozen_one(
    old: Process, new: Process, make: Make, clock: Clock, wire: RedisWire
) -> None:
    third = make()
    wire.call("DEL", KEY)
    for _ in range(8):
        new.step()
        third.step()
        clock.now += 1.0
    assert sorted([new.lease.held, third.lease.held]) == [False, True]
    assert new.told == third.told == []


def test_who_looked_too_early_begins_nothing(old: Process, new: Process, clock: Clock, wire: RedisWire) -> None:
    """Another one has come and gone between its look and its own beginning."""
    row = new.lease._row()
    with closing(sqlite3.connect(new.lease._path)) as database:
        database.execute("UPDATE lease SET epoch = 7")
        database.commit()
    wire.call("DEL", KEY)
    new.lease._begin(row, now=clock.now, at_once=False)
    assert new.lease._epoch is None


def test_who_finds_the_key_taken_begins_nothing(old: Process, new: Process, clock: Clock) -> None:
    """Another one that stands by was sooner."""
    new.lease._begin(new.lease._row(), now=clock.now, at_once=False)
    assert new.lease._epoch is None


def test_the_number_of_redis_and_the_epoch_only_rise(old: Process, make: Make, wire: RedisWire) -> None:
    old.lease.close()
    wire.call("SET", f"{KEY}:number", 40)
    new = make()
    new.step()
    assert new.lease._epoch == 41
    new.lease.close()
    wire.call("FLUSHDB")
    third = make()
    third.step()
    assert third.lease._epoch == 42


def test_a_process_on_another_disk_ends_and_says_why(old: Process, make: Make, clock: Clock, tmp_path: Path) -> None:
    other = make(at=in_a_file(tmp_path / "other"))
    for _ in range(12):
        assert not other.lease.held
        other.step()
        old.step()
        clock.now += 1.0
    assert other.told == [ELSEWHERE]
    assert old.lease.held


def test_a_process_on_another_disk_serves_when_the_first_one_has_ended(
    old: Process, make: Make, clock: Clock, tmp_path: Path, wire: RedisWire
) -> None:
    """As after a move to another machine with everything on the disk."""
    other = make(at=in_a_file(tmp_path / "other"))
    other.step()
    clock.now += ELSEWHERE_S - 1
    old.lease.give_up()
    old.link.flush()
    other.step()
    assert other.lease.held
    assert other.told == []


def test_one_that_began_without_redis_beside_another_disk_ends_when_redis_is_back(
    old: Process, make: Make, tmp_path: Path
) -> None:
    other = make(at=in_a_file(tmp_path / "other"))
    other.link.go()
    other.step()
    assert other.lease.held  # nothing tells it of the other one
    other.link.come_back()
    other.step()
    other.step()
    assert (other.lease.held, other.told) == (False, [ELSEWHERE])
    old.step()
    assert old.lease.held


def test_two_disks_that_are_named_alike_are_told_apart_by_the_kernel(
    old: Process, make: Make, clock: Clock, wire: RedisWire, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert wire.call("GET", KEY).split(":")[0] not in ("", "None")
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: (_ for _ in ()).throw(OSError("no such file")))
    other = make()
    other.step()
    clock.now += ELSEWHERE_S
    other.step()
    assert other.told == [ELSEWHERE]


def test_a_write_that_was_kept_elsewhere_does_not_go_over_what_the_next_one_wrote(
    old: Process, new: Process, clock: Clock, wire: RedisWire, caplog: pytest.LogCaptureFixture
) -> None:
    """The disk of a frozen one took nothing, so it was at work in a copy; the next one writes at home."""
    database = old.database
    shelter = old.lease._path.with_name("shelter.db")
    with closing(sqlite3.connect(old.lease._path)) as home, closing(sqlite3.connect(shelter)) as copy:
        home.backup(copy)
    database._go_on_in(shelter)  # type: ignore[attr-defined]  # SQLite's own
    old.write("en")
    frozen_and_followed(old, new, clock, wire)
    new.write("ru")

    database.recover()
    assert not database.is_home
    database.close()

    assert new.language() == "ru"
    assert "database not home yet" in caplog.text


def test_a_database_that_fails_is_told_once(old: Process, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    old.lease.close()
    path = old.lease._path
    away = path.rename(path.with_name("elsewhere.db"))
    path.mkdir()
    for _ in range(3):
        assert old.step() == LOOK_S
    assert old.lease.trouble() == "the database does not answer"
    clock.now += HELD_S
    assert not old.lease.held
    path.rmdir()
    away.rename(path)
    old.step()
    assert [old.lease.trouble(), old.lease.held] == [None, True]
    assert caplog.text.count("lease cannot be kept") == 1


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """What the log says of how the lease is minded."""
    caplog.set_level("INFO", logger="storage.lease")
    return lambda: [record.getMessage() for record in caplog.records if record.name == "storage.lease"]


def frozen_in_a_write(old: Process, new: Process, clock: Clock, wire: RedisWire) -> None:
    """The new one tries again and again to take over; in between there is nothing that could fail, which is no change.

    In the end the file is free again.
    """
    new.lease._open().execute("PRAGMA busy_timeout = 0")
    with closing(sqlite3.connect(old.lease._path, isolation_level=None)) as frozen:
        frozen.execute("BEGIN IMMEDIATE")
        for _ in range(3):
            wire.call("DEL", KEY)  # as when its time has run out
            new.step()
            clock.now += FROZEN_S
            for _ in range(3):
                assert new.step() == LOOK_S
                assert new.lease.trouble() is not None
    assert epoch_of(new) is None
    wire.call("DEL", KEY)


def test_a_file_that_a_frozen_holder_keeps_locked_is_told_once(
    old: Process, new: Process, clock: Clock, wire: RedisWire, told: Callable[[], list[str]]
) -> None:
    frozen_in_a_write(old, new, clock, wire)
    new.step()
    clock.now += FROZEN_S
    new.step()
    assert epoch_of(new) is not None
    assert new.lease.trouble() is None
    assert told() == ["lease cannot be kept: database is locked", "lease is minded again"]


def test_a_frozen_holder_that_wakes_ends_the_trouble_of_a_standby(
    old: Process, new: Process, clock: Clock, wire: RedisWire, told: Callable[[], list[str]]
) -> None:
    frozen_in_a_write(old, new, clock, wire)
    old.step()
    new.step()
    assert epoch_of(new) is None
    assert new.lease.trouble() is None
    assert told() == ["lease cannot be kept: database is locked", "lease is minded again"]


def test_a_thread_minds_it_until_it_is_stopped(url: str, redis: RedisServer) -> None:
    shared, links, leases = redis.database(), list[Link](), list[RedisLease]()
    open_database(url).close()
    for _ in range(2):
        links.append(patient_link(shared))
        links[-1].start()
        tenure = tenure_of(url, lost=lambda _: None, link=links[-1], desk=DESK)
        assert isinstance(tenure, RedisLease)
        leases.append(tenure)
        tenure.start()
    first, second = leases
    never = threading.Event()
    while not first.held:  # on a machine so busy that its time was over already
        never.wait(0.02)
    assert first.is_minded()

    first.stop(WITHIN_S)

    assert not first.is_minded()
    while not second.held:
        never.wait(0.02)
    second.stop(WITHIN_S)
    for link in links:
        link.stop(WITHIN_S)


def test_the_lock_of_a_killed_process_is_free(url: str, make: Make) -> None:
    """Which is what everything here rests on."""
    program = f"""
import fcntl, io, sys
file = io.FileIO({str(Path(url.removeprefix("sqlite:///"))) + ".lease"!r}, "a")
fcntl.flock(file, fcntl.LOCK_EX)
print("locked", flush=True)
sys.stdin.read()
"""
    process = make()
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "locked\n"
        assert not process.lease._lock()
        other.kill()
    assert process.lease._lock()


def test_a_process_without_redis_is_the_only_one(url: str) -> None:
    assert isinstance(tenure_of(url, lost=lambda _: None), Undisputed)
