"""A result becomes a quote that is given: each of its amounts gets its number, and the client's card goes out."""

from dataclasses import replace

from calc.quotes import Author, GivenQuote, Terms
from chat import steps
from chat.cards import Cards
from chat.client_screens import ClientCards
from chat.dialogue import Dialogue, Place
from chat.given_cards import GivenCards
from desk.quote_book import QuoteBook


class Giving:
    """Called for one update of a chat at a time."""

    def __init__(self, book: QuoteBook, cards: Cards, client_cards: ClientCards, given_cards: GivenCards) -> None:
        self._book = book
        self._cards = cards
        self._client_cards = client_cards
        self._given_cards = given_cards

    def is_card(self, place: Place, message_id: int) -> bool:
        """Whether what was a result shows a quote by now; then it is shown as it stands."""
        return self._given_cards.is_card(place.chat_id, message_id)

    def has_begun(self, place: Place, dialogue: Dialogue) -> bool:
        """Whether this very screen was given before, by a press that is handled again; maybe not all of its rows."""
        return self._book.given(_key(place, dialogue, 0, screen=dialogue.screen)) is not None

    def give(self, place: Place, dialogue: Dialogue, *, screen: int) -> list[GivenQuote]:
        """A quote for each amount. The same screen gives the same quotes, however often."""
        author = Author(dialogue.owner, dialogue.name)
        return [
            self._book.give(
                _key(place, dialogue, row, screen=screen), Terms.of(quote, reverse=dialogue.reverse), author=author
            )
            for row, quote in enumerate(steps.quotes_of(dialogue))
        ]

    def hand_over(self, place: Place, dialogue: Dialogue, quotes: list[GivenQuote]) -> Dialogue:
        """The client's card as a message of its own; the dialogue as it goes on.

        The card of a single result becomes that of its quote, and the next result has a new one.
        """
        self._cards.send(place, self._client_cards.screen(quotes, self._client_cards.texts(dialogue.language)))
        if len(quotes) > 1:
            return replace(dialogue, client_card=True, given=tuple(quote.number for quote in quotes)).turn()
        self._given_cards.take_over(place, dialogue.card, quotes[0], language=dialogue.language)
        return replace(dialogue, card=None, typed=0).turn()


def _key(place: Place, dialogue: Dialogue, row: int, *, screen: int) -> str:
    return f"{place.chat_id} {place.thread_id or 0} {dialogue.id} {screen} {row}"
