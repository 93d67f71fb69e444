"""Whether a rate may be quoted: how old each leg is, and what that means."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from calc.base import Leg
from calc.snapshots import Feed


class Freshness(StrEnum):
    FRESH = "fresh"
    AGEING = "ageing"  # quoted, and the card says so
    TOO_OLD = "too old"  # not quoted


@dataclass(frozen=True, slots=True)
class AgeLimits:
    """From `warn` on a leg is ageing, from `refuse` on it is too old."""

    warn: timedelta
    refuse: timedelta


LIMITS: dict[Feed, AgeLimits] = {
    Feed.USDT_RUB: AgeLimits(warn=timedelta(minutes=5), refuse=timedelta(minutes=30)),
    Feed.FIAT: AgeLimits(warn=timedelta(hours=26), refuse=timedelta(hours=80)),
}

DAILY_SOURCES = frozenset({"cbr"})
"""Sources whose own time is the day a table is in force, not a moment at which a market was looked at."""

LONGEST_DAILY_GAP = timedelta(days=12)
"""The Bank of Russia sets no table for up to eleven days in January."""


def age(leg: Leg, now: datetime) -> timedelta:
    """How long ago the value was true by its source's own time, or by its receipt where the source names none.

    A table of a daily source is in force until the next one, so its age is the time since it was last seen in force.
    """
    seen = leg.fetched_at if leg.source in DAILY_SOURCES or leg.as_of is None else leg.as_of
    return max(now - seen, timedelta(0))


def freshness(leg: Leg, now: datetime) -> Freshness:
    limits = LIMITS[leg.feed]
    leg_age = age(leg, now)
    forgotten = leg.source in DAILY_SOURCES and leg.as_of is not None and now - leg.as_of >= LONGEST_DAILY_GAP
    if forgotten or leg_age >= limits.refuse:
        return Freshness.TOO_OLD
    return Freshness.AGEING if leg_age >= limits.warn else Freshness.FRESH


def worst(legs: Iterable[Leg], now: datetime) -> Freshness:
    """The freshness of a rate is that of its oldest leg."""
    order = list(Freshness)
    return max((freshness(leg, now) for leg in legs), key=order.index, default=Freshness.FRESH)
