"""Laws of the gate: it passes nothing that breaks a limit, and refuses nothing that keeps all of them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TypeVar

from hypothesis import event, given
from hypothesis import strategies as st

from calc.directions import FIAT as CODES
from calc.directions import Currency
from calc.snapshots import Feed, FiatTable, Market, Snapshot, UsdtRub
from desk.gate import judge

NOW = datetime(2026, 11, 20, 12, 4, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SANE = {
    Currency.RUB: ("20", "400"),
    Currency.EUR: ("0.4", "2.5"),
    Currency.THB: ("13", "85"),
    Currency.AED: ("1.5", "9.5"),
    Currency.ZAR: ("7", "45"),
    Currency.IDR: ("6500", "42000"),
}
"""Written down a second time on purpose: the law is about these numbers, not about a constant."""

T = TypeVar("T")


def mostly(good: st.SearchStrategy[T], bad: st.SearchStrategy[T]) -> st.SearchStrategy[T]:
    """Bad once in ten, so that a market of many parts is good about as often as not."""
    return st.integers(0, 9).flatmap(lambda roll: good if roll else bad)


EDGES = [MINUTE * 5, MINUTE * 30, HOUR * 26, HOUR * 80, DAY * 12]
at_an_edge = st.sampled_from([each - step for each in EDGES for step in (timedelta(0), timedelta(microseconds=1))])
short_ago = mostly(st.timedeltas(timedelta(0), MINUTE * 29), at_an_edge | st.timedeltas(timedelta(0), DAY * 14))
long_ago = mostly(st.timedeltas(timedelta(0), HOUR * 60), at_an_edge | st.timedeltas(timedelta(0), DAY * 14))
prices = st.decimals("80", "82", places=2)
bad_prices = st.sampled_from(["19", "20", "400", "8.1", "816", "74.1", "90.7", "79", "84"]).map(Decimal)


@st.composite
def usdt_rub(draw: st.DrawFn) -> UsdtRub:
    fetched_at = NOW - draw(short_ago)
    source = draw(st.sampled_from(["rapira", "rapira book", "coingecko"]))
    as_of = fetched_at - draw(st.timedeltas(timedelta(0), HOUR)) if source == "coingecko" else None
    if source == "coingecko":
        return UsdtRub(draw(mostly(prices, bad_prices)), source, fetched_at, as_of=as_of)
    bid = draw(mostly(prices, bad_prices))
    ask = bid + draw(
        mostly(st.decimals("0", "2.3", places=2), st.sampled_from(["-0.01", "2.4", "3", "40"]).map(Decimal))
    )
    return UsdtRub(draw(mostly(prices, bad_prices)), source, fetched_at, bid=bid, ask=ask)


@st.composite
def fiat(draw: st.DrawFn) -> FiatTable:
    source = draw(st.sampled_from(["apilayer", "cbr", "exchangerate-api"]))
    fetched_at = NOW - draw(long_ago)
    as_of = fetched_at - draw(mostly(st.timedeltas(-DAY, HOUR * 20), st.timedeltas(-DAY, DAY * 13)))
    per_usd = {Currency.RUB: draw(st.decimals("75", "90", places=4))}
    for code in CODES:
        if code is not Currency.USD:
            lowest, highest = map(Decimal, SANE[code])
            per_usd[code] = draw(mostly(st.just((lowest + highest) / 2), st.sampled_from([lowest, highest * 10])))
    return FiatTable(per_usd, source, fetched_at, as_of=as_of)


@st.composite
def markets(draw: st.DrawFn) -> Market:
    exchange, table = draw(usdt_rub()), draw(fiat())
    held: list[Snapshot] = []
    if draw(st.integers(0, 9)) == 0:
        held.append(UsdtRub(exchange.close * 2, "rapira", NOW))
    since = {
        Feed.USDT_RUB: exchange.fetched_at
        - draw(mostly(st.timedeltas(timedelta(0), HOUR * 11), st.timedeltas(timedelta(0), HOUR * 14))),
        Feed.FIAT: table.fetched_at - draw(st.timedeltas(timedelta(0), DAY * 13)),
    }
    return Market(exchange, table, held=tuple(held), unchanged_since=since)


def is_good_exchange(market: Market) -> bool:
    """By the words of the rule alone."""
    rate = market.usdt_rub
    assert rate is not None
    told = [price for price in (rate.close, rate.bid, rate.ask) if price is not None]
    if not all(20 < price < 400 for price in told):
        return False
    if rate.bid is not None and rate.ask is not None and not rate.bid <= rate.ask < rate.bid * Decimal("1.03"):
        return False
    still = rate.fetched_at - market.unchanged_since[Feed.USDT_RUB]
    return is_young_exchange(rate) and still < 12 * HOUR and not market.held


def is_young_exchange(rate: UsdtRub) -> bool:
    return NOW - (rate.as_of or rate.fetched_at) < 30 * MINUTE


def is_good_table(market: Market) -> bool:
    table = market.fiat
    assert table is not None
    if not all(Decimal(SANE[code][0]) < units < Decimal(SANE[code][1]) for code, units in table.per_usd.items()):
        return False
    still = table.fetched_at - market.unchanged_since[Feed.FIAT]
    return is_young_table(table) and (table.source == "cbr" or still < 12 * DAY)


def is_young_table(table: FiatTable) -> bool:
    assert table.as_of is not None
    own = min(table.as_of, table.fetched_at)
    if table.source == "cbr":
        return NOW - table.fetched_at < 80 * HOUR and NOW - own < 12 * DAY
    return NOW - own < 80 * HOUR


def is_on_the_peg(market: Market) -> bool:
    assert market.usdt_rub is not None
    assert market.fiat is not None
    if not (is_young_exchange(market.usdt_rub) and is_young_table(market.fiat)):
        return True
    rate, rub_per_usd = market.usdt_rub, Fraction(market.fiat.per_usd[Currency.RUB])
    pegs = [Fraction(price) / rub_per_usd for price in (rate.close, rate.bid, rate.ask) if price is not None]
    return all(Fraction("0.9") <= peg <= Fraction("1.1") for peg in pegs)


def are_aligned(market: Market) -> bool:
    assert market.usdt_rub is not None
    assert market.fiat is not None
    moments = [min(each.as_of or each.fetched_at, each.fetched_at) for each in (market.usdt_rub, market.fiat)]
    return max(moments) - min(moments) < 12 * DAY


@given(markets(), st.sampled_from([(Feed.USDT_RUB,), (Feed.FIAT,), (Feed.USDT_RUB, Feed.FIAT)]))
def test_the_gate_refuses_exactly_what_breaks_a_limit(market: Market, feeds: Sequence[Feed]) -> None:
    keeps_all = (
        (Feed.USDT_RUB not in feeds or is_good_exchange(market))
        and (Feed.FIAT not in feeds or is_good_table(market))
        and is_on_the_peg(market)
        and (len(feeds) == 1 or are_aligned(market))
    )
    refused = any(finding.refuses for finding in judge(feeds, market, NOW))
    event("refused" if refused else "passed")
    assert refused is not keeps_all


@given(markets(), st.timedeltas(timedelta(0), DAY * 3))
def test_what_is_refused_for_its_age_is_never_passed_by_waiting(market: Market, later: timedelta) -> None:
    def ages(now: datetime) -> set[Feed | None]:
        findings = judge((Feed.USDT_RUB, Feed.FIAT), market, now)
        return {each.feed for each in findings if each.concern == "age" and each.refuses}

    assert ages(NOW) <= ages(NOW + later)


@given(markets())
def test_the_gate_says_the_same_of_the_same(market: Market) -> None:
    feeds = (Feed.USDT_RUB, Feed.FIAT)
    assert judge(feeds, market, NOW) == judge(feeds, market, NOW)
