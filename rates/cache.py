"""A small cache for slow loads: bounded, thread-safe, one load per key, stale values while one thread refreshes.

No library does all of this: cachetools calls the source once per waiter when it is down, others leave them hanging.
"""

import itertools
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from calc.errors import DeskError
from rates.flights import Flight, Life
from rates.weight import weight

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CacheStats:
    """Counts since the start; `entries` and `bytes` are now. A load is counted once, however many shared it."""

    hits: int
    misses: int
    loads: int
    failures: int
    evictions: int
    entries: int
    bytes: int


@dataclass(frozen=True, slots=True)
class _Entry(Generic[V]):
    """`number` says how new it is: that of the load which brought it, or of the put."""

    value: V
    number: int
    fresh_until: float
    usable_until: float
    weight: int


class Cache(Generic[K, V]):
    """Any thread may call it. The lock guards the tables and is never held over a call of somebody else's.

    A value is fresh for `ttl_s` and may be served for `stale_s` more; then it is gone. A failed load is shared with
    all who wait for it, and remembered for `failure_ttl_s`, so that a dead source is not asked by each in turn.
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
        shares_loads: bool = True,
        weigh: Callable[[V], int] = weight,
    ) -> None:
        """`spawn` runs a refresh beside the caller, on a thread; `weigh` estimates the bytes of a value.

        Without `shares_loads` each who needs a load makes one, and no failure is remembered.
        """
        self._max_size = max_size
        self._ttl_s = ttl_s
        self._stale_s = stale_s
        self._failure_ttl_s = failure_ttl_s
        self._clock = clock
        self._spawn = spawn or _on_a_thread
        self._shares_loads = shares_loads
        self._weigh = weigh
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._entries: OrderedDict[K, _Entry[V]] = OrderedDict()
        self._flights: dict[K, Flight[V]] = {}
        self._failed: OrderedDict[K, Flight[V]] = OrderedDict()
        self._hits = self._misses = self._loads = self._failures = self._evictions = 0

    def get(self, key: K, load: Callable[[], V], *, ttl_s: float | None = None, stale_s: float | None = None) -> V:
        """A fresh value, or a stale one while one thread refreshes it; without either the outcome of one load.

        Raises what the load raised.
        """
        with self._lock:
            entry = self._look_up(key)
            if entry is not None and self._is_fresh(entry):
                return entry.value
            flight, is_mine = self._board(key, self._life(ttl_s, stale_s))
        if entry is None:
            return self._fly(key, flight, load) if is_mine else flight.outcome()
        if is_mine:
            self._fly_beside(key, flight, load)
        return entry.value

    def peek(
        self,
        key: K,
        load: Callable[[], V] | None = None,
        *,
        ttl_s: float | None = None,
        stale_s: float | None = None,
    ) -> V | None:
        """A fresh or stale value out of memory, None where there is none; never waits.

        With a `load`, a stale value is refreshed by one thread beside; what is not there is not loaded.
        """
        with self._lock:
            entry = self._look_up(key)
            if entry is None:
                return None
            if load is None or self._is_fresh(entry):
                return entry.value
            flight, is_mine = self._board(key, self._life(ttl_s, stale_s))
        if is_mine:
            self._fly_beside(key, flight, load)
        return entry.value

    def refresh(self, key: K, load: Callable[[], V], *, ttl_s: float | None = None, stale_s: float | None = None) -> V:
        """The outcome of a load, whatever is stored; one that is under way already is as new, and is shared.

        Raises what the load raised.
        """
        with self._lock:
            flight = self._flights.get(key) if self._shares_loads else None
            is_mine = flight is None
            if flight is None:
                flight = self._begin(key, self._life(ttl_s, stale_s))
        return self._fly(key, flight, load) if is_mine else flight.outcome()

    def put(self, key: K, value: V, *, ttl_s: float | None = None, stale_s: float | None = None) -> None:
        """Stores a value; a load that began earlier does not overwrite it when it ends."""
        weight = self._weigh(value)
        with self._lock:
            self._store(key, value, next(self._numbers), self._life(ttl_s, stale_s), weight)

    def clear(self) -> None:
        """Forgets every value and every failure; loads under way go on and bring theirs."""
        with self._lock:
            self._entries.clear()
            self._failed.clear()

    def purge(self) -> int:
        """Drops what may not be served any more; returns how many."""
        with self._lock:
            now = self._clock()
            dead = [key for key, entry in self._entries.items() if now >= entry.usable_until]
            for key in dead:
                del self._entries[key]
            for key in [key for key, flight in self._failed.items() if not self._is_remembered(flight)]:
                del self._failed[key]
            return len(dead)

    def stats(self) -> CacheStats:
        with self._lock:
            return CacheStats(
                hits=self._hits,
                misses=self._misses,
                loads=self._loads,
                failures=self._failures,
                evictions=self._evictions,
                entries=len(self._entries),
                bytes=sum(entry.weight for entry in self._entries.values()),
            )

    def _fly(self, key: K, flight: Flight[V], load: Callable[[], V]) -> V:
        try:
            value = load()
            weight = self._weigh(value)
        except BaseException as error:  # whatever it is, those who wait must not wait for ever
            self._crash(key, flight, error)
            raise
        with self._lock:
            self._end(key, flight)
            self._failed.pop(key, None)
            if not self._is_overtaken(key, flight):
                self._store(key, value, flight.number, flight.life, weight)
        flight.land(value)
        return value

    def _fly_beside(self, key: K, flight: Flight[V], load: Callable[[], V]) -> None:
        def refresh() -> None:
            try:
                self._fly(key, flight, load)
            except DeskError as error:
                log.warning("refresh failed key=%s: %s", key, error)
            except Exception:
                log.exception("refresh failed key=%s", key)

        try:
            self._spawn(refresh)
        except BaseException as error:  # of a thread that cannot start: the next who asks has to be able to try
            self._crash(key, flight, error)
            if not isinstance(error, Exception):
                raise
            log.warning("refresh not started key=%s: %r", key, error)

    def _crash(self, key: K, flight: Flight[V], error: BaseException) -> None:
        with self._lock:
            self._end(key, flight)
            self._failures += 1
            if isinstance(error, Exception) and not self._is_overtaken(key, flight):
                flight.failed_at = self._clock()
                self._failed[key] = flight
                if len(self._failed) > self._max_size:
                    self._failed.popitem(last=False)
        flight.crash(error)

    # All below are called with the lock held.

    def _look_up(self, key: K) -> _Entry[V] | None:
        """The entry, if it may still be served."""
        entry = self._entries.get(key)
        if entry is None or self._clock() >= entry.usable_until:
            self._misses += 1
            return None
        self._hits += 1
        self._entries.move_to_end(key)
        return entry

    def _is_fresh(self, entry: _Entry[V]) -> bool:
        return self._clock() < entry.fresh_until

    def _board(self, key: K, life: Life) -> tuple[Flight[V], bool]:
        """A load of the key, and whether it is for the caller to do: not when it is under way or has just failed."""
        if not self._shares_loads:
            return self._begin(key, life), True
        flight = self._flights.get(key)
        if flight is None:
            flight = self._failed.get(key)
            if flight is None or not self._is_remembered(flight):
                return self._begin(key, life), True
        return flight, False

    def _begin(self, key: K, life: Life) -> Flight[V]:
        self._loads += 1
        flight = self._flights[key] = Flight[V](next(self._numbers), life)
        return flight

    def _end(self, key: K, flight: Flight[V]) -> None:
        if self._flights.get(key) is flight:  # else it was given up, and its thread had started after all
            del self._flights[key]

    def _is_remembered(self, failed: Flight[V]) -> bool:
        return self._clock() - failed.failed_at < self._failure_ttl_s

    def _is_overtaken(self, key: K, flight: Flight[V]) -> bool:
        entry = self._entries.get(key)
        return entry is not None and entry.number > flight.number

    def _life(self, ttl_s: float | None, stale_s: float | None) -> Life:
        return Life(self._ttl_s if ttl_s is None else ttl_s, self._stale_s if stale_s is None else stale_s)

    def _store(self, key: K, value: V, number: int, life: Life, weight: int) -> None:
        fresh_until = self._clock() + life.ttl_s
        self._entries[key] = _Entry(value, number, fresh_until, fresh_until + life.stale_s, weight)
        self._entries.move_to_end(key)
        while len(self._entries) > self._max_size:
            self._entries.popitem(last=False)
            self._evictions += 1


def _on_a_thread(job: Callable[[], None]) -> None:
    threading.Thread(target=job, name="cache-refresh", daemon=True).start()
