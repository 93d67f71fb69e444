"""How old a leg may be."""

from datetime import UTC, datetime, timedelta

import pytest

from calc.ages import age
from calc.base import Leg, Side
from calc.snapshots import Feed
from desk.gate import Freshness, freshness, worst

NOW = datetime(2026, 11, 20, 12, 4, tzinfo=UTC)


def usdt_rub(**old: float) -> Leg:
    return Leg(Feed.USDT_RUB, source="rapira", fetched_at=NOW - timedelta(**old), as_of=None, side=Side.ASK)


def fiat(source: str, *, as_of: timedelta, fetched: timedelta) -> Leg:
    return Leg(Feed.FIAT, source=source, fetched_at=NOW - fetched, as_of=NOW - as_of, side=None)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, Freshness.FRESH),
        (299, Freshness.FRESH),
        (300, Freshness.AGEING),
        (1799, Freshness.AGEING),
        (1800, Freshness.TOO_OLD),
    ],
)
def test_usdt_rub_is_ageing_from_five_minutes_and_too_old_from_thirty(seconds: int, expected: Freshness) -> None:
    assert freshness(usdt_rub(seconds=seconds), NOW) is expected


@pytest.mark.parametrize(
    ("hours", "expected"),
    [(25.9, Freshness.FRESH), (26, Freshness.AGEING), (79.9, Freshness.AGEING), (80, Freshness.TOO_OLD)],
)
def test_a_fiat_table_is_judged_by_the_sources_own_time(hours: float, expected: Freshness) -> None:
    leg = fiat("apilayer", as_of=timedelta(hours=hours), fetched=timedelta(0))
    assert freshness(leg, NOW) is expected


def test_the_daily_table_stays_in_force_over_the_january_holidays() -> None:
    assert freshness(fiat("cbr", as_of=timedelta(days=11), fetched=timedelta(minutes=5)), NOW) is Freshness.FRESH
    assert freshness(fiat("cbr", as_of=timedelta(days=12), fetched=timedelta(minutes=5)), NOW) is Freshness.TOO_OLD


def test_a_table_dated_tomorrow_has_the_age_of_its_receipt() -> None:
    leg = fiat("cbr", as_of=timedelta(hours=-9), fetched=timedelta(minutes=5))
    assert age(leg, NOW) == timedelta(minutes=5)
    assert freshness(leg, NOW) is Freshness.FRESH


def test_a_clock_that_runs_ahead_makes_no_negative_age() -> None:
    assert age(usdt_rub(seconds=-5), NOW) == timedelta(0)


def test_a_rate_is_as_fresh_as_its_worst_leg() -> None:
    assert worst([], NOW) is Freshness.FRESH
    assert worst([usdt_rub(), usdt_rub(minutes=6)], NOW) is Freshness.AGEING
    assert worst([usdt_rub(minutes=31), usdt_rub(minutes=6)], NOW) is Freshness.TOO_OLD
