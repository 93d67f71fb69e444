"""What holds for every direction, rate, margin and amount; the arithmetic of the tests is their own, in Fractions."""

from decimal import ROUND_UP, Context, Decimal, Inexact, Rounded, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calc.base import BaseRate
from calc.deal import MarginTooLarge, PayoutTooSmall, Quote, Rate, deal_rate, quote_getting, quote_paying, shown
from calc.directions import DIRECTIONS, Currency, Direction
from calc.margins import Margin
from calc.numbers import LIMITS
from calc.rounding import round_kept
from tests.market import BASES

BOUND = Fraction(1, 10_000)
CENT = Decimal("0.01")

every_direction = pytest.mark.parametrize("direction", DIRECTIONS, ids=str)


def base_of(direction: Direction, millionths: int) -> BaseRate:
    return BaseRate(
        direction=direction,
        value=round_kept(Fraction(BASES[str(direction)]) * Fraction(millionths, 10**6)),
        legs=(),
        cross=None,
        peg=None,
        rub_per_usdt_bid=Decimal("81.62"),
        rub_per_usdt_ask=Decimal("81.66"),
    )


def amounts_of(currency: Currency) -> st.SearchStrategy[Decimal]:
    """Over the whole allowed range, small amounts as often as large ones."""
    step, highest = currency.step, int(Fraction(LIMITS[currency].highest) / Fraction(currency.step))
    magnitudes = [10**digits for digits in range(len(str(highest)))]
    units = st.sampled_from(magnitudes).flatmap(lambda low: st.integers(low, min(10 * low, highest)))
    return units.map(lambda count: count * step)


factors = st.integers(500_000, 2_000_000)
percents = st.integers(1, 5000).map(lambda hundredths: Margin(hundredths * CENT))
data = st.data()


def exact_rate(base: BaseRate, margin: Margin, *, of: Currency) -> Fraction:
    part = Fraction(margin.value) / 100
    if base.direction.pays is Currency.RUB:
        rate = Fraction(base.value) * (1 + part)
    else:
        rate = Fraction(base.value) * (1 - part)
    return rate if of is base.of else 1 / rate


def pays_per_gets(quote: Quote) -> Fraction:
    rate = Fraction(quote.rate.value)
    return rate if quote.rate.of is quote.base.direction.pays else 1 / rate


def shown_exactly(base: BaseRate) -> tuple[Rate, Fraction]:
    rate = shown(base)
    return rate, Fraction(base.value) if rate.of is base.of else 1 / Fraction(base.value)


def smallest_payment(base: BaseRate, margin: Margin) -> Decimal:
    return quote_getting(base, margin, gets=base.direction.gets.step).pays


def payout(base: BaseRate, margin: Margin, pays: Decimal) -> Decimal:
    try:
        return quote_paying(base, margin, pays=pays).gets
    except PayoutTooSmall:
        return Decimal(0)


@every_direction
@given(millionths=factors, margin=percents)
def test_rounding_moves_the_rate_by_a_hundredth_of_a_percent_at_most(
    direction: Direction, millionths: int, margin: Margin
) -> None:
    base = base_of(direction, millionths)
    rate = deal_rate(base, margin)
    exact = exact_rate(base, margin, of=rate.of)
    assert {rate.of, rate.per} == {direction.pays, direction.gets}
    assert rate.value >= 1
    assert exact >= 1
    assert abs(Fraction(rate.value) - exact) <= BOUND * exact


@every_direction
@given(millionths=factors, margin=percents)
def test_a_rate_has_no_decimal_more_than_it_needs(direction: Direction, millionths: int, margin: Margin) -> None:
    base = base_of(direction, millionths)
    rate = deal_rate(base, margin)
    decimals = len(str(rate.value).partition(".")[2])
    half_a_step_of_one_less = Fraction(1, 2 * 10 ** (decimals - 1))
    assert decimals >= 2
    assert decimals == 2 or half_a_step_of_one_less > BOUND * exact_rate(base, margin, of=rate.of)


