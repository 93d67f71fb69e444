"""The quotes that clients have: the book of them, the cards that show them, and who looks after both."""

from collections.abc import Callable
from datetime import timedelta

from calc.margins import Margin
from calc.quotes import GivenQuote
from chat.given_cards import GivenCards
from chat.margin_watch import MarginWatch
from chat.office import Office
from desk.margins import DeskMargins
from desk.quote_book import QuoteBook
from desk.quote_guard import QuoteGuard


class GivenQuotes:
    """`guard` values the open ones, `watch` tells their authors of what it finds."""

    def __init__(
        self, office: Office, margins: DeskMargins, *, valid_for: timedelta, tell: Callable[[GivenQuote], object]
    ) -> None:
        """`tell` hears of every state that a quote comes to, `valid_for` is how long one stands."""
        access, stores, clock = office.access, office.stores, office.clock
        self.book = QuoteBook(stores.quotes, utcnow=clock.utcnow, valid_for=valid_for, tell=tell)
        self.guard = QuoteGuard(
            stores.quotes,
            stores.quote_warnings,
            offer=office.desk.offer,
            floor_of=lambda direction, _: Margin(margins.least_percent(direction)),
            utcnow=clock.utcnow,
        )
        self.cards = GivenCards(
            office.cards,
            self.book,
            store=stores.quote_cards,
            client_cards=office.client_cards,
            floor_of=margins.floor_of,
            allows=access.may_quote,
            in_line=office.ways.in_line,
            clock=clock,
        )
        self.watch = MarginWatch(
            office.cards,
            self.cards,
            guard=self.guard,
            languages=stores.operators,
            allows=access.may_quote,
            in_line=office.ways.in_line,
            zone=clock.zone,
        )

    def look(self) -> None:
        """Has cards redrawn that say something else by now, and margins told of that have fallen; never waits."""
        self.cards.look()
        self.watch.look()
