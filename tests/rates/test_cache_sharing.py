"""One load for all who ask at once, what it fails of is shared as well, and many threads do no harm."""

import itertools
import random
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial

import pytest

from calc.errors import DeskError
from rates.cache import Cache
from rates.flights import LoadAbandoned
from tests.rates.caching import (
    FAILURE_TTL_S,
    STALE_S,
    TTL_S,
    Beside,
    Source,
    in_threads,
    never,
    wait_until_waiting,
)
from tests.rates.conftest import Clock


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
