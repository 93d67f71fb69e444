"""The made-up past of the market: the same prices for a day whenever and by whomever they are asked for."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from sandbox.market import SAMPLE, Prices

_SUNDAY, _MONDAY = 6, 0
_WEEK = 7
_WIDEST, _DAILY = 12_000, 3_000
"""In millionths: how far a currency swings in some weeks, and how much each day differs beside that."""


def prices_on(day: date) -> Prices:
    """What a USD was worth: near the sample, a little different each day; the dirham is pegged and stays."""
    return replace(
        SAMPLE,
        per_usd={
            code: (rate * (1 + (Decimal(0) if code == "AED" else _away(code, day)))).quantize(rate)
            for code, rate in SAMPLE.per_usd.items()
        },
    )


def table_day(day: date) -> date:
    """The day of the table that is in force on a day: Saturday's stands for Sunday and Monday, too."""
    return day - timedelta(days={_SUNDAY: 1, _MONDAY: 2}.get(day.weekday(), 0))


def days_between(first: date, last: date) -> Iterator[date]:
    """Both included."""
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def _away(code: str, day: date) -> Decimal:
    """A part, by a line from week to week and a step for the day."""
    week, days = divmod(day.toordinal(), _WEEK)
    begin, end = (_drawn(f"{code} week {each}", _WIDEST) for each in (week, week + 1))
    return (begin + (end - begin) * days / _WEEK + _drawn(f"{code} day {day.toordinal()}", _DAILY)).scaleb(-6)


def _drawn(what: str, most: int) -> Decimal:
    return Decimal(random.Random(what).randint(-most, most))  # noqa: S311 - the same past each time
