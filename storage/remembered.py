"""What was read of the database, remembered until it is changed, by this process alone."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")

MOST = 5_000
"""Values; when there are more all are forgotten."""


class Remembered(Generic[K, V]):
    """Any thread may call it. Only one process at a time changes a database, and it begins with an empty memory.

    What is read while something changes may be of before or of after, so it is not remembered.
    """

    def __init__(self, *, most: int = MOST) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._held: dict[K, V] = {}
        self._changing = self._changes = 0

    def read(self, key: K, load: Callable[[K], V]) -> V:
        try:
            return self._held[key]
        except KeyError:
            pass
        before = self._changes
        value = load(key)
        with self._lock:
            if before == self._changes and not self._changing:
                if len(self._held) >= self._most:
                    self._held = {}
                self._held[key] = value
        return value

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Around the transaction that changes some of it, from before it begins until it is over."""
        with self._lock:
            self._changing += 1
            self._changes += 1
            self._held = {}
        try:
            yield
        finally:
            with self._lock:
                self._changing -= 1
                self._changes += 1
