"""An offer as the state storage keeps it: JSON's types, Decimals and moments."""

from typing import Any

from calc.kept import base_from_data, base_to_data
from calc.snapshots import Feed
from desk.gate import Concern, Finding
from desk.offers import Offer, Override


def offer_to_data(offer: Offer) -> dict[str, Any]:
    override = offer.override
    return {
        "base": base_to_data(offer.base),
        "findings": [
            [str(each.concern), _text(each.feed), each.refuses, list(each.seen), each.what] for each in offer.findings
        ],
        "override": None if override is None else [override.by, override.name, override.why, override.at],
    }


def offer_from_data(data: dict[str, Any]) -> Offer:
    """What `offer_to_data` wrote."""
    override = data["override"]
    return Offer(
        base=base_from_data(data["base"]),
        findings=tuple(
            Finding(Concern(concern), None if feed is None else Feed(feed), refuses, seen=tuple(seen), what=what)
            for concern, feed, refuses, seen, what in data["findings"]
        ),
        override=None if override is None else Override(*override),
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)
