"""How quotes are asked for: step by step, in one line, and out of other chats."""

from collections.abc import Callable
from functools import partial

from chat.approving import Approving
from chat.conversation import Conversation
from chat.deciding import Deciding
from chat.dialogues import Dialogues
from chat.given_quotes import GivenQuotes
from chat.giving import Giving
from chat.inline import Inline
from chat.offering import Offering
from chat.office import Office
from chat.quick import Quick
from chat.rate_requests import RateRequests
from chat.tariffs import is_blocked, is_doubted
from chat.ways import only_for
from desk.margins import DeskMargins
from desk.offers import NoUsableRate
from desk.typed_rates import TypedRates


class QuoteRequests:
    """`conversation` goes step by step, `quick` reads a line for it, `inline` answers in other chats."""

    def __init__(
        self,
        office: Office,
        margins: DeskMargins,
        *,
        given: GivenQuotes,
        approving: Approving,
        typed: TypedRates,
        refused: Callable[[NoUsableRate], object],
        new_id: Callable[[], str],
    ) -> None:
        """`refused` is told each time somebody gets no rate that may be quoted; `new_id` is that of a dialogue."""
        self.quick = Quick(office.desk, office.stores.operators, margins)
        self.inline = self._inline(office, margins, given, approving)
        ways = only_for(office.access.may_quote, office.ways)
        self.conversation = Conversation(
            Dialogues(office.bot),
            office.cards,
            desk=office.desk,
            memory=office.stores.operators,
            margins=margins,
            rates=RateRequests(office.desk, beside=ways.beside, in_turn=ways.in_turn, refused=refused),
            deciding=Deciding(
                office.desk,
                typed=typed,
                records=office.stores.decisions,
                rates_changed=given.watch.rates_changed,
                utcnow=office.clock.utcnow,
            ),
            quick=self.quick,
            giving=Giving(given.book, office.cards, office.client_cards, given.cards),
            approving=approving,
            clock=office.clock,
            new_id=new_id,
        )

    def _inline(self, office: Office, margins: DeskMargins, given: GivenQuotes, approving: Approving) -> Inline:
        stores, utcnow = office.stores, office.clock.utcnow
        offering = Offering(
            office.desk,
            self.quick,
            given.book,
            stores.operators,
            objections=[partial(is_blocked, margins), approving.objection],
            doubts=[partial(is_doubted, margins)],
            utcnow=utcnow,
        )
        return Inline(
            office.bot,
            office.cards,
            offering,
            book=given.book,
            offers=stores.inline_offers,
            given_lately=stores.operators,
            access=office.access,
            languages=stores.operators,
            client_cards=office.client_cards,
            announce=given.cards.send,
            utcnow=utcnow,
        )
