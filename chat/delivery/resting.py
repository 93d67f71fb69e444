"""Keys that rest until their moment has come."""

import heapq
import itertools
from collections.abc import Callable, Hashable


class Resting:
    """Whoever calls holds the lock."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._numbers = itertools.count()
        self._heap: list[tuple[float, int, Hashable]] = []

    def add(self, key: Hashable, rest_s: float) -> None:
        heapq.heappush(self._heap, (self._clock() + rest_s, next(self._numbers), key))

    def __len__(self) -> int:
        return len(self._heap)

    def rested(self) -> list[Hashable]:
        """Takes out those whose moment has come, in the order of their moments."""
        now, keys = self._clock(), []
        while self._heap and self._heap[0][0] <= now:
            keys.append(heapq.heappop(self._heap)[2])
        return keys

    def next_s(self) -> float | None:
        """Seconds until the next moment; None where nobody rests."""
        return max(0.0, self._heap[0][0] - self._clock()) if self._heap else None

    def clear(self) -> None:
        self._heap.clear()
