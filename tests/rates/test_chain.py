"""A chain gives the first good snapshot, and nothing that no market could ever have said."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from calc.bounds import PER_USD_BOUNDS
from calc.directions import Currency
from calc.snapshots import Feed, FiatTable, Snapshot, UsdtRub
from rates.chain import Chain
from rates.checks import checked
from rates.errors import NoRate, NotAsked, SourceError, Trouble
from tests.market import PER_USD
from tests.rates.snapshots import FIAT, USDT_RUB


class Source:
    """Gives what it has, or raises it."""

    def __init__(self, name: str, has: Snapshot | SourceError) -> None:
        self.name = name
        self.has = has
        self.calls = 0

    def fetch(self) -> Snapshot:
        self.calls += 1
        if isinstance(self.has, SourceError):
            raise self.has
        return self.has


def test_the_first_good_source_is_the_last_that_is_asked(caplog: pytest.LogCaptureFixture) -> None:
    dead = Source("rapira", SourceError("rapira", Trouble.BLOCKED, "HTTP 451", status=451))
    good, spare = Source("coingecko", USDT_RUB), Source("spare", USDT_RUB)
    assert Chain(Feed.USDT_RUB, [dead, good, spare]).fetch() is USDT_RUB
    assert [source.calls for source in (dead, good, spare)] == [1, 1, 0]
    assert "source failed feed=usdt_rub rapira: blocked (HTTP 451)" in caplog.text


def test_a_source_that_tells_nonsense_is_a_source_that_failed() -> None:
    mad = Source("rapira", replace(USDT_RUB, bid=Decimal("81.7"), ask=Decimal("81.5")))
    assert Chain(Feed.USDT_RUB, [mad, Source("coingecko", USDT_RUB)]).fetch() is USDT_RUB


def test_when_all_have_failed_each_tells_why_in_order() -> None:
    troubles = [
        SourceError("apilayer", Trouble.QUOTA, "HTTP 429", status=429),
        SourceError("cbr", Trouble.TIMEOUT, "no whole answer in 10 s"),
    ]
    with pytest.raises(NoRate) as caught:
        Chain(Feed.FIAT, [Source(each.source, each) for each in troubles]).fetch()
    assert (caught.value.feed, caught.value.causes) == (Feed.FIAT, tuple(troubles))
    assert str(caught.value) == "no fiat: apilayer: quota (HTTP 429); cbr: timeout (no whole answer in 10 s)"


def test_a_second_opinion_is_of_another_source() -> None:
    first, second = Source("rapira", USDT_RUB), Source("coingecko", replace(USDT_RUB, source="coingecko"))
    assert Chain(Feed.USDT_RUB, [first, second]).fetch(other_than="rapira").source == "coingecko"
    assert Chain(Feed.USDT_RUB, [first, second]).fetch(other_than="coingecko").source == "rapira"
    assert (first.calls, second.calls) == (1, 1)
    with pytest.raises(NoRate, match="no source"):
        Chain(Feed.USDT_RUB, [first]).fetch(other_than="rapira")


def test_a_chain_without_sources_has_no_rate() -> None:
    with pytest.raises(NoRate, match="no usdt_rub: no source"):
        Chain(Feed.USDT_RUB, []).fetch()


RESTING = NotAsked("rapira", Trouble.TIMEOUT, "resting until 12:05 UTC")


def test_a_source_that_refuses_to_be_asked_is_passed_over_without_a_line(caplog: pytest.LogCaptureFixture) -> None:
    door = Source("rapira", USDT_RUB)
    chain = Chain(Feed.USDT_RUB, [Source("rapira", RESTING), Source("coingecko", USDT_RUB)], last_resort=[door])
    assert chain.fetch() is USDT_RUB
    assert (door.calls, caplog.text) == (0, "")


def test_the_last_resort_is_for_those_that_refused_and_never_for_those_that_failed() -> None:
    dead = SourceError("coingecko", Trouble.TIMEOUT, "no whole answer in 10 s")
    doors = [Source("rapira", USDT_RUB), Source("coingecko", USDT_RUB)]
    chain = Chain(Feed.USDT_RUB, [Source("rapira", RESTING), Source("coingecko", dead)], last_resort=doors)
    assert chain.fetch() is USDT_RUB
    assert [door.calls for door in doors] == [1, 0]
    doors[0].has = NotAsked("rapira", Trouble.TIMEOUT, "asked a moment ago")
    with pytest.raises(NoRate) as caught:
        chain.fetch()
    assert caught.value.causes == (RESTING, dead)
    doors[0].has = SourceError("rapira", Trouble.UNREACHABLE, "ConnectionRefusedError")
    with pytest.raises(NoRate) as caught:
        chain.fetch()
    assert caught.value.causes == (doors[0].has, dead)


SIDES: dict[str, Callable[[Decimal], UsdtRub]] = {
    "bid": lambda price: replace(USDT_RUB, bid=price),
    "ask": lambda price: replace(USDT_RUB, ask=price),
    "close": lambda price: replace(USDT_RUB, close=price),
}


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("price", ["0", "-81.6", "20", "400", "816.5", "99999", "NaN", "Infinity", "-Infinity", "sNaN"])
def test_a_price_out_of_bounds_is_garbage_on_any_side(side: str, price: str) -> None:
    with pytest.raises(SourceError) as caught:
        checked(SIDES[side](Decimal(price)))
    assert (caught.value.source, caught.value.trouble) == ("rapira", Trouble.GARBAGE)
    assert caught.value.detail == f"{side} {price} is out of bounds"


@pytest.mark.parametrize(
    "snapshot",
    [
        USDT_RUB,
        replace(USDT_RUB, bid=USDT_RUB.ask),
        replace(USDT_RUB, bid=None),
        replace(USDT_RUB, ask=None),
        UsdtRub(close=Decimal("20.01"), source="rapira", fetched_at=USDT_RUB.fetched_at),
        UsdtRub(close=Decimal("399.99"), source="rapira", fetched_at=USDT_RUB.fetched_at),
        FIAT,
        replace(FIAT, as_of=None),
        replace(FIAT, as_of=FIAT.fetched_at + timedelta(days=4)),
        replace(FIAT, source="apilayer", as_of=FIAT.fetched_at - timedelta(hours=79)),
        replace(FIAT, source="cbr", as_of=FIAT.fetched_at - timedelta(days=11)),
    ],
)
def test_what_a_market_may_say_passes_unchanged(snapshot: Snapshot) -> None:
    assert checked(snapshot) is snapshot


def test_a_table_from_the_future_is_garbage() -> None:
    with pytest.raises(SourceError, match="dated 2026-11-24, which is to come"):
        checked(replace(FIAT, as_of=FIAT.fetched_at + timedelta(days=4, seconds=1)))


@pytest.mark.parametrize("currency", PER_USD_BOUNDS)
def test_a_table_with_a_currency_missing_inverted_or_of_another_unit_is_garbage(currency: Currency) -> None:
    lowest, highest = PER_USD_BOUNDS[currency]
    assert lowest < PER_USD[currency] < highest
    wrong = [PER_USD[currency] * 10, PER_USD[currency] / 10, lowest, highest, Decimal("NaN")]
    if currency is not Currency.EUR:  # so near to 1 that one cannot tell
        wrong.append(1 / PER_USD[currency])
    for per_usd in wrong:
        with pytest.raises(SourceError, match=f"{currency} .* per USD is out of bounds"):
            checked(table(PER_USD | {currency: per_usd}))
    with pytest.raises(SourceError, match=f"{currency} is missing"):
        checked(table({code: per_usd for code, per_usd in PER_USD.items() if code is not currency}))


def table(per_usd: dict[Currency, Decimal]) -> FiatTable:
    return replace(FIAT, per_usd=per_usd)


def test_the_bounds_name_every_currency_of_a_table() -> None:
    assert set(PER_USD_BOUNDS) == set(PER_USD) == set(Currency) - {Currency.USD, Currency.USDT}


@pytest.mark.parametrize(
    "stale",
    [
        replace(FIAT, source="apilayer", as_of=FIAT.fetched_at - timedelta(hours=80)),
        replace(FIAT, source="cbr", as_of=FIAT.fetched_at - timedelta(days=12)),
        replace(USDT_RUB, source="coingecko", as_of=USDT_RUB.fetched_at - timedelta(minutes=30)),
    ],
    ids=lambda stale: stale.source,
)
def test_what_is_too_old_by_its_own_time_gives_way_to_the_next_source(stale: Snapshot) -> None:
    good = replace(stale, source="next", as_of=None)
    assert Chain(stale.feed, [Source("first", stale), Source("next", good)]).fetch() == good
    with pytest.raises(NoRate) as caught:
        Chain(stale.feed, [Source("first", stale)]).fetch()
    assert [cause.trouble for cause in caught.value.causes] == [Trouble.STALE]