@every_direction
@given(millionths=factors, margin=percents, more=data)
def test_the_client_can_recompute_the_payout_and_no_unit_is_lost(
    direction: Direction, millionths: int, margin: Margin, more: st.DataObject
) -> None:
    base = base_of(direction, millionths)
    pays = max(smallest_payment(base, margin), more.draw(amounts_of(direction.pays)))
    quote = quote_paying(base, margin, pays=pays)
    exact = Fraction(pays) / pays_per_gets(quote)
    assert quote.gets <= exact < quote.gets + direction.gets.step
    assert Fraction(quote.gets) % Fraction(direction.gets.step) == 0
    assert quote.pays == pays


@every_direction
@given(millionths=factors, margin=percents)
def test_the_smallest_amount_that_is_named_pays_out_and_one_step_less_does_not(
    direction: Direction, millionths: int, margin: Margin
) -> None:
    base = base_of(direction, millionths)
    smallest = smallest_payment(base, margin)
    assert quote_paying(base, margin, pays=smallest).gets >= direction.gets.step
    if smallest > direction.pays.step:
        with pytest.raises(PayoutTooSmall) as caught:
            quote_paying(base, margin, pays=smallest - direction.pays.step)
        assert (caught.value.smallest, caught.value.currency) == (smallest, direction.pays)


@every_direction
@given(millionths=factors, margins=st.tuples(percents, percents), more=data)
def test_a_higher_margin_never_pays_out_more(
    direction: Direction, millionths: int, margins: tuple[Margin, Margin], more: st.DataObject
) -> None:
    pays = more.draw(amounts_of(direction.pays))
    base = base_of(direction, millionths)
    lower, higher = sorted(margins, key=lambda margin: margin.value)
    assert payout(base, higher, pays) <= payout(base, lower, pays)


@every_direction
@given(millionths=factors, hundredths=st.integers(1, 4999), more=data)
def test_a_hundredth_of_a_point_more_never_pays_out_more(
    direction: Direction, millionths: int, hundredths: int, more: st.DataObject
) -> None:
    pays = more.draw(amounts_of(direction.pays))
    base = base_of(direction, millionths)
    lower, higher = Margin(hundredths * CENT), Margin((hundredths + 1) * CENT)
    assert payout(base, higher, pays) <= payout(base, lower, pays)


@every_direction
@given(millionths=factors, margin=percents, more=data)
def test_paying_more_never_pays_out_less(
    direction: Direction, millionths: int, margin: Margin, more: st.DataObject
) -> None:
    base = base_of(direction, millionths)
    one, other = sorted(more.draw(st.tuples(amounts_of(direction.pays), amounts_of(direction.pays))))
    assert payout(base, margin, one) <= payout(base, margin, other)


@every_direction
@given(millionths=factors, margin=percents, more=data)
def test_forward_and_reverse_agree(direction: Direction, millionths: int, margin: Margin, more: st.DataObject) -> None:
    gets = more.draw(amounts_of(direction.gets))
    base = base_of(direction, millionths)
    reverse = quote_getting(base, margin, gets=gets)
    assert reverse.gets == gets
    assert Fraction(reverse.pays) % Fraction(direction.pays.step) == 0
    assert payout(base, margin, reverse.pays) >= gets
    if reverse.pays > direction.pays.step:
        assert payout(base, margin, reverse.pays - direction.pays.step) < gets


@every_direction
@given(millionths=factors, margin=percents, more=data)
def test_asking_for_a_payout_costs_no_more_than_what_bought_it(
    direction: Direction, millionths: int, margin: Margin, more: st.DataObject
) -> None:
    pays = more.draw(amounts_of(direction.pays))
    base = base_of(direction, millionths)
    gets = payout(base, margin, pays)
    if gets:
        assert quote_getting(base, margin, gets=gets).pays <= pays


def either_quote(base: BaseRate, margin: Margin, more: st.DataObject) -> Quote:
    direction = base.direction
    if more.draw(st.booleans()):
        return quote_getting(base, margin, gets=more.draw(amounts_of(direction.gets)))
    return quote_paying(base, margin, pays=max(smallest_payment(base, margin), more.draw(amounts_of(direction.pays))))


