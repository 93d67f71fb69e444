"""Who of several processes serves the desk, and what holds of every lease, on a real PostgreSQL and on a real Redis."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from storage.errors import NotTheHolder
from storage.lease import GONE, LOOK_S, RENEW_S, State
from storage.postgres_lease import HELD_S as ON_POSTGRES_S
from storage.redis_lease import HELD_S as IN_A_FILE_S
from tests.clocks import Clock
from tests.storage.conftest import in_a_file
from tests.storage.leases import WITHIN_S, PostgresProcess, RedisProcess, several, wait_until
from tests.storage.redis_desk import patient_wire

OneProcess = PostgresProcess | RedisProcess
Make = Callable[[], OneProcess]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["postgres", "redis"])
def make(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Make]:
    """Another process on the same database."""
    url: str
    if request.param == "postgres":
        url = request.getfixturevalue("postgres").database()
        with several(lambda: PostgresProcess(url, clock)) as make:
            yield make
    else:
        url, wire = in_a_file(tmp_path), patient_wire(request.getfixturevalue("redis").database())
        with several(lambda: RedisProcess(url, wire, clock)) as make:
            yield make
        wire.close()


@pytest.fixture
def old(make: Make) -> OneProcess:
    """Holds it."""
    process = make()
    assert process.step() == RENEW_S
    return process


@pytest.fixture
def new(make: Make, old: OneProcess) -> OneProcess:
    """Stands by."""
    process = make()
    assert process.step() == LOOK_S
    return process


def follow_frozen(old: OneProcess, new: OneProcess, clock: Clock) -> None:
    """Time goes by for both, and the old one does nothing in it."""
    old.forget_key()

    def found() -> bool:
        clock.now += 1.0
        return new.lease.held

    wait_until(found, new)


def test_one_of_two_holds_it_at_once_and_the_other_stands_by(old: OneProcess, new: OneProcess) -> None:
    assert (old.lease.held, old.lease.state()) == (True, State.HOLDER)
    assert (new.lease.held, new.lease.state()) == (False, State.STANDBY)


def test_a_standby_writes_nothing(old: OneProcess, new: OneProcess) -> None:
    old.write("en")
    with pytest.raises(NotTheHolder) as caught:
        new.write("ru")
    assert (caught.value.epoch, caught.value.of_the_holder) == (None, 1)
    assert new.language() == "en"


def test_nobody_writes_before_anybody_has_held_it(make: Make) -> None:
    with pytest.raises(NotTheHolder) as caught:
        make().write("en")
    assert caught.value.of_the_holder is None


def test_a_holder_that_renews_keeps_it_for_ever(old: OneProcess, new: OneProcess, clock: Clock) -> None:
    for _ in range(20):
        clock.now += RENEW_S
        old.step()
        new.step()
        assert old.lease.held
    assert new.lease.state() is State.STANDBY


def test_the_time_of_one_that_does_not_renew_runs_out_by_its_own_clock(old: OneProcess, clock: Clock) -> None:
    clock.now += ON_POSTGRES_S if isinstance(old, PostgresProcess) else IN_A_FILE_S
    assert not old.lease.held


def test_a_holder_that_gives_it_up_is_followed_without_a_wait(old: OneProcess, new: OneProcess) -> None:
    old.lease.stop(0.0)
    assert (old.lease.held, old.lease.state()) == (False, State.OVER)
    old.give_up()

    wait_until(lambda: new.lease.held, new)

    new.write("ru")
    with pytest.raises(NotTheHolder):
        old.write("en")
    assert new.language() == "ru"
    assert old.told == []  # it was asked to


def test_a_frozen_holder_that_wakes_neither_sends_nor_writes_and_is_told_to_end(
    old: OneProcess, new: OneProcess, clock: Clock
) -> None:
    follow_frozen(old, new, clock)

    assert not old.lease.held
    with pytest.raises(NotTheHolder) as caught:
        old.write("en")
    assert (caught.value.epoch, caught.value.of_the_holder) == (1, 2)
    wait_until(lambda: old.lease.state() is State.OVER, old)
    assert old.told == [GONE]
    assert old.step() == RENEW_S  # and nothing comes of it any more
    assert old.told == [GONE]
    clock.now += RENEW_S
    new.step()
    assert new.lease.held


def test_a_standby_that_was_frozen_itself_takes_nothing_from_a_healthy_holder(
    old: OneProcess, new: OneProcess, clock: Clock
) -> None:
    clock.now += 60.0
    old.step()
    new.step()
    clock.now += RENEW_S
    new.step()
    old.step()
    assert old.lease.held
    assert new.lease.state() is State.STANDBY


def test_it_can_be_ended_before_it_has_begun(make: Make) -> None:
    process = make()
    process.lease.stop(WITHIN_S)
    process.give_up()
    assert process.lease.state() is State.OVER
