"""What one operator may quote without a second person, and whether a quote keeps to it."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from calc.approvals import Exact
from calc.deal import Quote
from calc.directions import Currency
from calc.team import Limits

ASKED_FOR = timedelta(minutes=15)
"""How long a request for approval waits for an answer."""
APPROVED_FOR = timedelta(minutes=15)
"""How long an approval stands."""
DRIFT = Decimal("0.005")
"""How far the base rate may have moved from the approved one: as far as it may move under a card."""


class Excess(StrEnum):
    """What of a quote is beyond the limits."""

    AMOUNT = "amount"
    UNKNOWN = "unknown"  # what the amount is in RUB nobody knows now
    MARGIN = "margin"


def in_rub(quote: Quote) -> Fraction | None:
    """What the client pays, in RUB, at the price at which a profit is restated; None where no RUB per USDT is known."""
    if quote.base.direction.pays is Currency.RUB:
        return Fraction(quote.pays)
    bid = quote.base.rub_per_usdt_bid
    return None if bid is None else Fraction(quote.pays) * Fraction(bid)


def excesses(limits: Limits, quotes: Sequence[Quote]) -> tuple[Excess, ...]:
    """What of any of the quotes is beyond the limits; what nobody can tell is.

    A margin in percent counts as it was said: what rounding takes of it, a hundredth of a point at the most, is no
    matter for a second person. One in units counts by what is earned.
    """
    found = set[Excess]()
    for quote in quotes:
        if limits.amount is not None:
            rub = in_rub(quote)
            if rub is None:
                found.add(Excess.UNKNOWN)
            elif rub > limits.amount:
                found.add(Excess.AMOUNT)
        margin = quote.earned_percent if quote.margin.absolute else quote.margin.value
        if limits.margin is not None and margin < limits.margin:
            found.add(Excess.MARGIN)
    return tuple(each for each in Excess if each in found)


def exact(quotes: Sequence[Quote], *, reverse: bool, anyway: bool) -> Exact:
    """What an approval of these quotes is for; `reverse` where the client asked for what they get.

    A rate that a person typed, or quotes `anyway` although it is refused, is another matter than one of the sources.
    """
    direction = quotes[0].base.direction
    asked = [f"{each.gets if reverse else each.pays:f} at {each.margin}" for each in quotes]
    typed = [f"{leg.feed} typed by {leg.by}" for leg in quotes[0].base.legs if leg.until is not None]
    said = [f"{direction} {'gets' if reverse else 'pays'} {', '.join(asked)}", *typed, *(["anyway"] if anyway else [])]
    return Exact("; ".join(said), tuple(each.base.value for each in quotes))


def covers(approved: Exact, quoted: Exact) -> bool:
    """Whether an approval is for these very quotes; of the base rates as far as a card may hold them."""
    return approved.about == quoted.about and all(
        abs(Fraction(now) - Fraction(then)) <= Fraction(DRIFT) * Fraction(then)
        for then, now in zip(approved.bases, quoted.bases, strict=True)
    )
