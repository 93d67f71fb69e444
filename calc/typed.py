"""A rate that a person typed because no source gave a usable one: for which pair, and what it may be."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from calc.bounds import PER_USD_BOUNDS, RUB_BOUNDS
from calc.directions import Currency

TYPED = "typed"
"""Stands where the name of a source would."""


@dataclass(frozen=True, slots=True)
class Pair:
    """`of` per 1 `per`, such as RUB per 1 USDT."""

    of: Currency
    per: Currency

    def __str__(self) -> str:
        return f"{self.of}/{self.per}"

    @classmethod
    def parse(cls, text: str) -> "Pair":
        """The pair whose `str` this is; ValueError for anything else."""
        of, _, per = text.partition("/")
        return cls(Currency(of), Currency(per))


@dataclass(frozen=True, slots=True)
class TypedRate:
    """`name` is of the person with the id `by`; the rate stands from `at` until `until`, over every source."""

    pair: Pair
    value: Decimal
    by: int
    name: str
    at: datetime
    until: datetime

    def per_one(self, currency: Currency) -> Fraction:
        """The same rate per 1 of one of its two currencies, exactly."""
        return Fraction(self.value) if self.pair.per is currency else 1 / Fraction(self.value)


def bounds_of(pair: Pair) -> tuple[Fraction, Fraction]:
    """What a rate of the pair has to be between; it has RUB or USD in it."""
    (lowest, highest), (least, most) = _per_usd(pair.of), _per_usd(pair.per)
    return lowest / most, highest / least


def _per_usd(currency: Currency) -> tuple[Fraction, Fraction]:
    if currency in (Currency.USD, Currency.USDT):
        return Fraction(1), Fraction(1)
    lowest, highest = RUB_BOUNDS if currency is Currency.RUB else PER_USD_BOUNDS[currency]
    return Fraction(lowest), Fraction(highest)
