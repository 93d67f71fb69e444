"""Values that are stale: served at once, refreshed by one thread beside, and for how long at the most."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future

import pytest

from calc.errors import DeskError
from rates.cache import Cache
from tests.rates.caching import STALE_S, TTL_S, Beside, Source, in_threads, never, wait_until_waiting
from tests.rates.conftest import Clock


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
