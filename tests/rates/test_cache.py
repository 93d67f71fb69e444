"""The cache: one load per key, failures shared, stale values served while one thread refreshes, and never more."""

import itertools
import logging
import random
import sys
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from types import FrameType

import pytest

from calc.errors import DeskError
from rates.cache import Cache, CacheStats
from rates.flights import Flight, LoadAbandoned
from tests.rates.conftest import Clock

TTL_S, STALE_S, FAILURE_TTL_S = 300.0, 1500.0, 3.0


class Beside:
    """Keeps what it is given to run until a test runs it."""

    def __init__(self) -> None:
        self.jobs: list[Callable[[], None]] = []

    def __call__(self, job: Callable[[], None]) -> None:
        self.jobs.append(job)

    def run(self) -> None:
        for job in self.jobs:
            job()
        self.jobs.clear()


class Source:
    """Counts its calls; answers with what it was told to, once it is let."""

    def __init__(self, answer: str | BaseException = "81.65") -> None:
        self.answer = answer
        self.calls = 0
        self.called = threading.Event()
        self.may_answer = threading.Event()
        self.may_answer.set()

    def __call__(self) -> str:
        self.calls += 1
        self.called.set()
        assert self.may_answer.wait(30)
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer


@pytest.fixture
def beside() -> Beside:
    return Beside()


@pytest.fixture
def cache(clock: Clock, beside: Beside) -> Cache[str, str]:
    return Cache(
        max_size=3,
        ttl_s=TTL_S,
        stale_s=STALE_S,
        failure_ttl_s=FAILURE_TTL_S,
        clock=clock,
        spawn=beside,
        weigh=len,
    )


def never() -> str:
    raise AssertionError("nobody may be asked")


def in_threads(count: int, action: Callable[[], str]) -> list[Future[str]]:
    """Starts them; a pool of its own size, so that all are at it at once."""
    pool = ThreadPoolExecutor(count)
    futures = [pool.submit(action) for _ in range(count)]
    pool.shutdown(wait=False)
    return futures


def wait_until_waiting(count: int) -> None:
    """Until so many threads wait for the load of another."""
    ticks = threading.Event()
    for _ in range(2_000):
        if sum(frame_waits(frame) for frame in sys._current_frames().values()) >= count:
            return
        ticks.wait(0.005)
    raise AssertionError(f"there are no {count} who wait")


