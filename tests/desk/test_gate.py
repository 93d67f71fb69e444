"""What the gate says of a rate: each limit from both sides."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from calc.ages import age
from calc.base import Leg, Side
from calc.directions import Currency
from calc.rounding import round_kept
from calc.snapshots import Feed, FiatTable, Market, UsdtRub
from calc.typed import Pair, TypedRate
from desk.gate import Concern, Finding, Freshness, Limits, freshness, judge, worst
from tests.chat.book import FIAT, USDT_RUB

NOW = datetime(2026, 11, 20, 12, 4, tzinfo=UTC)
BOTH = (Feed.USDT_RUB, Feed.FIAT)
GOOD = Market(USDT_RUB, FIAT)


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


def seen(market: Market, *feeds: Feed, now: datetime = NOW, limits: Limits | None = None) -> list[tuple[str, bool]]:
    """Each concern and whether it refuses."""
    findings = judge(feeds or BOTH, market, now, limits=limits or Limits())
    return [(finding.concern, finding.refuses) for finding in findings]


def usdt(bid: str | None = "81.62", ask: str | None = "81.66", close: str = "81.65", **changes: object) -> UsdtRub:
    sides = {"bid": None if bid is None else Decimal(bid), "ask": None if ask is None else Decimal(ask)}
    return replace(USDT_RUB, close=Decimal(close), **{**sides, **changes})  # type: ignore[arg-type]  # any field


def table(**changes: object) -> FiatTable:
    return replace(FIAT, **changes)  # type: ignore[arg-type]  # any field


def test_nothing_is_said_against_a_good_rate() -> None:
    assert judge(BOTH, GOOD, NOW) == ()


@pytest.mark.parametrize(
    ("old", "expected"),
    [
        (timedelta(minutes=5) - timedelta(microseconds=1), []),
        (timedelta(minutes=5), [(Concern.AGE, False)]),
        (timedelta(minutes=30) - timedelta(microseconds=1), [(Concern.AGE, False)]),
        (timedelta(minutes=30), [(Concern.AGE, True)]),
    ],
)
def test_usdt_rub_warns_from_five_minutes_and_is_refused_from_thirty(
    old: timedelta, expected: list[tuple[str, bool]]
) -> None:
    assert seen(Market(replace(USDT_RUB, fetched_at=NOW - old)), Feed.USDT_RUB) == expected


@pytest.mark.parametrize(
    ("hours", "expected"), [(25.9, []), (26, [("age", False)]), (79.9, [("age", False)]), (80, [("age", True)])]
)
def test_a_fiat_table_warns_from_twenty_six_hours_and_is_refused_from_eighty(
    hours: float, expected: list[tuple[str, bool]]
) -> None:
    old = NOW - timedelta(hours=hours)
    assert seen(Market(None, table(source="apilayer", fetched_at=old, as_of=old)), Feed.FIAT) == expected


def test_over_a_holiday_the_table_of_the_bank_is_good_by_its_date_and_too_old_after_the_longest_one() -> None:
    def january(days: int) -> Market:
        return Market(None, table(as_of=NOW - timedelta(days=days)))

    assert seen(january(11), Feed.FIAT) == []
    (finding,) = judge([Feed.FIAT], january(12), NOW)
    assert finding == Finding(Concern.AGE, Feed.FIAT, refuses=True, seen=(Decimal(12 * 86_400),))


def test_a_table_dated_ahead_ages_from_its_receipt() -> None:
    fetched = NOW - timedelta(hours=81)
    ahead = table(source="apilayer", fetched_at=fetched, as_of=NOW + timedelta(days=1))
    assert seen(Market(None, ahead), Feed.FIAT) == [("age", True)]


@pytest.mark.parametrize(
    ("market", "what", "value"),
    [
        (Market(usdt(ask="400", bid=None)), "ask", "400"),
        (Market(usdt(bid="20", ask=None)), "bid", "20"),
        (Market(usdt(bid=None, ask=None, close="816.5")), "close", "816.5"),
        (Market(usdt(bid=None, ask=None, close="0.0122")), "close", "0.0122"),
    ],
)
def test_a_price_out_of_bounds_is_refused_and_named(market: Market, what: str, value: str) -> None:
    findings = judge([Feed.USDT_RUB], market, NOW)
    assert Finding(Concern.BOUNDS, Feed.USDT_RUB, refuses=True, seen=(Decimal(value),), what=what) in findings


def test_a_currency_out_of_bounds_is_refused_and_named() -> None:
    inverted = {**FIAT.per_usd, Currency.EUR: 1 / Decimal("0.3")}
    (finding,) = judge([Feed.FIAT], Market(None, table(per_usd=inverted)), NOW)
    assert (finding.concern, finding.what, finding.refuses) == (Concern.BOUNDS, "EUR", True)


def test_a_crossed_book_is_refused() -> None:
    assert seen(Market(usdt(bid="81.67", ask="81.66")), Feed.USDT_RUB) == [("crossed", True)]
    assert seen(Market(usdt(bid="81.66", ask="81.66")), Feed.USDT_RUB) == []


@pytest.mark.parametrize(
    ("ask", "expected"),
    [("80.79", []), ("80.80", [("spread", False)]), ("82.39", [("spread", False)]), ("82.40", [("spread", True)])],
)
def test_a_spread_warns_from_one_percent_and_is_refused_from_three(ask: str, expected: list[tuple[str, bool]]) -> None:
    assert seen(Market(usdt(bid="80", ask=ask, close="80")), Feed.USDT_RUB) == expected


def test_a_market_without_both_sides_has_no_spread() -> None:
    assert seen(Market(usdt(bid="80", ask=None, close="80")), Feed.USDT_RUB) == []


def test_a_jump_that_nothing_has_confirmed_is_refused_with_both_values() -> None:
    jumped = usdt(bid="84.50", ask="84.60", close="84.55")
    (finding,) = judge([Feed.USDT_RUB], Market(USDT_RUB, held=(jumped,)), NOW)
    assert (finding.concern, finding.refuses, finding.what) == (Concern.JUMP, True, "ask")
    assert finding.seen == (Decimal("81.66"), Decimal("84.60"))


def test_a_jump_of_the_other_feed_is_no_concern_of_a_rate_without_it() -> None:
    jumped = usdt(bid="84.50", ask="84.60", close="84.55")
    assert seen(Market(USDT_RUB, FIAT, held=(jumped,)), Feed.FIAT) == []


@pytest.mark.parametrize(("hours", "expected"), [(1.9, []), (2, [("unchanged", False)]), (12, [("unchanged", True)])])
def test_a_market_that_has_stood_still_for_hours_is_suspicious(hours: float, expected: list[tuple[str, bool]]) -> None:
    market = Market(USDT_RUB, unchanged_since={Feed.USDT_RUB: NOW - timedelta(hours=hours)})
    assert seen(market, Feed.USDT_RUB) == expected


@pytest.mark.parametrize(("source", "expected"), [("cbr", []), ("exchangerate-api", [("unchanged", False)])])
def test_a_table_stands_still_over_a_weekend_and_that_of_the_bank_over_a_holiday(
    source: str, expected: list[tuple[str, bool]]
) -> None:
    def since(hours: int) -> Market:
        return Market(None, table(source=source), unchanged_since={Feed.FIAT: NOW - timedelta(hours=hours)})

    assert seen(since(79), Feed.FIAT) == []
    assert seen(since(80), Feed.FIAT) == expected


@pytest.mark.parametrize(
    ("hours", "expected"), [(25.9, []), (26, [("misaligned", False)]), (71, [("misaligned", False)])]
)
def test_legs_of_different_days_are_said_to_be(hours: float, expected: list[tuple[str, bool]]) -> None:
    """The table of a Friday is in force until Tuesday, and no leg of its own is old."""
    market = Market(USDT_RUB, table(as_of=NOW - timedelta(hours=hours)))
    assert seen(market) == expected
    assert seen(market, Feed.FIAT) == []


@pytest.mark.parametrize(
    ("close", "expected"),
    [
        ("74.17", [("peg", True)]),  # 0.89998
        ("74.18", []),
        ("90.65", []),
        ("90.66", [("peg", True)]),  # 1.10007
    ],
)
@pytest.mark.parametrize("feeds", [BOTH, (Feed.USDT_RUB,), (Feed.FIAT,)])
def test_a_market_off_the_peg_is_refused_whichever_leg_is_quoted(
    feeds: tuple[Feed, ...], close: str, expected: list[tuple[str, bool]]
) -> None:
    assert seen(Market(usdt(bid=None, ask=None, close=close), FIAT), *feeds) == expected


@pytest.mark.parametrize(("bid", "ask"), [("72.1", "72.2"), ("92.1", "92.2")])
def test_the_peg_is_of_the_sides_too_whatever_the_close_still_says(bid: str, ask: str) -> None:
    (finding,) = judge([Feed.USDT_RUB], Market(usdt(bid=bid, ask=ask), FIAT), NOW)
    assert finding.concern is Concern.PEG
    assert finding.seen == (round_kept(Fraction(bid) / Fraction(FIAT.per_usd[Currency.RUB])),)


def test_the_band_of_the_peg_is_a_setting() -> None:
    tight = Limits(peg=(Decimal("0.995"), Decimal("1.005")))
    (finding,) = judge([Feed.USDT_RUB], GOOD, NOW, limits=tight)
    assert finding.concern is Concern.PEG
    assert finding.seen[0].quantize(Decimal("0.0001")) == Decimal("0.9907")


def test_a_snapshot_too_old_to_be_quoted_says_nothing_of_the_peg() -> None:
    old = table(source="apilayer", as_of=NOW - timedelta(hours=81), per_usd={**FIAT.per_usd, Currency.RUB: Decimal(60)})
    assert seen(Market(USDT_RUB, old), Feed.USDT_RUB) == []
    assert seen(Market(None, FIAT), Feed.FIAT) == []


def test_an_index_price_is_a_warning() -> None:
    assert seen(Market(usdt(bid=None, ask=None, source="coingecko")), Feed.USDT_RUB) == [("indicative", False)]


def test_a_typed_rate_is_held_against_the_peg_too() -> None:
    typed = TypedRate(
        Pair(Currency.RUB, Currency.USDT), Decimal(92), by=1, name="Аня", at=NOW, until=NOW + timedelta(minutes=30)
    )
    assert seen(replace(GOOD, typed=(typed,)), Feed.FIAT) == [("peg", True)]


def test_a_typed_leg_is_fresh_until_it_ends() -> None:
    leg = Leg(Feed.USDT_RUB, "typed", NOW - timedelta(hours=3), None, None, until=NOW, by="Аня")
    assert freshness(leg, NOW - timedelta(seconds=1)) is Freshness.FRESH
    assert freshness(leg, NOW) is Freshness.TOO_OLD
