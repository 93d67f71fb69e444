"""Rates that people type: in the place of a leg, within what a rate can be."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from calc.base import base_rate, feeds_of, typed_pair, value_of
from calc.directions import DIRECTIONS, Cross, Currency, Direction
from calc.numbers import NotANumber, OutOfRange, TooManyDecimals, read_rate
from calc.snapshots import Feed, Market
from calc.typed import Pair, TypedRate, bounds_of
from tests.rates.conftest import NOW
from tests.rates.snapshots import FIAT, USDT_RUB

MARKET = Market(USDT_RUB, FIAT)
USDT, EURO, RUPIAH = (
    Pair(Currency.RUB, Currency.USDT),
    Pair(Currency.RUB, Currency.EUR),
    Pair(Currency.IDR, Currency.RUB),
)


def typed(pair: Pair, value: str) -> TypedRate:
    return TypedRate(pair, Decimal(value), by=1001, name="Аня", at=NOW, until=NOW + timedelta(minutes=30))


def base(direction: str, *rates: TypedRate, market: Market = MARKET, cross: Cross = Cross.RUB) -> Decimal:
    return base_rate(Direction.parse(direction), replace(market, typed=rates), cross=cross).value


@pytest.mark.parametrize("cross", Cross)
@pytest.mark.parametrize("direction", DIRECTIONS, ids=str)
def test_every_leg_of_every_direction_can_be_typed_and_typing_what_is_known_changes_nothing(
    direction: Direction, cross: Cross
) -> None:
    middle = replace(USDT_RUB, bid=None, ask=None)
    market = Market(middle, FIAT)
    rates = []
    for feed in feeds_of(direction, cross=cross):
        pair = typed_pair(direction, feed, cross=cross)
        known = value_of(pair, market)
        assert known is not None
        assert known >= 1 or pair.per is Currency.USD, "a person types what reads like a price"
        rates.append(typed(pair, str(known)))
    before = base_rate(direction, market, cross=cross)
    after = base_rate(direction, replace(Market(), typed=tuple(rates)), cross=cross)
    assert abs(Fraction(after.value) / Fraction(before.value) - 1) < Fraction(1, 10**25)
    assert [(leg.source, leg.by, leg.until) for leg in after.legs] == [
        ("typed", "Аня", NOW + timedelta(minutes=30)) for _ in rates
    ]


def test_a_typed_usdt_rate_has_the_same_price_on_both_sides_and_restates_profits() -> None:
    rate = typed(USDT, "87.50")
    assert base("RUB-USDT", rate) == base("USDT-RUB", rate) == Decimal("87.50")
    euro = base_rate(Direction.parse("RUB-EUR"), replace(MARKET, typed=(rate,)))
    assert (euro.rub_per_usdt_bid, euro.rub_per_usdt_ask) == (Decimal("87.50"), Decimal("87.50"))


def test_a_typed_rate_touches_its_own_pair_alone() -> None:
    assert base("RUB-EUR", typed(EURO, "100")) == 100
    assert base("RUB-USD", typed(EURO, "100")) == base("RUB-USD")
    assert base("USDT-EUR", typed(EURO, "100")) == Decimal("0.8162")
    assert base("USDT-EUR", typed(EURO, "100"), cross=Cross.USD) == base("USDT-EUR", cross=Cross.USD)


def test_a_rate_typed_the_other_way_round_is_turned() -> None:
    assert Fraction(base("RUB-IDR", typed(RUPIAH, "209.29"))) == pytest.approx(1 / Fraction("209.29"), rel=1e-20)
    assert base("USDT-IDR", typed(RUPIAH, "200")) == Decimal("81.62") * 200


def test_without_snapshots_nothing_is_known() -> None:
    assert value_of(USDT, Market()) is None
    assert value_of(EURO, Market()) is None


@pytest.mark.parametrize(
    ("pair", "text", "value"),
    [
        (USDT, "87.50", "87.5"),
        (USDT, " 87,5 ", "87.5"),
        (USDT, "87,500", "87.500"),
        (RUPIAH, "209,29", "209.29"),
        (RUPIAH, "1,500", "1500"),
        (EURO, "95", "95"),
        (Pair(Currency.EUR, Currency.USD), "0,8628", "0.8628"),
    ],
)
def test_a_rate_is_read_as_people_write_it_and_of_two_readings_the_one_that_can_be(
    pair: Pair, text: str, value: str
) -> None:
    assert read_rate(text, pair) == Decimal(value)


@pytest.mark.parametrize("text", ["", "abc", "87.5 руб", "+87.5", "-87.5", "87.5 88", "87.5%"])
def test_what_is_no_rate_is_said_to_be_none(text: str) -> None:
    with pytest.raises(NotANumber):
        read_rate(text, USDT)


@pytest.mark.parametrize("text", ["8750", "0.0114", "0", "1e3"[:1], "401"])
def test_what_no_rate_can_be_is_refused(text: str) -> None:
    with pytest.raises(OutOfRange):
        read_rate(text, USDT)


def test_a_rate_has_at_most_eight_decimals() -> None:
    with pytest.raises(TooManyDecimals):
        read_rate("87.123456789", USDT)


def test_the_two_readings_of_a_number_are_never_both_within_the_bounds_of_a_pair() -> None:
    for direction in DIRECTIONS:
        for cross in Cross:
            for feed in Feed:
                if feed in feeds_of(direction, cross=cross):
                    lowest, highest = bounds_of(typed_pair(direction, feed, cross=cross))
                    assert highest / lowest < 1000


def test_a_pair_is_read_back() -> None:
    assert Pair.parse(str(RUPIAH)) == RUPIAH
