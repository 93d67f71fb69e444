"""The board: what the desk has for every direction at one moment, and whether that is worth showing anew."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from decimal import Decimal

from calc.base import Leg
from calc.directions import DIRECTIONS, Direction
from desk.gate import Finding
from desk.offers import NoUsableRate, Offer


@dataclass(frozen=True, slots=True)
class Row:
    """One direction; `offer` may be one that the gate refuses, and is None where there is nothing to make a rate of."""

    direction: Direction
    offer: Offer | None


@dataclass(frozen=True, slots=True)
class Board:
    """The rows stand in the order of the directions."""

    rows: tuple[Row, ...]

    @property
    def offers(self) -> tuple[Offer, ...]:
        return tuple(row.offer for row in self.rows if row.offer is not None)

    @property
    def quotable(self) -> int:
        """How many directions may be quoted."""
        return sum(1 for offer in self.offers if not offer.refusals)

    @property
    def peg(self) -> Decimal | None:
        """The same for every direction; None where one of its two rates is not known."""
        return next((offer.base.peg for offer in self.offers), None)

    @property
    def legs(self) -> tuple[Leg, ...]:
        """Everything that the rates are made of, each once and without a side."""
        legs = (replace(leg, side=None) for offer in self.offers for leg in offer.base.legs)
        return tuple(sorted(dict.fromkeys(legs), key=lambda leg: leg.feed, reverse=True))

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Everything the gate says, each once, what it refuses first."""
        findings = dict.fromkeys(finding for offer in self.offers for finding in offer.findings)
        return tuple(sorted(findings, key=lambda finding: not finding.refuses))

    @property
    def face(self) -> Hashable:
        """Equal as long as nothing but ages has changed."""
        return tuple(row.offer and _face(row.offer) for row in self.rows)


def take(offer: Callable[[Direction], Offer]) -> Board:
    """The board of this moment; `offer` is the desk's, which answers out of memory."""
    return Board(tuple(Row(direction, _offer(offer, direction)) for direction in DIRECTIONS))


def _offer(offer: Callable[[Direction], Offer], direction: Direction) -> Offer | None:
    try:
        return offer(direction)
    except NoUsableRate as error:
        return error.refused


def _face(offer: Offer) -> Hashable:
    said = frozenset((finding.concern, finding.feed, finding.refuses) for finding in offer.findings)
    return offer.base.value, offer.base.legs, said
