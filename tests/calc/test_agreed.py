"""A rate agreed with the client is the rate of the deal, in every direction and whichever way round it was typed."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calc.agreed import NoMarginLeft, agreed_margin
from calc.base import BaseRate
from calc.deal import quote_getting, quote_paying
from calc.directions import DIRECTIONS, Currency, Direction
from calc.margins import Margin
from calc.rounding import round_rate
from calc.snapshots import Level
from tests.calc.test_deal_laws import base_of

every_direction = pytest.mark.parametrize("direction", DIRECTIONS, ids=str)


def against(base: BaseRate, percent: Fraction) -> Fraction:
    """A rate worse for the client, where the base rate is at least 1."""
    factor = 1 + percent / 100 if base.direction.pays is Currency.RUB else 1 - percent / 100
    rate = Fraction(base.value) * factor
    return rate if base.value >= 1 else 1 / rate


@every_direction
@given(hundredths=st.integers(5, 3000), reverse=st.booleans())
def test_the_deal_is_made_at_the_agreed_rate(direction: Direction, hundredths: int, reverse: bool) -> None:
    base = base_of(direction, 10**6)
    agreed = round_rate(max(against(base, Fraction(hundredths, 100)), Fraction(1)))
    quote_of = quote_getting if reverse else quote_paying
    amount = Decimal(1_000_000)
    margin = agreed_margin(base, agreed, amount=amount, reverse=reverse)
    quote = quote_of(base, margin, **{"gets" if reverse else "pays": amount})
    assert round_rate(max(Fraction(quote.rate.value), 1 / Fraction(quote.rate.value))) == agreed
    assert margin.absolute


def test_a_rate_is_taken_in_the_orientation_that_is_nearer_to_the_market() -> None:
    base = base_of(Direction(Currency.RUB, Currency.IDR), 10**6)
    shown = agreed_margin(base, Decimal(205), amount=Decimal(100_000), reverse=False)
    other = agreed_margin(base, Decimal("0.0048780488"), amount=Decimal(100_000), reverse=False)
    assert shown == Margin(Decimal("4.292867"), absolute=True)
    assert abs(shown.value - other.value) < Decimal("0.00001")


@pytest.mark.parametrize("name", ["RUB-USDT", "RUB-IDR", "USDT-RUB", "USDT-IDR"])
def test_a_rate_at_which_the_client_does_not_do_worse_leaves_no_margin(name: str) -> None:
    direction = Direction.parse(name)
    base = base_of(direction, 10**6)
    with pytest.raises(NoMarginLeft) as caught:
        agreed_margin(base, base.value, amount=Decimal(1000), reverse=False)
    assert caught.value.percent == 0
    better = Decimal("0.9") if direction.pays is Currency.RUB else Decimal("1.1")
    with pytest.raises(NoMarginLeft) as caught:
        agreed_margin(base, base.value * better, amount=Decimal(1000), reverse=False)
    assert caught.value.percent == -10


@pytest.mark.parametrize(("amount", "reverse"), [("1000000", False), ("11000", True)])
def test_the_margin_of_a_large_amount_is_over_the_price_it_takes(amount: str, reverse: bool) -> None:
    usdt = BaseRate(
        direction=Direction(Currency.RUB, Currency.USDT),
        value=Decimal("81.66"),
        legs=(),
        cross=None,
        peg=None,
        rub_per_usdt_bid=Decimal("81.62"),
        rub_per_usdt_ask=Decimal("81.66"),
        levels=(Level(Decimal("81.66"), Decimal(1000)), Level(Decimal("83.00"), Decimal(100_000))),
    )
    margin = agreed_margin(usdt, Decimal("87.50"), amount=Decimal(amount), reverse=reverse)
    assert margin.value < Decimal("4.7")
    quote = (
        quote_getting(usdt, margin, gets=Decimal(amount))
        if reverse
        else quote_paying(usdt, margin, pays=Decimal(amount))
    )
    assert quote.rate.value == Decimal("87.50")
