"""Jobs for a dispatcher, and how to wait for what it does."""

import threading
from collections.abc import Callable

from chat.delivery.dispatcher import Dispatcher
from tests.chat.delivery.incoming import PATIENCE_S


class Gate:
    """A job that says when it began and stays until it is let go."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.opened = threading.Event()
        self.thread = ""

    def __call__(self) -> None:
        self.thread = threading.current_thread().name
        self.begun.set()
        assert self.opened.wait(PATIENCE_S)


def fail(error: BaseException) -> None:
    raise error


def wait_until(is_so: Callable[[], bool]) -> bool:
    """For what a thread does on its last steps, which nobody is told of."""
    pause = threading.Event()
    return any(is_so() or pause.wait(0.01) for _ in range(int(PATIENCE_S * 100)))


def given_up(dispatcher: Dispatcher) -> bool:
    [turn] = dispatcher.overdue(0.0)
    return dispatcher.give_up(turn)
