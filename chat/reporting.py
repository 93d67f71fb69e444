"""/report: what the desk did in a day, a week or a month."""

from collections.abc import Callable, Sequence
from datetime import date
from html import escape
from typing import Protocol

from calc.totals import Total
from chat import report_screen
from chat.cards import Cards, without_buttons
from chat.clock import WallClock
from chat.features import Feature, Pressed, Said
from chat.mistakes import LONGEST_ECHO
from chat.report_screen import Face
from chat.screens import Screen
from chat.texts import Texts
from desk.access import Role
from desk.periods import Period, read


class Totals(Protocol):
    def between(self, first: date, last: date, /) -> Sequence[Total]:
        """Of both days and all between, one for each operator and direction."""


class Reporting:
    def __init__(
        self,
        cards: Cards,
        totals: Totals,
        *,
        role: Callable[[int], Role | None],
        clock: WallClock,
    ) -> None:
        self._cards = cards
        self._totals = totals
        self._role = role
        self._clock = clock

    @property
    def feature(self) -> Feature:
        return Feature({"report": self.command}, {report_screen.VERB: self.press})

    def command(self, said: Said) -> None:
        face = self._face(said)
        period = read(said.arguments, face.today)
        if period is None:
            typed = escape(said.arguments[:LONGEST_ECHO])
            self._cards.send(said.place, without_buttons(said.texts("report.unreadable", typed=typed)))
        else:
            self._cards.send(said.place, self._screen(face, period))

    def press(self, pressed: Pressed) -> None:
        try:
            period = Period.parse(pressed.arg)
        except ValueError:  # a button that was never ours
            return
        screen = self._screen(self._face(pressed), period)
        self._cards.edit(pressed.place.chat_id, pressed.message_id, screen)

    def _screen(self, face: Face, period: Period) -> Screen:
        return report_screen.render(face, period, self._totals.between(period.first, period.last))

    def _face(self, by: Said | Pressed) -> Face:
        today = self._clock.today()
        may_export = self._role(by.place.user_id) is Role.OWNER
        return Face(by.place.user_id, Texts(by.language, self._clock.zone), today, may_export=may_export)
