"""What the bot counts and times while it works: plain numbers in memory, cheap enough for every call."""

import threading
import time
from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

BOUNDS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""Upper bounds of the buckets; what took longer is in one more."""
QUICK_BOUNDS_S = (0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5)
"""For what takes microseconds."""
MOST_KINDS = 500
"""Different labels of one meter; whatever comes after goes under "other", so that no stranger fills the memory."""
RECENT = 2_000

Labels = tuple[str, ...]


class Counts:
    """How often, by labels. Any thread may call it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[Labels] = Counter()

    def add(self, *labels: str) -> None:
        with self._lock:
            self._counts[_known(labels, self._counts)] += 1

    def read(self) -> Mapping[Labels, int]:
        with self._lock:
            return dict(self._counts)


@dataclass(frozen=True, slots=True)
class Spread:
    """`counts` are those of each bucket by itself, the one beyond the last bound included."""

    counts: tuple[int, ...]
    total_s: float
    longest_s: float

    @property
    def count(self) -> int:
        return sum(self.counts)


@dataclass(slots=True)
class _Held:
    buckets: list[int]
    total_s: float = 0.0
    longest_s: float = 0.0


class _Timed:
    """What one meter knows of one set of labels."""

    __slots__ = ("buckets", "longest_s", "total_s")

    def __init__(self, buckets: int) -> None:
        self.buckets = [0] * buckets
        self.total_s = self.longest_s = 0.0


class Timings:
    """How long, by labels, in buckets; the last ones are remembered as they were. Any thread may call it."""

    def __init__(
        self, bounds_s: Sequence[float] = BOUNDS_S, *, clock: Callable[[], float] = time.monotonic, recent: int = RECENT
    ) -> None:
        self.bounds_s = tuple(bounds_s)
        self._clock = clock
        self._lock = threading.Lock()
        self._timed: dict[Labels, _Timed] = {}
        self._recent: deque[tuple[float, float]] | None = deque(maxlen=recent) if recent else None

    def add(self, seconds: float, *labels: str) -> None:
        place = bisect_left(self.bounds_s, seconds)
        with self._lock:
            timed = self._timed.get(labels) or self._new(labels)
            timed.buckets[place] += 1
            timed.total_s += seconds
            timed.longest_s = max(timed.longest_s, seconds)
            if self._recent is not None:
                self._recent.append((self._clock(), seconds))

    def read(self) -> Mapping[Labels, Spread]:
        with self._lock:
            return {
                key: Spread(tuple(timed.buckets), timed.total_s, timed.longest_s) for key, timed in self._timed.items()
            }

    def since(self, moment: float) -> list[float]:
        """What was added after that moment of the clock, as far as it is remembered, in order of length."""
        with self._lock:
            return sorted(seconds for at, seconds in self._recent or () if at > moment)

    def _new(self, labels: Labels) -> _Timed:
        return self._timed.setdefault(_known(labels, self._timed), _Timed(len(self.bounds_s) + 1))


def percentile(ordered: Sequence[float], share: float) -> float | None:
    """None of nothing."""
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else None


@dataclass(frozen=True, slots=True)
class Meters:
    """Everything that is counted as it happens. What can be asked for when somebody wants to know is not here."""

    updates: Counts
    """kind, result: done, failed or postponed."""
    handling: Timings
    """kind"""
    telegram_calls: Counts
    """method, result: ok, unanswered or Telegram's code."""
    telegram_times: Timings
    """method"""
    source_calls: Counts
    """source, result: ok or the trouble."""
    source_times: Timings
    """source"""
    refusals: Counts
    """reason for which the gate let no rate through when somebody asked for one."""
    quotes: Counts
    """direction, state that a quote came to."""
    queries: Timings
    """The first word of the statement."""


def new_meters(*, clock: Callable[[], float] = time.monotonic) -> Meters:
    return Meters(
        updates=Counts(),
        handling=Timings(clock=clock),
        telegram_calls=Counts(),
        telegram_times=Timings(clock=clock, recent=0),
        source_calls=Counts(),
        source_times=Timings(clock=clock, recent=0),
        refusals=Counts(),
        quotes=Counts(),
        queries=Timings(QUICK_BOUNDS_S, clock=clock, recent=0),
    )


def _known(labels: Labels, known: Mapping[Labels, object]) -> Labels:
    return labels if labels in known or len(known) < MOST_KINDS else ("other",) * len(labels)
