"""Whether a rate may be quoted: how old each leg is, and what that means."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from calc.ages import age, is_too_old
from calc.base import Leg
from calc.snapshots import Feed


class Freshness(StrEnum):
    FRESH = "fresh"
    AGEING = "ageing"  # quoted, and the card says so
    TOO_OLD = "too old"  # not quoted


FRESH_FOR: dict[Feed, timedelta] = {Feed.USDT_RUB: timedelta(minutes=5), Feed.FIAT: timedelta(hours=26)}


def freshness(leg: Leg, now: datetime) -> Freshness:
    if is_too_old(leg, now):
        return Freshness.TOO_OLD
    return Freshness.AGEING if age(leg, now) >= FRESH_FOR[leg.feed] else Freshness.FRESH


def worst(legs: Iterable[Leg], now: datetime) -> Freshness:
    """The freshness of a rate is that of its oldest leg."""
    order = list(Freshness)
    return max((freshness(leg, now) for leg in legs), key=order.index, default=Freshness.FRESH)
