"""A look into the running process: what every thread is doing at this moment, and where memory goes."""

import linecache
import logging
import sys
import threading
import traceback
import tracemalloc
from collections.abc import Callable, Iterable

from ops.monitor import Day
from ops.on_signal import OnSignal

log = logging.getLogger(__name__)

FRAMES = 12
"""Of each stack the innermost ones."""
TOP = 12


def stacks() -> list[tuple[str, str]]:
    """Each thread's name and its stack, as text."""
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    return [
        (names.get(ident, f"thread {ident}"), "".join(traceback.format_stack(frame)[-FRAMES:]))
        for ident, frame in sys._current_frames().items()  # noqa: SLF001  documented, and there is no other
    ]


def describe(days: Iterable[Day]) -> str:
    """Stacks of all threads, then how long each step takes."""
    parts = [f"thread {name}\n{stack}" for name, stack in sorted(stacks())]
    table = [
        f"{day.step:<24} {day.count:>7} {day.p50_ms:>9.1f} {day.p95_ms:>9.1f} {day.slowest_ms:>9.1f}" for day in days
    ]
    head = f"{'step':<24} {'count':>7} {'p50_ms':>9} {'p95_ms':>9} {'slowest':>9}"
    return "\n".join([*parts, head, *table])


class Profiling(OnSignal):
    """Writes what it sees into the log when it is asked to."""

    def __init__(self, days: Callable[[], Iterable[Day]]) -> None:
        super().__init__("profile", lambda: log.warning("profile\n%s", describe(days())))


class Allocations:
    """What memory was taken for, by the lines that took it; off until it is asked for, and then it costs nothing."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._first: tracemalloc.Snapshot | None = None

    def begin(self) -> None:
        with self._lock:
            if self._first is None:
                tracemalloc.start()
                self._first = tracemalloc.take_snapshot()

    def end(self) -> None:
        with self._lock:
            tracemalloc.stop()
            self._first = None

    def top(self) -> list[str] | None:
        """The lines that hold most more than when it began; None while it is off."""
        with self._lock:
            if self._first is None:
                return None
            now = tracemalloc.take_snapshot().filter_traces(_FILTERS)
            grown = now.compare_to(self._first.filter_traces(_FILTERS), "lineno")
        return [_line(each) for each in sorted(grown, key=lambda each: -each.size_diff)[:TOP]]


_FILTERS = (
    tracemalloc.Filter(inclusive=False, filename_pattern=tracemalloc.__file__),
    tracemalloc.Filter(inclusive=False, filename_pattern=linecache.__file__),
)


def _line(grown: tracemalloc.StatisticDiff) -> str:
    frame = grown.traceback[0]
    place = "/".join(frame.filename.split("/")[-2:])
    return f"{grown.size_diff / 1024:+.0f} KiB, {grown.count_diff:+d}: {place}:{frame.lineno}"
