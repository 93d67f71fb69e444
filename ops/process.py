"""The life of the process: what keeps it alive, who may end it, and how long its end may take."""

import queue
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, ExitStack
from types import TracebackType
from typing import Self, TypeVar

T = TypeVar("T")

Check = Callable[[], str | None]
"""None while all is well, or else what is wrong, in one line; asked by the main thread, so it returns at once."""

LOOK_EVERY_S = 1.0
LATE_S = 5.0
"""After a look so much later than meant the process was suspended; its parts get AWAKE_AFTER_S to go on."""
AWAKE_AFTER_S = 30.0


class Process:
    """The main thread waits in `wait`; leaving the block closes the parts, the last one first, by one common deadline.

    Whatever is closed, `stopping` is set before, and nothing may wait longer than is left of `within_s`.
    """

    def __init__(self, *, within_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.stopping = threading.Event()
        self._within_s = within_s
        self._clock = clock
        self._deadline: float | None = None
        self._failure: str | None = None
        # An Event has a lock that the main thread may hold when a signal interrupts it; this queue is made for that.
        self._asked: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._checks: list[Check] = []
        self._parts = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._begin_to_stop()
        self._parts.close()

    @property
    def failure(self) -> str | None:
        """Why it ended by itself; None after a stop that was asked for."""
        return self._failure

    def stop(self, failure: str | None = None) -> None:
        """Ends the process; any thread may call, and a signal handler. Who comes first is heard."""
        self._asked.put(failure)

    def enter(self, part: AbstractContextManager[T]) -> T:
        return self._parts.enter_context(part)

    def at_end(self, close: Callable[[float], object], *, at_most_s: float) -> None:
        """`close(timeout_s)` is given what is left until the deadline, `at_most_s` of it."""
        self._parts.callback(lambda: close(self._left_s(at_most_s)))

    def expect(self, check: Check) -> None:
        """The process ends when it is not well any more."""
        self._checks.append(check)

    def expect_alive(self, threads: Callable[[], Iterable[threading.Thread]]) -> None:
        """The process ends when one of these threads has."""
        self._checks.append(lambda: _dead_one(threads()))

    def wait(self, *, until: Callable[[], bool] = lambda: False, every_s: float = LOOK_EVERY_S) -> bool:
        """Returns False when somebody asked for the end, or a check has failed, and True when it is `until`.

        Looks that often. After the end it returns at once.
        """
        looked_at = look_from = self._clock()
        while not self.stopping.is_set():
            if until():
                return True
            try:
                failure = self._asked.get(timeout=every_s)
            except queue.Empty:
                now = self._clock()
                if now - looked_at > every_s + LATE_S:
                    look_from = now + AWAKE_AFTER_S
                looked_at = now
                failure = self._trouble() if now >= look_from else None
                if failure is None:
                    continue
            self._failure = failure
            self._begin_to_stop()
        return False

    def _trouble(self) -> str | None:
        return next((trouble for check in self._checks if (trouble := check())), None)

    def _begin_to_stop(self) -> None:
        if self._deadline is None:
            self._deadline = self._clock() + self._within_s
        self.stopping.set()

    def _left_s(self, at_most_s: float) -> float:
        left_s = self._within_s if self._deadline is None else self._deadline - self._clock()
        return max(0.0, min(at_most_s, left_s))


def _dead_one(threads: Iterable[threading.Thread]) -> str | None:
    dead = next((thread.name for thread in threads if not thread.is_alive()), None)
    return f"the thread {dead} has ended, and nothing goes on without it" if dead else None
