"""Reading what people write behind /margins: `rub usdt <100к 3%, <1м 2%, 1,2%`, `floor 0.5 warn`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from calc.directions import DIRECTIONS, TARGETS, Currency, Direction
from calc.errors import DeskError
from calc.floors import Policy
from calc.margins import HIGHEST_PERCENT, Margin
from calc.numbers import Limits, MarginReadings, NotANumber, TwoReadings, read_amount, read_margin
from calc.numerals import alike, take_numeral
from calc.tiers import Ladder
from calc.words import currency_named
from desk.margins import Whose

T = TypeVar("T")

MOST_TIERS = 6
MOST_BUTTONS = 6
"""As many as stand beside each other on a phone."""
FLOOR = Limits(Decimal(0), HIGHEST_PERCENT, 2, unit="%")


def _words(line: str) -> frozenset[str]:
    return frozenset(line.split())


_OWN = _words("my mine own моя мои мой мою свои своя свою")
_FLOORS = _words("floor floors порог порога минимум мин")
_BUTTONS = _words("buttons button presets preset кнопки кнопка кнопок")
_ALL = _words("all any every everything все всё всем всех любые любое")
_OFF = _words("off no none clear reset нет выкл выключить убрать снять сброс сбросить без")
_BETWEEN = _words("-> => → > / - в на за to for into")
_POLICIES = {
    Policy.BLOCK: "block запрет запретить запрещать запрещено блок блокировать стоп",
    Policy.WARN: "warn warning предупредить предупреждать предупреждение",
    Policy.OFF: " ".join(_OFF),
}
_POLICY = {word: policy for policy, words in _POLICIES.items() for word in words.split()}
_PERCENT_WORDS = ("", "%", "проц", "проц.", "процент", "процента", "процентов")

_WORD = re.compile(r"\s*([^\W\d_]+(?!\w)|[$€₽฿₮]|->|=>|→|[>/-](?!\s*\d))")
_PIECES = re.compile(r"[;\n]|,(?!\d)|(?<!\d),")
_INCLUSIVE = re.compile(r"(?:<=|≤|не\s+(?:больше|более|выше))\s*")
_BELOW = re.compile(r"(?:<|(?:до|меньше|менее|ниже|below|under|less than)\b)\s*")
_FROM = re.compile(
    r"(?:>=|≥|>|(?:от|с|начиная с|from|выше|больше|более|свыше|above|over)\b|"
    r"(?:остальное|остальные|дальше|далее|rest|else)\b)[\s:]*"
)
_MARGIN = re.compile(r"(?:(?P<bound>.*[^\s:=])[\s:=]+)?(?P<margin>[+-]?\s?(?!0\d)[\d.,]+\s*(?:%|проц\w*\.?)?)")


class Flaw(StrEnum):
    """Why a text sets nothing."""

    UNCLEAR = "unclear"  # a part of it cannot be read
    DIRECTION = "direction"  # the desk does not change these two
    SCOPE = "scope"  # it does not say for what
    NO_REST = "no_rest"  # the amounts above the last bound have no margin
    INCLUSIVE = "inclusive"  # a bound that belongs to both sides, or to none
    ORDER = "order"  # the bounds do not rise, or the last tier is not the last
    CURRENCY = "currency"  # a bound, for directions that are paid in different currencies
    UNITS = "units"  # an absolute margin, for directions whose rates are in different units
    TWO_READINGS = "two_readings"
    TIERS = "tiers"  # too many of them
    BUTTONS = "buttons"  # too many of them


class UnreadableMargins(DeskError):
    """`part` is what the flaw is about."""

    def __init__(self, flaw: Flaw, part: str = "") -> None:
        super().__init__(f"{flaw}: {part!r}" if part else flaw)
        self.flaw = flaw
        self.part = part


@dataclass(frozen=True, slots=True)
class Ladders:
    """Margins for directions; a ladder of None takes away what is set."""

    whose: Whose
    directions: tuple[Direction, ...]
    ladder: Ladder | None


@dataclass(frozen=True, slots=True)
class Floors:
    """What of the floor is to be another; None for what stays."""

    directions: tuple[Direction, ...]
    percent: Decimal | None
    policy: Policy | None


@dataclass(frozen=True, slots=True)
class Buttons:
    """What the margin step offers; `direction` is None for all of them, and no margins stand for the usual ones."""

    direction: Direction | None
    margins: tuple[Margin, ...]


@dataclass(frozen=True, slots=True)
class Look:
    """Nothing is to be set yet: what it is about is to be shown."""

    about: type[Ladders | Floors | Buttons]
    whose: Whose
    directions: tuple[Direction, ...]


Wanted = Ladders | Floors | Buttons | Look


def read(text: str) -> Wanted:
    """What was written. Raises UnreadableMargins, and NumberError for a number beyond its limits."""
    line = alike(text).lower().strip()
    first, _, behind = line.partition(" ")
    if first in _FLOORS:
        return _read_floor(behind)
    if first in _BUTTONS:
        return _read_buttons(behind)
    whose = Whose.OWN if first in _OWN else Whose.DESK
    directions, rest = _scope(behind if whose is Whose.OWN else line)
    if not rest:
        return Look(Ladders, whose, directions)
    if not directions:
        raise UnreadableMargins(Flaw.SCOPE)
    return Ladders(whose, directions, None if rest in _OFF else _ladder(rest, directions))


def _read_floor(text: str) -> Wanted:
    directions, rest = _scope(text)
    if not rest:
        return Look(Floors, Whose.DESK, directions)
    number, _, last = rest.rpartition(" ")
    policy = _POLICY.get(last)
    percent = _percent(number if policy else rest) if number or policy is None else None
    return Floors(directions or DIRECTIONS, percent, policy)


def _read_buttons(text: str) -> Wanted:
    directions, rest = _scope(text)
    if not rest:
        return Look(Buttons, Whose.OWN, directions)
    if directions not in ((), DIRECTIONS) and len(directions) > 1:
        raise UnreadableMargins(Flaw.SCOPE)
    direction = directions[0] if len(directions) == 1 else None
    if rest in _OFF:
        return Buttons(direction, ())
    texts = [each for piece in _PIECES.split(rest.replace(" %", "%")) for each in piece.split()]
    margins = tuple(dict.fromkeys(_margin(each, directions or DIRECTIONS) for each in texts))
    if len(margins) > MOST_BUTTONS:
        raise UnreadableMargins(Flaw.BUTTONS)
    return Buttons(direction, margins)


def _scope(text: str) -> tuple[tuple[Direction, ...], str]:
    """The directions that a text begins with, none where it names none, and what follows."""
    currencies: list[Currency] = []
    place, is_all = 0, False
    while found := _WORD.match(text, place):
        word = found[1]
        currency = currency_named(word)
        if currency is not None:
            currencies.append(currency)
        elif word in _ALL:
            is_all = True
        elif not (currencies and word in _BETWEEN):
            break
        place = found.end()
    return _directions(currencies) or (DIRECTIONS if is_all else ()), text[place:].strip(" :,\n")


def _directions(currencies: Sequence[Currency]) -> tuple[Direction, ...]:
    """One direction, or all in which the client pays a currency."""
    if not currencies:
        return ()
    pays, *others = currencies
    if not others:
        if pays not in TARGETS:
            raise UnreadableMargins(Flaw.SCOPE)
        return tuple(Direction(pays, gets) for gets in TARGETS[pays])
    if len(others) > 1 or others[0] not in TARGETS.get(pays, ()):
        raise UnreadableMargins(Flaw.DIRECTION)
    return (Direction(pays, others[0]),)


def _ladder(text: str, directions: Sequence[Direction]) -> Ladder:
    pieces = [piece.strip() for piece in _PIECES.split(text) if piece.strip()]
    if not pieces:
        raise UnreadableMargins(Flaw.UNCLEAR, text)
    if len(pieces) > MOST_TIERS:
        raise UnreadableMargins(Flaw.TIERS)
    steps = [_step(piece, directions) for piece in pieces[:-1]]
    bounds = [below for below, _ in steps]
    if bounds != sorted(set(bounds)):
        raise UnreadableMargins(Flaw.ORDER)
    return Ladder(_rest(pieces[-1], directions, bounds), tuple(steps))


def _step(piece: str, directions: Sequence[Direction]) -> tuple[Decimal, Margin]:
    """`<100к 3%`."""
    mark = _BELOW.match(piece)
    found = _MARGIN.fullmatch(piece, mark.end()) if mark else None
    if _INCLUSIVE.match(piece):
        raise UnreadableMargins(Flaw.INCLUSIVE, piece)
    if found is None or found["bound"] is None:
        raise UnreadableMargins(Flaw.UNCLEAR, piece)
    return _bound(found["bound"], directions), _margin(found["margin"], directions)


def _rest(piece: str, directions: Sequence[Direction], bounds: Sequence[Decimal]) -> Margin:
    """`1,2%`, `above 1,2%`, or `от 1м 1,2%` where that is the last bound."""
    if _INCLUSIVE.match(piece):
        raise UnreadableMargins(Flaw.INCLUSIVE, piece)
    if _BELOW.match(piece):
        raise UnreadableMargins(Flaw.NO_REST, piece)
    mark = _FROM.match(piece)
    found = _MARGIN.fullmatch(piece, mark.end() if mark else 0)
    if found is None or (found["bound"] and not mark):
        raise UnreadableMargins(Flaw.UNCLEAR, piece)
    if found["bound"] and [_bound(found["bound"], directions)] != list(bounds[-1:]):
        raise UnreadableMargins(Flaw.ORDER, piece)
    return _margin(found["margin"], directions)


def _bound(text: str, directions: Sequence[Direction]) -> Decimal:
    """In the currency that the client pays."""
    paid = {direction.pays for direction in directions}
    if len(paid) > 1:
        raise UnreadableMargins(Flaw.CURRENCY)
    bound = read_amount(text, directions[0].pays)
    if isinstance(bound, TwoReadings):
        return _only(bound.readings, text)
    return bound


def _margin(text: str, directions: Sequence[Direction]) -> Margin:
    margin = read_margin(text)
    margin = _only(margin.readings, text) if isinstance(margin, MarginReadings) else margin
    if margin.absolute and len(directions) > 1:
        raise UnreadableMargins(Flaw.UNITS, text)
    return margin


def _percent(text: str) -> Decimal:
    numeral = take_numeral(text)
    if numeral is None or numeral.rest not in _PERCENT_WORDS or numeral.sign == "+":
        raise NotANumber(text)
    allowed = [reading for reading in numeral.readings if FLOOR.allow(reading)]
    if not allowed:
        raise FLOOR.objection(numeral.readings[-1])
    return allowed[0]


def _only(readings: Sequence[T], text: str) -> T:
    if len(readings) > 1:
        raise UnreadableMargins(Flaw.TWO_READINGS, text)
    return readings[0]
