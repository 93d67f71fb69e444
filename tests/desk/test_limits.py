"""What one operator may quote without a second person: for every direction, whichever way it is said."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from calc.base import Leg
from calc.deal import MarginTooLarge, PayoutTooSmall, Quote, quote_getting, quote_paying
from calc.directions import DIRECTIONS, Currency, Direction
from calc.margins import Margin
from calc.snapshots import Feed
from calc.team import NO_LIMITS, Limits
from desk.limits import DRIFT, Excess, covers, exact, excesses, in_rub
from tests.calc.test_deal_laws import amounts_of, base_of, every_direction, factors, percents

NOW = datetime(2026, 11, 20, 12, 4, tzinfo=UTC)
RUB_USDT, USDT_THB = Direction.parse("RUB-USDT"), Direction.parse("USDT-THB")


def quote(pays: str = "100000", margin: str = "2%", direction: Direction = RUB_USDT) -> Quote:
    return quote_paying(base_of(direction, 10**6), Margin.parse(margin), pays=Decimal(pays))


def beyond(limits: Limits, *quotes: Quote) -> set[Excess]:
    return set(excesses(limits, quotes))


@pytest.mark.parametrize(
    ("pays", "expected"), [("499999.99", set()), ("500000", set()), ("500000.01", {Excess.AMOUNT})]
)
def test_the_limit_itself_is_within_it(pays: str, expected: set[Excess]) -> None:
    assert beyond(Limits(amount=Decimal(500_000)), quote(pays)) == expected


def test_usdt_count_in_rub_at_the_price_at_which_a_profit_is_restated() -> None:
    assert in_rub(quote("1000", direction=USDT_THB)) == Fraction("81620")
    assert beyond(Limits(amount=Decimal(81_620)), quote("1000", direction=USDT_THB)) == set()
    assert beyond(Limits(amount=Decimal(81_620)), quote("1000.01", direction=USDT_THB)) == {Excess.AMOUNT}


def test_what_nobody_can_tell_in_rub_is_beyond_a_limit() -> None:
    unknown = replace(base_of(USDT_THB, 10**6), rub_per_usdt_bid=None, rub_per_usdt_ask=None)
    one = quote_paying(unknown, Margin(Decimal(2)), pays=Decimal(1))
    assert beyond(Limits(amount=Decimal(500_000)), one) == {Excess.UNKNOWN}
    assert beyond(Limits(margin=Decimal(1)), one) == set()


@pytest.mark.parametrize(
    ("margin", "expected"), [("1%", set()), ("0.99%", {Excess.MARGIN}), ("+0.82", set()), ("+0.81", {Excess.MARGIN})]
)
def test_a_margin_counts_as_it_was_said_and_one_in_units_by_what_is_earned(margin: str, expected: set[Excess]) -> None:
    assert beyond(Limits(margin=Decimal(1)), quote(margin=margin)) == expected


def test_of_several_amounts_each_keeps_to_the_limits() -> None:
    limits = Limits(amount=Decimal(500_000), margin=Decimal(1))
    assert beyond(limits, quote("1000"), quote("600000")) == {Excess.AMOUNT}
    assert beyond(limits, quote("600000", "0.5%"), quote("1000")) == {Excess.AMOUNT, Excess.MARGIN}
    assert excesses(limits, [quote("600000", "0.5%")]) == (Excess.AMOUNT, Excess.MARGIN)


@every_direction
@given(data=st.data(), factor=factors, margin=percents)
def test_without_limits_nothing_is_beyond_them_and_more_is_never_less_beyond(
    direction: Direction, data: st.DataObject, factor: int, margin: Margin
) -> None:
    base = base_of(direction, factor)
    pays = sorted(data.draw(st.lists(amounts_of(direction.pays), min_size=2, max_size=2)))
    try:
        small, large = (quote_paying(base, margin, pays=each) for each in pays)
    except (PayoutTooSmall, MarginTooLarge):
        assume(False)
    assert excesses(NO_LIMITS, [small, large]) == ()
    limits = Limits(amount=data.draw(st.decimals(1, 10**8, places=2)), margin=data.draw(st.decimals(0, 50, places=2)))
    assert beyond(limits, small) <= beyond(limits, large)
    rub = in_rub(large)
    assert rub is not None
    assert (Excess.AMOUNT in beyond(limits, large)) == (rub > Fraction(limits.amount or 0))
    assert (Excess.MARGIN in beyond(limits, large)) == (margin.value < (limits.margin or 0))


@every_direction
@given(data=st.data(), factor=factors, margin=percents)
def test_what_is_within_the_lowest_margin_earns_it_but_for_the_rounding_of_the_rate(
    direction: Direction, data: st.DataObject, factor: int, margin: Margin
) -> None:
    gets = data.draw(amounts_of(direction.gets))
    try:
        one = quote_getting(base_of(direction, factor), margin, gets=gets)
    except MarginTooLarge:
        assume(False)
    assert not beyond(Limits(margin=margin.value), one)
    slack = Decimal("0.01") * (1 + margin.value / 100) + Decimal("0.01")
    assert one.earned_percent >= margin.value - slack


@pytest.mark.parametrize("direction", DIRECTIONS, ids=str)
def test_an_approval_is_for_direction_side_amounts_and_margin(direction: Direction) -> None:
    one = quote("100000", direction=direction)
    approved = exact([one], reverse=False, anyway=False)
    assert approved.about == f"{direction} pays 100000 at 2%"
    assert covers(approved, exact([one], reverse=False, anyway=False))
    others = [
        exact([quote("100001", direction=direction)], reverse=False, anyway=False),
        exact([quote("100000", "1.99%", direction=direction)], reverse=False, anyway=False),
        exact([one, one], reverse=False, anyway=False),
        exact([one], reverse=True, anyway=False),
        exact([one], reverse=False, anyway=True),
    ]
    assert not any(covers(approved, each) for each in others)


def test_an_approval_of_a_rate_of_the_sources_is_none_of_one_that_a_person_typed() -> None:
    base = base_of(RUB_USDT, 10**6)
    leg = Leg(Feed.USDT_RUB, "typed", NOW, None, None, until=NOW, by="Аня")
    typed = replace(base, legs=(leg,))
    margin = Margin(Decimal(2))
    approved, quoted = (
        exact([quote_paying(each, margin, pays=Decimal(1000))], reverse=False, anyway=False) for each in (base, typed)
    )
    assert not covers(approved, quoted)
    assert quoted.about.endswith("usdt_rub typed by Аня")


@given(millionths=st.integers(980_000, 1_020_000))
def test_an_approval_goes_with_the_base_as_far_as_a_card_may_hold_one(millionths: int) -> None:
    then, now = (
        exact(
            [quote_paying(base_of(RUB_USDT, each), Margin(Decimal(2)), pays=Decimal(1000))], reverse=False, anyway=False
        )
        for each in (10**6, millionths)
    )
    moved = abs(Fraction(now.bases[0]) / Fraction(then.bases[0]) - 1)
    assert covers(then, now) == (moved <= Fraction(DRIFT))


def test_of_several_amounts_each_base_counts() -> None:
    margin = Margin(Decimal(2))
    near, far = (quote_paying(base_of(RUB_USDT, each), margin, pays=Decimal(1000)) for each in (10**6, 1_010_000))
    approved = exact([near, near], reverse=False, anyway=False)
    assert covers(approved, exact([near, near], reverse=False, anyway=False))
    assert not covers(approved, exact([near, far], reverse=False, anyway=False))


def test_every_currency_that_is_paid_has_a_worth_in_rub() -> None:
    assert {each.pays for each in DIRECTIONS} == {Currency.RUB, Currency.USDT}
