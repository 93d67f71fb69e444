"""The cache: what it keeps, for how long, what makes room, and what it has counted."""

import sys

import pytest

from calc.errors import DeskError
from rates.cache import Cache, CacheStats
from tests.rates.caching import FAILURE_TTL_S, STALE_S, TTL_S, Beside, Source, never
from tests.rates.conftest import Clock


def test_a_value_is_loaded_once_and_fresh_for_its_ttl(cache: Cache[str, str], clock: Clock) -> None:
    source = Source()
    assert cache.get("usdt_rub", source) == "81.65"
    clock.forward(TTL_S - 0.001)
    assert cache.get("usdt_rub", never) == "81.65"
    assert source.calls == 1
    assert cache.stats() == CacheStats(hits=1, misses=1, loads=1, failures=0, evictions=0, entries=1, bytes=5)


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


def test_a_cleared_cache_asks_anew() -> None:
    cache: Cache[str, str] = Cache()
    cache.get("k", lambda: "old")

    cache.clear()

    assert cache.peek("k") is None
    assert cache.get("k", lambda: "new") == "new"
