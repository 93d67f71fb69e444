"""What the audit keeps of a quote: all that a report is made of, so that it can be made from the audit alone."""

from datetime import datetime

from calc.deeds import Deed
from calc.quotes import Author, GivenQuote, QuoteState


def deed_of(quote: GivenQuote) -> Deed:
    """That a quote came into the state it is in: `quote.given`, `quote.accepted`."""
    is_open = quote.state is QuoteState.OPEN
    at = quote.given_at if is_open or quote.decided_at is None else quote.decided_at
    by, name = (quote.author.id, quote.author.name) if is_open else (quote.decided_by, quote.decided_name)
    kind = "quote.given" if is_open else f"quote.{quote.state}"
    return Deed(at, by=by, name=name, kind=kind, subject=quote.id, details=_details(quote))


def client_deed(quote: GivenQuote, old: str, *, by: Author, at: datetime) -> Deed:
    """That the client of a quote was given another name."""
    details = {"old": old, "new": quote.client}
    return Deed(at, by=by.id, name=by.name, kind="quote.client", subject=quote.id, details=details)


def _details(quote: GivenQuote) -> dict[str, str]:
    terms = quote.terms
    known = {
        "author": str(quote.author.id),
        "author_name": quote.author.name,
        "client": quote.client,
        "direction": str(terms.direction),
        "pays": f"{terms.pays:f}",
        "gets": f"{terms.gets:f}",
        "rate": f"{terms.rate.value:f}",
        "rate_of": str(terms.rate.of),
        "rate_per": str(terms.rate.per),
        "margin": str(terms.margin),
        "base": f"{terms.base.value:f}",
        "earned_percent": f"{terms.earned_percent:f}",
        "profit_rub": None if terms.profit_rub is None else f"{terms.profit_rub:f}",
        "profit_usdt": None if terms.profit_usdt is None else f"{terms.profit_usdt:f}",
        "requote_of": None if quote.requote_of is None else str(quote.requote_of),
    }
    return {name: value for name, value in known.items() if value}
