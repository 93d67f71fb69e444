"""Something done again and again on a named daemon thread."""

import logging
import threading
import time
from collections.abc import Callable

from calc.errors import NotNow

log = logging.getLogger(__name__)

FIRST_RETRY_S = 15.0


class Periodic:
    """`step()` repeated on an Event until stopped.

    After a success the next turn begins `interval_s` after the last began; after a failure sooner, and twice as late
    each time in a row.
    """

    def __init__(
        self,
        name: str,
        action: Callable[[], object],
        *,
        interval_s: float | Callable[[], float],
        first_s: float = 0.0,
        quiet: tuple[type[Exception], ...] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """The first turn is `first_s` after the start; an interval that changes is asked for after each turn.

        Errors of `quiet` types were logged by those who raised them.
        """
        self._action = action
        self._interval_s = interval_s if callable(interval_s) else lambda: interval_s
        self._first_s = first_s
        self._quiet = quiet
        self._clock = clock
        self._awake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._failed_in_a_row = 0
        self._failures = 0

    @property
    def thread(self) -> threading.Thread:
        return self._thread

    @property
    def failures(self) -> int:
        """How many turns have failed since the start."""
        return self._failures

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """The next turn is now, or right after the one under way."""
        self._awake.set()

    def stop(self, timeout_s: float = 0.5) -> None:
        """No further turn begins; one under way is given `timeout_s` to end."""
        self._stopping.set()
        self._awake.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def step(self) -> float:
        """One turn; the seconds until the next."""
        begun = self._clock()
        try:
            self._action()
        except self._quiet:
            return self._after_failure()
        except NotNow as error:
            level = logging.DEBUG if self._failed_in_a_row else logging.WARNING  # an hour without is one line
            log.log(level, "turn put off name=%s: %s", self._thread.name, error)
            return self._after_failure()
        except Exception:  # the edge of a thread: a turn that failed is no reason to have no more
            log.exception("turn failed name=%s", self._thread.name)
            return self._after_failure()
        self._failed_in_a_row = 0
        return max(self._interval_s() - (self._clock() - begun), 0.0)

    def _after_failure(self) -> float:
        self._failures += 1
        self._failed_in_a_row += 1
        doublings = min(self._failed_in_a_row - 1, 20)
        return min(FIRST_RETRY_S * 2.0**doublings, self._interval_s())

    def _run(self) -> None:
        pause_s = self._first_s
        while True:
            self._awake.wait(pause_s)
            self._awake.clear()
            if self._stopping.is_set():
                return
            pause_s = self.step()
