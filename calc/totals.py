"""What the desk did in a time, counted and summed: by operator and direction, and all of it together."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from calc.directions import Currency, Direction
from calc.quotes import Author


@dataclass(frozen=True, slots=True)
class Total:
    """What one operator did in one direction on a day, or on several.

    `given` quotes were given in that time and `accepted` of those were accepted, be it after midnight. `deals` were
    accepted in that time: the amounts and the profits are theirs. Of some deals a profit was not known, `without_rub`
    and `without_usdt` count them; it is not in the sum.
    """

    author: Author
    direction: Direction
    given: int = 0
    accepted: int = 0
    deals: int = 0
    pays: Decimal = Decimal(0)
    gets: Decimal = Decimal(0)
    profit_rub: Decimal = Decimal(0)
    profit_usdt: Decimal = Decimal(0)
    without_rub: int = 0
    without_usdt: int = 0


@dataclass(frozen=True, slots=True)
class Sums:
    """Several of them together; `taken` is what clients paid and `handed` what they got, by currency."""

    given: int
    accepted: int
    deals: int
    taken: dict[Currency, Decimal]
    handed: dict[Currency, Decimal]
    profit_rub: Decimal
    profit_usdt: Decimal
    without_rub: int
    without_usdt: int


def summed(totals: Iterable[Total]) -> Sums:
    """Currencies in the order of the table, and only those that moved."""
    kept = list(totals)
    taken: dict[Currency, Decimal] = dict.fromkeys(Currency, Decimal(0))
    handed: dict[Currency, Decimal] = dict.fromkeys(Currency, Decimal(0))
    for each in kept:
        taken[each.direction.pays] += each.pays
        handed[each.direction.gets] += each.gets
    return Sums(
        given=sum(each.given for each in kept),
        accepted=sum(each.accepted for each in kept),
        deals=sum(each.deals for each in kept),
        taken={currency: amount for currency, amount in taken.items() if amount},
        handed={currency: amount for currency, amount in handed.items() if amount},
        profit_rub=sum((each.profit_rub for each in kept), Decimal(0)),
        profit_usdt=sum((each.profit_usdt for each in kept), Decimal(0)),
        without_rub=sum(each.without_rub for each in kept),
        without_usdt=sum(each.without_usdt for each in kept),
    )
