"""The life of a quote: given, accepted or declined, expired or cancelled, and given anew under another number."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from calc.errors import DeskError
from calc.quotes import Author, GivenQuote, QuoteState, Terms

VALID_FOR = timedelta(minutes=15)


class NoSuchQuote(DeskError):
    def __init__(self, number: int) -> None:
        super().__init__(f"no quote {number}")
        self.number = number


class QuoteIsOver(DeskError):
    """What was asked for is too late: the quote has come to another state before."""

    def __init__(self, quote: GivenQuote, state: QuoteState) -> None:
        super().__init__(f"{quote.id} is {state}")
        self.quote = quote
        self.state = state


class QuoteStore(Protocol):
    """Quotes are added and decided; nothing is ever deleted."""

    def add(
        self,
        key: str,
        /,
        *,
        author: Author,
        client: str,
        terms: Terms,
        given_at: datetime,
        valid_until: datetime,
        requote_of: int | None,
    ) -> GivenQuote:
        """The quote with its number; the one of before where the same `key` was added already."""

    def find(self, number: int, /) -> GivenQuote | None: ...
    def decide(self, number: int, state: QuoteState, /, *, by: int | None, at: datetime) -> bool:
        """Whether it was open, and valid at that moment, until now."""

    def expire(self, at: datetime, /) -> int:
        """Writes down which open quotes have expired; returns how many."""


class QuoteBook:
    """Any thread may call it."""

    def __init__(self, store: QuoteStore, *, utcnow: Callable[[], datetime], valid_for: timedelta = VALID_FOR) -> None:
        self._store = store
        self._utcnow = utcnow
        self._valid_for = valid_for

    def give(self, key: str, terms: Terms, *, author: Author, client: str = "") -> GivenQuote:
        """A new open quote. `key` says which press of which card it was: the same one gives one quote only."""
        return self._add(key, terms, author=author, client=client, requote_of=None)

    def requote(self, key: str, number: int, terms: Terms, *, author: Author) -> GivenQuote:
        """A new quote for the same client in the place of an open or an expired one. Raises QuoteIsOver."""
        quote = self.find(number)
        state = quote.state_at(self._utcnow())
        if state is QuoteState.OPEN:
            self._decide(quote, QuoteState.CANCELLED, by=author.id)
        elif state not in (QuoteState.EXPIRED, QuoteState.CANCELLED):
            raise QuoteIsOver(quote, state)
        return self._add(key, terms, author=author, client=quote.client, requote_of=number)

    def find(self, number: int) -> GivenQuote:
        """Raises NoSuchQuote."""
        quote = self._store.find(number)
        if quote is None:
            raise NoSuchQuote(number)
        return quote

    def accept(self, number: int, *, by: int) -> GivenQuote:
        """The client takes it. Accepting twice is one acceptance. Raises QuoteIsOver, NoSuchQuote."""
        return self._decide(self.find(number), QuoteState.ACCEPTED, by=by)

    def decline(self, number: int, *, by: int) -> GivenQuote:
        """The client does not take it. Raises QuoteIsOver, NoSuchQuote."""
        return self._decide(self.find(number), QuoteState.DECLINED, by=by)

    def cancel(self, number: int, *, by: int) -> GivenQuote:
        """The desk takes it back. Raises QuoteIsOver, NoSuchQuote."""
        return self._decide(self.find(number), QuoteState.CANCELLED, by=by)

    def expire(self) -> int:
        """Writes down what time has decided; to be called now and then. Returns how many."""
        return self._store.expire(self._utcnow())

    def _add(self, key: str, terms: Terms, *, author: Author, client: str, requote_of: int | None) -> GivenQuote:
        now = self._utcnow()
        return self._store.add(
            key,
            author=author,
            client=client,
            terms=terms,
            given_at=now,
            valid_until=now + self._valid_for,
            requote_of=requote_of,
        )

    def _decide(self, quote: GivenQuote, state: QuoteState, *, by: int) -> GivenQuote:
        """The same state twice is no mistake: somebody tapped twice, or two colleagues agree."""
        now = self._utcnow()
        decided = self._store.decide(quote.number, state, by=by, at=now)
        quote = self.find(quote.number)
        if not decided and quote.state is not state:
            raise QuoteIsOver(quote, quote.state_at(now))
        return quote
