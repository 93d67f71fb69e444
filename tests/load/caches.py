"""`python -m tests.load.caches`: the cache beside cachetools in one run: gets a second, and calls at an expiry."""

import statistics
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from cachetools import TTLCache, cached

from rates.cache import Cache

GETS, ROUNDS, THREADS, EXPIRIES = 200_000, 9, 16, 50
TTL_S = 300.0
LOAD_S = 0.002
"""How long a load of an expired value takes: long enough for all who ask to meet it."""


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Ours:
    """With the clock that a process has, or with one that a test moves."""

    def __init__(self, load: Callable[[], str], clock: Callable[[], float]) -> None:
        cache: Cache[str, str] = Cache(ttl_s=TTL_S, clock=clock)
        self.get: Callable[[], str] = lambda: cache.get("usdt_rub", load)


class Library:
    """The documented way to share one among threads: a lock, and one load for those who wait for the same value."""

    def __init__(self, load: Callable[[], str], clock: Callable[[], float]) -> None:
        store: TTLCache[str, str] = TTLCache(100, TTL_S, timer=clock)
        get: Any = cached(store, key=lambda: "usdt_rub", condition=threading.Condition())(load)
        self.get: Callable[[], str] = get


def gets_a_second(get: Callable[[], str], *, threads: int) -> float:
    def work() -> None:
        for _ in range(GETS // threads):
            get()

    get()
    with ThreadPoolExecutor(threads) as pool:
        begun = time.perf_counter()
        for each in [pool.submit(work) for _ in range(threads)]:
            each.result()
        return GETS / (time.perf_counter() - begun)


def calls_for_each_expiry(kind: type[Ours] | type[Library]) -> float:
    """Each time all threads find the value expired at once."""
    clock, calls, pause = Clock(), [0], threading.Event()

    def load() -> str:
        calls[0] += 1
        pause.wait(LOAD_S)
        return "81.65"

    def forward() -> None:
        clock.now += TTL_S

    cache, together = kind(load, clock), threading.Barrier(THREADS, action=forward)

    def meet() -> None:
        for _ in range(EXPIRIES):
            together.wait()
            cache.get()

    with ThreadPoolExecutor(THREADS) as pool:
        for each in [pool.submit(meet) for _ in range(THREADS)]:
            each.result()
    return calls[0] / EXPIRIES


def main() -> None:
    for threads in (1, THREADS):
        rounds = [
            tuple(gets_a_second(kind(lambda: "81.65", time.monotonic).get, threads=threads) for kind in (Ours, Library))
            for _ in range(ROUNDS)
        ]
        ours, library = (statistics.median(column) for column in zip(*rounds, strict=True))
        ratio = statistics.median(one / other for one, other in rounds)
        sys.stdout.write(
            f"{threads} threads: {ours / 1e6:.2f} million gets a second, cachetools {library / 1e6:.2f}, "
            f"ratio {ratio:.2f} (medians of {ROUNDS} pairs)\n"
        )
    sys.stdout.write(
        f"calls to the source for each of {EXPIRIES} expiries that {THREADS} threads meet: "
        f"{calls_for_each_expiry(Ours):.2f}, cachetools {calls_for_each_expiry(Library):.2f}\n"
    )


if __name__ == "__main__":
    main()