@every_direction
@given(millionths=factors, margin=percents, more=data)
def test_the_desk_never_earns_less_than_asked_but_for_the_rounding_of_the_rate(
    direction: Direction, millionths: int, margin: Margin, more: st.DataObject
) -> None:
    base = base_of(direction, millionths)
    quote = either_quote(base, margin, more)
    part = Fraction(margin.value) / 100
    least = (1 + part) * (1 - BOUND) - 1 if direction.pays is Currency.RUB else 1 - (1 - part) / (1 - BOUND)
    assert Fraction(quote.earned_percent) > 100 * least - Fraction(CENT)


@every_direction
@given(millionths=factors, margin=percents, more=data)
def test_what_the_desk_keeps_is_exact_to_the_hundredth_and_never_overstated(
    direction: Direction, millionths: int, margin: Margin, more: st.DataObject
) -> None:
    base = base_of(direction, millionths)
    quote = either_quote(base, margin, more)
    pays, gets, fair = Fraction(quote.pays), Fraction(quote.gets), Fraction(base.value)
    if direction.pays is Currency.RUB:
        earned, rub = pays / gets / fair - 1, pays - gets * fair
        usdt = rub / Fraction("81.66")
    else:
        earned, usdt = 1 - gets / pays / fair, pays - gets / fair
        rub = usdt * Fraction("81.62")
    for told, exact in ((quote.earned_percent, 100 * earned), (quote.profit_rub, rub), (quote.profit_usdt, usdt)):
        assert told is not None
        assert told <= exact < told + CENT


@every_direction
@given(millionths=factors, parts=st.integers(1, 333_333))
def test_an_absolute_margin_is_taken_off_the_shown_rate_against_the_client(
    direction: Direction, millionths: int, parts: int
) -> None:
    base = base_of(direction, millionths)
    orientation, fair = shown_exactly(base)
    units = round_kept(fair * Fraction(parts, 10**6))
    rate = deal_rate(base, Margin(units, absolute=True))
    exact = fair + Fraction(units) if orientation.of is direction.pays else fair - Fraction(units)
    if rate.of is not orientation.of:
        exact = 1 / exact
    assert rate.value >= 1
    assert abs(Fraction(rate.value) - exact) <= BOUND * exact


@every_direction
@given(millionths=factors)
def test_no_absolute_margin_takes_more_than_the_highest_percentage(direction: Direction, millionths: int) -> None:
    base = base_of(direction, millionths)
    too_much = Margin(round_kept(shown_exactly(base)[1] * 2), absolute=True)
    with pytest.raises(MarginTooLarge) as caught:
        deal_rate(base, too_much)
    by_units, by_percent = deal_rate(base, caught.value.highest), deal_rate(base, Margin(Decimal(50)))
    assert (by_units.of, by_units.per) == (by_percent.of, by_percent.per)
    assert abs(by_units.value - by_percent.value) <= 2 * BOUND * Fraction(by_percent.value)


@every_direction
@given(millionths=factors, margin=percents)
def test_a_shown_base_rate_has_eight_digits_in_either_orientation(
    direction: Direction, millionths: int, margin: Margin
) -> None:
    base = base_of(direction, millionths)
    deal = deal_rate(base, margin)
    for rate in (shown(base), shown(base, like=deal)):
        exact = Fraction(base.value) if rate.of is base.of else 1 / Fraction(base.value)
        assert abs(Fraction(rate.value) - exact) <= exact * Fraction(5, 10**8)
    assert shown(base).value >= 1
    assert (shown(base, like=deal).of, shown(base, like=deal).per) == (deal.of, deal.per)


@every_direction
@given(millionths=factors, margin=percents, more=data)
def test_the_decimal_context_of_the_thread_has_no_say(
    direction: Direction, millionths: int, margin: Margin, more: st.DataObject
) -> None:
    base = base_of(direction, millionths)
    gets = more.draw(amounts_of(direction.gets))
    usual = quote_getting(base, margin, gets=gets), payout(base, margin, Decimal(1000)), shown(base)
    for hostile in (Context(prec=6, rounding=ROUND_UP), Context(prec=1, traps=[Inexact, Rounded])):
        with localcontext(hostile):
            odd = quote_getting(base, margin, gets=gets), payout(base, margin, Decimal(1000)), shown(base)
        assert odd == usual
