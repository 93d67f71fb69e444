"""Every rounding the desk does, each rule with its reason.

What comes in is an exact Fraction, what goes out is a Decimal written digit by digit: no Decimal context, the
caller's least of all, has a say in it.
"""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

RATE_BOUND = Fraction(1, 10_000)
"""How far rounding may move a rate of the deal, as a part of it: 0.01 %."""

_RATE_DECIMALS = 2  # at least; people read a rate like a price
_SHOWN_DIGITS = 8  # enough to recompute the deal's rate, few enough to read
_KEPT_DIGITS = 28  # of a rate crossed from two others
_PAST_DIGITS = 15  # of a rate in the history


def round_rate(value: Fraction) -> Decimal:
    """The rate of the deal, half up to the fewest decimals, two at least, that keep it within RATE_BOUND.

    The client is told this rate and can recompute the payout from it, so it has to be short; a rate of 0.0048
    rounded like a price would be 0.00, so it has to be in the orientation in which it is at least 1, and precise
    enough that the margin survives.
    """
    if value < 1:
        raise ValueError(f"a rate is rounded where it is at least 1, not at {value}")
    return _half_up(value, _decimals_within_bound(value))


def round_alike(rates: Sequence[Fraction]) -> list[Decimal]:
    """Rates of one pair that stand beside each other, all with as many decimals as the smallest needs by that rule."""
    decimals = _decimals_within_bound(min(rates))
    return [_half_up(rate, decimals) for rate in rates]


def round_shown(value: Fraction) -> Decimal:
    """A base rate for the operator's eyes: eight significant digits, without the zeros after its second decimal."""
    return _significant(value, _SHOWN_DIGITS)


def round_kept(value: Fraction) -> Decimal:
    """A crossed rate to keep and to calculate with: as many digits as a Decimal has by default."""
    return _significant(value, _KEPT_DIGITS)


def round_past(value: Fraction) -> Decimal:
    """A crossed rate of the past: more digits than any source tells, and few enough for years of rows.

    A table that was told in RUB, and crossed through USD since, comes back to the digit: its error is in the 28th.
    """
    return _significant(value, _PAST_DIGITS)


def floor_to_step(value: Fraction, step: Decimal) -> Decimal:
    """What is paid out: never more than the rate gives, never a whole step less."""
    units, of = step.as_integer_ratio()
    return _steps(value.numerator * of // (value.denominator * units), step)


def ceil_to_step(value: Fraction, step: Decimal) -> Decimal:
    """What has to be paid in: enough for what was asked, and less than a step too much."""
    units, of = step.as_integer_ratio()
    return _steps(-(-value.numerator * of // (value.denominator * units)), step)


def floor_percent(value: Fraction) -> Decimal:
    """A part as percent, two places, towards minus infinity: what was earned is never overstated."""
    return Decimal(f"{10_000 * value.numerator // value.denominator}E-2")


def floor_profit(value: Fraction) -> Decimal:
    """A profit in RUB or USDT to the hundredth, towards minus infinity: neither a gain nor a loss looks better."""
    return Decimal(f"{100 * value.numerator // value.denominator}E-2")


# In whole numbers below: a Fraction finds the greatest common divisor after each operation, which took most of the time
# of a quote.


def _decimals_within_bound(value: Fraction) -> int:
    """The fewest with which half a step is at most RATE_BOUND of a value."""
    bound, decimals = value * RATE_BOUND, _RATE_DECIMALS
    while bound.denominator > 2 * 10**decimals * bound.numerator:
        decimals += 1
    return decimals


def _half_up(value: Fraction, decimals: int) -> Decimal:
    of = value.denominator
    return Decimal(f"{(2 * value.numerator * 10**decimals + of) // (2 * of)}E-{decimals}")


def _significant(value: Fraction, digits: int) -> Decimal:
    rounded = f"{_half_up(value, max(_RATE_DECIMALS, digits - 1 - _exponent(value))):f}"
    whole, _, decimals = rounded.partition(".")
    return Decimal(f"{whole}.{decimals.rstrip('0').ljust(_RATE_DECIMALS, '0')}")


def _exponent(value: Fraction) -> int:
    """The power of ten of the first digit: 2 for 205.19, -3 for 0.0048."""
    units, of = value.numerator, value.denominator
    exponent = len(str(units)) - len(str(of))
    is_reached = 10**exponent * of <= units if exponent >= 0 else of <= units * 10**-exponent
    return exponent if is_reached else exponent - 1


def _steps(count: int, step: Decimal) -> Decimal:
    """So many steps, with as many decimals as one is written with."""
    units, of = step.as_integer_ratio()
    decimals = max(0, -int(step.as_tuple().exponent))
    return Decimal(f"{count * units * 10**decimals // of}E-{decimals}")
