"""Rooms that most people seldom enter: each is loaded and put together when somebody first comes to it."""

from collections.abc import Callable, Mapping
from functools import cache

from calc.quotes import GivenQuote
from chat.features import Feature, Pressed, Said
from chat.office import Office
from chat.ways import only_for
from desk.access import Role
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
    """`people` are the names of all who were ever let in, by id."""

    def __init__(
        self,
        office: Office,
        *,
        margins: DeskMargins,
        successor: Callable[[int], GivenQuote | None],
        quote: Callable[..., None],
        people: Callable[[], Mapping[int, str]],
    ) -> None:
        self._office = office
        self._margins = margins
        self._successor = successor
        self._quote = quote
        self._people = people

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

        office = self._office
        return MarginSettings(office.cards, self._margins, is_owner=office.access.is_owner).feature

    def charts(self) -> Feature:
        from chat.charting import Charting  # noqa: PLC0415

        office = self._office
        return Charting(office.cards, office.stores.history, clock=office.clock).feature

    def book(self) -> Feature:
        from chat.book import Book  # noqa: PLC0415

        office = self._office
        return Book(
            office.cards,
            office.stores.book,
            find=office.stores.quotes.find,
            successor=self._successor,
            role=office.access.role,
            quote=self._quote,
            clock=office.clock,
        ).feature

    def reports(self) -> Feature:
        from chat.reporting import Reporting  # noqa: PLC0415

        office = self._office
        return Reporting(office.cards, office.stores.totals, role=office.access.role, clock=office.clock).feature

    def exports(self) -> Feature:
        from chat.exporting import Exporting  # noqa: PLC0415

        office = self._office
        ways, note = only_for(office.access.is_owner, office.ways), office.stores.note
        return Exporting(office.cards, office.stores.book, note=note, ways=ways, clock=office.clock).feature

    def audit(self) -> Feature:
        from chat.audit import AuditRoom  # noqa: PLC0415

        office = self._office
        return AuditRoom(office.cards, office.stores.deeds, people=self._people, clock=office.clock).feature
