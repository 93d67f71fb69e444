"""The screens of /quotes: a page of a list, one quote of it, and the clients a beginning may mean."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from html import escape

from calc.quotes import GivenQuote, QuoteState
from chat import formats
from chat.dialogue import Dialogue
from chat.given_screens import View, card
from chat.keyboards import OF_QUOTES, Button, in_rows, keyboard
from chat.screens import Screen
from chat.texts import Texts
from desk.quote_search import Search, Which

VERB = "book"
PAGE = 6
"""Quotes of a page: twelve lines of a phone."""
LONGEST_NAME = 24
"""Characters of a name in a list and on a button."""
MARKS = {
    QuoteState.OPEN: "●",
    QuoteState.ACCEPTED: "✓",
    QuoteState.DECLINED: "✕",
    QuoteState.EXPIRED: "⌛",
    QuoteState.CANCELLED: "■",
}
FILTERS = (Which.TODAY, Which.OPEN, Which.MINE, Which.ALL)


@dataclass(frozen=True, slots=True)
class Face:
    """Who looks, in which language and zone, at which moment; `may_quote` is whether they may give quotes."""

    owner: int
    texts: Texts
    now: datetime
    may_quote: bool

    def screen(self, lines: Sequence[str], rows: Sequence[Sequence[Button]]) -> Screen:
        """Its buttons belong to no dialogue and do not wear out."""
        nobody = Dialogue(id="", owner=self.owner, language=self.texts.language)
        return Screen("\n".join(lines), keyboard(nobody, [row for row in rows if row]))


@dataclass(frozen=True, slots=True)
class Place:
    """A page of a list, the first one 0: where one goes back to from a quote."""

    search: Search
    page: int = 0

    def __str__(self) -> str:
        return f"{self.search}.{self.page}"

    def turned(self, pages: int) -> "Place":
        return Place(self.search, self.page + pages)


def listing(face: Face, place: Place, quotes: Sequence[GivenQuote], *, what: str, has_more: bool) -> Screen:
    """`what` is said to be looked for; `has_more`: there is an older page."""
    texts = face.texts
    title = texts("book.title", what=what)
    lines = [texts("book.page", title=title, page=place.page + 1) if place.page else title, ""]
    lines += [_row(quote, face) for quote in quotes] or [texts("book.none")]
    turns: list[Button] = []
    if place.page:
        turns.append((texts("book.newer"), VERB, f"list.{place.turned(-1)}"))
    if has_more:
        turns.append((texts("book.older"), VERB, f"list.{place.turned(1)}"))
    shown = [(quote.id, VERB, f"show.{quote.number}.{place}") for quote in quotes]
    return face.screen(lines, [*in_rows(shown, 3), turns, *_filters(face, place.search)])


def details(face: Face, quote: GivenQuote, place: Place, successor: GivenQuote | None) -> Screen:
    """Everything that was promised and what became of it, as its card tells; the card itself is a tap away."""
    texts = face.texts
    lines = [
        card(quote, View(face.now, texts, successor=successor, with_earnings=face.may_quote)).text,
        "",
        texts("book.times", given=_moment(quote.given_at, face), until=_moment(quote.valid_until, face)),
    ]
    again: list[Button] = [(texts("button.book_again"), VERB, f"again.{quote.number}")]
    client: list[Button] = []
    if quote.client:
        client = [(texts("button.book_client"), VERB, f"list.{Place(Search(Which.CLIENT, quote.number))}")]
    live: Button = (texts("button.book_card"), OF_QUOTES, f"open.{quote.number}")
    mine = [*again, live] if face.may_quote else []
    return face.screen(lines, [mine, client, [(_back(place, texts), VERB, f"list.{place}")]])


def clients(face: Face, quotes: Sequence[GivenQuote]) -> Screen:
    """One of each client, who is chosen by it."""
    texts = face.texts
    found = [(_short(each.client), VERB, f"list.{Place(Search(Which.CLIENT, each.number))}") for each in quotes]
    return face.screen([texts("book.clients")], [*in_rows(found, 2), *_filters(face, None)])


def nothing(face: Face, typed: str) -> Screen:
    texts = face.texts
    return face.screen([texts("book.nothing", typed=escape(_short(typed)))], _filters(face, None))


def _row(quote: GivenQuote, face: Face) -> str:
    terms = quote.terms
    return face.texts(
        "book.row_client" if quote.client else "book.row",
        state=MARKS[quote.state_at(face.now)],
        id=quote.id,
        moment=_moment(quote.given_at, face),
        author=escape(_short(quote.author.name)),
        client=escape(_short(quote.client)),
        pays=formats.money(terms.pays, terms.direction.pays, face.texts),
        gets=formats.money(terms.gets, terms.direction.gets, face.texts),
    )


def _back(place: Place, texts: Texts) -> str:
    """A number may have been meant as an amount."""
    if place.search.which is Which.AMOUNT:
        return texts("button.book_amount", amount=amount(place.search, texts))
    return texts("button.book_list")


def amount(search: Search, texts: Texts) -> str:
    """`100 000 RUB`, without the currency where none was said."""
    number = formats.number(Decimal(search.number), texts)
    return f"{number}{formats.NBSP}{search.currency}" if search.currency else number


def _filters(face: Face, search: Search | None) -> list[Sequence[Button]]:
    """Two in a row: four of them are cut short on a phone."""
    texts = face.texts

    def label(which: Which) -> str:
        is_shown = search is not None and search.which is which
        return f"• {texts(f'book_filter.{which}')}" if is_shown else texts(f"book_filter.{which}")

    return in_rows([(label(each), VERB, f"list.{each}.0") for each in FILTERS], 2)


def _moment(value: datetime, face: Face) -> str:
    return formats.moment(value, now=face.now, zone=face.texts.zone)


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}…"
