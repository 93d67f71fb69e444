"""Gives up on handlers that hang: their chat goes on, what they still do comes too late, and somebody is told."""

import logging
import secrets
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import AbstractContextManager

from chat.delivery.dispatcher import Dispatcher, Turn

LATE_S = 5.0
"""Who looks around so much later than it meant to was suspended, with all the others: a laptop, a SIGSTOP."""

_logger = logging.getLogger(__name__)


class Watchdog:
    """`look()` is called about once a second, by one thread."""

    def __init__(
        self,
        dispatcher: Dispatcher,
        *,
        after_s: float,
        most: int,
        exclusively: Callable[[], AbstractContextManager[object]],
        fail: Callable[[str], object],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """A job is given up `after_s` after it began, or after the process was awake again, within `exclusively()`.

        No other thread can write there, so a job has either written before, or its write is refused by
        `Dispatcher.check`. When more than `most` of them hang at once, `fail` is told: each keeps a thread, and what
        hangs them will hang the next ones, too.
        """
        self._dispatcher = dispatcher
        self._after_s = after_s
        self._most = most
        self._exclusively = exclusively
        self._fail = fail
        self._clock = clock
        self._looked_at = clock()
        self._begin_at = self._looked_at

    @property
    def quiet_s(self) -> float:
        """How long ago it last looked around to the end; it hangs itself when a writer never ends."""
        return self._clock() - self._looked_at

    def look(self) -> None:
        now = self._clock()
        if now - self._looked_at > LATE_S:
            self._begin_at = now
        for turn in self._dispatcher.overdue(self._after_s) if now - self._begin_at >= self._after_s else ():
            with self._exclusively():
                self._give_up(turn)
        if (hung := self._dispatcher.hung()) > self._most:
            self._fail(f"{hung} handlers hang, more than {self._most}; their stacks are in the log")
        self._looked_at = self._clock()

    def _give_up(self, turn: Turn) -> None:
        stack = _stack_of(turn.thread)
        if not self._dispatcher.give_up(turn):
            return  # it has ended at the last moment
        incident = secrets.token_hex(3)
        _logger.error(
            "handler hangs, its chat goes on incident=%s key=%s thread=%s after_s=%g\n%s",
            incident,
            turn.key,
            turn.thread.name,
            self._after_s,
            stack,
        )
        turn.on_given_up(incident)


def _stack_of(thread: threading.Thread) -> str:
    frame = sys._current_frames().get(thread.ident or 0)  # noqa: SLF001  the documented way to it
    return "".join(traceback.format_stack(frame)) if frame else ""
