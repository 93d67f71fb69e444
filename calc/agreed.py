"""A rate that was agreed with the client before the desk was asked: which margin it leaves."""

from decimal import Decimal
from fractions import Fraction

from calc.base import BaseRate
from calc.deal import base_for
from calc.directions import Currency
from calc.errors import DeskError
from calc.margins import Margin
from calc.rounding import ceil_to_step, floor_percent, floor_to_step

_STEP = Decimal("0.000001")


class NoMarginLeft(DeskError):
    """At the agreed rate the client does better than at the base rate, by `percent` of it, zero or below."""

    def __init__(self, rate: Decimal, percent: Decimal) -> None:
        super().__init__(f"a rate of {rate} leaves {percent} %")
        self.rate = rate
        self.percent = percent


def agreed_margin(base: BaseRate, rate: Decimal, *, amount: Decimal, reverse: bool) -> Margin:
    """The margin in units of the shown rate with which the deal for an amount is made at an agreed rate.

    A rate is typed without its currencies: it is taken in the orientation in which it is nearer to the base rate. With
    `reverse` the amount is what the client gets. Raises NoMarginLeft.
    """
    top, typed = Fraction(base.value), Fraction(rate)
    agreed = typed if _distance(typed, top) <= _distance(1 / typed, top) else 1 / typed
    buys = base.direction.pays is Currency.RUB  # the rate is what is paid for 1 of what the client gets
    pays = amount
    if reverse:
        needed = Fraction(amount) * agreed if buys else Fraction(amount) / agreed
        pays = ceil_to_step(needed, base.direction.pays.step)
    fair = Fraction(base_for(base, pays)[0].value)
    left = (agreed - fair if buys else fair - agreed) if top >= 1 else (1 / fair - 1 / agreed) * (1 if buys else -1)
    margin = floor_to_step(left, _STEP)
    if margin <= 0:
        raise NoMarginLeft(rate, floor_percent(agreed / fair - 1 if buys else 1 - agreed / fair))
    return Margin(margin, absolute=True)


def _distance(value: Fraction, other: Fraction) -> Fraction:
    """How many times one is the other, at least 1."""
    return max(value / other, other / value)
