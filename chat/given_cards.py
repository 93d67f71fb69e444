"""The messages that show quotes, each redrawn as the quote's life goes on, also by the process that runs next."""

import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Protocol

from telebot.apihelper import ApiTelegramException

from calc.directions import Direction
from calc.floors import Floor
from calc.quote_cards import CardKind, Page, QuoteCard
from calc.quotes import GivenQuote, QuoteState
from chat import countdown, given_screens
from chat.cards import Cards
from chat.client_screens import ClientCards
from chat.clock import WallClock
from chat.delivery.errors import TransportError
from chat.delivery.late_edits import Owner, card_of
from chat.dialogue import Place
from chat.given_screens import View
from chat.screens import Screen
from chat.texts import Texts
from chat.ways import Job
from desk.quote_book import QuoteBook

log = logging.getLogger(__name__)

CLIENTS_OFFERED = 6
NEVER = datetime.max.replace(tzinfo=UTC)
TRY_AGAIN = timedelta(seconds=10)
EXPIRE_EVERY = timedelta(minutes=1)
"""Quotes without a card are to be written down as expired, too."""
TOO_MANY_REQUESTS, SERVER_ERROR = 429, 500


class CardStore(Protocol):
    """`live` are those that are to be redrawn; `find` knows the others for a while, too."""

    def keep(self, card: QuoteCard, /, *, at: datetime) -> None: ...
    def live(self) -> Iterable[QuoteCard]: ...
    def find(self, chat_id: int, message_id: int, /) -> QuoteCard | None: ...
    def end(self, card: QuoteCard, /) -> None: ...


