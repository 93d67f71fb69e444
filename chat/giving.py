"""A result becomes a quote that is given: each of its amounts gets its number, and the client's card goes out."""

from calc.quotes import Author, GivenQuote, Terms
from chat import steps
from chat.cards import Cards
from chat.client_screens import ClientCards
from chat.dialogue import Dialogue, Place
from chat.texts import Texts
from desk.quote_book import QuoteBook


class Giving:
    """Called for one update of a chat at a time."""

    def __init__(self, book: QuoteBook, cards: Cards, client_cards: ClientCards) -> None:
        self._book = book
        self._cards = cards
        self._client_cards = client_cards

    def hand_over(self, place: Place, dialogue: Dialogue) -> list[GivenQuote]:
        """The client's card as a message of its own. The same screen gives the same quotes, however often."""
        screen = f"{place.chat_id} {place.thread_id or 0} {dialogue.id} {dialogue.screen}"
        author = Author(dialogue.owner, dialogue.name)
        given = [
            self._book.give(f"{screen} {row}", Terms.of(quote, reverse=dialogue.reverse), author=author)
            for row, quote in enumerate(steps.quotes_of(dialogue))
        ]
        self._cards.send(place, self._client_cards.screen(given, Texts(dialogue.language)))
        return given
