"""How long each step takes and where the time goes: today and the day before, the slowest ones, and what got slower."""

import logging
import threading
import time
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol, TypeVar

T = TypeVar("T")

log = logging.getLogger(__name__)

BOUNDS_MS = tuple(round(1.25**power, 3) for power in range(56))
"""Each bucket ends a quarter above the one before: from 1 ms to a little over three minutes."""
STEPS = 200
"""Different steps that are told apart; what comes after goes under "other"."""
SLOWEST = 20
TWICE = 2.0
WORTH_A_NOTE_MS = 50.0
"""What is quicker than this may double without anybody noticing."""
ENOUGH = 20
"""Of fewer a p95 says nothing."""


@dataclass(frozen=True, slots=True)
class Slow:
    """One that took long; `spent_ms` is what it waited for, by name, and the rest is its own."""

    at: datetime
    step: str
    took_ms: float
    spent_ms: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Day:
    """One step on one day."""

    day: date
    step: str
    count: int
    p50_ms: float
    p95_ms: float
    slowest_ms: float


class Measured(Protocol):
    """A day as it was kept."""

    @property
    def step(self) -> str: ...
    @property
    def count(self) -> int: ...
    @property
    def p50_ms(self) -> float: ...
    @property
    def p95_ms(self) -> float: ...
    @property
    def slowest_ms(self) -> float: ...


class Kept(Protocol):
    """Where days outlive the process."""

    def keep(self, days: Iterable[Day], /) -> None: ...
    def of(self, day: date, /) -> Iterable[Measured]: ...


@dataclass(slots=True)
class _Counted:
    buckets: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS_MS) + 1))
    count: int = 0
    slowest_ms: float = 0.0

    def add(self, took_ms: float) -> None:
        self.buckets[bisect_left(BOUNDS_MS, took_ms)] += 1
        self.count += 1
        self.slowest_ms = max(self.slowest_ms, took_ms)

    def percentile(self, share: float) -> float:
        """The upper bound of its bucket, so at most a quarter too much."""
        wanted, seen = share * self.count, 0
        for bound, held in zip(BOUNDS_MS, self.buckets, strict=False):
            seen += held
            if seen >= wanted:
                return min(bound, self.slowest_ms)
        return self.slowest_ms


class Monitor:
    """Any thread may call it; what a thread spends within `working` is told by `spent` from below."""

    def __init__(
        self,
        *,
        slow_ms: float,
        utcnow: Callable[[], datetime],
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """What takes `slow_ms` or longer is logged."""
        self._slow_ms = slow_ms
        self._utcnow = utcnow
        self._clock = clock
        self._own = threading.local()
        self._lock = threading.Lock()
        self._day = utcnow().date()
        self._today: dict[str, _Counted] = {}
        self._hour: dict[str, _Counted] = {}
        self._before: dict[str, Measured] = {}
        self._slowest: list[Slow] = []
        self._told: set[str] = set()

    @contextmanager
    def working(self, step: str) -> Iterator[None]:
        """Within the block this thread is at this step."""
        outer = getattr(self._own, "spent_ms", None)
        spent: dict[str, float] = {}
        self._own.spent_ms = spent
        begun = self._clock()
        try:
            yield
        finally:
            self._own.spent_ms = outer
            self._add(step, 1000 * (self._clock() - begun), spent)

    def spent(self, what: str, seconds: float) -> None:
        """This thread has waited for something; outside of a step nobody wants to know."""
        spent: dict[str, float] | None = getattr(self._own, "spent_ms", None)
        if spent is not None:
            spent[what] = spent.get(what, 0.0) + 1000 * seconds

    def timing(self, what: str, call: Callable[..., T]) -> Callable[..., T]:
        """The same call, its time `spent` by whoever makes it."""

        def timed(*args: Any, **kwargs: Any) -> T:
            begun = self._clock()
            try:
                return call(*args, **kwargs)
            finally:
                self.spent(what, self._clock() - begun)

        return timed

    def today(self) -> list[Day]:
        """The steps of today, the slowest p95 first."""
        with self._lock:
            return self._days(self._today)

    def slowest(self) -> list[Slow]:
        """Of today, the slowest first."""
        with self._lock:
            return list(self._slowest)

    def doubled(self) -> list[tuple[Measured, Day]]:
        """Steps whose p95 is at least twice that of the day before: before and now."""
        with self._lock:
            days = self._days(self._today)
            before = dict(self._before)
        return [
            (before[day.step], day)
            for day in days
            if day.step in before
            and min(day.count, before[day.step].count) >= ENOUGH
            and day.p95_ms >= max(TWICE * before[day.step].p95_ms, WORTH_A_NOTE_MS)
        ]

    def restore(self, kept: Kept) -> None:
        """What an earlier process knew of the day before."""
        days = {each.step: each for each in kept.of(date.fromordinal(self._day.toordinal() - 1))}
        with self._lock:
            self._before = days

    def summarise(self, kept: Kept | None = None) -> None:
        """The line of the hour, the note of what got slower, and the day so far into `kept`; called once an hour."""
        with self._lock:
            hour, self._hour = self._days(self._hour), {}
            today = self._days(self._today)
        count = sum(day.count for day in hour)
        worst = max(hour, key=lambda day: day.slowest_ms, default=None)
        if worst is not None:
            log.info(
                "last hour updates=%d steps=%d p95_ms=%.1f slowest_ms=%.1f slowest_step=%s",
                count,
                len(hour),
                max(day.p95_ms for day in hour),
                worst.slowest_ms,
                worst.step,
            )
        for before, now in self.doubled():
            if now.step not in self._told:
                self._told.add(now.step)
                log.warning("slower step=%s p95_ms=%.1f day_before_ms=%.1f", now.step, now.p95_ms, before.p95_ms)
        if kept is not None:
            kept.keep(today)

    def _add(self, step: str, took_ms: float, spent_ms: Mapping[str, float]) -> None:
        now = self._utcnow()
        with self._lock:
            if now.date() != self._day:
                self._turn(now.date())
            if step not in self._today and len(self._today) >= STEPS:
                step = "other"
            for counted in (self._today, self._hour):
                (counted.get(step) or counted.setdefault(step, _Counted())).add(took_ms)
            if len(self._slowest) < SLOWEST or took_ms > self._slowest[-1].took_ms:
                self._slowest.append(Slow(now, step, took_ms, spent_ms))
                self._slowest.sort(key=lambda slow: -slow.took_ms)
                del self._slowest[SLOWEST:]
        if took_ms >= self._slow_ms:
            parts = " ".join(f"{name}_ms={value:.1f}" for name, value in sorted(spent_ms.items()))
            own_ms = took_ms - sum(spent_ms.values())
            log.warning("slow step=%s duration_ms=%.1f own_ms=%.1f %s", step, took_ms, own_ms, parts)

    # Both below are called with the lock held.

    def _turn(self, day: date) -> None:
        is_the_next = day.toordinal() - self._day.toordinal() == 1
        self._before = {each.step: each for each in self._days(self._today)} if is_the_next else {}
        self._day, self._today, self._slowest = day, {}, []
        self._told.clear()

    def _days(self, counted: Mapping[str, _Counted]) -> list[Day]:
        days = [
            Day(self._day, step, each.count, each.percentile(0.5), each.percentile(0.95), each.slowest_ms)
            for step, each in counted.items()
        ]
        return sorted(days, key=lambda day: -day.p95_ms)
