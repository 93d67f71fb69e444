"""The bot called in another chat: what it shows there, and the quote that a card becomes which was sent."""

import hashlib
import logging
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from html import escape
from typing import Any, Protocol

from telebot import TeleBot
from telebot.apihelper import ApiTelegramException
from telebot.types import ChosenInlineResult, InlineQueryResultArticle, User

from calc.directions import Currency, Direction
from calc.inline_offers import InlineOffer
from calc.lines import read_line
from calc.margins import Margin
from calc.quotes import Author, GivenQuote
from calc.requests import Request
from chat import inline_screens
from chat.cards import Cards, without_buttons
from chat.client_screens import ClientCards, plain
from chat.delivery.errors import TransportError, is_too_old
from chat.dialogue import Place
from chat.languages import Languages, language_for
from chat.offering import Found, Hint, Offering
from chat.texts import Texts
from desk.access import Access, Role
from desk.quote_book import QuoteBook

log = logging.getLogger(__name__)

LONGEST_START = 64
"""Characters of what a link to the chat with the bot carries along."""
_LINE = "line_"


class Offers(Protocol):
    """What was shown to choose from, until somebody chooses."""

    def keep(self, offers: Sequence[InlineOffer], offered_at: datetime, /) -> None: ...
    def find(self, offer_id: str, /) -> InlineOffer | None: ...
    def forget_older_than(self, moment: datetime, /) -> int: ...


class GivenLately(Protocol):
    """Where it is remembered what each operator gave last."""

    def remember_margin(self, user_id: int, direction: Direction, margin: Margin, /) -> None: ...
    def remember_amounts(
        self, user_id: int, direction: Direction, currency: Currency, amounts: Sequence[Decimal], /
    ) -> None: ...


class Announce(Protocol):
    def __call__(self, place: Place, quote: GivenQuote, /, *, language: str) -> object: ...


