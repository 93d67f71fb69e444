"""How old what a source said is, and from when on it is too old to be quoted."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol

from calc.snapshots import Feed

QUOTABLE_FOR: Mapping[Feed, timedelta] = {Feed.USDT_RUB: timedelta(minutes=30), Feed.FIAT: timedelta(hours=80)}
"""Beyond this no rate is made of it. A fiat table stands still from Friday to Monday."""

DAILY_SOURCES = frozenset({"cbr"})
"""Sources whose own time is the day a table is in force, not a moment at which a market was looked at."""

LONGEST_DAILY_GAP = timedelta(days=12)
"""The Bank of Russia sets no table for up to eleven days in January."""


class Stamped(Protocol):
    """A snapshot, or a leg made of one."""

    @property
    def feed(self) -> Feed: ...
    @property
    def source(self) -> str: ...
    @property
    def fetched_at(self) -> datetime: ...
    @property
    def as_of(self) -> datetime | None: ...


def age(stamped: Stamped, now: datetime) -> timedelta:
    """How long ago it was true by the source's own time, or by its receipt where the source names none.

    A table of a daily source is in force until the next one, so its age is the time since it was last seen in force.
    """
    seen = stamped.fetched_at if stamped.source in DAILY_SOURCES else own_time(stamped)
    return max(now - seen, timedelta(0))


def own_time(stamped: Stamped) -> datetime:
    """The moment, or the day, that a source names; the receipt where it names none, or one that is yet to come."""
    return stamped.fetched_at if stamped.as_of is None else min(stamped.as_of, stamped.fetched_at)


def is_too_old(stamped: Stamped, now: datetime, *, quotable_for: Mapping[Feed, timedelta] = QUOTABLE_FOR) -> bool:
    if stamped.source in DAILY_SOURCES and now - own_time(stamped) >= LONGEST_DAILY_GAP:
        return True
    return age(stamped, now) >= quotable_for[stamped.feed]
