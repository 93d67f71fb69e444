"""A large amount is priced by the levels of the order book that it takes, and nothing else is."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from calc.base import BaseRate, Price, base_rate
from calc.deal import MarginTooLarge, PayoutTooSmall, Quote, base_for, deal_rate, quote_getting, quote_paying, shown
from calc.depth import DepthPrice
from calc.directions import DIRECTIONS, Cross, Currency, Direction
from calc.margins import Margin
from calc.snapshots import Depth, Level, Market
from tests.calc.market import FIAT, RECEIVED, USDT_RUB

TWO = Margin(Decimal(2))
MINUTE = timedelta(minutes=1)


def levels(*pairs: tuple[str, str]) -> tuple[Level, ...]:
    return tuple(Level(Decimal(price), Decimal(amount)) for price, amount in pairs)


DEPTH = Depth(
    bids=levels(("81.62", "1000"), ("81.60", "4000"), ("81.50", "15000")),
    asks=levels(("81.66", "1000"), ("81.70", "4000"), ("81.80", "15000")),
)
ORDER_BOOK = replace(USDT_RUB, close=Decimal("81.64"), source="rapira book", depth=DEPTH)
MARKET = Market(usdt_rub=USDT_RUB, fiat=FIAT, order_book=ORDER_BOOK)


def base(pair: str, market: Market = MARKET) -> BaseRate:
    return base_rate(Direction.parse(pair), market)


def quote(pair: str, pays: str, market: Market = MARKET) -> Quote:
    return quote_paying(base(pair, market), TWO, pays=Decimal(pays))


def test_usdt_are_sold_into_the_bids() -> None:
    told = quote("USDT-RUB", "10000")
    # 1000 at 81.62, 4000 at 81.60 and 5000 at 81.50
    assert told.depth == DepthPrice(
        price=Decimal("81.552"), top=Decimal("81.62"), usdt=Decimal(10000), visible=Decimal(20000), is_covered=True
    )
    assert (told.base.value, told.base.rub_per_usdt_bid) == (Decimal("81.552"), Decimal("81.552"))
    assert (told.rate.value, told.gets) == (Decimal("79.92"), Decimal("799200.00"))  # 81.552 less 2 % is 79.92096


def test_roubles_buy_from_the_asks_as_far_as_they_go() -> None:
    told = quote("RUB-USDT", "817460")
    # 81 660 for 1000, 326 800 for 4000, and 409 000 for 5000 at 81.80
    assert told.depth == DepthPrice(
        price=Decimal("81.746"), top=Decimal("81.66"), usdt=Decimal(10000), visible=Decimal(20000), is_covered=True
    )
    assert (told.base.value, told.base.rub_per_usdt_ask) == (Decimal("81.746"), Decimal("81.746"))
    assert told.base.rub_per_usdt_bid == Decimal("81.62")


def test_a_cross_through_rub_is_as_deep_as_its_usdt() -> None:
    shallow, deep = base("USDT-EUR").value, quote("USDT-EUR", "10000").base.value
    exact = Fraction("81.552") * Fraction("0.862813") / Fraction("82.412507")
    assert abs(Fraction(deep) / exact - 1) < Fraction(1, 10**26)
    assert deep < shallow


@pytest.mark.parametrize(("pair", "pays"), [("USDT-RUB", "1000"), ("RUB-USDT", "81660"), ("USDT-THB", "0.5")])
def test_what_the_best_level_holds_is_quoted_at_the_top(pair: str, pays: str) -> None:
    told = quote(pair, pays)
    assert (told.depth, told.base) == (None, base(pair))


@pytest.mark.parametrize(("pair", "pays"), [("USDT-RUB", "1000.01"), ("RUB-USDT", "81660.01")])
def test_one_step_more_is_not(pair: str, pays: str) -> None:
    assert quote(pair, pays).depth is not None


def test_what_goes_beyond_the_book_is_priced_at_its_last_level_and_says_so() -> None:
    told = quote("USDT-RUB", "30000")
    # 1000 at 81.62, 4000 at 81.60, 15 000 at 81.50 and 10 000 that nobody bids for
    assert told.depth == DepthPrice(
        price=Decimal("81.51733333333333333333333333"),
        top=Decimal("81.62"),
        usdt=Decimal(30000),
        visible=Decimal(20000),
        is_covered=False,
    )
    bought = quote("RUB-USDT", "2453460").depth  # 1 635 460 for all that is offered, and 818 000 more at 81.80
    assert bought is not None
    assert (bought.usdt, bought.is_covered) == (Decimal(30000), False)


def test_all_that_the_book_shows_is_still_covered() -> None:
    sold, bought = quote("USDT-RUB", "20000").depth, quote("RUB-USDT", "1635460").depth
    assert sold is not None
    assert bought is not None
    assert (sold.is_covered, bought.is_covered) == (True, True)


def test_a_quote_is_never_better_than_the_accepted_price_and_warns_all_the_same() -> None:
    better = replace(USDT_RUB, bid=Decimal("81.40"), ask=Decimal("81.90"))
    market = replace(MARKET, usdt_rub=better)
    assert (quote("USDT-RUB", "10000", market).depth, quote("RUB-USDT", "817460", market).depth) == (None, None)
    beyond = quote("USDT-RUB", "30000", market)
    assert beyond.depth is not None
    assert (beyond.depth.price, beyond.depth.is_covered) == (Decimal("81.40"), False)
    assert beyond.base.value == Decimal("81.40")
    bought = quote("RUB-USDT", "2457000", market).depth  # the book would sell 30 043.27
    assert bought is not None
    assert (bought.price, bought.usdt, bought.is_covered) == (Decimal("81.90"), Decimal(30000), False)


def test_what_is_earned_is_earned_over_the_price_to_that_depth() -> None:
    told = quote("USDT-RUB", "10000")
    assert told.earned_percent == Decimal("2.00")  # 79.92 of 81.552; of the top it would be 2.08
    assert told.profit_usdt == Decimal("200.11")  # 10 000 less 799 200 / 81.552
    assert told.profit_rub == Decimal("16320.00")  # restated at what a USDT brings at that depth


def test_the_base_of_an_amount_is_an_ordinary_one() -> None:
    deep, depth = base_for(base("USDT-RUB"), Decimal(10000))
    assert depth is not None
    assert base_for(deep, Decimal(10000)) == (deep, None)
    assert quote_paying(deep, TWO, pays=Decimal(10000)).gets == quote("USDT-RUB", "10000").gets


def test_a_small_amount_is_what_the_rate_of_the_deal_is_said_for() -> None:
    assert deal_rate(base("USDT-RUB"), TWO) == quote("USDT-RUB", "10").rate


@pytest.mark.parametrize("each", DIRECTIONS, ids=str)
def test_only_what_trades_usdt_for_roubles_has_depth(each: Direction) -> None:
    told = base_rate(each, MARKET).levels
    if each.pays is Currency.USDT:
        assert told == DEPTH.bids
    else:
        assert told == (DEPTH.asks if each.gets is Currency.USDT else ())


def test_a_cross_through_the_dollar_trades_no_usdt_for_roubles() -> None:
    assert base_rate(Direction.parse("USDT-EUR"), MARKET, cross=Cross.USD).levels == ()


@pytest.mark.parametrize("pair", ["RUB-USDT", "USDT-RUB", "USDT-IDR"])
def test_who_quotes_from_the_close_quotes_it_for_any_amount(pair: str) -> None:
    assert base_rate(Direction.parse(pair), MARKET, price=Price.CLOSE).levels == ()
    no_sides = replace(MARKET, usdt_rub=replace(USDT_RUB, bid=None, ask=None))
    assert base(pair, no_sides).levels == ()


@pytest.mark.parametrize(
    "order_book",
    [
        None,
        replace(ORDER_BOOK, depth=None),
        replace(ORDER_BOOK, fetched_at=RECEIVED - 2 * MINUTE - timedelta.resolution),
        replace(ORDER_BOOK, fetched_at=RECEIVED + 2 * MINUTE + timedelta.resolution),
        replace(ORDER_BOOK, depth=Depth(bids=levels(("81.21", "9")), asks=levels(("82.07", "9")))),
        replace(ORDER_BOOK, depth=Depth(bids=levels(("82.03", "9")), asks=levels(("81.25", "9")))),
    ],
    ids=["unknown", "no levels", "older", "newer", "worse", "better"],
)
@pytest.mark.parametrize("pair", ["RUB-USDT", "USDT-RUB"])
def test_an_order_book_that_does_not_go_with_the_accepted_price_is_not_used(pair: str, order_book: None) -> None:
    assert base(pair, replace(MARKET, order_book=order_book)).levels == ()


def test_an_order_book_of_nearly_the_same_moment_and_price_is_used() -> None:
    near = replace(ORDER_BOOK, depth=Depth(bids=levels(("81.22", "9")), asks=levels(("82.06", "9"))))
    for span in (-2 * MINUTE, 2 * MINUTE):
        market = replace(MARKET, order_book=replace(near, fetched_at=RECEIVED + span))
        assert base("RUB-USDT", market).levels
        assert base("USDT-RUB", market).levels


def test_the_reverse_pays_for_the_depth_that_it_takes() -> None:
    rate = base("USDT-RUB")
    told = quote_getting(rate, TWO, gets=Decimal(799200))
    assert (told.pays, told.gets, told.rate.value) == (Decimal(10000), Decimal(799200), Decimal("79.92"))
    assert told.depth is not None
    assert quote_paying(rate, TWO, pays=Decimal("9999.99")).gets < Decimal(799200)


def test_the_smallest_amount_that_is_named_is_one_even_where_the_best_level_is_dust() -> None:
    dust = Depth(bids=levels(("1.00", "0.001"), ("0.001", "9")), asks=levels(("1.00", "0.001"), ("90", "9")))
    price = replace(USDT_RUB, bid=Decimal(1), ask=Decimal(1))
    rate = base("RUB-USDT", Market(usdt_rub=price, order_book=replace(ORDER_BOOK, depth=dust)))
    with pytest.raises(PayoutTooSmall) as caught:
        quote_paying(rate, TWO, pays=Decimal("0.02"))
    smallest = caught.value.smallest
    assert quote_paying(rate, TWO, pays=smallest).gets == Decimal("0.01")
    with pytest.raises(PayoutTooSmall):
        quote_paying(rate, TWO, pays=smallest - Decimal("0.01"))


def test_the_units_of_an_absolute_margin_do_not_turn_round_with_the_amount() -> None:
    thin = Depth(bids=levels(("82.5", "1000"), ("82.3", "9000")), asks=levels(("82.6", "1000")))
    price = replace(USDT_RUB, bid=Decimal("82.5"), ask=Decimal("82.6"))
    rate = base("USDT-USD", Market(usdt_rub=price, fiat=FIAT, order_book=replace(ORDER_BOOK, depth=thin)))
    margin = Margin(Decimal("0.02"), absolute=True)
    told = quote_paying(rate, margin, pays=Decimal(10000))
    assert shown(rate).of is Currency.USD
    assert shown(told.base).of is Currency.USDT  # the deep one is below 1
    exact = Fraction(told.base.value) - Fraction("0.02")  # USD per USDT all the same
    assert abs(Fraction(told.rate.value) * exact - 1) < Fraction(1, 10_000)


def test_a_margin_that_a_small_amount_bears_may_be_too_large_for_a_large_one() -> None:
    rate, most = base("USDT-RUB"), Margin(Decimal("40.81"), absolute=True)
    assert quote_paying(rate, most, pays=Decimal(1000)).gets == Decimal("40810.00")
    with pytest.raises(MarginTooLarge, match=r"40\.776"):
        quote_paying(rate, most, pays=Decimal(10000))
    with pytest.raises(MarginTooLarge):
        quote_getting(rate, most, gets=Decimal(400_000))
