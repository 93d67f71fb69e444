"""What the bot runs on: the disk, how long, and whether memory grows and grows."""

import shutil
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

MB = 1_000_000

WINDOW = 12
"""Looks at the memory that are compared, ten minutes apart from each other."""
GREW_BY, GREW_MB = 1.3, 30
"""Over the window memory has grown by so much and by so many, with hardly a look at which it had shrunk."""

LITTLE_MB, LITTLE_SHARE = 100, 0.03
"""A disk with less of both is nearly full; so is one with less than a tenth of the first."""


@dataclass(frozen=True, slots=True)
class Disk:
    free: int
    total: int

    @property
    def is_nearly_full(self) -> bool:
        little = self.free < LITTLE_MB * MB
        return (little and self.free < LITTLE_SHARE * self.total) or self.free < LITTLE_MB * MB / 10


def disk_of(path: Path) -> Disk:
    """Of the folder that is or will be; raises OSError."""
    folder = next(each for each in (path.absolute(), *path.absolute().parents) if each.is_dir())
    usage = shutil.disk_usage(folder)
    return Disk(usage.free, usage.total)


class Uptime:
    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._since = clock()

    @property
    def seconds(self) -> float:
        return self._clock() - self._since


class Trend:
    """Whether memory grows and does not come back; one thread looks, about every ten minutes."""

    def __init__(self) -> None:
        self._seen: deque[int] = deque(maxlen=WINDOW)
        self.grown: tuple[int, int] | None = None
        """What the last look said; any thread may read it."""

    def look(self, held: int) -> tuple[int, int] | None:
        """Bytes before and now when it grows; None while it does not, or nobody can say yet."""
        self._seen.append(held)
        if len(self._seen) < WINDOW:
            return None
        seen = list(self._seen)
        first, last = seen[0], seen[-1]
        shrank = sum(later < earlier for earlier, later in pairwise(seen))
        grows = last >= GREW_BY * first and last - first >= GREW_MB * MB and shrank <= WINDOW // 4
        self.grown = (first, last) if grows else None
        return self.grown
