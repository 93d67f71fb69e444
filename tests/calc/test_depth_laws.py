"""What holds for every direction, order book, margin and amount; the oracle walks no book, it adds up what each level
has at the price told.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calc.base import BaseRate, base_rate
from calc.deal import PayoutTooSmall, Quote, quote_getting, quote_paying
from calc.directions import DIRECTIONS, Currency, Direction
from calc.margins import Margin
from calc.snapshots import Depth, Level, Market, UsdtRub
from tests.calc.market import FIAT
from tests.calc.test_deal_laws import BOUND, amounts_of, data, percents

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
TINY = Fraction(1, 10**24)
CENT = Decimal("0.01")

every_direction = pytest.mark.parametrize("direction", DIRECTIONS, ids=str)


@dataclass(frozen=True)
class Given:
    """A base rate with its levels, and the one without."""

    deep: BaseRate
    flat: BaseRate


def _side(start: Decimal, sign: int) -> st.SearchStrategy[tuple[Level, ...]]:
    amounts = st.builds(lambda digits, power: Decimal(digits).scaleb(power), st.integers(1, 99_999), st.integers(-4, 2))
    steps = st.lists(st.tuples(st.integers(0, 50), amounts), min_size=1, max_size=12)

    def build(steps: list[tuple[int, Decimal]]) -> tuple[Level, ...]:
        levels, price = [], start + (steps[0][0] - 25) * CENT
        for away, amount in steps:
            levels.append(Level(price, amount))
            price += sign * away * CENT
        return tuple(levels)

    return steps.map(build)


depths = st.builds(Depth, bids=_side(Decimal("81.62"), -1), asks=_side(Decimal("81.66"), 1))


def given_rate(direction: Direction, depth: Depth) -> Given:
    price = UsdtRub(Decimal("81.65"), "rapira", NOW, bid=Decimal("81.62"), ask=Decimal("81.66"))
    market = Market(usdt_rub=price, fiat=FIAT, order_book=replace(price, depth=depth))
    deep = base_rate(direction, market)
    return Given(deep, replace(deep, levels=()))


def paid_per_got(quote: Quote) -> Fraction:
    rate = Fraction(quote.rate.value)
    return rate if quote.rate.of is quote.base.direction.pays else 1 / rate


def payout(base: BaseRate, margin: Margin, pays: Decimal) -> Decimal:
    try:
        return quote_paying(base, margin, pays=pays).gets
    except PayoutTooSmall:
        return Decimal(0)


def roubles(levels: tuple[Level, ...], usdt: Fraction) -> Fraction:
    """What so many USDT trade for: each level's price for what of them falls to it, the last level's for the rest."""
    total, reached = Fraction(0), Fraction(0)
    for level in levels:
        total += Fraction(level.price) * max(Fraction(0), min(usdt - reached, Fraction(level.amount)))
        reached += Fraction(level.amount)
    return total + Fraction(levels[-1].price) * max(Fraction(0), usdt - reached)


def test_the_oracle_knows_the_figures_of_a_textbook() -> None:
    levels = (Level(Decimal(80), Decimal(10)), Level(Decimal(81), Decimal(10)))
    assert [roubles(levels, Fraction(usdt)) for usdt in (5, 10, 15, 20, 30)] == [400, 800, 1205, 1610, 2420]


@given(depth=depths, margin=percents, pays=amounts_of(Currency.USDT))
def test_sold_usdt_bring_what_the_levels_add_up_to(depth: Depth, margin: Margin, pays: Decimal) -> None:
    base = given_rate(Direction.parse("USDT-RUB"), depth).deep
    quote = quote_paying(base, margin, pays=max(pays, Decimal("0.1")))
    amount, best = Fraction(quote.pays), depth.bids[0]
    average = roubles(depth.bids, amount) / amount
    expected = Fraction(base.value) if amount <= best.amount else min(Fraction(base.value), average)
    assert abs(Fraction(quote.base.value) - expected) <= TINY * expected
    beyond = amount > sum(Fraction(level.amount) for level in depth.bids)
    assert beyond == (quote.depth is not None and not quote.depth.is_covered)


@given(depth=depths, margin=percents, pays=amounts_of(Currency.RUB))
def test_roubles_buy_what_the_levels_add_up_to(depth: Depth, margin: Margin, pays: Decimal) -> None:
    base = given_rate(Direction.parse("RUB-USDT"), depth).deep
    quote = quote_paying(base, margin, pays=max(pays, Decimal(10)))
    amount, fair = Fraction(quote.pays), Fraction(quote.base.value)
    bought = amount / fair
    if quote.depth is None:
        assert fair == Fraction(base.value)
        assert bought <= depth.asks[0].amount or roubles(depth.asks, bought) <= amount * (1 + TINY)
        return
    assert quote.depth.usdt <= bought * (1 + TINY)
    cost = roubles(depth.asks, bought)
    assert cost <= amount * (1 + TINY)
    if fair != Fraction(base.value):
        assert cost >= amount * (1 - TINY)
    assert quote.depth.is_covered == (
        amount <= sum(Fraction(each.price) * Fraction(each.amount) for each in depth.asks)
    )


@every_direction
@given(depth=depths, margin=percents, more=data)
def test_depth_never_makes_a_quote_better(
    direction: Direction, depth: Depth, margin: Margin, more: st.DataObject
) -> None:
    rates = given_rate(direction, depth)
    pays = more.draw(amounts_of(direction.pays))
    assert payout(rates.deep, margin, pays) <= payout(rates.flat, margin, pays)


@every_direction
@given(depth=depths, margin=percents, more=data)
def test_more_is_never_exchanged_at_a_better_rate(
    direction: Direction, depth: Depth, margin: Margin, more: st.DataObject
) -> None:
    base = given_rate(direction, depth).deep
    least = quote_getting(base, margin, gets=direction.gets.step).pays
    few, many = sorted(max(least, each) for each in more.draw(st.tuples(*[amounts_of(direction.pays)] * 2)))
    one, other = quote_paying(base, margin, pays=few), quote_paying(base, margin, pays=many)
    assert paid_per_got(one) <= paid_per_got(other)
    # A rate with few decimals cannot follow the depth smoothly: where it takes a step, a payout may fall by that step.
    assert other.gets > Fraction(one.gets) * (1 - BOUND) / (1 + BOUND) - Fraction(direction.gets.step)


@every_direction
@given(depth=depths, margin=percents, more=data)
def test_the_reverse_asks_for_the_least_that_gives_what_was_asked(
    direction: Direction, depth: Depth, margin: Margin, more: st.DataObject
) -> None:
    base = given_rate(direction, depth).deep
    gets = more.draw(amounts_of(direction.gets))
    reverse = quote_getting(base, margin, gets=gets)
    forward = quote_paying(base, margin, pays=reverse.pays)
    assert reverse.gets == gets <= forward.gets
    assert (forward.rate, forward.base, forward.depth) == (reverse.rate, reverse.base, reverse.depth)
    for steps in (1, 2, 1000, 10**9):
        less = reverse.pays - steps * direction.pays.step
        assert less <= 0 or payout(base, margin, less) < gets


@every_direction
@given(depth=depths, margin=percents, more=data)
def test_asking_for_more_never_costs_less(
    direction: Direction, depth: Depth, margin: Margin, more: st.DataObject
) -> None:
    base = given_rate(direction, depth).deep
    few, many = sorted(more.draw(st.tuples(amounts_of(direction.gets), amounts_of(direction.gets))))
    assert quote_getting(base, margin, gets=few).pays <= quote_getting(base, margin, gets=many).pays


@every_direction
@given(depth=depths, margin=percents, more=data)
def test_asking_for_a_payout_costs_no_more_than_what_bought_it(
    direction: Direction, depth: Depth, margin: Margin, more: st.DataObject
) -> None:
    base = given_rate(direction, depth).deep
    pays = more.draw(amounts_of(direction.pays))
    gets = payout(base, margin, pays)
    if gets:
        assert quote_getting(base, margin, gets=gets).pays <= pays


@every_direction
@given(depth=depths, margin=percents, more=data)
def test_the_desk_earns_what_was_asked_over_the_price_to_that_depth(
    direction: Direction, depth: Depth, margin: Margin, more: st.DataObject
) -> None:
    base = given_rate(direction, depth).deep
    least = quote_getting(base, margin, gets=direction.gets.step).pays
    quote = quote_paying(base, margin, pays=max(least, more.draw(amounts_of(direction.pays))))
    part = Fraction(margin.value) / 100
    lowest = (1 + part) * (1 - BOUND) - 1 if direction.pays is Currency.RUB else 1 - (1 - part) / (1 - BOUND)
    assert Fraction(quote.earned_percent) > 100 * lowest - Fraction(CENT)
