"""What a client may see of a quote: these fields and no others, so that nothing else can get on to the card."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from calc.deal import Rate
from calc.directions import Direction
from calc.quotes import GivenQuote, Terms


@dataclass(frozen=True, slots=True)
class ClientFace:
    """`id` is "" while the quote has no number yet, `desk` is "" where the desk has no name."""

    direction: Direction
    pays: Decimal
    gets: Decimal
    rate: Rate
    valid_until: datetime
    id: str = ""
    desk: str = ""

    @classmethod
    def of(cls, quote: GivenQuote, desk: str) -> "ClientFace":
        """Of a quote that was given."""
        return cls._shown(quote.terms, quote.valid_until, quote.id, desk)

    @classmethod
    def offered(cls, terms: Terms, desk: str, *, valid_until: datetime) -> "ClientFace":
        """Of one that is given when its card is sent."""
        return cls._shown(terms, valid_until, "", desk)

    @classmethod
    def _shown(cls, terms: Terms, valid_until: datetime, number: str, desk: str) -> "ClientFace":
        return cls(terms.direction, terms.pays, terms.gets, terms.rate, valid_until, number, desk)
