"""Tells the author of an open quote that the market has moved against it."""

import logging
import threading
from collections.abc import Callable
from datetime import tzinfo
from functools import partial

from telebot.apihelper import ApiTelegramException

from calc.quote_cards import CardKind, QuoteCard
from calc.quotes import GivenQuote
from chat import given_screens
from chat.cards import Cards
from chat.delivery.errors import TransportError
from chat.dialogue import Place
from chat.given_cards import GivenCards
from chat.languages import Languages
from chat.texts import Texts
from chat.ways import Job
from desk.quote_guard import Fall, QuoteGuard

log = logging.getLogger(__name__)

TOO_MANY_REQUESTS, SERVER_ERROR = 429, 500


class MarginWatch:
    """Any thread may call it; what is told is told in the order of the author's chat."""

    def __init__(
        self,
        cards: Cards,
        given_cards: GivenCards,
        *,
        guard: QuoteGuard,
        languages: Languages,
        allows: Callable[[int], bool],
        in_line: Callable[[int, Job], object],
        zone: tzinfo,
    ) -> None:
        """`allows` says whether a person may still see what the desk earns; `zone` is that of the moments."""
        self._cards = cards
        self._given_cards = given_cards
        self._guard = guard
        self._languages = languages
        self._allows = allows
        self._in_line = in_line
        self._zone = zone
        self._has_changed = threading.Event()
        self._has_changed.set()  # while no process ran the market may have moved

    def rates_changed(self) -> None:
        """Or a floor. Takes no time: the next look values the open quotes."""
        self._has_changed.set()

    def look(self) -> None:
        """Values the open quotes where a rate has changed since the last look."""
        if not self._has_changed.is_set():
            return
        self._has_changed.clear()
        try:
            falls = self._guard.look()
        except BaseException:
            self._has_changed.set()
            raise
        for fall in falls:
            try:
                self._in_line(fall.quote.author.id, partial(self._tell, fall))
            except RuntimeError:
                return  # a stop has begun; it was not kept as told, so it is due after the next start

    def _tell(self, fall: Fall) -> None:
        """A warning that surely did not arrive is due again with the next rate, as is one that could not be kept.

        One that has to wait for Telegram begins anew by itself, and is nobody else's meanwhile.
        """
        try:
            is_told = self._has_told(fall)
        except Exception:
            self._guard.not_told(fall)
            raise
        (self._guard.told if is_told else self._guard.not_told)(fall)

    def _has_told(self, fall: Fall) -> bool:
        """Also where nobody knows whether it arrived, and where it never will."""
        quote, author = fall.quote, fall.quote.author.id
        if not self._given_cards.is_open(quote.number) or not self._allows(author):
            return False
        language = self._languages.language(author) or self._given_cards.language_of(quote.number, default="ru")
        screen = given_screens.fall(quote, fall.worth, Texts(language, self._zone))
        try:
            message_id = self._cards.send(Place(author, author), screen)
        except TransportError as error:
            log.warning("author not told id=%s user_id=%d: %s", quote.id, author, error)
            return not error.unsent
        except ApiTelegramException as error:
            log.warning("author not told id=%s user_id=%d: %s", quote.id, author, error.description)
            is_passing: bool = error.error_code == TOO_MANY_REQUESTS or error.error_code >= SERVER_ERROR
            return not is_passing
        self._given_cards.keep(_warning(author, message_id, quote, language), quote)
        log.info("author told of a falling margin id=%s percent=%s", quote.id, fall.worth.earned_percent)
        return True


def _warning(author: int, message_id: int, quote: GivenQuote, language: str) -> QuoteCard:
    return QuoteCard(author, message_id, quote.number, language, kind=CardKind.WARNING)
