"""A quote that was given to a client: what was promised, until when, and what became of it."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from calc.base import BaseRate
from calc.deal import Quote, Rate
from calc.directions import Direction
from calc.margins import Margin


class QuoteState(StrEnum):
    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Author:
    """The operator who gives a quote, or decides one."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Terms:
    """What was calculated, frozen: amounts, rate of the deal, and what the desk earns by it.

    `base` is the one for the amount, without the order book it came from. A profit is None where no RUB per USDT was
    known. `reverse`: the client named what it gets, else what it pays.
    """

    margin: Margin
    pays: Decimal
    gets: Decimal
    rate: Rate
    base: BaseRate
    earned_percent: Decimal
    profit_rub: Decimal | None
    profit_usdt: Decimal | None
    reverse: bool = False

    @classmethod
    def of(cls, quote: Quote, *, reverse: bool = False) -> "Terms":
        return cls(
            margin=quote.margin,
            pays=quote.pays,
            gets=quote.gets,
            rate=quote.rate,
            base=replace(quote.base, levels=()),
            earned_percent=quote.earned_percent,
            profit_rub=quote.profit_rub,
            profit_usdt=quote.profit_usdt,
            reverse=reverse,
        )

    @property
    def direction(self) -> Direction:
        return self.base.direction


@dataclass(frozen=True, slots=True)
class GivenQuote:
    """`client` is the name that was given, "" for none; `requote_of` is the number of the quote it takes the place of.

    `decided_at`, `decided_by` and `decided_name` are of its last state; by None and "" where time decided.
    """

    number: int
    author: Author
    client: str
    terms: Terms
    given_at: datetime
    valid_until: datetime
    state: QuoteState = QuoteState.OPEN
    requote_of: int | None = None
    decided_at: datetime | None = None
    decided_by: int | None = None
    decided_name: str = ""

    @property
    def id(self) -> str:
        """As people call it: `Q-0142`."""
        return name_of(self.number)

    def state_at(self, now: datetime) -> QuoteState:
        """An open quote has expired when its time is over, whether or not anybody has written that down."""
        is_over = self.state is QuoteState.OPEN and now >= self.valid_until
        return QuoteState.EXPIRED if is_over else self.state


@dataclass(frozen=True, slots=True)
class Warned:
    """What the author of a quote was told last: the margin it would earn; `is_held`, that it is held all the same."""

    percent: Decimal
    is_held: bool = False


_LONGEST_NUMBER = 12


def client_key(name: str) -> str:
    """What a client is found by, however the name was typed: "" for none."""
    return " ".join(name.casefold().split())


def name_of(number: int) -> str:
    return f"Q-{number:04d}"


def number_of(text: str) -> int | None:
    """The number in what people write (`Q-0142`, `q142`, `142`); None where it is none."""
    digits = text.strip().upper().removeprefix("Q").removeprefix("-")
    is_number = digits.isascii() and digits.isdigit() and len(digits) <= _LONGEST_NUMBER and int(digits) > 0
    return int(digits) if is_number else None
