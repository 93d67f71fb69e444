"""/quotes: the quotes that were given, found by day, state, operator, client, amount and number, and repeated."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from html import escape
from typing import Protocol

from calc.quotes import GivenQuote, client_key
from calc.requests import Request
from chat import book_screens
from chat.book_screens import PAGE, Face, Place
from chat.cards import Cards
from chat.clock import WallClock
from chat.features import Feature, Pressed, Said
from chat.screens import Screen
from chat.texts import Texts
from desk.access import Role
from desk.periods import Period, Span
from desk.quote_search import Search, Which, read

MOST_CLIENTS = 10
LAST_PAGE = 9_999
EVER = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


class QuoteLists(Protocol):
    """Pages of `limit` quotes after the first `offset`."""

    def between(self, since: datetime, until: datetime, /, *, limit: int, offset: int) -> Sequence[GivenQuote]: ...
    def open(self, now: datetime, /, *, limit: int, offset: int) -> Sequence[GivenQuote]: ...
    def of_author(self, author: int, /, *, limit: int, offset: int) -> Sequence[GivenQuote]: ...
    def of_client(self, key: str, /, *, limit: int, offset: int) -> Sequence[GivenQuote]: ...
    def of_amount(self, whole: int, currency: str, /, *, limit: int, offset: int) -> Sequence[GivenQuote]: ...
    def clients(self, beginning: str, /, *, limit: int) -> Sequence[GivenQuote]:
        """The last quote of each client whose key begins like this."""


class Book:
    def __init__(
        self,
        cards: Cards,
        lists: QuoteLists,
        *,
        find: Callable[[int], GivenQuote | None],
        successor: Callable[[int], GivenQuote | None],
        role: Callable[[int], Role | None],
        quote: Callable[..., None],
        clock: WallClock,
    ) -> None:
        """`find` a quote by its number, its `successor` where it was quoted anew.

        `quote` makes a new quote out of a line: `(place, line, language=, name=)`.
        """
        self._cards = cards
        self._lists = lists
        self._find = find
        self._successor = successor
        self._role = role
        self._quote = quote
        self._clock = clock

    @property
    def feature(self) -> Feature:
        return Feature({"quotes": self.command}, {book_screens.VERB: self.press}, least=Role.VIEWER)

    def command(self, said: Said) -> None:
        self._cards.send(said.place, self._found(said.arguments, self._face(said)))

    def press(self, pressed: Pressed) -> None:
        verb, _, arg = pressed.arg.partition(".")
        with suppress(ValueError):  # a button that was never ours
            if verb == "again":
                self._repeat(pressed, int(arg))
                return
            face = self._face(pressed)
            if verb == "show":
                number, _, place = arg.partition(".")
                screen = self._details(int(number), _place(place), face)
            else:
                screen = self._list(_place(arg), face)
            self._cards.edit(pressed.place.chat_id, pressed.message_id, screen)

    def _found(self, text: str, face: Face) -> Screen:
        """The first thing that may be meant and is there."""
        wanted = read(text)
        if wanted.number is not None and self._find(wanted.number) is not None:
            return self._details(wanted.number, Place(wanted.search or Search(Which.TODAY)), face)
        if wanted.search is not None and (not wanted.client or self._read(Place(wanted.search), face)):
            return self._list(Place(wanted.search), face)
        key = client_key(wanted.client)
        found = self._lists.of_client(key, limit=1, offset=0) or self._lists.clients(key, limit=MOST_CLIENTS)
        if len(found) == 1:
            return self._list(Place(Search(Which.CLIENT, found[0].number)), face)
        return book_screens.clients(face, found) if found else book_screens.nothing(face, text)

    def _list(self, place: Place, face: Face) -> Screen:
        quotes = self._read(place, face)
        what = self._what(place.search, face.texts)
        return book_screens.listing(face, place, quotes[:PAGE], what=what, has_more=len(quotes) > PAGE)

    def _read(self, place: Place, face: Face) -> Sequence[GivenQuote]:
        """The quotes of a page and, where there is one, the first of the next."""
        lists, search = self._lists, place.search
        limit, offset = PAGE + 1, place.page * PAGE
        if search.which is Which.TODAY:
            today = Period.of(Span.DAY, face.now.astimezone(self._clock.zone).date())
            return lists.between(*today.moments(self._clock.zone), limit=limit, offset=offset)
        if search.which is Which.OPEN:
            return lists.open(face.now, limit=limit, offset=offset)
        if search.which is Which.MINE:
            return lists.of_author(face.owner, limit=limit, offset=offset)
        if search.which is Which.CLIENT:
            return lists.of_client(client_key(self._client(search)), limit=limit, offset=offset)
        if search.which is Which.AMOUNT:
            return lists.of_amount(search.number, search.currency or "%", limit=limit, offset=offset)
        return lists.between(*EVER, limit=limit, offset=offset)

    def _details(self, number: int, place: Place, face: Face) -> Screen:
        quote = self._find(number)
        if quote is None:
            return book_screens.nothing(face, str(number))
        return book_screens.details(face, quote, place, self._successor(number))

    def _repeat(self, pressed: Pressed, number: int) -> None:
        """A new quote in a new card: the same exchange, amount and margin, at the rate of now."""
        quote, face = self._find(number), self._face(pressed)
        if quote is None or not face.may_quote:
            return
        terms = quote.terms
        amount = terms.gets if terms.reverse else terms.pays
        request = Request(terms.direction, (amount,), reverse=terms.reverse, margin=terms.margin)
        self._quote(pressed.place, str(request), language=pressed.language, name=pressed.name)

    def _what(self, search: Search, texts: Texts) -> str:
        if search.which is Which.CLIENT:
            client = self._client(search)
            return texts("book.client", client=escape(client)) if client else texts("book.nobody")
        if search.which is Which.AMOUNT:
            return texts("book.amount", amount=book_screens.amount(search, texts))
        return texts(f"book.{search.which}")

    def _client(self, search: Search) -> str:
        quote = self._find(search.number)
        return "" if quote is None else quote.client

    def _face(self, by: Said | Pressed) -> Face:
        role = self._role(by.place.user_id)
        may_quote = role is not None and role >= Role.OPERATOR
        return Face(by.place.user_id, Texts(by.language, self._clock.zone), self._clock.utcnow(), may_quote=may_quote)


def _place(text: str) -> Place:
    search, _, page = text.rpartition(".")
    if not 0 <= int(page) <= LAST_PAGE:
        raise ValueError(f"not a page: {page}")
    return Place(Search.parse(search), int(page))
