"""A base rate, and what was made of it, as data to be kept: JSON's types, Decimals and moments."""

from typing import Any

from calc.base import BaseRate, Leg, Side
from calc.deal import Rate
from calc.directions import Cross, Currency, Direction
from calc.margins import Margin
from calc.quotes import Terms
from calc.snapshots import Feed, Level


def base_to_data(base: BaseRate) -> dict[str, Any]:
    return {
        "direction": str(base.direction),
        "value": base.value,
        "legs": [
            [str(leg.feed), leg.source, leg.fetched_at, leg.as_of, _text(leg.side), leg.until, leg.by]
            for leg in base.legs
        ],
        "cross": _text(base.cross),
        "peg": base.peg,
        "bid": base.rub_per_usdt_bid,
        "ask": base.rub_per_usdt_ask,
        "levels": [[level.price, level.amount] for level in base.levels],
    }


def base_from_data(data: dict[str, Any]) -> BaseRate:
    """What `base_to_data` wrote."""
    return BaseRate(
        direction=Direction.parse(data["direction"]),
        value=data["value"],
        legs=tuple(
            Leg(
                feed=Feed(feed),
                source=source,
                fetched_at=fetched_at,
                as_of=as_of,
                side=None if side is None else Side(side),
                until=until,
                by=by,
            )
            for feed, source, fetched_at, as_of, side, until, by in data["legs"]
        ),
        cross=None if data["cross"] is None else Cross(data["cross"]),
        peg=data["peg"],
        rub_per_usdt_bid=data["bid"],
        rub_per_usdt_ask=data["ask"],
        levels=tuple(Level(price, amount) for price, amount in data["levels"]),
    )


def terms_to_data(terms: Terms) -> dict[str, Any]:
    return {
        "margin": str(terms.margin),
        "pays": terms.pays,
        "gets": terms.gets,
        "rate": [terms.rate.value, str(terms.rate.of), str(terms.rate.per)],
        "base": base_to_data(terms.base),
        "earned_percent": terms.earned_percent,
        "profit_rub": terms.profit_rub,
        "profit_usdt": terms.profit_usdt,
        "reverse": terms.reverse,
    }


def terms_from_data(data: dict[str, Any]) -> Terms:
    """What `terms_to_data` wrote."""
    value, of, per = data["rate"]
    return Terms(
        margin=Margin.parse(data["margin"]),
        pays=data["pays"],
        gets=data["gets"],
        rate=Rate(value, of=Currency(of), per=Currency(per)),
        base=base_from_data(data["base"]),
        earned_percent=data["earned_percent"],
        profit_rub=data["profit_rub"],
        profit_usdt=data["profit_usdt"],
        reverse=data["reverse"],
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)
