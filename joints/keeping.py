"""What outlives the process: every store of the database, those among them that the chat is given, and how long."""

from collections.abc import Callable
from datetime import datetime, timedelta

from chat.delivery.forgetful import ForgetfulInbox
from chat.front import Front
from chat.stores import Stores
from chat.updates import Changes
from joints.sharing import Sharing
from ops.settings import Settings
from storage.afterwards import Afterwards
from storage.alerts import AlertModes, KeptAlerts
from storage.approvals import Approvals
from storage.audit import Audit
from storage.boards import PinnedBoards
from storage.connections import Connection
from storage.decisions import Decisions
from storage.history import History
from storage.inbox import Inbox
from storage.inline_offers import InlineOffers
from storage.journal import Journal
from storage.late_edits import KeptEdits
from storage.margins import KeptMargins
from storage.members import Members
from storage.operators import Operators
from storage.quota import KeyCalls
from storage.quote_cards import QuoteCards
from storage.quote_counts import QuoteCounts
from storage.quote_lists import QuoteLists
from storage.quote_warnings import QuoteWarnings
from storage.quotes import Quotes
from storage.sent_copies import SentCopies
from storage.snapshots import Snapshots
from storage.states import StateStorage
from storage.step_days import StepDays
from storage.timed import Observe
from storage.together import Check, Together
from storage.totals import DayTotals

DIALOGUES_KEPT = timedelta(days=30)
UPDATES_KEPT = timedelta(days=2)
INLINE_OFFERS_KEPT = timedelta(hours=12)
"""Of a list that stays open for so long somebody may still choose; what was chosen then has expired."""


class Kept:
    """To be made when no other process changes the database any more. Any thread may use it."""

    def __init__(
        self,
        database: Afterwards,
        settings: Settings,
        sharing: Sharing,
        *,
        permit: Callable[[], Check],
        observe: Observe,
    ) -> None:
        self.states = StateStorage(database, copies=sharing.dialogues())
        self.operators = Operators(database, also=self.states.also)
        self.together = Together(database, permit=permit, observe=observe)
        self._inbox = Inbox(database, write=self.together.write)
        self.taking = ForgetfulInbox() if settings.inbox == "off" else self._inbox
        """The updates that have come; `INBOX` says where."""
        self.late_edits = KeptEdits(database)
        self.journal = Journal(database, write=self.together.write)
        self.snapshots = Snapshots(database)
        self.key_calls = KeyCalls(database)
        self.history = History(database)
        self.modes = AlertModes(database)
        self.members = Members(database)
        self.decisions = Decisions(database)
        self.audit = Audit(database)
        self.totals = DayTotals(database)
        self.totals.use_zone(settings.desk_timezone)
        self.quote_counts = QuoteCounts(database)
        self.sent_copies = SentCopies(database)
        self.step_days = StepDays(database)
        self._quote_cards = QuoteCards(database)
        self._database = database

    def for_chat(self) -> Stores:
        return Stores(
            operators=self.operators,
            margins=KeptMargins(self._database),
            members=self.members,
            approvals=Approvals(self._database),
            deeds=self.audit,
            decisions=self.decisions,
            quotes=Quotes(self._database),
            quote_cards=self._quote_cards,
            quote_warnings=QuoteWarnings(self._database),
            inline_offers=InlineOffers(self._database),
            boards=PinnedBoards(self._database),
            alerts=KeptAlerts(self._database),
            modes=self.modes,
            history=self.history,
            book=QuoteLists(self._database),
            totals=self.totals,
            note=self.audit.note,
        )

    def finish(self, changes: Changes | None, update_id: int, press: str) -> None:
        """What an update changed is kept in the transaction that marks it done, and the press that is unanswered."""

        def write(connection: Connection) -> None:
            if changes is not None:
                changes.write(connection)
            self.taking.mark_done(connection, update_id, press=press)

        self.together.write(write)

    def forget(self, front: Front, now: datetime) -> None:
        """What nobody comes back to; the history is thinned."""
        self.states.forget_older_than(now - DIALOGUES_KEPT)
        self._inbox.forget_older_than(now - UPDATES_KEPT)
        self.journal.forget_older_than(now - DIALOGUES_KEPT)
        self._quote_cards.forget_older_than(now - DIALOGUES_KEPT)
        self.history.thin(now)
        front.requests.inline.forget_older_than(now - INLINE_OFFERS_KEPT)
