"""The life of a quote: given, accepted or declined, expired or cancelled, and given anew under another number."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from calc.errors import DeskError
from calc.quotes import Author, GivenQuote, QuoteState, Terms

VALID_FOR = timedelta(minutes=15)
LONGEST_CLIENT = 64
"""Characters of a client's name."""


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
    ) -> GivenQuote:
        """The quote with its number; the one of before where the same `key` was added already."""

    def replace(
        self, key: str, number: int, /, *, author: Author, terms: Terms, given_at: datetime, valid_until: datetime
    ) -> GivenQuote | None:
        """A new one for the same client, ending the old; the one of before where the same `key` was added already.

        None where there is no old one, or a deal was made of it.
        """

    def added(self, key: str, /) -> GivenQuote | None: ...
    def find(self, number: int, /) -> GivenQuote | None: ...
    def decide(self, number: int, state: QuoteState, /, *, by: Author, at: datetime) -> bool:
        """Whether it was open, and valid at that moment, until now."""

    def expire(self, at: datetime, /) -> Sequence[GivenQuote]:
        """Writes down which open quotes have expired."""

    def name_client(self, number: int, client: str, /, *, by: Author, at: datetime) -> GivenQuote | None: ...
    def clients(self, author: int, limit: int, /) -> Sequence[tuple[str, int]]:
        """The different clients whom an operator quoted lately, the last one first, each with a quote of theirs."""


class QuoteBook:
    """Any thread may call it."""

    def __init__(
        self,
        store: QuoteStore,
        *,
        utcnow: Callable[[], datetime],
        valid_for: timedelta = VALID_FOR,
        tell: Callable[[GivenQuote], object] = lambda _: None,
    ) -> None:
        """`tell` is told of every state that a quote comes to, once it is written down."""
        self._store = store
        self._tell = tell
        self._utcnow = utcnow
        self._valid_for = valid_for

    def give(
        self, key: str, terms: Terms, *, author: Author, client: str = "", valid_until: datetime | None = None
    ) -> GivenQuote:
        """A new open quote. `key` says which press of which card it was: the same one gives one quote only.

        `valid_until` is what the client was told already; None: as long as a quote is valid.
        """
        now, until = self._utcnow(), valid_until or self.until()
        quote = self._store.add(key, author=author, client=client, terms=terms, given_at=now, valid_until=until)
        self._tell_if_new(quote, now)
        return quote

    def until(self) -> datetime:
        """When a quote expires that is given now."""
        return self._utcnow() + self._valid_for

    def requote(self, number: int, terms: Terms, *, author: Author) -> GivenQuote:
        """A new quote for the same client in the place of one of which no deal was made.

        A quote has one successor, whoever asks for it again. Raises QuoteIsOver, NoSuchQuote.
        """
        now, key = self._utcnow(), _requote_key(number)
        quote = self._store.replace(
            key, number, author=author, terms=terms, given_at=now, valid_until=now + self._valid_for
        )
        if quote is None:
            old = self.find(number)
            raise QuoteIsOver(old, old.state_at(now))
        if self._tell_if_new(quote, now) and (old := self.find(number)).decided_at == now:
            self._tell(old)
        return quote

    def successor(self, number: int) -> GivenQuote | None:
        """The quote that took the place of another."""
        return self._store.added(_requote_key(number))

    def given(self, key: str) -> GivenQuote | None:
        """What was given with a key; None where nothing was."""
        return self._store.added(key)

    def find(self, number: int) -> GivenQuote:
        """Raises NoSuchQuote."""
        quote = self._store.find(number)
        if quote is None:
            raise NoSuchQuote(number)
        return quote

    def accept(self, number: int, *, by: Author) -> GivenQuote:
        """The client takes it. Accepting twice is one acceptance. Raises QuoteIsOver, NoSuchQuote."""
        return self._decide(number, QuoteState.ACCEPTED, by=by)

    def decline(self, number: int, *, by: Author) -> GivenQuote:
        """The client does not take it. Raises QuoteIsOver, NoSuchQuote."""
        return self._decide(number, QuoteState.DECLINED, by=by)

    def cancel(self, number: int, *, by: Author) -> GivenQuote:
        """The desk takes it back. Raises QuoteIsOver, NoSuchQuote."""
        return self._decide(number, QuoteState.CANCELLED, by=by)

    def name_client(self, number: int, client: str, *, by: Author) -> GivenQuote:
        """Whatever its state. A name is one line, and not longer than is allowed. Raises NoSuchQuote."""
        name = " ".join(client.split())[:LONGEST_CLIENT]
        quote = self._store.name_client(number, name, by=by, at=self._utcnow())
        if quote is None:
            raise NoSuchQuote(number)
        return quote

    def clients(self, author: int, limit: int) -> Sequence[tuple[str, int]]:
        """The different clients whom an operator quoted lately, the last one first, each with a quote of theirs."""
        return self._store.clients(author, limit)

    def expire(self) -> Sequence[GivenQuote]:
        """Writes down what time has decided; to be called now and then. Returns those that have expired."""
        expired = self._store.expire(self._utcnow())
        for quote in expired:
            self._tell(quote)
        return expired

    def _decide(self, number: int, state: QuoteState, *, by: Author) -> GivenQuote:
        """The same state twice is no mistake: somebody tapped twice, or two colleagues agree."""
        now = self._utcnow()
        decided = self._store.decide(number, state, by=by, at=now)
        quote = self.find(number)
        if not decided and quote.state is not state:
            raise QuoteIsOver(quote, quote.state_at(now))
        if decided:
            self._tell(quote)
        return quote

    def _tell_if_new(self, quote: GivenQuote, now: datetime) -> bool:
        """The one of before comes back where the same press is handled again."""
        is_new = quote.given_at == now
        if is_new:
            self._tell(quote)
        return is_new


def _requote_key(number: int) -> str:
    return f"requote:{number}"