class Inline:
    """Any thread may call it.

    A card that is offered has no number: most of what is shown while somebody types is never sent. It gets one when
    Telegram tells that it was chosen, and is edited then; what it said from the start stays true without that.
    """

    def __init__(
        self,
        bot: TeleBot,
        cards: Cards,
        offering: Offering,
        *,
        book: QuoteBook,
        offers: Offers,
        given_lately: GivenLately,
        access: Access,
        languages: Languages,
        client_cards: ClientCards,
        announce: Announce,
        utcnow: Callable[[], datetime],
    ) -> None:
        """`announce` shows a quote to its author that was given in another chat."""
        self._bot = bot
        self._cards = cards
        self._offering = offering
        self._book = book
        self._offers = offers
        self._given_lately = given_lately
        self._access = access
        self._languages = languages
        self._client_cards = client_cards
        self._announce = announce
        self._utcnow = utcnow

    def answer(self, query: dict[str, Any]) -> None:
        """A raw inline query: cards for an operator, nothing for a stranger."""
        user_id, query_id = query["from"]["id"], query["id"]
        role = self._access.role(user_id)
        if role is None:
            self._reply(query_id, [], None)
            return
        language = language_for(self._languages, user_id, query["from"].get("language_code"))
        texts = self._client_cards.texts(language)
        if role < Role.OPERATOR:
            self._reply(query_id, [], Hint(plain(texts("only.operator"))))
            return
        found, until = self._offering.find(user_id, query["query"], language), self._book.until()
        offers = [
            InlineOffer(_result_id("o", query_id, place), user_id, str(each.request), each.terms, until)
            for place, each in enumerate(found.offered)
        ]
        results = [
            inline_screens.offered(offer.id, each, texts, desk=self._client_cards.desk, until=until)
            for offer, each in zip(offers, found.offered, strict=True)
        ]
        if offers:
            self._offers.keep(offers, self._utcnow())  # before anybody can choose one
        self._reply(query_id, results + self._given(found, query_id, texts), found.hint)

    def chosen(self, result: ChosenInlineResult) -> None:
        """A card was sent: one that was only offered is a quote from now on, and its message gets the number."""
        user = result.from_user
        if not result.result_id.startswith("o") or not self._may_quote(user.id):
            return
        language = language_for(self._languages, user.id, user.language_code)
        place, texts = Place(user.id, user.id), self._client_cards.texts(language)
        offer = self._offers.find(result.result_id)
        if offer is None:
            log.warning("a card was sent that nobody knows user=%d", user.id)
            self._cards.send(place, without_buttons(texts("inline.lost", line=escape(result.query))))
        elif offer.author == user.id:
            quote = self._give(offer, user)
            self._number(result.inline_message_id, quote, texts)
            self._announce(place, quote, language=language)

    def forget_older_than(self, moment: datetime) -> int:
        """What nobody has chosen since is no longer known; returns how many."""
        return self._offers.forget_older_than(moment)

    def _may_quote(self, user_id: int) -> bool:
        role = self._access.role(user_id)
        return role is not None and role >= Role.OPERATOR

    def _given(self, found: Found, query_id: str, texts: Texts) -> list[InlineQueryResultArticle]:
        """The quotes by themselves, and before them all in one where they are of one direction."""
        alone = [[quote] for quote in found.given]
        is_table = len(alone) > 1 and len({quote.terms.direction for quote in found.given}) == 1
        return [
            inline_screens.article(_result_id("g", query_id, place), self._client_cards.faces(quotes), texts)
            for place, quotes in enumerate([list(found.given), *alone] if is_table else alone)
        ]

    def _give(self, offer: InlineOffer, user: User) -> GivenQuote:
        """The same result gives one quote, however often Telegram tells of it."""
        author = Author(user.id, user.full_name)
        quote = self._book.give(f"inline {offer.id}", offer.terms, author=author, valid_until=offer.valid_until)
        request = read_line(offer.line)
        if isinstance(request, Request):
            self._given_lately.remember_amounts(user.id, request.direction, request.currency, request.amounts)
            if request.margin is not None:
                self._given_lately.remember_margin(user.id, request.direction, request.margin)
        return quote

    def _number(self, message_id: str | None, quote: GivenQuote, texts: Texts) -> None:
        if message_id is None:
            log.warning("a card that was sent cannot be numbered quote=%s", quote.id)
            return
        try:
            self._cards.edit_inline(message_id, inline_screens.sent(self._client_cards.faces([quote]), texts))
        except (TransportError, ApiTelegramException) as error:
            log.warning("a card that was sent was not numbered quote=%s: %s", quote.id, error)

    def _reply(self, query_id: str, results: list[InlineQueryResultArticle], hint: Hint | None) -> None:
        """One that comes too late, or does not arrive, is missed by nobody: the next letter asks again."""
        button = inline_screens.button(hint, start_with(hint.line)) if hint else None
        try:
            self._bot.answer_inline_query(query_id, results, cache_time=0, is_personal=True, button=button)
        except TransportError as error:
            log.info("inline query not answered: %s", error)
        except ApiTelegramException as error:
            if not is_too_old(error):
                raise
        else:
            log.debug("inline query answered results=%d", len(results))


def start_with(line: str) -> str:
    """What /start gets from the button above the choices, so that the chat with the bot goes on with the line."""
    start = _LINE + urlsafe_b64encode(line.encode()).decode().rstrip("=")
    return start if line and len(start) <= LONGEST_START else "inline"


def line_of(start: str) -> str | None:
    """The line that /start brought along; None where it brought something else."""
    if not start.startswith(_LINE):
        return None
    text = start.removeprefix(_LINE)
    try:
        return b64decode(text + "=" * (-len(text) % 4), altchars="-_", validate=True).decode() or None
    except ValueError:
        return None


def _result_id(kind: str, query_id: str, place: int) -> str:
    """The same for the same answer: `o` for what is only offered, `g` for what was given."""
    return kind + hashlib.blake2s(f"{query_id} {place}".encode(), digest_size=12).hexdigest()
