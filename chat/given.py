"""A quote that was given, in the hands of the operators: accepted, declined, closed, quoted anew, its client named."""

from collections.abc import Callable
from contextlib import suppress

from calc.deal import MarginTooLarge, PayoutTooSmall, Quote, quote_getting, quote_paying
from calc.directions import Direction
from calc.floors import Floor
from calc.lines import read_line
from calc.numbers import NumberError
from calc.quote_cards import CardKind, Page, QuoteCard
from calc.quotes import Author, GivenQuote, Terms, name_of, number_of
from calc.requests import LineError
from chat import given_screens, ladders
from chat.cards import Cards, without_buttons
from chat.dialogue import Place
from chat.features import Feature, Pressed, Said, Typed
from chat.given_cards import GivenCards
from chat.keyboards import OF_QUOTES
from chat.texts import Texts
from desk.offers import NoUsableRate, Offer
from desk.quote_book import NoSuchQuote, QuoteBook, QuoteIsOver
from desk.quote_guard import QuoteGuard


class Given:
    """Called for one update of a chat at a time. Every operator may act on every quote; who did is written down."""

    def __init__(
        self,
        cards: Cards,
        given_cards: GivenCards,
        *,
        book: QuoteBook,
        guard: QuoteGuard,
        offer: Callable[[Direction], Offer],
        floor_for: Callable[[int, Direction], Floor | None],
        is_beyond: Callable[[int, Quote], bool],
        expects_words: Callable[[Place], bool],
    ) -> None:
        """`offer` is the desk's, out of memory; `floor_for` the floor as it meets an operator.

        `is_beyond` says whether somebody needs a second person for a quote. `expects_words` is whether the dialogue
        there asks for some.
        """
        self._cards = cards
        self._given_cards = given_cards
        self._book = book
        self._guard = guard
        self._offer = offer
        self._floor_for = floor_for
        self._is_beyond = is_beyond
        self._expects_words = expects_words
        self._on: dict[str, Callable[[Pressed, QuoteCard, str], object]] = {
            "accept": lambda pressed, card, _: self._decide(pressed, card, book.accept),
            "decline": lambda pressed, card, _: self._decide(pressed, card, book.decline),
            "close": lambda pressed, card, _: self._decide(pressed, card, book.cancel),
            "requote": lambda pressed, card, _: self._requote(pressed, card),
            "hold": lambda _pressed, card, _: self._hold(card),
            "client": lambda _pressed, card, _: given_cards.turn(card, Page.CLIENT),
            "back": lambda _pressed, card, _: given_cards.turn(card, Page.QUOTE),
            "name": lambda pressed, card, found_in: self._name(_author(pressed), card, self._client_of(found_in)),
        }

    @property
    def feature(self) -> Feature:
        typed = Typed(self.is_meant, self.typed)
        return Feature(presses={OF_QUOTES: self.press}, typed=typed, is_everybodys=True)

    def open(self, place: Place, number: int, *, language: str) -> None:
        """The card of a quote, as a new message."""
        try:
            quote = self._book.find(number)
        except NoSuchQuote:
            self._cards.send(place, without_buttons(Texts(language)("given.unknown", id=name_of(number))))
        else:
            self._given_cards.send(place, quote, language=language)

    def press(self, pressed: Pressed) -> None:
        """A button counts on a message that shows its quote; one that only brings a card counts anywhere."""
        verb, _, rest = pressed.arg.partition(".")
        digits, _, detail = rest.partition(".")
        number = number_of(digits)
        if number is None:
            return
        card = self._given_cards.find(pressed.place.chat_id, pressed.message_id)
        if verb == "open":
            self.open(pressed.place, number, language=pressed.language)
        elif card is not None and card.number == number and verb in self._on:
            self._on[verb](pressed, card, detail)

    def is_meant(self, said: Said) -> bool:
        """Whether what was typed is the number of a quote, or the name of a client that a card asks for."""
        if said.place.is_private and _named(said.text) is not None:
            return True
        return self._asking(said) is not None

    def typed(self, said: Said) -> None:
        number, asking = _named(said.text), self._asking(said)
        if asking is not None:
            self._name(Author(said.place.user_id, said.name), asking, said.text)
        elif number is not None:
            self.open(said.place, number, language=said.language)

    def _asking(self, said: Said) -> QuoteCard | None:
        """The card whose client is named: the one that is replied to, else, where nobody else talks, the one that asks.

        Among colleagues a reply is talk unless the card asks. A whole request, or a number, is no name: the operator
        has gone on to the next client.
        """
        place, text = said.place, said.text.strip()
        if not text.removeprefix("@")[:1].isalpha() or _is_request(text) or _named(text) is not None:
            return None
        if said.reply_to is not None:
            card = self._given_cards.find(place.chat_id, said.reply_to)
            return card if card is not None and (place.is_private or card.page is Page.CLIENT) else None
        asking = self._given_cards.asking(place.chat_id) if place.is_private else None
        return None if asking is None or self._expects_words(place) else asking

    def _decide(self, pressed: Pressed, card: QuoteCard, decide: Callable[..., GivenQuote]) -> None:
        """What comes too late changes nothing: the card shows what has become of the quote."""
        with suppress(QuoteIsOver):
            decide(card.number, by=_author(pressed))
        self._draw(card)

    def _requote(self, pressed: Pressed, card: QuoteCard) -> None:
        """At the rate of now, with the same margin and amount; who has asked for it before gets no other one."""
        old, texts = self._book.find(card.number), Texts(card.language)
        quote = self._book.successor(card.number)
        if quote is None:
            try:
                anew = self._worked_out(old)
                held_back = self._held_back(pressed.place.user_id, anew, texts)
                if held_back:
                    self._given_cards.draw(card, notice=held_back)
                    return
                terms = Terms.of(anew, reverse=old.terms.reverse)
                quote = self._book.requote(card.number, terms, author=_author(pressed))
            except NoUsableRate:
                self._given_cards.draw(card, notice=texts("given.no_rate"))
                return
            except (PayoutTooSmall, MarginTooLarge):
                self._given_cards.draw(card, notice=texts("given.no_requote"))
                return
            except QuoteIsOver:
                self._draw(card)
                return
        self._draw(card)
        if not self._given_cards.shows(pressed.place.chat_id, quote.number):
            self._given_cards.send(pressed.place, quote, language=card.language)

    def _held_back(self, user_id: int, quote: Quote, texts: Texts) -> str:
        """Why somebody may not give a quote; "" where nothing keeps it."""
        floor = self._floor_for(user_id, quote.base.direction)
        if floor is not None and floor.blocks(quote.earned_percent):
            return ladders.under(quote.earned_percent, floor, texts)
        return texts("given.beyond") if self._is_beyond(user_id, quote) else ""

    def _worked_out(self, old: GivenQuote) -> Quote:
        """Raises NoUsableRate, PayoutTooSmall, MarginTooLarge."""
        terms = old.terms
        base = self._offer(terms.direction).base
        if terms.reverse:
            return quote_getting(base, terms.margin, gets=terms.gets)
        return quote_paying(base, terms.margin, pays=terms.pays)

    def _hold(self, card: QuoteCard) -> None:
        quote = self._book.find(card.number)
        percent = self._guard.hold(quote) if self._given_cards.is_open(card.number) else None
        if percent is None:
            self._draw(card)
        elif card.kind is CardKind.WARNING:
            self._given_cards.show(card, given_screens.held(quote, percent, Texts(card.language)))

    def _name(self, by: Author, card: QuoteCard, client: str | None) -> None:
        if client is not None:
            self._book.name_client(card.number, client, by=by)
        named = self._given_cards.turn(card, Page.QUOTE)
        self._given_cards.changed(card.number, but=named)

    def _client_of(self, digits: str) -> str | None:
        number = number_of(digits)
        try:
            return None if number is None else self._book.find(number).client
        except NoSuchQuote:
            return None

    def _draw(self, card: QuoteCard) -> None:
        self._given_cards.draw(card)
        self._given_cards.changed(card.number, but=card)


def _author(pressed: Pressed) -> Author:
    return Author(pressed.place.user_id, pressed.name)


def _named(text: str) -> int | None:
    """The number of a quote, where somebody wrote nothing but its name: a number alone is an amount."""
    return number_of(text) if text.strip()[:1] in ("q", "Q") else None


def _is_request(text: str) -> bool:
    """Also one with several readings."""
    try:
        read_line(text)
    except (LineError, NumberError):
        return False
    return True
