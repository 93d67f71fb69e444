from dataclasses import replace
from decimal import Decimal

import pytest

from calc.base import BaseRate, Leg, MissingLeg, Price, Side, base_rate, feeds_of
from calc.deal import shown
from calc.directions import DIRECTIONS, Cross, Direction
from calc.snapshots import Feed, Market
from tests.calc.market import FIAT, MARKET, PUBLISHED, RECEIVED, USDT_RUB
from tests.market import BASES

THROUGH_USD = {
    "USDT-USD": "1",
    "USDT-EUR": "0.862813",
    "USDT-THB": "32.358504",
    "USDT-AED": "3.672504",
    "USDT-ZAR": "16.71845",
    "USDT-IDR": "17248.35",
}
SHOWN = {
    "RUB-USDT": ("81.66", "RUB", "USDT"),
    "RUB-USD": ("82.412507", "RUB", "USD"),
    "RUB-EUR": ("95.51607", "RUB", "EUR"),
    "RUB-THB": ("2.5468578", "RUB", "THB"),
    "RUB-AED": ("22.440413", "RUB", "AED"),
    "RUB-ZAR": ("4.9294347", "RUB", "ZAR"),
    "RUB-IDR": ("209.29287", "IDR", "RUB"),
    "USDT-RUB": ("81.62", "RUB", "USDT"),
    "USDT-USD": ("1.0097097", "USDT", "USD"),
    "USDT-EUR": ("1.1702532", "USDT", "EUR"),
    "USDT-THB": ("32.047334", "THB", "USDT"),
    "USDT-AED": ("3.6371879", "AED", "USDT"),
    "USDT-ZAR": ("16.55768", "ZAR", "USDT"),
    "USDT-IDR": ("17082.484", "IDR", "USDT"),
}


def direction(text: str) -> Direction:
    return Direction.parse(text)


def to_eight_digits(value: Decimal) -> Decimal:
    return Decimal(f"{value:.7e}")


def test_the_tables_of_this_test_hold_every_direction() -> None:
    assert list(BASES) == [str(each) for each in DIRECTIONS] == list(SHOWN)


@pytest.mark.parametrize(("pair", "expected"), BASES.items())
def test_base_rates_of_all_directions_come_from_two_snapshots(pair: str, expected: str) -> None:
    assert to_eight_digits(base_rate(direction(pair), MARKET).value) == Decimal(expected)


@pytest.mark.parametrize(("pair", "expected"), THROUGH_USD.items())
def test_usdt_may_be_crossed_through_the_dollar_instead(pair: str, expected: str) -> None:
    base = base_rate(direction(pair), Market(fiat=FIAT), cross=Cross.USD)
    assert (base.value, base.cross) == (Decimal(expected), Cross.USD)
    assert [leg.feed for leg in base.legs] == ([] if pair == "USDT-USD" else [Feed.FIAT])


def test_as_if_one_usdt_were_one_usd_nothing_needs_to_be_known() -> None:
    assert base_rate(direction("USDT-USD"), Market(), cross=Cross.USD).value == 1


@pytest.mark.parametrize(("pair", "expected"), SHOWN.items())
def test_a_base_rate_is_shown_in_the_orientation_in_which_it_is_at_least_one(
    pair: str, expected: tuple[str, str, str]
) -> None:
    rate = shown(base_rate(direction(pair), MARKET))
    assert (str(rate.value), rate.of, rate.per) == expected


def test_a_market_rate_is_taken_as_it_is() -> None:
    assert str(base_rate(direction("RUB-USDT"), MARKET).value) == "81.66"


def test_a_crossed_rate_keeps_as_many_digits_as_a_decimal_has() -> None:
    assert str(base_rate(direction("USDT-EUR"), MARKET).value) == "0.8545158935645532540346090916"


@pytest.mark.parametrize(("pair", "side"), [("RUB-USDT", Side.ASK), ("USDT-RUB", Side.BID), ("USDT-THB", Side.BID)])
def test_the_leg_names_the_side_that_was_used(pair: str, side: Side) -> None:
    leg = base_rate(direction(pair), MARKET).legs[0]
    assert leg == Leg(feed=Feed.USDT_RUB, source="rapira", fetched_at=RECEIVED, as_of=None, side=side)


