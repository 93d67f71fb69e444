"""A small cache for slow loads: bounded, thread-safe, one load per key, stale values while one thread refreshes.

No library does all of this: cachetools calls the source once per waiter when it is down, others leave them hanging.
"""

import logging
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from functools import partial
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CacheStats:
    """Counts since the start; `entries` and `bytes` are now. A joined load is one load for all who joined it."""

    hits: int = 0
    misses: int = 0
    loads: int = 0
    failures: int = 0
    evictions: int = 0
    entries: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class _Entry(Generic[V]):
    value: V
    stored_at: float
    ttl_s: float
    weight: int


class _Flight(Generic[V]):
    """One load under way, and its outcome for everybody who waits for it."""

    def __init__(self) -> None:
        self._landed = threading.Event()
        self._value: V | None = None
        self._error: BaseException | None = None
        self.failed_at = 0.0

    def land(self, value: V) -> None:
        self._value = value
        self._landed.set()

    def crash(self, error: BaseException, *, at: float) -> None:
        self._error = error
        self.failed_at = at
        self._landed.set()

    def outcome(self) -> V:
        """Waits for the end of the load; its error is raised anew for each who asks."""
        self._landed.wait()
        if self._error is not None:
            raise self._error
        return self._value  # type: ignore[return-value]  # land() put a V there


class Cache(Generic[K, V]):
    """Any thread may call it. The lock guards the tables and is never held over a load.

    A value is fresh for its ttl and may be served for `stale_s` beyond it; then it is gone. A failed load is shared
    with all who wait for it, and remembered for `failure_ttl_s`, so that a dead source is not asked by each in turn.
    """

    def __init__(
        self,
        *,
        max_size: int = 100,
        ttl_s: float = 300.0,
        stale_s: float = 0.0,
        failure_ttl_s: float = 3.0,
        clock: Callable[[], float] = time.monotonic,
        spawn: Callable[[Callable[[], None]], None] | None = None,
        weigh: Callable[[V], int] = sys.getsizeof,
    ) -> None:
        """`spawn` runs a refresh beside the caller, on a thread; `weigh` estimates the bytes of a value."""
        self._max_size = max_size
        self._ttl_s = ttl_s
        self._stale_s = stale_s
        self._failure_ttl_s = failure_ttl_s
        self._clock = clock
        self._spawn = spawn or _on_a_thread
        self._weigh = weigh
        self._lock = threading.Lock()
        self._entries: OrderedDict[K, _Entry[V]] = OrderedDict()
        self._flights: dict[K, _Flight[V]] = {}
        self._failed: dict[K, _Flight[V]] = {}
        self._stats = CacheStats()

    def get(self, key: K, load: Callable[[], V], *, ttl_s: float | None = None) -> V:
        """A fresh value, or a stale one while one thread refreshes it; without either the outcome of one load.

        Raises what the load raised.
        """
        with self._lock:
            entry = self._usable(key)
            self._count(hits=entry is not None, misses=entry is None)
            if entry is not None and self._is_fresh(entry):
                return entry.value
            flight = self._flights.get(key) or self._recently_failed(key)
            owner = flight is None
            if flight is None:
                flight = self._begin(key)
        if entry is None:
            return self._fly(key, load, flight, ttl_s) if owner else flight.outcome()
        if owner:
            self._spawn(partial(self._fly_quietly, key, load, flight, ttl_s))
        return entry.value

    def peek(self, key: K) -> V | None:
        """A fresh or stale value out of memory; None where there is none. Loads nothing, counts nothing."""
        with self._lock:
            entry = self._usable(key)
            return entry.value if entry else None

    def refresh(self, key: K, load: Callable[[], V], *, ttl_s: float | None = None) -> V:
        """Loads past what is stored; one who asks while a load is under way shares it. Raises what the load raised."""
        with self._lock:
            flight = self._flights.get(key)
            owner = flight is None
            if flight is None:
                flight = self._begin(key)
        return self._fly(key, load, flight, ttl_s) if owner else flight.outcome()

    def put(self, key: K, value: V, *, ttl_s: float | None = None) -> None:
        """A negative ttl is how long ago the value stopped being fresh."""
        with self._lock:
            self._store(key, value, ttl_s)

    def purge(self) -> int:
        """Drops what may not be served any more; returns how many."""
        with self._lock:
            dead = [key for key in self._entries if self._usable(key, touch=False) is None]
            for key in dead:
                self._drop(key)
            for key in [key for key in self._failed if self._recently_failed(key) is None]:
                del self._failed[key]
            return len(dead)

    def stats(self) -> CacheStats:
        with self._lock:
            return replace(
                self._stats, entries=len(self._entries), bytes=sum(each.weight for each in self._entries.values())
            )

    def _begin(self, key: K) -> _Flight[V]:
        flight = self._flights[key] = _Flight[V]()
        return flight

    def _fly(self, key: K, load: Callable[[], V], flight: _Flight[V], ttl_s: float | None) -> V:
        try:
            value = load()
        except BaseException as error:  # whatever it is, those who wait must not wait for ever
            with self._lock:
                del self._flights[key]
                self._count(loads=1, failures=1)
                self._failed[key] = flight
                flight.crash(error, at=self._clock())
            raise
        with self._lock:
            del self._flights[key]
            self._failed.pop(key, None)
            self._count(loads=1)
            self._store(key, value, ttl_s)
            flight.land(value)
        return value

    def _fly_quietly(self, key: K, load: Callable[[], V], flight: _Flight[V], ttl_s: float | None) -> None:
        try:
            self._fly(key, load, flight, ttl_s)
        except Exception:
            log.info("background refresh failed key=%s", key, exc_info=True)

    def _usable(self, key: K, *, touch: bool = True) -> _Entry[V] | None:
        entry = self._entries.get(key)
        if entry is None or self._age(entry) >= entry.ttl_s + self._stale_s:
            return None
        if touch:
            self._entries.move_to_end(key)
        return entry

    def _is_fresh(self, entry: _Entry[V]) -> bool:
        return self._age(entry) < entry.ttl_s

    def _age(self, entry: _Entry[V]) -> float:
        return self._clock() - entry.stored_at

    def _recently_failed(self, key: K) -> _Flight[V] | None:
        failed = self._failed.get(key)
        return failed if failed and self._clock() - failed.failed_at < self._failure_ttl_s else None

    def _store(self, key: K, value: V, ttl_s: float | None) -> None:
        ttl_s = self._ttl_s if ttl_s is None else ttl_s
        self._entries[key] = _Entry(value, self._clock(), ttl_s, self._weigh(value))
        self._entries.move_to_end(key)
        while len(self._entries) > self._max_size:
            self._drop(next(iter(self._entries)))

    def _drop(self, key: K) -> None:
        del self._entries[key]
        self._count(evictions=1)

    def _count(self, **more: int) -> None:
        self._stats = replace(self._stats, **{name: getattr(self._stats, name) + n for name, n in more.items()})


def _on_a_thread(job: Callable[[], None]) -> None:
    threading.Thread(target=job, name="cache-refresh", daemon=True).start()
