"""What one line asks for: a request, a question where it has several readings, or why it is neither."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from calc.directions import Currency, Direction
from calc.errors import DeskError
from calc.margins import Margin


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be quoted. The amounts are what the client pays, or with `reverse` what the client gets.

    `margin` is None where the line named none: then it is the operator's own for the direction. `rate` is one that was
    agreed with the client: the deal is made at it, in whichever orientation is nearer to the market, and the margin
    is what the rate leaves. A request never has both.
    """

    direction: Direction
    amounts: tuple[Decimal, ...]
    reverse: bool = False
    margin: Margin | None = None
    rate: Decimal | None = None

    @property
    def currency(self) -> Currency:
        """The one the amounts are in."""
        return self.direction.gets if self.reverse else self.direction.pays

    def __str__(self) -> str:
        """A line that reads as this request: `100000 RUB -> USDT 2%`, `RUB -> 5000 USDT @ 87.5`."""
        amounts = ", ".join(f"{_plain(each)} {self.currency}" for each in self.amounts)
        sides = (self.direction.pays, amounts) if self.reverse else (amounts, self.direction.gets)
        line = " -> ".join(sides)
        if self.rate is not None:
            return f"{line} @ {_plain(self.rate)}"
        if self.margin is not None:
            return f"{line} +{_plain(self.margin.value)}" if self.margin.absolute else f"{line} {self.margin.value:f}%"
        return line


class About(StrEnum):
    """What the readings of a line differ in."""

    DIRECTION = "direction"
    NUMBER = "number"  # how its digits and separators are meant: amounts, margin or rate


class Convention(StrEnum):
    """What a separator before exactly three digits means to the desk."""

    GROUPS = "groups"  # 1,500 is one and a half thousand
    DECIMALS = "decimals"  # 1,500 is one and a half


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a line, and the conventions that it takes for the separators that were in doubt."""

    request: Request
    conventions: tuple[tuple[str, Convention], ...] = ()

    def differs_in(self, about: About) -> Hashable:
        if about is About.DIRECTION:
            return self.request.direction, self.request.reverse
        return self.request.amounts, self.request.margin, self.request.rate


@dataclass(frozen=True, slots=True)
class Question:
    """A line with more than one reading, or with one that has to be confirmed; each option is what is left of them.

    Where readings differ in several things, they are asked for one after the other.
    """

    about: About
    options: tuple[tuple[Reading, ...], ...]


def settle(readings: Sequence[Reading]) -> Request | Question:
    """The request where all readings agree, else the question that comes next."""
    for about in About:
        options: dict[Hashable, list[Reading]] = {}
        for reading in readings:
            options.setdefault(reading.differs_in(about), []).append(reading)
        if len(options) > 1:
            return Question(about, tuple(tuple(each) for each in options.values()))
    return readings[0].request


@dataclass(frozen=True, slots=True)
class Understood:
    """What a line held that could be read, in its order; an amount has all its readings, the larger first."""

    amounts: tuple[tuple[Decimal, ...], ...] = ()
    currencies: tuple[Currency, ...] = ()


class Missing(StrEnum):
    """Why a line is no request."""

    ALL = "all"  # nothing of a quote is in it
    AMOUNT = "amount"
    CURRENCY = "currency"
    UNCLEAR = "unclear"  # a part of it, which is named, cannot be read
    CURRENCIES = "currencies"  # there are more than two
    DIRECTION = "direction"  # the desk does not change these two
    SIDES = "sides"  # an amount of each currency
    AMOUNTS = "amounts"  # too many for a table


class LineError(DeskError):
    """A line that is no request: what was understood, what is the matter, and the part that is."""

    def __init__(self, missing: Missing, understood: Understood, *, part: str = "") -> None:
        super().__init__(f"{missing}: {part!r}" if part else missing)
        self.missing = missing
        self.understood = understood
        self.part = part


def distinct(items: Iterable[Decimal]) -> tuple[Decimal, ...]:
    """The same amount twice is one row of a table."""
    return tuple(dict.fromkeys(items))


def _plain(value: Decimal) -> str:
    """Never with exactly three decimals, which would be two readings."""
    text = f"{value:f}"
    return f"{text}0" if len(text.partition(".")[2]) == 3 else text  # noqa: PLR2004 - the size of a group
