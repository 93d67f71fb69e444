"""That a handler which hangs costs its own update and nothing else."""

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from chat.delivery.dispatcher import Dispatcher
from chat.delivery.watchdog import Watchdog
from storage.database import open_database
from storage.operators import Operators
from tests.clocks import Clock

PATIENCE_S = 60.0
AFTER_S = 20.0


def pass_time(watchdog: Watchdog, clock: Clock, seconds: float) -> None:
    """With a look in each second, as long as there is a whole one."""
    for _ in range(int(seconds)):
        clock.now += 1.0
        watchdog.look()


class Exclusive:
    """Counts who comes in; told to fail, it lets nobody."""

    def __init__(self) -> None:
        self.entered = 0
        self.failure: Exception | None = None

    def __call__(self) -> AbstractContextManager[None]:
        return self._enter()

    @contextmanager
    def _enter(self) -> Iterator[None]:
        if self.failure is not None:
            raise self.failure
        self.entered += 1
        yield


class Hanging:
    """A job that stays until it is let go, and what is told when it is given up."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.opened = threading.Event()
        self.incidents: list[str] = []

    def __call__(self) -> None:
        self.begun.set()
        assert self.opened.wait(PATIENCE_S)

    def submit_to(self, dispatcher: Dispatcher, key: str) -> "Hanging":
        dispatcher.submit(key, self, on_given_up=self.incidents.append)
        assert self.begun.wait(PATIENCE_S)
        return self


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def dispatcher(clock: Clock) -> Iterator[Dispatcher]:
    dispatcher = Dispatcher(workers=2, clock=clock)
    yield dispatcher
    dispatcher.stop(PATIENCE_S)


@pytest.fixture
def failures() -> list[str]:
    return []


@pytest.fixture
def exclusive() -> Exclusive:
    return Exclusive()


@pytest.fixture
def watchdog(dispatcher: Dispatcher, clock: Clock, failures: list[str], exclusive: Exclusive) -> Watchdog:
    return Watchdog(dispatcher, after_s=AFTER_S, most=2, exclusively=exclusive, fail=failures.append, clock=clock)


def test_a_handler_that_hangs_is_given_up_once_with_its_stack_in_the_log(
    watchdog: Watchdog, dispatcher: Dispatcher, clock: Clock, exclusive: Exclusive, caplog: pytest.LogCaptureFixture
) -> None:
    hanging = Hanging().submit_to(dispatcher, "chat")
    [worker] = [turn.thread.name for turn in dispatcher.overdue(0.0)]
    pass_time(watchdog, clock, AFTER_S - 1)
    assert not hanging.incidents

    pass_time(watchdog, clock, 2)

    [incident] = hanging.incidents
    [record] = caplog.records
    assert f"handler hangs, its chat goes on incident={incident} key=chat thread={worker}" in record.getMessage()
    assert "self.opened.wait(PATIENCE_S)" in record.getMessage()
    assert exclusive.entered == 1
    hanging.opened.set()


def test_its_chat_goes_on_while_it_hangs(watchdog: Watchdog, dispatcher: Dispatcher, clock: Clock) -> None:
    hanging, done = Hanging().submit_to(dispatcher, "chat"), threading.Event()
    dispatcher.submit("chat", done.set)

    pass_time(watchdog, clock, AFTER_S)

    assert done.wait(PATIENCE_S)
    hanging.opened.set()


def test_one_that_ends_while_the_watchdog_waits_for_its_turn_to_write_is_left_alone(
    watchdog: Watchdog, dispatcher: Dispatcher, clock: Clock, exclusive: Exclusive, caplog: pytest.LogCaptureFixture
) -> None:
    hanging = Hanging().submit_to(dispatcher, "chat")
    pass_time(watchdog, clock, AFTER_S - 1)
    enter = exclusive._enter

    @contextmanager
    def enter_late() -> Iterator[None]:
        hanging.opened.set()
        assert dispatcher.idle(PATIENCE_S)
        with enter():
            yield

    exclusive._enter = enter_late  # type: ignore[method-assign]  # between the look and the lock
    pass_time(watchdog, clock, 1)

    assert not hanging.incidents
    assert not caplog.records
    assert dispatcher.hung() == 0


def test_more_hanging_handlers_than_the_bot_can_bear_end_it(
    watchdog: Watchdog, dispatcher: Dispatcher, clock: Clock, failures: list[str]
) -> None:
    hanging = []
    for number in range(3):
        assert not failures
        hanging.append(Hanging().submit_to(dispatcher, f"chat {number}"))
        pass_time(watchdog, clock, AFTER_S)

    assert failures == ["3 handlers hang, more than 2; their stacks are in the log"]
    for each in hanging:
        each.opened.set()


def test_those_that_have_ended_after_all_are_not_counted(
    watchdog: Watchdog, dispatcher: Dispatcher, clock: Clock, failures: list[str]
) -> None:
    for number in range(10):
        before = {thread.name: thread for thread in dispatcher.threads}
        hanging = Hanging().submit_to(dispatcher, f"chat {number}")
        pass_time(watchdog, clock, AFTER_S)
        [retired] = before.keys() - {thread.name for thread in dispatcher.threads}
        hanging.opened.set()
        before[retired].join(PATIENCE_S)

    assert not failures


def test_after_a_suspension_everybody_has_all_the_time_again(
    watchdog: Watchdog, dispatcher: Dispatcher, clock: Clock
) -> None:
    hanging = Hanging().submit_to(dispatcher, "chat")
    clock.now += 600.0  # the laptop was closed

    watchdog.look()
    pass_time(watchdog, clock, AFTER_S - 1)
    assert not hanging.incidents

    pass_time(watchdog, clock, 1)
    assert len(hanging.incidents) == 1
    hanging.opened.set()


def test_it_is_seen_when_the_watchdog_cannot_look_around_itself(
    watchdog: Watchdog, dispatcher: Dispatcher, clock: Clock, exclusive: Exclusive
) -> None:
    clock.now += 5.0
    assert watchdog.quiet_s == 5.0
    watchdog.look()
    assert watchdog.quiet_s == 0.0

    hanging = Hanging().submit_to(dispatcher, "chat")
    pass_time(watchdog, clock, AFTER_S - 1)
    exclusive.failure = OSError("disk")
    with pytest.raises(OSError, match="disk"):
        pass_time(watchdog, clock, 1)

    assert watchdog.quiet_s == 1.0
    hanging.opened.set()


def test_what_a_hung_handler_writes_in_the_end_does_not_go_over_what_came_after_it(
    dispatcher: Dispatcher, clock: Clock, tmp_path: Path, failures: list[str]
) -> None:
    database = open_database(f"sqlite:///{tmp_path}/desk.db", may_write=dispatcher.check)
    operators = Operators(database)
    watchdog = Watchdog(
        dispatcher, after_s=AFTER_S, most=2, exclusively=database.write, fail=failures.append, clock=clock
    )
    begun, opened, done = threading.Event(), threading.Event(), threading.Event()

    def hang() -> None:
        operators.set_language(7, "ru")
        begun.set()
        assert opened.wait(PATIENCE_S)
        operators.set_language(7, "ru")

    def go_on() -> None:
        operators.set_language(7, "en")
        done.set()

    dispatcher.submit("chat", hang)
    dispatcher.submit("chat", go_on)
    assert begun.wait(PATIENCE_S)
    [worker] = [turn.thread for turn in dispatcher.overdue(0.0)]
    pass_time(watchdog, clock, AFTER_S)
    assert done.wait(PATIENCE_S)
    opened.set()
    worker.join(PATIENCE_S)

    assert operators.language(7) == "en"
    dispatcher.stop(PATIENCE_S)
    database.close()
