"""What the dashboard is told."""

import json
import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from ops import logs
from ops.health import Health
from ops.meters import new_meters
from ops.samples import Samples
from ops.sight import Sight
from ops.stats import CHART_KEPT_S, CHART_POINTS, Stats
from tests.clocks import Clock
from tests.ops import bots


@pytest.fixture(autouse=True)
def _logs() -> Iterator[None]:
    logs.configure("INFO", ["s3cret"])
    yield
    logs.flush(60)


def stats_of(clock: Clock, **other: Any) -> Stats:
    parts = bots.parts(**other)
    meters = new_meters(clock=clock)
    meters.updates.add("message", "done")
    meters.handling.add(0.02, "message")
    samples = Samples(meters.handling, memory=lambda: 50_000_000, clock=lambda: 0.0, wall=lambda: 1e9)
    samples.take()
    health = Health(parts.polling, {}, clock=clock)
    health.look()
    sight = Sight(parts=parts, health=health, samples=samples, recent=logs.recent(), meters=meters, version="1.2.3")
    return Stats(sight, clock=clock, began_at=40.0, utcnow=lambda: bots.NOW)


def read(**other: Any) -> dict[str, Any]:
    """As the page gets it."""
    read: dict[str, Any] = json.loads(json.dumps(stats_of(Clock(100.0), **other).read()))
    return read


def test_everything_that_is_shown_is_there() -> None:
    logging.getLogger("rates").warning("source rests s3cret")
    logs.flush(60)
    told = read()

    assert told["process"]["version"] == "1.2.3"
    assert told["process"]["uptime_s"] == 60
    assert told["health"] == {"is_well": True, "reasons": {}}
    assert told["polling"] == {"silent_s": 5.0, "has_rival": False, "failures": 0}
    assert told["work"]["active_operators"] == 3
    assert (told["work"]["updates"], told["work"]["errors"]) == (1, 2)
    assert told["rates"]["usdt_rub"] == {
        "bid": "81.62",
        "ask": "81.66",
        "close": "81.65",
        "source": "rapira",
        "age_s": 30,
    }
    assert told["rates"]["fiat"]["rub_per"] == {"USD": "80.9512", "EUR": "93.7912", "IDR": "0.00484390"}
    assert told["cache"]["hit_ratio"] == 0.75
    assert told["quotes"] == {
        "total": 8,
        "states": {"open": 2, "accepted": 5, "expired": 1},
        "directions": {"RUB-USDT": 7, "USDT-THB": 1},
    }
    assert told["samples"] == [[1_000_000_000, 50_000_000, 20.0, 20.0, 1]]
    assert [each["text"] for each in told["troubles"]] == ["source rests ***"]


def test_a_source_is_told_with_its_rest_and_a_key_with_its_calls() -> None:
    told = read()

    assert told["sources"][0] == {
        "feed": "usdt_rub",
        "source": "rapira",
        "state": "open",
        "trouble": "blocked",
        "until": "2026-11-20T12:20:00+00:00",
        "answered_s": 30,
    }
    assert told["sources"][2]["answered_s"] is None
    assert told["quota"]["keys"] == [
        {"used": 40, "plan": 100, "is_refused": False},
        {"used": 101, "plan": 100, "is_refused": True},
    ]


def test_the_chart_is_thinned_ends_with_the_last_rate_and_is_read_now_and_then() -> None:
    asked: list[datetime] = []

    def past(since: datetime) -> list[bots.PastRate]:
        asked.append(since)
        return bots.past(since)

    clock = Clock()
    stats = stats_of(clock, usdt_rub_since=past)
    chart = stats.read()["chart"]
    stats.read()
    assert asked == [bots.NOW - timedelta(hours=24)]
    assert len(chart) <= CHART_POINTS
    assert chart[-1] == [round((asked[0] + timedelta(minutes=2 * 719)).timestamp()), "82.09"]

    clock.now += CHART_KEPT_S
    stats.read()
    assert len(asked) == 2


def test_without_rates_a_key_and_polls_there_is_nothing_to_tell_of_them() -> None:
    told = read(
        market=lambda: bots.Market(None, None),
        quota=lambda: None,
        polling=lambda: bots.Polling(heard_at=None),
        cache=lambda: bots.CacheStats(hits=0, misses=0),
        usdt_rub_since=lambda _: [],
    )

    assert (told["rates"]["usdt_rub"], told["rates"]["fiat"], told["quota"], told["chart"]) == (None, None, None, [])
    assert told["polling"]["silent_s"] is None
    assert told["cache"]["hit_ratio"] is None


def test_a_table_without_roubles_tells_no_rouble_rates() -> None:
    told = read(market=lambda: bots.Market(bots.UsdtRub(bid=None), bots.FiatTable(per_usd={})))

    assert told["rates"]["fiat"]["rub_per"] == {}
    assert told["rates"]["usdt_rub"]["bid"] is None


@pytest.mark.parametrize(
    ("part", "shown"),
    [
        ("market", "rates"),
        ("sources", "sources"),
        ("quota", "quota"),
        ("cache", "cache"),
        ("quotes_today", "quotes"),
        ("usdt_rub_since", "chart"),
        ("active_operators", "work"),
    ],
)
def test_a_part_that_fails_is_left_out_and_the_others_are_not(part: str, shown: str) -> None:
    told = read(**{part: bots.failing})

    assert [name for name, value in told.items() if value is None] == [shown]


def test_redis_is_told_of_where_there_is_one() -> None:
    assert "redis" not in read()
    assert read(redis=bots.Redis(is_here=False, falls=2))["redis"] == {"is_here": False, "falls": 2}
