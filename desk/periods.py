"""Days, weeks and months of the desk, as they are reported and exported: whole ones, cut in the desk's zone."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

A_DAY = timedelta(days=1)
FIRST_YEAR, LAST_YEAR = 2020, 2100
"""Of the dates that are read; nobody means others."""


class Span(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


_WORDS = {
    Span.DAY: "day today день сегодня",
    Span.WEEK: "week неделя неделю",
    Span.MONTH: "month месяц",
}
_SPANS = {word: span for span, words in _WORDS.items() for word in words.split()}
_YESTERDAY = ("yesterday", "вчера")
_DATE = re.compile(r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})(?:\.(?P<year>\d{4}))?")


@dataclass(frozen=True, slots=True)
class Period:
    """`first` is its first day: a Monday for a week, the first of the month for a month."""

    span: Span
    first: date

    @classmethod
    def of(cls, span: Span, day: date) -> "Period":
        """The one that a day is in."""
        if span is Span.WEEK:
            return cls(span, day - day.weekday() * A_DAY)
        return cls(span, day.replace(day=1) if span is Span.MONTH else day)

    @classmethod
    def parse(cls, text: str) -> "Period":
        """What `str` wrote; ValueError for anything else."""
        span, _, first = text.partition("~")
        day = date.fromisoformat(first)
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise ValueError(f"not a year of the desk: {text!r}")
        return cls.of(Span(span), day)

    def __str__(self) -> str:
        """As a button carries it: `week~2026-11-16`."""
        return f"{self.span}~{self.first.isoformat()}"

    @property
    def last(self) -> date:
        return self.after.first - A_DAY

    @property
    def before(self) -> "Period":
        return Period.of(self.span, self.first - A_DAY)

    @property
    def after(self) -> "Period":
        days = {Span.DAY: 1, Span.WEEK: 7, Span.MONTH: 31}[self.span]
        return Period.of(self.span, self.first + days * A_DAY)

    def moments(self, zone: tzinfo) -> tuple[datetime, datetime]:
        """From the first of them on and before the second."""
        return midnight(self.first, zone), midnight(self.after.first, zone)


def midnight(day: date, zone: tzinfo) -> datetime:
    """At which a day begins in a zone."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def read(text: str, today: date) -> Period | None:
    """What is written behind /report: nothing, `неделя`, `вчера`, `21.11`; None where it is none of that."""
    line = " ".join(text.lower().split())
    if not line or line in _SPANS:
        return Period.of(_SPANS.get(line, Span.DAY), today)
    if line in _YESTERDAY:
        return Period.of(Span.DAY, today - A_DAY)
    found = _DATE.fullmatch(line)
    return None if found is None else _day(found, today)


def _day(found: re.Match[str], today: date) -> Period | None:
    """Without a year the last one that was."""
    year = int(found["year"] or today.year)
    try:
        day = date(year, int(found["month"]), int(found["day"]))
        if day > today and found["year"] is None:
            day = day.replace(year=year - 1)
    except ValueError:
        return None
    return Period.of(Span.DAY, day) if FIRST_YEAR <= day.year <= LAST_YEAR else None
