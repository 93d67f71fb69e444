"""The course of a pair over some time, as it is drawn: its points, the lowest, the highest and the last of them."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Protocol

from calc.directions import Currency
from calc.errors import DeskError
from calc.past import PastRate, pair_of
from desk.pair_reading import LENGTHS, UnreadablePair, one_line, read_pair

SHORTEST, LONGEST = timedelta(hours=1), timedelta(days=365)
USUAL = timedelta(days=7)
PIXELS = 800
"""Of a picture, from its begin to its end."""

_LONGER = {
    timedelta(days=7): "w week weeks н нед неделя неделю недели недель",
    timedelta(days=30): "mo month months мес месяц месяца месяцев",
    timedelta(days=365): "y year years г год года лет",
}
_LENGTHS = LENGTHS | {word: length for length, words in _LONGER.items() for word in words.split()}
_OVER = ("in", "for", "за")
_SPAN = re.compile(r"(?:(?:in|for|за)\s+)?(?P<count>\d{1,5})?\s*(?P<unit>[a-zа-я]+)\.?")


class UnreadableChart(DeskError):
    """What was written names no pair, or no time; `text` is it."""

    def __init__(self, text: str) -> None:
        super().__init__(f"not a chart: {text!r}")
        self.text = text


class ChartOutOfRange(DeskError):
    """Over too short or too long a time."""


class History(Protocol):
    """The past of every pair, each rate in force until the next."""

    def between(self, pair: str, begin: datetime, end: datetime, /) -> Sequence[PastRate]:
        """A bounded number of them, the oldest first."""

    def last(self, pair: str, moment: datetime, /) -> PastRate | None: ...


@dataclass(frozen=True, slots=True)
class Point:
    at: datetime
    rub: Decimal


@dataclass(frozen=True, slots=True)
class Course:
    """`points` are in the order of time, and none is missing that can be seen; the first may be the rate of before.

    Of the lowest and of the highest the latest is named.
    """

    pair: str
    begin: datetime
    end: datetime
    points: tuple[Point, ...]

    @property
    def lowest(self) -> Point:
        return min(reversed(self.points), key=lambda point: point.rub)

    @property
    def highest(self) -> Point:
        return max(reversed(self.points), key=lambda point: point.rub)

    @property
    def last(self) -> Point:
        return self.points[-1]


def course(history: History, currency: Currency, span: timedelta, *, now: datetime) -> Course | None:
    """None where nothing is known of that time."""
    pair, begin = pair_of(currency), now - span
    before = history.last(pair, begin)
    points = [] if before is None else [Point(begin, before.rub)]
    points += _thinned(_points(history, pair, begin, end=now), begin, pixel=span / PIXELS)
    return Course(pair, begin, now, tuple(points)) if points else None


def _points(history: History, pair: str, begin: datetime, *, end: datetime) -> Iterator[Point]:
    """All of them: one reading gives a bounded number, the oldest first."""
    while rates := history.between(pair, begin, end):
        yield from (Point(rate.at, rate.rub) for rate in rates)
        begin = rates[-1].at + datetime.resolution


def _thinned(points: Iterable[Point], begin: datetime, *, pixel: timedelta) -> Iterator[Point]:
    """As many as can be seen: of those that share a pixel the first, the lowest, the highest and the last."""
    for _, group in groupby(points, key=lambda point: (point.at - begin) // pixel):
        shared = list(group)
        lowest = min(reversed(shared), key=lambda point: point.rub)
        highest = max(reversed(shared), key=lambda point: point.rub)
        yield from sorted({shared[0], lowest, highest, shared[-1]}, key=lambda point: point.at)


def read(text: str) -> tuple[Currency | None, timedelta]:
    """The currency, None where none was named, and over which time. Raises UnreadableChart, ChartOutOfRange."""
    line = one_line(text)
    try:
        currency, rest = read_pair(line, others=(*_LENGTHS, *_OVER))
    except UnreadablePair as error:
        raise UnreadableChart(line) from error
    if not rest:
        return currency, USUAL
    found = _SPAN.fullmatch(rest)
    if found is None or found["unit"] not in _LENGTHS:
        raise UnreadableChart(line)
    span = int(found["count"] or 1) * _LENGTHS[found["unit"]]
    if not SHORTEST <= span <= LONGEST:
        raise ChartOutOfRange(line)
    return currency, span
