"""What no rate may be, whichever source or person it comes from.

The bounds are no rates: they are so wide that only a wrong unit, an inverted pair or a placeholder falls outside.
"""

from decimal import Decimal

from calc.directions import Currency

Bounds = tuple[Decimal, Decimal]
"""Both ends are outside."""

RUB_BOUNDS: Bounds = (Decimal(20), Decimal(400))
"""RUB per USDT and per USD, as desks run them in production."""

PER_USD_BOUNDS: dict[Currency, Bounds] = {
    Currency.RUB: RUB_BOUNDS,
    Currency.EUR: (Decimal("0.4"), Decimal("2.5")),
    Currency.THB: (Decimal(13), Decimal(85)),
    Currency.AED: (Decimal("1.5"), Decimal("9.5")),
    Currency.ZAR: (Decimal(7), Decimal(45)),
    Currency.IDR: (Decimal(6_500), Decimal(42_000)),
}
"""A factor of about 2.5 either way of what a USD was worth in the years before; the AED is pegged and gets the same."""


def is_within(value: Decimal, bounds: Bounds) -> bool:
    return value.is_finite() and bounds[0] < value < bounds[1]
