"""That what nobody waits for keeps its order and keeps nobody waiting, on a dispatcher whose time stands still."""

import threading
from collections.abc import Callable, Iterator

import pytest

from chat.delivery.behind import Behind
from chat.delivery.dispatcher import Dispatcher, Postponed

PATIENCE_S = 60.0
ANNA = 42


class Telegram:
    """Holds back what it is told to hold back."""

    def __init__(self) -> None:
        self.held: set[str] = set()
        self.heard: list[str] = []

    def say(self, text: str) -> Callable[[], None]:
        def job() -> None:
            if text in self.held:
                raise Postponed(10.0)
            self.heard.append(text)

        return job


class Line:
    def __init__(self) -> None:
        self.now = 1000.0
        self.telegram = Telegram()
        self.dispatcher = Dispatcher(workers=1, clock=lambda: self.now)
        self.behind = Behind(self.dispatcher.submit)

    def settle(self) -> list[str]:
        assert self.dispatcher.settle()
        return self.telegram.heard

    def later(self) -> list[str]:
        """After the pause, which ends for a worker that looks: one with something to do."""
        self.now += 11.0
        self.dispatcher.submit("wake", lambda: None)
        assert self.dispatcher.idle(PATIENCE_S)
        return self.telegram.heard


@pytest.fixture
def line() -> Iterator[Line]:
    line = Line()
    yield line
    line.dispatcher.stop(PATIENCE_S)


def test_people_do_not_wait_for_what_has_to_wait(line: Line) -> None:
    line.telegram.held = {"alert"}
    line.behind.submit(ANNA, line.telegram.say("alert"))
    assert line.settle() == []

    line.dispatcher.submit(ANNA, line.telegram.say("result"))

    assert line.settle() == ["result"]
    line.telegram.held = set()
    assert line.later() == ["result", "alert"]


def test_one_that_waits_is_not_overtaken_by_the_next_of_its_kind(line: Line) -> None:
    line.telegram.held = {"above 90"}
    for text in ("above 90", "below 90"):
        line.behind.submit(ANNA, line.telegram.say(text))
    assert line.settle() == []

    line.telegram.held = set()

    assert line.later() == ["above 90", "below 90"]


def test_one_that_fails_holds_none_back(line: Line, caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> None:
        raise ValueError("broken")

    line.behind.submit(ANNA, fail)
    line.behind.submit(ANNA, line.telegram.say("alert"))

    assert line.dispatcher.idle(PATIENCE_S)
    assert line.telegram.heard == ["alert"]
    assert "ValueError: broken" in caplog.text
    assert line.behind.failed == 1


def test_one_that_hangs_and_ends_after_all_takes_no_other_with_it(line: Line) -> None:
    begun, opened = threading.Event(), threading.Event()

    def hang() -> None:
        begun.set()
        assert opened.wait(PATIENCE_S)

    line.behind.submit(ANNA, hang)
    assert begun.wait(PATIENCE_S)
    line.telegram.held = {"alert"}
    line.behind.submit(ANNA, line.telegram.say("alert"))
    [turn] = line.dispatcher.overdue(0.0)
    assert line.dispatcher.give_up(turn)
    turn.on_given_up("a1b2c3")
    assert line.settle() == []
    opened.set()
    turn.thread.join(PATIENCE_S)

    line.telegram.held = set()

    assert line.later() == ["alert"]


def test_after_a_stop_has_begun_it_says_so(line: Line) -> None:
    line.dispatcher.stop(PATIENCE_S)

    with pytest.raises(RuntimeError):
        line.behind.submit(ANNA, line.telegram.say("alert"))
