"""Something done again and again on a named daemon thread."""

import logging
import threading
import time
from collections.abc import Callable

log = logging.getLogger(__name__)

FIRST_RETRY_S = 15.0
MONTH_S = 31 * 86_400
SHORTEST_FIAT_INTERVAL_S = 60.0


class Periodic:
    """`step()` repeated on an Event until stopped.

    After a success the next turn is `interval_s` later; after a failure sooner, twice as late each time in a row.
    """

    def __init__(
        self,
        name: str,
        action: Callable[[], object],
        *,
        interval_s: float,
        first_s: float = 0.0,
        quiet: tuple[type[Exception], ...] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """The first turn is `first_s` after the start. Errors of `quiet` types were logged by those who raised them."""
        self._name = name
        self._action = action
        self._interval_s = interval_s
        self._first_s = first_s
        self._quiet = quiet
        self._clock = clock
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._failures = 0

    @property
    def failures(self) -> int:
        """How many turns in a row have failed."""
        return self._failures

    def start(self) -> None:
        self._thread = threading.Thread(target=self.run, name=self._name, daemon=True)
        self._thread.start()

    def stop(self, timeout_s: float = 0.0) -> None:
        """No further turn begins; one under way is given `timeout_s` to end."""
        self._stop.set()
        if self._thread is not None and timeout_s:
            self._thread.join(timeout_s)

    def run(self) -> None:
        pause_s = self._first_s
        while not self._stop.wait(pause_s):
            pause_s = self.step()

    def step(self) -> float:
        """One turn; the seconds until the next."""
        begun = self._clock()
        try:
            self._action()
        except self._quiet:
            self._failures += 1
        except Exception:  # the edge of a thread: a turn that failed is no reason to have no more
            self._failures += 1
            log.exception("turn failed name=%s", self._name)
        else:
            self._failures = 0
            return max(self._interval_s - (self._clock() - begun), 0.0)
        doublings = min(self._failures - 1, 20)
        return min(FIRST_RETRY_S * 2.0**doublings, self._interval_s)


def interval_of_quota(calls_a_month: int) -> float:
    """The seconds between two calls with which the longest month does not use up a plan."""
    return max(MONTH_S / calls_a_month, SHORTEST_FIAT_INTERVAL_S)
