"""The parts of the chat, put together: what is kept and what decides comes in, handlers for TeleBot come out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from calc.quotes import GivenQuote
from calc.snapshots import Market
from chat.alerting import Alerting
from chat.approving import Approving
from chat.boards import Boards
from chat.dialogue import Place
from chat.features import Feature
from chat.given import Given
from chat.given_quotes import GivenQuotes
from chat.handlers import Handlers
from chat.office import Office
from chat.people import People
from chat.quote_requests import QuoteRequests
from chat.rooms import Rooms
from chat.settings import OwnSettings
from chat.status import Status
from chat.status_screen import Report
from chat.ways import only_for
from desk.access import Role
from desk.alert_book import AlertBook
from desk.approvals import Approvals
from desk.margins import DeskMargins
from desk.offers import NoUsableRate
from desk.typed_rates import TypedRates


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
    """`given`, `boards` and `alerting` are for those who bring rates; `handlers` are to be registered.

    `margins` are for all who quote.
    """

    def __init__(
        self,
        office: Office,
        *,
        typed: TypedRates,
        sources: Sources,
        valid_for: timedelta,
        more: Sequence[Feature] = (),
        new_id: Callable[[], str],
        username: Callable[[], str | None],
    ) -> None:
        """`new_id` is that of a dialogue, `username` the bot's own, None while not known.

        `more` are features put together elsewhere, `valid_for` is how long a quote stands.
        """
        self.access = office.access
        self.people = People(office, username=username, role_changed=self._role_changed)
        self.margins = DeskMargins(
            office.stores.margins,
            last=office.stores.operators.last_margin,
            offer=office.desk.offer,
            is_owner=office.access.is_owner,
            utcnow=office.clock.utcnow,
            floors_changed=self._floors_changed,
        )
        self.approving = Approving(
            office.cards,
            Approvals(office.access, office.stores.approvals, utcnow=office.clock.utcnow),
            store=office.stores.approvals,
            language=self.people.language_of,
            ways=only_for(office.access.may_quote, office.ways),
            decided=self._approval_decided,
            clock=office.clock,
        )
        self.given = GivenQuotes(office, self.margins, valid_for=valid_for, tell=sources.quoted)
        self.requests = QuoteRequests(
            office,
            self.margins,
            given=self.given,
            approving=self.approving,
            typed=typed,
            refused=sources.refused,
            new_id=new_id,
        )
        self.boards, self.alerting = _boards(office), _alerting(office, sources.market)
        self.handlers = Handlers(
            self.requests.conversation,
            office.cards,
            access=office.access,
            languages=office.stores.operators,
            features=[*self._features(office, sources), *more],
            inline=self.requests.inline,
            team=self.people.room,
            username=username,
            paired=self.people.show_menu,
        )

    def card_moved(self, place: Place, gone: int, anew: int) -> None:
        """A message was deleted while its last edit had to wait, and is there again; in the turn of its chat."""
        self.requests.conversation.card_moved(place, gone, anew)
        self.given.cards.moved(place.chat_id, gone, anew)

    def _features(self, office: Office, sources: Sources) -> list[Feature]:
        """What answers beside the dialogue and the help."""
        return [
            self._given(office).feature,
            self.boards.feature,
            self.alerting.feature,
            OwnSettings(office.cards, office.stores.operators, chosen=self.people.show_menu).feature,
            _status(office, sources).feature,
            self.people.room.feature,
            *self._rooms(office).features,
            self.approving.feature,
        ]

    def _given(self, office: Office) -> Given:
        return Given(
            office.cards,
            self.given.cards,
            book=self.given.book,
            guard=self.given.guard,
            offer=office.desk.offer,
            floor_for=self.margins.floor_for,
            is_beyond=self.approving.is_beyond,
            expects_words=self.requests.conversation.expects_words,
        )

    def _rooms(self, office: Office) -> Rooms:
        return Rooms(
            office,
            margins=self.margins,
            successor=self.given.book.successor,
            quote=self.requests.conversation.quote,
            people=self.people.names,
        )

    def _floors_changed(self) -> None:
        self.given.watch.rates_changed()

    def _approval_decided(self, place: Place, dialogue_id: str) -> None:
        self.requests.conversation.decided(place, dialogue_id)

    def _role_changed(self, user_id: int, role: Role | None) -> None:
        """What shows rates by itself stops at once for somebody who may not see them any more."""
        if role is None or role < Role.OPERATOR:
            self.approving.withdraw_of(user_id)
        if role is None:
            self.boards.forget_of(user_id)
            self.alerting.forget_of(user_id)


def _boards(office: Office) -> Boards:
    allows = office.access.allows
    return Boards(
        office.cards,
        office.desk,
        store=office.stores.boards,
        allows=allows,
        ways=only_for(allows, office.ways),
        clock=office.clock,
    )


def _alerting(office: Office, market: Callable[[], Market]) -> Alerting:
    access, stores = office.access, office.stores
    return Alerting(
        office.bot,
        office.cards,
        book=AlertBook(stores.alerts, stores.history, market=market, utcnow=office.clock.utcnow),
        modes=stores.modes,
        is_owner=access.is_owner,
        allows=access.allows,
        in_line=office.ways.in_line,
    )


def _status(office: Office, sources: Sources) -> Status:
    """Only owners are shown what it has waited for."""
    ways = only_for(office.access.is_owner, office.ways)
    return Status(office.cards, report=sources.report, check=sources.check, ways=ways, clock=office.clock)
