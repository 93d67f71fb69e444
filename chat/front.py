"""The parts of the chat, put together: what is kept and what decides comes in, handlers for TeleBot come out."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from telebot import TeleBot
from telebot.apihelper import ApiTelegramException

from calc.margins import Margin
from calc.quotes import GivenQuote
from calc.snapshots import Market
from chat.alerting import Alerting
from chat.approving import Approving
from chat.boards import Boards
from chat.cards import Cards
from chat.client_screens import ClientCards
from chat.clock import WallClock
from chat.conversation import Conversation
from chat.deciding import Deciding
from chat.delivery.errors import TransportError
from chat.dialogue import Place
from chat.dialogues import Dialogues
from chat.features import Feature
from chat.given import Given
from chat.given_cards import GivenCards
from chat.giving import Giving
from chat.handlers import Handlers
from chat.inline import Inline
from chat.margin_watch import MarginWatch
from chat.menus import Menus
from chat.offering import Offering
from chat.personal import Personal
from chat.quick import Quick
from chat.rate_requests import RateRequests
from chat.rooms import Rooms
from chat.settings import OwnSettings
from chat.status import Status
from chat.status_screen import Report
from chat.stores import Stores
from chat.tariffs import is_blocked, is_doubted
from chat.team import TeamRoom
from chat.ways import Ways, only_for
from desk.access import Access, Role
from desk.alert_book import AlertBook
from desk.approvals import Approvals
from desk.margins import DeskMargins
from desk.offers import NoUsableRate
from desk.quote_book import QuoteBook
from desk.quote_guard import QuoteGuard
from desk.quoting import Desk
from desk.team import Team
from desk.typed_rates import TypedRates

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sources:
    """The rates behind the desk: `market` and `report` are quick, `check` waits for those that are free to ask.

    `refused` is told each time somebody asked and got no rate that may be quoted, `quoted` of every state that a quote
    comes to.
    """

    market: Callable[[], Market]
    report: Callable[[], Report]
    check: Callable[[], None]
    refused: Callable[[NoUsableRate], object] = lambda _: None
    quoted: Callable[[GivenQuote], object] = lambda _: None


class Front:
    """`conversation`, `boards` and `alerting` are for those who bring rates; `handlers` are to be registered.

    `margins` are for all who quote.
    """

    def __init__(
        self,
        bot: TeleBot,
        desk: Desk,
        *,
        typed: TypedRates,
        access: Access,
        stores: Stores,
        sources: Sources,
        ways: Ways,
        client_cards: ClientCards,
        clock: WallClock,
        valid_for: timedelta,
        more: Sequence[Feature] = (),
        new_id: Callable[[], str],
        username: Callable[[], str | None],
    ) -> None:
        """`new_id` is that of a dialogue, `username` the bot's own, None while not known.

        `more` are features put together elsewhere, `valid_for` is how long a quote stands.
        """
        utcnow = clock.utcnow
        cards, quoting = Cards(bot), only_for(access.may_quote, ways)
        seeing, owning = only_for(access.allows, ways), only_for(access.is_owner, ways)
        self.margins = margins = DeskMargins(
            stores.margins,
            last=stores.operators.last_margin,
            offer=desk.offer,
            is_owner=access.is_owner,
            utcnow=utcnow,
            floors_changed=self._floors_changed,
        )
        self._menus, self.access, self._ways = Menus(bot, stores.operators), access, ways
        self._languages = stores.operators
        self.approving = Approving(
            cards,
            Approvals(access, stores.approvals, utcnow=utcnow),
            store=stores.approvals,
            language=self._language_of,
            ways=quoting,
            decided=self._approval_decided,
            clock=clock,
        )
        self.quotes = QuoteBook(stores.quotes, utcnow=utcnow, valid_for=valid_for, tell=sources.quoted)
        guard = QuoteGuard(
            stores.quotes,
            stores.quote_warnings,
            offer=desk.offer,
            floor_of=lambda direction, _: Margin(margins.least_percent(direction)),
            utcnow=utcnow,
        )
        self.given_cards = GivenCards(
            cards,
            self.quotes,
            store=stores.quote_cards,
            client_cards=client_cards,
            floor_of=margins.floor_of,
            allows=access.may_quote,
            in_line=ways.in_line,
            clock=clock,
        )
        self.margin_watch = MarginWatch(
            cards,
            self.given_cards,
            guard=guard,
            languages=stores.operators,
            allows=access.may_quote,
            in_line=ways.in_line,
            zone=clock.zone,
        )
        self.quick = Quick(desk, stores.operators, margins)
        self.inline = Inline(
            bot,
            cards,
            Offering(
                desk,
                self.quick,
                self.quotes,
                stores.operators,
                objections=[partial(is_blocked, margins), self.approving.objection],
                doubts=[partial(is_doubted, margins)],
                utcnow=utcnow,
            ),
            book=self.quotes,
            offers=stores.inline_offers,
            given_lately=stores.operators,
            access=access,
            languages=stores.operators,
            client_cards=client_cards,
            announce=self.given_cards.send,
            utcnow=utcnow,
        )
        self.conversation = Conversation(
            Dialogues(bot),
            cards,
            desk=desk,
            memory=stores.operators,
            margins=margins,
            rates=RateRequests(desk, beside=quoting.beside, in_turn=quoting.in_turn, refused=sources.refused),
            deciding=Deciding(
                desk,
                typed=typed,
                records=stores.decisions,
                rates_changed=self.margin_watch.rates_changed,
                utcnow=utcnow,
            ),
            quick=self.quick,
            giving=Giving(self.quotes, cards, client_cards, self.given_cards),
            approving=self.approving,
            clock=clock,
            new_id=new_id,
        )
        self.given = Given(
            cards,
            self.given_cards,
            book=self.quotes,
            guard=guard,
            offer=desk.offer,
            floor_for=margins.floor_for,
            is_beyond=self.approving.is_beyond,
            expects_words=self.conversation.expects_words,
        )
        self.boards = Boards(cards, desk, store=stores.boards, allows=access.allows, ways=seeing, clock=clock)
        self.alerting = Alerting(
            bot,
            cards,
            book=AlertBook(stores.alerts, stores.history, market=sources.market, utcnow=utcnow),
            modes=stores.modes,
            is_owner=access.is_owner,
            allows=access.allows,
            in_line=ways.in_line,
        )
        self.status = Status(cards, report=sources.report, check=sources.check, ways=owning, clock=clock)
        self.team = Team(access, stores.members, utcnow=utcnow, changed=self._role_changed)
        room = TeamRoom(
            cards,
            self.team,
            is_owner=access.is_owner,
            personal=Personal(bot, language=self._language_of, in_line=ways.in_line),
            username=username,
            clock=clock,
        )
        rooms = Rooms(
            cards,
            stores,
            access=access,
            margins=margins,
            successor=self.quotes.successor,
            quote=self.conversation.quote,
            people=self.team.people,
            ways=owning,
            clock=clock,
        )
        self.handlers = Handlers(
            self.conversation,
            cards,
            access=access,
            languages=stores.operators,
            features=[
                self.given.feature,
                self.boards.feature,
                self.alerting.feature,
                OwnSettings(cards, stores.operators, chosen=self.show_menu).feature,
                self.status.feature,
                room.feature,
                *rooms.features,
                self.approving.feature,
                *more,
            ],
            inline=self.inline,
            team=room,
            username=username,
            paired=self.show_menu,
        )

    def look_at_quotes(self) -> None:
        """Has cards redrawn that say something else by now, and margins told of that have fallen; never waits."""
        self.given_cards.look()
        self.margin_watch.look()

    def card_moved(self, place: Place, gone: int, anew: int) -> None:
        """A message was deleted while its last edit had to wait, and is there again; in the turn of its chat."""
        self.conversation.card_moved(place, gone, anew)
        self.given_cards.moved(place.chat_id, gone, anew)

    def menus(self) -> list[Callable[[], object]]:
        """What publishes Telegram's lists of commands, to be called one after the other."""
        return self._menus.all(self.access.members)

    def show_menu(self, user_id: int) -> None:
        """Publishes one person's list, beside the chats; to be called when their role or language has changed."""

        def show() -> None:
            try:
                self._menus.for_person(user_id, self.access.role(user_id))
            except (TransportError, ApiTelegramException) as error:
                log.warning("menu not shown user_id=%d: %s", user_id, error)

        self._ways.beside(("menu", user_id), show)

    def _language_of(self, user_id: int) -> str | None:
        """The one somebody chose, or was answered in last."""
        return self._languages.language(user_id) or self.team.language_of(user_id)

    def _floors_changed(self) -> None:
        self.margin_watch.rates_changed()

    def _approval_decided(self, place: Place, dialogue_id: str) -> None:
        self.conversation.decided(place, dialogue_id)

    def _role_changed(self, user_id: int, role: Role | None) -> None:
        """What shows rates by itself stops at once for somebody who may not see them any more."""
        self.show_menu(user_id)
        if role is None or role < Role.OPERATOR:
            self.approving.withdraw_of(user_id)
        if role is None:
            self.boards.forget_of(user_id)
            self.alerting.forget_of(user_id)
