"""Rooms that most people seldom enter: each is loaded and put together when somebody first comes to it."""

from collections.abc import Callable, Mapping
from functools import cache

from calc.quotes import GivenQuote
from chat.cards import Cards
from chat.clock import WallClock
from chat.features import Feature, Pressed, Said
from chat.stores import Stores
from chat.ways import Ways
from desk.access import Access, Role
from desk.margins import DeskMargins


def entered_later(enter: Callable[[], Feature], command: str, verb: str, *, least: Role = Role.OPERATOR) -> Feature:
    """The feature that `enter` gives, before there is one: it has this command, the buttons of this verb, this role.

    Two who come first at the same time may each put one together.
    """
    room = cache(enter)

    def hear(said: Said) -> None:
        room().commands[command](said)

    def press(pressed: Pressed) -> None:
        room().presses[verb](pressed)

    return Feature({command: hear}, {verb: press}, least=least)


class Rooms:
    """`people` are the names of all who were ever let in, by id; `ways` lead to owners."""

    def __init__(
        self,
        cards: Cards,
        stores: Stores,
        *,
        access: Access,
        margins: DeskMargins,
        successor: Callable[[int], GivenQuote | None],
        quote: Callable[..., None],
        people: Callable[[], Mapping[int, str]],
        ways: Ways,
        clock: WallClock,
    ) -> None:
        self._cards = cards
        self._stores = stores
        self._access = access
        self._margins = margins
        self._successor = successor
        self._quote = quote
        self._people = people
        self._ways = ways
        self._clock = clock

    @property
    def features(self) -> list[Feature]:
        return [
            entered_later(self.margins, "margins", "margins"),
            entered_later(self.charts, "chart", "chart", least=Role.VIEWER),
            entered_later(self.book, "quotes", "book", least=Role.VIEWER),
            entered_later(self.reports, "report", "report"),
            entered_later(self.exports, "export", "export", least=Role.OWNER),
            entered_later(self.audit, "audit", "audit", least=Role.OWNER),
        ]

    def margins(self) -> Feature:
        from chat.margin_settings import MarginSettings  # noqa: PLC0415

        return MarginSettings(self._cards, self._margins, is_owner=self._access.is_owner).feature

    def charts(self) -> Feature:
        from chat.charting import Charting  # noqa: PLC0415

        return Charting(self._cards, self._stores.history, clock=self._clock).feature

    def book(self) -> Feature:
        from chat.book import Book  # noqa: PLC0415

        return Book(
            self._cards,
            self._stores.book,
            find=self._stores.quotes.find,
            successor=self._successor,
            role=self._access.role,
            quote=self._quote,
            clock=self._clock,
        ).feature

    def reports(self) -> Feature:
        from chat.reporting import Reporting  # noqa: PLC0415

        role, totals = self._access.role, self._stores.totals
        return Reporting(self._cards, totals, role=role, clock=self._clock).feature

    def exports(self) -> Feature:
        from chat.exporting import Exporting  # noqa: PLC0415

        return Exporting(
            self._cards,
            self._stores.book,
            note=self._stores.note,
            ways=self._ways,
            clock=self._clock,
        ).feature

    def audit(self) -> Feature:
        from chat.audit import AuditRoom  # noqa: PLC0415

        deeds = self._stores.deeds
        return AuditRoom(self._cards, deeds, people=self._people, clock=self._clock).feature
