"""What the desk keeps of an exchange of two amounts at a base rate."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from calc.base import BaseRate
from calc.directions import Currency
from calc.rounding import floor_percent, floor_profit


@dataclass(frozen=True, slots=True)
class Worth:
    """None of it is overstated. A profit is None where no RUB per USDT is known to restate the other one with."""

    earned_percent: Decimal
    profit_rub: Decimal | None
    profit_usdt: Decimal | None


def worth_of(pays: Decimal, gets: Decimal, *, base: BaseRate) -> Worth:
    """`base` is the one for the amount."""
    paid, got, fair = Fraction(pays), Fraction(gets), Fraction(base.value)
    rub: Fraction | None
    usdt: Fraction | None
    if base.direction.pays is Currency.RUB:
        earned = paid / got / fair - 1
        rub = paid - got * fair
        usdt = rub / Fraction(base.rub_per_usdt_ask) if base.rub_per_usdt_ask else None
    else:
        earned = 1 - got / paid / fair
        usdt = paid - got / fair
        rub = usdt * Fraction(base.rub_per_usdt_bid) if base.rub_per_usdt_bid else None
    return Worth(
        floor_percent(earned),
        profit_rub=None if rub is None else floor_profit(rub),
        profit_usdt=None if usdt is None else floor_profit(usdt),
    )