class GivenCards:
    """Any thread may call `look`; everything that touches a message runs in the order of its chat."""

    def __init__(
        self,
        cards: Cards,
        book: QuoteBook,
        *,
        store: CardStore,
        client_cards: ClientCards,
        floor_of: Callable[[Direction], Floor | None],
        allows: Callable[[int], bool],
        in_line: Callable[[int, Job], object],
        clock: WallClock,
    ) -> None:
        """`allows` says whether a person may still see what the desk earns."""
        self._cards = cards
        self._book = book
        self._store = store
        self._client_cards = client_cards
        self._floor_of = floor_of
        self._allows = allows
        self._in_line = in_line
        self._clock = clock
        self._lock = threading.Lock()
        now = clock.utcnow()
        self._live = {(each.chat_id, each.message_id): _Live(each, due_at=now) for each in store.live()}
        self._expire_at = now

    def find(self, chat_id: int, message_id: int) -> QuoteCard | None:
        """What a message shows; None where it shows no quote."""
        with self._lock:
            live = self._live.get((chat_id, message_id))
        return self._store.find(chat_id, message_id) if live is None else live.card

    def asking(self, chat_id: int) -> QuoteCard | None:
        """The newest card of a chat that asks for its client's name."""
        with self._lock:
            cards = [live.card for live in self._live.values() if live.card.chat_id == chat_id]
        asking = [card for card in cards if card.page is Page.CLIENT]
        return max(asking, key=lambda card: card.message_id, default=None)

    def language_of(self, number: int, default: str) -> str:
        """That of the cards of a quote."""
        with self._lock:
            return next((live.card.language for live in self._live.values() if live.card.number == number), default)

    def send(self, place: Place, quote: GivenQuote, *, language: str) -> None:
        """A new card."""
        message_id = self._cards.send(place, self._screen(QuoteCard(place.chat_id, 0, quote.number, language), quote))
        self.keep(QuoteCard(place.chat_id, message_id, quote.number, language), quote)

    def is_card(self, chat_id: int, message_id: int) -> bool:
        """Whether a message shows a quote; it is shown as it stands, whatever was pressed under what it was before."""
        card = self.find(chat_id, message_id)
        return card is not None and self.draw(card)

    def take_over(self, place: Place, message_id: int | None, quote: GivenQuote, *, language: str) -> None:
        """A message becomes the card of a quote; known as such before it shows it, so that it does in the end."""
        if message_id is not None:
            card = QuoteCard(place.chat_id, message_id, quote.number, language)
            self.keep(card, quote)
            with card_of(Owner(place.user_id, place.thread_id)):
                is_there = self.draw(card)
            if is_there:
                return
        self.send(place, quote, language=language)

    def moved(self, chat_id: int, gone: int, anew: int) -> None:
        """The message was deleted while its last edit had to wait, and is there again below."""
        card = self.find(chat_id, gone)
        if card is not None:
            self._end(card)
            self.keep(replace(card, message_id=anew), self._book.find(card.number))

    def keep(self, card: QuoteCard, quote: GivenQuote) -> None:
        """It is redrawn from now on; a warning only when its quote is over."""
        now = self._clock.utcnow()
        self._store.keep(card, at=now)
        due_at = quote.valid_until if card.kind is CardKind.WARNING else countdown.next_change(quote.valid_until, now)
        with self._lock:
            self._live[card.chat_id, card.message_id] = _Live(card, due_at=due_at)

    def turn(self, card: QuoteCard, page: Page) -> QuoteCard:
        """The same card with another page on it, and shown; it is redrawn again until it is at rest."""
        turned = replace(card, page=page)
        self.keep(turned, self._book.find(card.number))
        self.draw(turned)
        return turned

    def is_open(self, number: int) -> bool:
        return self._book.find(number).state_at(self._clock.utcnow()) is QuoteState.OPEN

    def shows(self, chat_id: int, number: int) -> bool:
        """Whether a chat has a card of a quote that is redrawn."""
        with self._lock:
            cards = [live.card for live in self._live.values() if live.card.kind is CardKind.CARD]
        return any((card.chat_id, card.number) == (chat_id, number) for card in cards)

    def show(self, card: QuoteCard, screen: Screen) -> None:
        """Something else on the message, until its quote is over."""
        self._cards.edit(card.chat_id, card.message_id, screen)

    def changed(self, number: int, *, but: QuoteCard | None = None) -> None:
        """Has all cards of a quote redrawn soon, but one that shows it already."""
        now = self._clock.utcnow()
        with self._lock:
            for live in self._live.values():
                if live.card.number == number and live.card != but:
                    live.due_at = now
        self.look()

    def look(self) -> None:
        """Writes down what has expired, and has the cards redrawn that say something else by now."""
        now = self._clock.utcnow()
        with self._lock:
            is_time = now >= self._expire_at or any(live.is_due(now) for live in self._live.values())
        if is_time:
            self._expire_at = now + EXPIRE_EVERY
            self._book.expire()  # before anything waits for its turn: where this fails, the next look begins anew
        with self._lock:
            due = [live for live in self._live.values() if live.is_due(now)]
            for live in due:
                live.is_waiting = True
        for live in due:
            try:
                self._in_line(live.card.chat_id, partial(self._redraw, live))
            except RuntimeError:
                return  # a stop has begun; the next process draws all of them

    def draw(self, card: QuoteCard, *, notice: str = "") -> bool:
        """Shows how things stand; False where the message is gone. What Telegram does not take now is tried again."""
        quote, now = self._book.find(card.number), self._clock.utcnow()
        state = quote.state_at(now)
        if state is QuoteState.OPEN and card.kind is CardKind.WARNING:
            return True
        try:
            is_there = self._cards.edit(card.chat_id, card.message_id, self._screen(card, quote, notice=notice))
        except TransportError as error:
            log.info("quote not redrawn id=%s chat_id=%d: %s", quote.id, card.chat_id, error)
            self._set_due(card, now + TRY_AGAIN)
            return True
        except ApiTelegramException as error:
            log.info("quote not redrawn id=%s chat_id=%d: %s", quote.id, card.chat_id, error.description)
            if error.error_code == TOO_MANY_REQUESTS or error.error_code >= SERVER_ERROR:
                self._set_due(card, now + TRY_AGAIN)
            else:
                self._end(card)  # blocked, or thrown out: asking again changes nothing
            return True
        if is_there and state is QuoteState.OPEN:
            self._set_due(card, countdown.next_change(quote.valid_until, now))
        elif is_there and state is QuoteState.ACCEPTED and card.page is Page.CLIENT:
            self._set_due(card, NEVER)
        else:
            self._end(card)
        return is_there

    def _redraw(self, live: "_Live") -> None:
        card = live.card
        with self._lock:
            live.is_waiting, live.due_at = False, self._clock.utcnow() + TRY_AGAIN
            if self._live.get((card.chat_id, card.message_id)) is not live:
                return
        if card.chat_id > 0 and not self._allows(card.chat_id):
            log.info("quote's card left chat_id=%d: no operator any more", card.chat_id)
            self._end(card)
        else:
            self.draw(card)

    def _set_due(self, card: QuoteCard, due_at: datetime) -> None:
        with self._lock:
            live = self._live.get((card.chat_id, card.message_id))
            if live is not None:
                live.due_at = due_at

    def _end(self, card: QuoteCard) -> None:
        self._store.end(card)
        with self._lock:
            self._live.pop((card.chat_id, card.message_id), None)

    def _screen(self, card: QuoteCard, quote: GivenQuote, *, notice: str = "") -> Screen:
        texts, now = Texts(card.language, self._clock.zone), self._clock.utcnow()
        state = quote.state_at(now)
        is_open = state is QuoteState.OPEN
        page = card.page if state in (QuoteState.OPEN, QuoteState.ACCEPTED) else Page.QUOTE
        view = View(
            now,
            texts,
            page=page,
            successor=None if is_open else self._book.successor(quote.number),
            clients=self._book.clients(quote.author.id, CLIENTS_OFFERED) if page is Page.CLIENT else (),
            share=self._client_cards.row([quote], texts, reader=_reader(card)) if is_open else (),
            notice=notice,
            floor=self._floor_of(quote.terms.direction) if is_open else None,
        )
        if card.kind is CardKind.WARNING:
            return given_screens.over(quote, view)
        return given_screens.card(quote, view)


def _reader(card: QuoteCard) -> int | None:
    """Who alone sees a card; a private chat has the number of the person in it."""
    return card.chat_id if card.chat_id > 0 else None


@dataclass(slots=True)
class _Live:
    """A card that is to be redrawn, and when it says something else at the latest."""

    card: QuoteCard
    due_at: datetime
    is_waiting: bool = False

    def is_due(self, now: datetime) -> bool:
        return self.due_at <= now and not self.is_waiting