@pytest.mark.parametrize("pair", ["RUB-USDT", "USDT-RUB"])
def test_a_source_without_sides_is_quoted_at_its_close(pair: str) -> None:
    base = base_rate(direction(pair), Market(usdt_rub=replace(USDT_RUB, bid=None, ask=None)))
    assert (base.value, base.legs[0].side) == (Decimal("81.65"), Side.CLOSE)
    assert (base.rub_per_usdt_bid, base.rub_per_usdt_ask) == (Decimal("81.65"), Decimal("81.65"))


@pytest.mark.parametrize("pair", ["RUB-USDT", "USDT-RUB"])
def test_the_desk_may_prefer_the_close_to_both_sides(pair: str) -> None:
    base = base_rate(direction(pair), MARKET, price=Price.CLOSE)
    assert (base.value, base.legs[0].side) == (Decimal("81.65"), Side.CLOSE)


def test_a_cross_through_rub_names_both_legs_and_its_peg() -> None:
    base = base_rate(direction("USDT-IDR"), MARKET)
    assert [leg.feed for leg in base.legs] == [Feed.USDT_RUB, Feed.FIAT]
    assert base.legs[1] == Leg(feed=Feed.FIAT, source="apilayer", fetched_at=RECEIVED, as_of=PUBLISHED, side=None)
    assert base.cross is Cross.RUB
    assert base.peg is not None
    assert to_eight_digits(base.peg) == Decimal("0.99074768")


@pytest.mark.parametrize("each", DIRECTIONS, ids=str)
def test_every_base_rate_knows_both_sides_to_restate_a_profit_at(each: Direction) -> None:
    base = base_rate(each, MARKET)
    assert (base.rub_per_usdt_bid, base.rub_per_usdt_ask) == (Decimal("81.62"), Decimal("81.66"))


def test_a_fiat_rate_crosses_nothing_and_needs_no_usdt() -> None:
    base = base_rate(direction("RUB-IDR"), Market(fiat=FIAT))
    assert (base.cross, base.peg, base.rub_per_usdt_bid, base.rub_per_usdt_ask) == (None, None, None, None)
    assert [leg.feed for leg in base.legs] == [Feed.FIAT]


def test_usdt_to_rub_needs_no_fiat_whatever_usdt_is_crossed_through() -> None:
    base = base_rate(direction("USDT-RUB"), Market(usdt_rub=USDT_RUB), cross=Cross.USD)
    assert (base.cross, base.peg, base.value) == (None, None, Decimal("81.62"))


def test_everything_that_is_missing_is_named_at_once() -> None:
    with pytest.raises(MissingLeg, match="usdt_rub, fiat") as caught:
        base_rate(direction("USDT-THB"), Market())
    assert caught.value.feeds == (Feed.USDT_RUB, Feed.FIAT)


def test_only_what_is_missing_is_named() -> None:
    with pytest.raises(MissingLeg) as caught:
        base_rate(direction("USDT-THB"), Market(usdt_rub=USDT_RUB))
    assert caught.value.feeds == (Feed.FIAT,)


@pytest.mark.parametrize("each", DIRECTIONS, ids=str)
@pytest.mark.parametrize("cross", Cross)
def test_a_direction_names_beforehand_the_feeds_its_legs_come_from(each: Direction, cross: Cross) -> None:
    legs = base_rate(each, MARKET, cross=cross).legs
    assert feeds_of(each, cross=cross) == tuple(leg.feed for leg in legs)


@pytest.mark.parametrize("value", ["0", "-1", "NaN", "Infinity"])
def test_a_rate_that_is_no_positive_number_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="positive"):
        BaseRate(
            direction=direction("RUB-USD"),
            value=Decimal(value),
            legs=(),
            cross=None,
            peg=None,
            rub_per_usdt_bid=None,
            rub_per_usdt_ask=None,
        )
