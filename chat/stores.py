"""What the chat keeps: every store that it is given, each by the protocol of the one who needs it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # rooms that nobody has come to yet are not loaded for their protocols
    from calc.deeds import Deed
    from calc.directions import Direction
    from calc.margins import Margin
    from chat.alerting import Modes
    from chat.approving import AskedStore
    from chat.audit import DeedStore
    from chat.boards import PinnedStore
    from chat.book import QuoteLists
    from chat.conversation import Memory
    from chat.deciding import Records
    from chat.exporting import WholeBook
    from chat.given_cards import CardStore
    from chat.inline import Offers
    from chat.languages import Languages
    from chat.quick import Habits
    from chat.reporting import Totals
    from desk import charting
    from desk.alert_book import AlertStore, History
    from desk.approvals import ApprovalStore
    from desk.margins import MarginStore
    from desk.quote_book import QuoteStore
    from desk.quote_guard import OpenQuotes, Warnings
    from desk.team import TeamStore

    class ApprovalsStore(ApprovalStore, AskedStore, Protocol):
        """What was asked of second persons, and where."""

    class OperatorStore(Memory, Habits, Languages, Protocol):
        """What is kept of each operator."""

        def last_margin(self, user_id: int, direction: Direction, /) -> Margin | None: ...

    class Quotes(QuoteStore, OpenQuotes, Protocol):
        """Those that were given."""

    class BookStore(QuoteLists, WholeBook, Protocol):
        """The quotes that were given, looked through."""

    class Past(History, charting.History, Protocol):
        """What every pair was worth."""


@dataclass(frozen=True, slots=True)
class Stores:
    """What outlives the process, each part by the protocol of the one who needs it."""

    operators: OperatorStore
    margins: MarginStore
    members: TeamStore
    approvals: ApprovalsStore
    deeds: DeedStore
    decisions: Records
    quotes: Quotes
    quote_cards: CardStore
    quote_warnings: Warnings
    inline_offers: Offers
    boards: PinnedStore
    alerts: AlertStore
    modes: Modes
    history: Past
    book: BookStore
    totals: Totals
    note: Callable[[Deed], object]
