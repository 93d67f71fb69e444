"""What the gate says of a rate, in sentences."""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from html import escape

from calc.rounding import floor_percent
from chat import formats
from chat.texts import Texts
from desk.gate import Concern, Finding
from desk.offers import Offer


def warning_lines(offer: Offer, texts: Texts) -> list[str]:
    """For a card: what the gate warns of, and what it refused where that is quoted anyway.

    A leg that is ageing is marked where its age stands, so it is not said again.
    """
    lines = []
    if offer.override is not None:
        said = texts("override", name=escape(offer.override.name), why=escape(offer.override.why))
        lines = [f"❗ {said}", *(f"❗ {sentence(each, texts)}" for each in offer.refusals)]
    return lines + [f"⚠️ {sentence(each, texts)}" for each in offer.warnings if each.concern is not Concern.AGE]


def sentence(finding: Finding, texts: Texts) -> str:
    """One concern as HTML, without a mark."""
    values = {
        "leg": texts(f"feed.{finding.feed or 'both'}"),
        "what": texts(f"price.{finding.what}" if finding.what in _PRICES else "price.of", of=finding.what),
    }
    return texts(f"finding.{finding.concern}", **values, **_seen(finding, texts))


_PRICES = ("bid", "ask", "close")


def _seen(finding: Finding, texts: Texts) -> dict[str, object]:
    match finding.concern:
        case Concern.AGE | Concern.UNCHANGED | Concern.MISALIGNED:
            return {"span": formats.span(timedelta(seconds=int(finding.seen[0])), texts)}
        case Concern.JUMP:
            before, after = finding.seen
            said = formats.alike(finding.seen, texts)
            part = floor_percent(Fraction(after) / Fraction(before) - 1)
            return {
                "before": said[0],
                "after": said[1],
                "part": formats.signed_percent(part, texts),
            }
        case Concern.CROSSED:
            bid, ask = finding.seen
            return {"bid": _short(bid, texts), "ask": _short(ask, texts)}
        case Concern.SPREAD:
            return {"percent": formats.percent(finding.seen[0], texts)}
        case Concern.BOUNDS:
            return {"value": _short(finding.seen[0], texts)}
        case Concern.PEG:
            return {"peg": formats.peg(finding.seen[0], texts)}
        case Concern.INDICATIVE:
            return {}


def _short(value: Decimal, texts: Texts) -> str:
    return formats.number(Decimal(f"{value:.6g}"), texts)
