"""A loop that goes on whatever its action does, and ends when it is told to."""

import logging
import threading

import pytest

from calc.errors import DeskError, NotNow
from rates.periodic import Periodic
from tests.rates.conftest import Clock

INTERVAL_S = 120.0


class Action:
    """Takes its time, and fails when it is told to."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.takes_s = 0.0
        self.error: Exception | None = None
        self.turns = threading.Semaphore(0)
        self.threads: list[str] = []

    def __call__(self) -> None:
        self.threads.append(threading.current_thread().name)
        self.clock.forward(self.takes_s)
        self.turns.release()
        if self.error is not None:
            raise self.error


@pytest.fixture
def action(clock: Clock) -> Action:
    return Action(clock)


def periodic(action: Action, *, interval_s: float = INTERVAL_S, first_s: float = 0.0) -> Periodic:
    return Periodic(
        "refresh-usdt_rub", action, interval_s=interval_s, first_s=first_s, quiet=(DeskError,), clock=action.clock
    )


def test_turns_begin_an_interval_apart_however_long_they_take(action: Action) -> None:
    turns = periodic(action)
    action.takes_s = 20
    assert turns.step() == 100
    action.takes_s = 130
    assert turns.step() == 0


def test_after_failures_the_next_turn_is_sooner_and_later_each_time(action: Action) -> None:
    turns = periodic(action)
    action.error = DeskError("dead")
    assert [turns.step() for _ in range(5)] == [15, 30, 60, 120, 120]
    action.error = None
    assert turns.step() == INTERVAL_S
    action.error = DeskError("dead")
    assert turns.step() == 15
    assert turns.failures == 6


def test_a_turn_that_fails_for_ever_is_still_tried(action: Action) -> None:
    turns = periodic(action, interval_s=float("inf"))
    action.error = DeskError("dead")
    pauses = [turns.step() for _ in range(1_100)]
    assert pauses[-1] == pauses[-2] == 15 * 2**20


def test_no_pause_after_a_failure_is_longer_than_the_interval(action: Action) -> None:
    action.error = DeskError("dead")
    assert periodic(action, interval_s=5).step() == 5


def test_errors_nobody_expected_are_logged_with_their_traceback(
    action: Action, caplog: pytest.LogCaptureFixture
) -> None:
    turns = periodic(action)
    action.error = DeskError("logged by the chain")
    turns.step()
    assert caplog.records == []
    action.error = ZeroDivisionError("a bug")
    turns.step()
    (record,) = caplog.records
    assert (record.levelno, bool(record.exc_info)) == (logging.ERROR, True)
    assert turns.failures == 2


def test_the_first_turn_waits_until_it_is_due_or_somebody_wakes_it(action: Action) -> None:
    turns = periodic(action, first_s=3600)
    turns.start()
    assert not action.turns.acquire(timeout=0.05)
    for _ in range(3):
        turns.wake()
        assert action.turns.acquire(timeout=30)
    turns.stop(5)
    assert set(action.threads) == {"refresh-usdt_rub"}


def test_a_stopped_loop_has_ended_and_has_no_more_turns(action: Action) -> None:
    turns = periodic(action, interval_s=0.0)
    turns.start()
    assert action.turns.acquire(timeout=30)
    turns.stop(5)
    assert "refresh-usdt_rub" not in {thread.name for thread in threading.enumerate()}
    turns.stop()


def test_a_loop_that_is_stopped_before_it_began_does_nothing(action: Action) -> None:
    turns = periodic(action)
    turns.stop()
    turns.start()
    turns.stop(5)
    assert action.threads == []


def test_an_interval_that_changes_is_asked_for_after_each_turn(action: Action) -> None:
    intervals_s = iter([100.0, 300.0, 20.0])
    turns = Periodic(
        "refresh-fiat", action, interval_s=lambda: next(intervals_s), quiet=(DeskError,), clock=action.clock
    )
    action.takes_s = 1
    assert [turns.step(), turns.step()] == [99, 299]
    action.error = DeskError("dead")
    assert turns.step() == 15


def test_a_turn_that_cannot_be_now_is_one_line_however_often(action: Action, caplog: pytest.LogCaptureFixture) -> None:
    turns = Periodic("boards", action, interval_s=INTERVAL_S, clock=action.clock)
    action.error = NotNow("the database does not answer")

    assert [turns.step() for _ in range(3)] == [15, 30, 60]

    told = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert [record.getMessage() for record in told] == ["turn put off name=boards: the database does not answer"]
    assert told[0].exc_info is None