def frame_waits(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code is Flight.outcome.__code__:
            return True
        frame = frame.f_back
    return False


def test_a_value_is_loaded_once_and_fresh_for_its_ttl(cache: Cache[str, str], clock: Clock) -> None:
    source = Source()
    assert cache.get("usdt_rub", source) == "81.65"
    clock.forward(TTL_S - 0.001)
    assert cache.get("usdt_rub", never) == "81.65"
    assert source.calls == 1
    assert cache.stats() == CacheStats(hits=1, misses=1, loads=1, failures=0, evictions=0, entries=1, bytes=5)


def test_two_hundred_threads_asking_for_a_missing_rate_make_one_call(cache: Cache[str, str]) -> None:
    source = Source()
    source.may_answer.clear()
    asked = in_threads(200, lambda: cache.get("usdt_rub", source))
    wait_until_waiting(199)
    source.may_answer.set()
    assert [each.result(30) for each in asked] == ["81.65"] * 200
    assert source.calls == 1


def test_a_failed_load_reaches_all_who_wait_and_is_not_repeated_by_each(cache: Cache[str, str], clock: Clock) -> None:
    dead = Source(DeskError("dead"))
    dead.may_answer.clear()
    asked = in_threads(50, lambda: cache.get("usdt_rub", dead))
    wait_until_waiting(49)
    dead.may_answer.set()
    assert [str(each.exception(30)) for each in asked] == ["dead"] * 50
    for _ in range(50):
        with pytest.raises(DeskError, match="dead"):
            cache.get("usdt_rub", never)
    assert (dead.calls, cache.stats().failures) == (1, 1)

    clock.forward(FAILURE_TTL_S)
    assert cache.get("usdt_rub", Source()) == "81.65"


def test_a_remembered_failure_does_not_grow_with_those_who_hear_of_it(cache: Cache[str, str]) -> None:
    lengths = set()
    for _ in range(20):
        with pytest.raises(DeskError) as caught:
            cache.get("usdt_rub", Source(DeskError("dead")))
        lengths.add(len(traceback.extract_tb(caught.value.__traceback__)))
    assert len(lengths) <= 2


def test_a_load_that_is_interrupted_leaves_nobody_waiting(cache: Cache[str, str]) -> None:
    interrupted = Source(KeyboardInterrupt())
    interrupted.may_answer.clear()
    first = in_threads(1, lambda: cache.get("usdt_rub", interrupted))[0]
    assert interrupted.called.wait(30)
    others = in_threads(5, lambda: cache.get("usdt_rub", never))
    wait_until_waiting(5)
    interrupted.may_answer.set()
    assert isinstance(first.exception(30), KeyboardInterrupt)
    assert [type(each.exception(30)) for each in others] == [LoadAbandoned] * 5
    assert cache.get("usdt_rub", Source("not remembered")) == "not remembered"


def test_a_stale_value_is_served_at_once_while_one_thread_refreshes(
    cache: Cache[str, str], clock: Clock, beside: Beside
) -> None:
    cache.put("usdt_rub", "old")
    clock.forward(TTL_S)
    source = Source("new")
    asked = in_threads(50, lambda: cache.get("usdt_rub", source))
    assert {each.result(30) for each in asked} == {"old"}
    assert (len(beside.jobs), source.calls) == (1, 0)
    beside.run()
    assert cache.get("usdt_rub", never) == "new"
    assert source.calls == 1


def test_a_stale_value_outlives_failures_until_its_bound_and_not_longer(
    cache: Cache[str, str], clock: Clock, beside: Beside, caplog: pytest.LogCaptureFixture
) -> None:
    cache.put("usdt_rub", "old")
    clock.forward(TTL_S)
    assert cache.get("usdt_rub", Source(DeskError("dead"))) == "old"
    beside.run()
    assert "refresh failed key=usdt_rub: dead" in caplog.text
    assert cache.get("usdt_rub", never) == "old"
    assert beside.jobs == []

    clock.forward(STALE_S - 0.001)
    assert cache.get("usdt_rub", Source(DeskError("dead"))) == "old"
    beside.run()
    clock.forward(0.001)
    with pytest.raises(DeskError, match="dead"):
        cache.get("usdt_rub", never)
    assert cache.peek("usdt_rub") is None


def test_a_bug_in_a_load_beside_is_logged_with_its_traceback(
    cache: Cache[str, str], clock: Clock, beside: Beside, caplog: pytest.LogCaptureFixture
) -> None:
    cache.put("usdt_rub", "old")
    clock.forward(TTL_S)
    cache.get("usdt_rub", Source(ZeroDivisionError("a bug")))
    beside.run()
    assert [record.levelno for record in caplog.records if record.exc_info] == [logging.ERROR]


def test_a_refresh_that_cannot_start_leaves_the_stale_value_and_nobody_waiting(clock: Clock) -> None:
    def no_thread(job: Callable[[], None]) -> None:
        raise RuntimeError("can't start new thread")

    cache: Cache[str, str] = Cache(ttl_s=TTL_S, stale_s=STALE_S, clock=clock, spawn=no_thread)
    cache.put("usdt_rub", "old")
    clock.forward(TTL_S)
    assert cache.get("usdt_rub", never) == "old"
    assert cache.refresh("usdt_rub", Source("new")) == "new"


def test_a_refresh_that_starts_although_its_start_was_interrupted_does_no_harm(clock: Clock, beside: Beside) -> None:
    def interrupted(job: Callable[[], None]) -> None:
        beside(job)
        raise KeyboardInterrupt

    cache: Cache[str, str] = Cache(ttl_s=TTL_S, stale_s=STALE_S, clock=clock, spawn=interrupted)
    cache.put("usdt_rub", "old")
    clock.forward(TTL_S)
    with pytest.raises(KeyboardInterrupt):
        cache.get("usdt_rub", Source("late"))
    newer = Source("newer")
    newer.may_answer.clear()
    refresh = in_threads(1, lambda: cache.refresh("usdt_rub", newer))[0]
    assert newer.called.wait(30)
    beside.run()
    waiting = in_threads(1, lambda: cache.refresh("usdt_rub", never))[0]
    wait_until_waiting(1)
    newer.may_answer.set()
    assert [each.result(30) for each in (refresh, waiting)] == ["newer"] * 2
    assert cache.get("usdt_rub", never) == "newer"


def test_without_a_spawn_a_daemon_thread_of_its_own_refreshes(clock: Clock) -> None:
    cache: Cache[str, str] = Cache(ttl_s=TTL_S, stale_s=STALE_S, clock=clock)
    cache.put("usdt_rub", "old")
    clock.forward(TTL_S)
    refresher: Future[tuple[str, bool]] = Future()

    def load() -> str:
        refresher.set_result((threading.current_thread().name, threading.current_thread().daemon))
        return "new"

    assert cache.get("usdt_rub", load) == "old"
    assert refresher.result(30) == ("cache-refresh", True)


def test_a_peek_loads_nothing_unless_it_is_told_how(cache: Cache[str, str], clock: Clock, beside: Beside) -> None:
    assert cache.peek("usdt_rub", never) is None
    cache.put("usdt_rub", "old")
    assert cache.peek("usdt_rub", never) == "old"
    clock.forward(TTL_S)
    assert cache.peek("usdt_rub") == "old"
    assert beside.jobs == []

    source = Source("new")
    assert [cache.peek("usdt_rub", source) for _ in range(3)] == ["old"] * 3
    assert len(beside.jobs) == 1
    beside.run()
    assert cache.peek("usdt_rub") == "new"
    assert (cache.stats().hits, cache.stats().misses) == (6, 1)


def test_refresh_loads_past_a_fresh_value(cache: Cache[str, str]) -> None:
    cache.put("usdt_rub", "old")
    assert cache.refresh("usdt_rub", Source("new")) == "new"
    assert cache.get("usdt_rub", never) == "new"


def test_a_refresh_that_fails_says_so_and_costs_nothing(cache: Cache[str, str]) -> None:
    cache.put("usdt_rub", "old")
    with pytest.raises(DeskError, match="dead"):
        cache.refresh("usdt_rub", Source(DeskError("dead")))
    assert cache.get("usdt_rub", never) == "old"


def test_a_refresh_asks_even_when_a_load_has_just_failed(cache: Cache[str, str]) -> None:
    with pytest.raises(DeskError, match="dead"):
        cache.get("usdt_rub", Source(DeskError("dead")))
    assert cache.refresh("usdt_rub", Source("new")) == "new"
    assert cache.get("usdt_rub", never) == "new"


def test_who_asks_during_a_refresh_shares_it(cache: Cache[str, str]) -> None:
    source = Source("new")
    source.may_answer.clear()
    first = in_threads(1, lambda: cache.refresh("usdt_rub", source))[0]
    assert source.called.wait(30)
    getting = in_threads(5, lambda: cache.get("usdt_rub", never))
    also_refreshing = in_threads(5, lambda: cache.refresh("usdt_rub", never))
    wait_until_waiting(10)
    source.may_answer.set()
    assert {each.result(30) for each in [first, *getting, *also_refreshing]} == {"new"}
    assert (cache.stats().loads, source.calls) == (1, 1)


def test_an_older_load_does_not_overwrite_a_newer_value(cache: Cache[str, str]) -> None:
    for older in ("old", DeskError("old failure")):
        source = Source(older)
        source.may_answer.clear()
        flight = in_threads(1, lambda source=source: cache.refresh("usdt_rub", source))[0]  # type: ignore[misc]
        assert source.called.wait(30)
        cache.put("usdt_rub", "typed meanwhile")
        source.may_answer.set()
        assert flight.exception(30) is (older if isinstance(older, DeskError) else None)
        assert cache.get("usdt_rub", never) == "typed meanwhile"


def test_each_entry_may_have_a_life_of_its_own(cache: Cache[str, str], clock: Clock, beside: Beside) -> None:
    cache.put("put", "value", ttl_s=10, stale_s=5)
    cache.get("got", Source(), ttl_s=20, stale_s=0)
    cache.refresh("refreshed", Source(), ttl_s=30)
    clock.forward(10)
    cache.get("put", never)
    assert len(beside.jobs) == 1
    clock.forward(5)
    assert [cache.peek(key) for key in ("put", "got")] == [None, "81.65"]
    clock.forward(5)
    assert [cache.peek(key) for key in ("got", "refreshed")] == [None, "81.65"]
    clock.forward(10 + STALE_S)
    assert cache.peek("refreshed") is None


def test_a_life_given_with_a_stale_look_is_that_of_what_it_brings(
    cache: Cache[str, str], clock: Clock, beside: Beside
) -> None:
    cache.put("usdt_rub", "old")
    clock.forward(TTL_S)
    cache.peek("usdt_rub", Source("new"), ttl_s=10, stale_s=0)
    beside.run()
    clock.forward(9)
    assert cache.peek("usdt_rub") == "new"
    clock.forward(1)
    assert cache.peek("usdt_rub") is None


def test_the_least_recently_used_entry_makes_room(cache: Cache[str, str]) -> None:
    for key in ("a", "b", "c"):
        cache.put(key, key)
    cache.peek("a")
    cache.get("b", never)
    cache.put("d", "d")
    assert [cache.peek(key) for key in ("a", "b", "c", "d")] == ["a", "b", None, "d"]
    assert (cache.stats().evictions, cache.stats().entries) == (1, 3)


def test_a_purge_drops_what_may_not_be_served_and_nothing_else(cache: Cache[str, str], clock: Clock) -> None:
    cache.put("gone", "x", ttl_s=10, stale_s=5)
    cache.put("stale", "x", ttl_s=10, stale_s=6)
    clock.forward(15)
    assert cache.purge() == 1
    assert (cache.stats().entries, cache.stats().evictions) == (1, 0)
    assert cache.peek("stale") == "x"


def test_failures_are_forgotten_and_never_fill_the_memory(cache: Cache[str, str], clock: Clock) -> None:
    def fail(key: str) -> None:
        with pytest.raises(DeskError):
            cache.get(key, Source(DeskError(key)))

    for key in ("a", "b", "c", "d"):
        fail(key)
    assert cache.get("a", Source("no longer remembered")) == "no longer remembered"
    assert list(cache._failed) == ["b", "c", "d"]
    clock.forward(FAILURE_TTL_S - 1)
    fail("e")
    clock.forward(1)
    cache.purge()
    assert list(cache._failed) == ["e"]


def test_bytes_are_estimated_with_all_that_is_held_unless_told_otherwise() -> None:
    cache: Cache[str, list[str]] = Cache()
    cache.put("a", ["value"])
    assert cache.stats().bytes == sys.getsizeof(["value"]) + sys.getsizeof("value")


def test_sixteen_threads_at_once_neither_mix_up_keys_nor_load_one_twice_at_once(clock: Clock) -> None:
    cache: Cache[int, int] = Cache(
        max_size=5, ttl_s=2.0, stale_s=4.0, failure_ttl_s=0.5, clock=clock, spawn=lambda job: job()
    )
    loads, ticks = itertools.count(), threading.Lock()
    under_way = dict.fromkeys(range(8), 0)
    most_at_once = 0

    def load(key: int) -> int:
        nonlocal most_at_once
        under_way[key] += 1
        most_at_once = max(most_at_once, under_way[key])
        try:
            if next(loads) % 7 == 0:
                raise DeskError("now and then")
            return key
        finally:
            under_way[key] -= 1

    def hammer(seed: int) -> None:
        dice = random.Random(seed)
        for _ in range(250):
            with ticks:
                clock.forward(dice.choice((0.0, 0.0, 0.01, 0.2)))
            key = dice.randrange(8)
            ask = partial(dice.choice((cache.get, cache.get, cache.get, cache.refresh)), key, partial(load, key))
            match dice.randrange(10):
                case 0:
                    cache.purge()
                case 1:
                    cache.put(key, key)
                case _:
                    with suppress(DeskError):
                        assert ask() == key
            assert cache.stats().entries <= 5

    with ThreadPoolExecutor(16) as pool:
        for each in [pool.submit(hammer, seed) for seed in range(16)]:
            each.result(60)
    assert most_at_once == 1
    assert cache.stats().loads == next(loads)
    assert not cache._flights


def test_sixteen_threads_that_meet_at_every_expiry_make_one_call_for_each(clock: Clock, beside: Beside) -> None:
    cache: Cache[str, str] = Cache(ttl_s=TTL_S, stale_s=STALE_S, clock=clock, spawn=beside)
    source, expiries = Source(), 100
    cache.get("usdt_rub", source)

    def expire() -> None:
        beside.run()
        clock.forward(TTL_S)

    together = threading.Barrier(16, action=expire)

    def meet() -> None:
        for _ in range(expiries):
            together.wait(60)
            assert cache.get("usdt_rub", source) == "81.65"

    with ThreadPoolExecutor(16) as pool:
        for each in [pool.submit(meet) for _ in range(16)]:
            each.result(60)
    beside.run()
    assert source.calls == 1 + expiries


@pytest.mark.parametrize(("shares", "loads"), [(True, 1), (False, 2)])
def test_a_load_is_shared_unless_that_is_switched_off(shares: bool, loads: int) -> None:
    cache: Cache[str, str] = Cache(shares_loads=shares)
    begun, both = threading.Semaphore(0), threading.Event()

    def load() -> str:
        begun.release()
        both.wait(30)
        return "a"

    threads = [threading.Thread(target=cache.get, args=("k", load)) for _ in range(2)]
    for thread in threads:
        thread.start()
    assert begun.acquire(timeout=30)
    assert begun.acquire(timeout=0.2 if shares else 30) is not shares
    both.set()
    for thread in threads:
        thread.join()

    assert cache.stats().loads == loads
    assert cache.refresh("k", lambda: "b") == "b"


@pytest.mark.parametrize(("shares", "asked"), [(True, 1), (False, 2)])
def test_a_failure_is_remembered_unless_loads_are_not_shared(shares: bool, asked: int) -> None:
    cache: Cache[str, str] = Cache(shares_loads=shares)
    calls: list[int] = []

    def fail() -> str:
        calls.append(1)
        raise LookupError

    for _ in range(2):
        with pytest.raises(LookupError):
            cache.get("k", fail)

    assert len(calls) == asked


def test_a_cleared_cache_asks_anew() -> None:
    cache: Cache[str, str] = Cache()
    cache.get("k", lambda: "old")

    cache.clear()

    assert cache.peek("k") is None
    assert cache.get("k", lambda: "new") == "new"
