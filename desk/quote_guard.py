"""Guards the margin of open quotes: finds those whose author has to be told that they would earn too little by now."""

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from calc.base import BaseRate
from calc.deal import MarginTooLarge, PayoutTooSmall, base_for, quote_paying
from calc.directions import Direction
from calc.margins import Margin
from calc.quotes import GivenQuote, Warned
from calc.worth import Worth, worth_of
from desk.offers import NoUsableRate, Offer

STEP = Decimal("0.25")
"""Percentage points: less is no further fall, and no recovery either."""
HELD_STEP = Decimal(1)
"""The same for a quote whose author has said that it is to be held."""


@dataclass(frozen=True, slots=True)
class Fall:
    """A quote that would earn less than `floor_percent` at the rates of now, and what it would."""

    quote: GivenQuote
    worth: Worth
    floor_percent: Decimal


class OpenQuotes(Protocol):
    def open(self, now: datetime, /) -> Iterable[GivenQuote]: ...


class Warnings(Protocol):
    """What authors were told last, by the number of the quote; it outlives the process."""

    def of_open(self, now: datetime, /) -> Mapping[int, Warned]: ...
    def keep(self, number: int, warned: Warned | None, /) -> None: ...


class QuoteGuard:
    """Any thread may call it."""

    def __init__(
        self,
        quotes: OpenQuotes,
        warnings: Warnings,
        *,
        offer: Callable[[Direction], Offer],
        floor_of: Callable[[Direction, Decimal], Margin],
        utcnow: Callable[[], datetime],
    ) -> None:
        """`offer` is the desk's, out of memory; `floor_of` the least margin for an amount of what the client pays."""
        self._quotes = quotes
        self._warnings = warnings
        self._offer = offer
        self._floor_of = floor_of
        self._utcnow = utcnow
        self._lock = threading.Lock()
        self._telling: set[int] = set()

    def look(self) -> list[Fall]:
        """Values every open quote anew; what it returns is to be told, and then `told` or `not_told`."""
        now, bases, due = self._utcnow(), dict[Direction, BaseRate | None](), list[Fall]()
        warned = self._warnings.of_open(now)
        for quote in self._quotes.open(now):
            direction = quote.terms.direction
            if direction not in bases:
                bases[direction] = self._base(direction)
            base = bases[direction]
            if base is None:  # nobody can tell what it is worth
                continue
            fall = self._valued(quote, base)
            before = warned.get(quote.number)
            if before is not None and fall.worth.earned_percent >= fall.floor_percent + STEP:
                self._warnings.keep(quote.number, None)
            elif _is_due(fall, before):
                due.append(fall)
        return [fall for fall in due if self._is_first_to_tell(fall.quote.number)]

    def told(self, fall: Fall) -> None:
        try:
            self._warnings.keep(fall.quote.number, Warned(fall.worth.earned_percent))
        finally:
            self.not_told(fall)

    def not_told(self, fall: Fall) -> None:
        """It is due again with the next look, if it still holds."""
        with self._lock:
            self._telling.discard(fall.quote.number)

    def hold(self, quote: GivenQuote) -> Decimal | None:
        """Its author knows, and wants to hear of it again only when it falls much further.

        Returns what it would earn now; None where nobody can tell, and then nothing is held.
        """
        base = self._base(quote.terms.direction)
        if base is None:
            return None
        percent = self._valued(quote, base).worth.earned_percent
        self._warnings.keep(quote.number, Warned(percent, is_held=True))
        return percent

    def _base(self, direction: Direction) -> BaseRate | None:
        try:
            return self._offer(direction).base
        except NoUsableRate:
            return None

    def _valued(self, quote: GivenQuote, base: BaseRate) -> Fall:
        terms = quote.terms
        worth = worth_of(terms.pays, terms.gets, base=base_for(base, terms.pays)[0])
        return Fall(quote, worth, self._floor_percent(quote, base))

    def _floor_percent(self, quote: GivenQuote, base: BaseRate) -> Decimal:
        floor = self._floor_of(quote.terms.direction, quote.terms.pays)
        if not floor.absolute:
            return floor.value
        try:
            return quote_paying(base, floor, pays=quote.terms.pays).earned_percent
        except (MarginTooLarge, PayoutTooSmall):
            return Decimal(0)

    def _is_first_to_tell(self, number: int) -> bool:
        with self._lock:
            is_first = number not in self._telling
            self._telling.add(number)
        return is_first


def _is_due(fall: Fall, warned: Warned | None) -> bool:
    percent, given = fall.worth.earned_percent, fall.quote.terms.earned_percent
    if percent >= fall.floor_percent:
        return False
    if warned is not None:
        return percent <= warned.percent - (HELD_STEP if warned.is_held else STEP)
    return given >= fall.floor_percent or percent <= given - STEP
