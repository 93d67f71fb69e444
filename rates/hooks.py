"""Telling whoever subscribed that something has changed: in order, and outside every lock."""

import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

log = logging.getLogger(__name__)

MOST_WAITING = 1_000
"""Changes that wait for a subscriber which hangs; beyond this the oldest are forgotten."""


class Hooks(Generic[T]):
    """Each subscriber is called with the name of what changed, and what it has become. Any thread may call it.

    `put` and `deliver` are two, so that changes can be put while the lock that orders them is held, and told when it
    is not. One thread delivers at a time, whatever the others put meanwhile: an end is never told before its beginning.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._subscribers: tuple[Callable[[str, T], object], ...] = ()
        self._waiting: deque[tuple[str, T]] = deque(maxlen=MOST_WAITING)
        self._is_delivering = False

    def subscribe(self, subscriber: Callable[[str, T], object]) -> None:
        """It runs on the thread that brought the change about, so it has to be quick."""
        with self._lock:
            self._subscribers += (subscriber,)

    def put(self, name: str, state: T) -> None:
        """Calls nobody."""
        with self._lock:
            self._waiting.append((name, state))

    def deliver(self) -> None:
        """Tells what waits; leaves it to the thread that is at it already, if there is one."""
        with self._lock:
            if self._is_delivering:
                return
            self._is_delivering = True
        try:
            while (change := self._next()) is not None:
                self._tell(*change)
        except BaseException:
            with self._lock:
                self._is_delivering = False
            raise

    def _next(self) -> tuple[str, T] | None:
        with self._lock:
            if self._waiting:
                return self._waiting.popleft()
            self._is_delivering = False  # under the lock of `put`, or a change put by now would wait for the next
            return None

    def _tell(self, name: str, state: T) -> None:
        for subscriber in self._subscribers:
            try:
                subscriber(name, state)
            except Exception:  # one subscriber's fault is none of the others', nor of the source's
                log.exception("subscriber failed name=%s", name)
