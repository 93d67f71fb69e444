"""How a few numbers went over the last hours: one sample every few seconds, thinned with age."""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from ops.meters import Timings, percentile

FINE_EVERY_S, FINE_KEPT = 10.0, 360
COARSE_EVERY_S, COARSE_KEPT = 300.0, 288
"""An hour in steps of ten seconds, a day in steps of five minutes: at most 648 samples, some 60 kB."""


@dataclass(frozen=True, slots=True)
class Sample:
    """`at` is the time of the day in seconds since 1970; the times are None where nothing was handled meanwhile."""

    at: float
    memory_bytes: int
    p50_s: float | None
    p95_s: float | None
    updates: int


class Samples:
    """`take` is called every ten seconds by one thread, any may read."""

    def __init__(
        self,
        handling: Timings | None,
        *,
        memory: Callable[[], int],
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """`clock` is that of `handling`."""
        self._handling = handling
        self._memory = memory
        self._clock = clock
        self._wall = wall
        self._lock = threading.Lock()
        self._fine: deque[Sample] = deque(maxlen=FINE_KEPT)
        self._coarse: deque[Sample] = deque(maxlen=COARSE_KEPT)
        self._fine_at = self._coarse_at = clock()

    def take(self) -> None:
        now = self._clock()
        fine = self._sample(self._fine_at)
        with self._lock:
            self._fine.append(fine)
        self._fine_at = now
        if now - self._coarse_at >= COARSE_EVERY_S:
            coarse = self._sample(self._coarse_at)
            with self._lock:
                self._coarse.append(coarse)
            self._coarse_at = now

    def read(self) -> list[Sample]:
        """The oldest first; the last hour in fine steps, what was before in coarse ones."""
        with self._lock:
            fine, coarse = list(self._fine), list(self._coarse)
        begin = fine[0].at if fine else float("inf")
        return [*(each for each in coarse if each.at < begin), *fine]

    def _sample(self, since: float) -> Sample:
        took_s = [] if self._handling is None else self._handling.since(since)
        return Sample(
            at=self._wall(),
            memory_bytes=self._memory(),
            p50_s=percentile(took_s, 0.5),
            p95_s=percentile(took_s, 0.95),
            updates=len(took_s),
        )
