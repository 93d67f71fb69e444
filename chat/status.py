"""/status: shown to an owner, redrawn in place, with a check of the sources that runs beside the chat."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from chat.cards import Cards
from chat.clock import WallClock
from chat.dialogue import Place
from chat.features import Feature, Pressed, Said
from chat.screens import Screen
from chat.status_screen import CHECKED_EVERY, Report, render
from chat.ways import Ways
from desk.access import Role

log = logging.getLogger(__name__)


class Status:
    def __init__(
        self,
        cards: Cards,
        *,
        report: Callable[[], Report],
        check: Callable[[], None],
        ways: Ways,
        clock: WallClock,
    ) -> None:
        """`report` is quick; `check` waits for the sources that are free to ask."""
        self._cards = cards
        self._report = report
        self._check = check
        self._ways = ways
        self._clock = clock
        self._checked_at: datetime | None = None

    @property
    def feature(self) -> Feature:
        return Feature({"status": self.open}, {"status": self.press}, least=Role.OWNER)

    def open(self, said: Said) -> None:
        self._cards.send(said.place, self._screen(said.place, said.language))

    def press(self, pressed: Pressed) -> None:
        """Draws the screen anew; after a check a second time, when that is over."""
        place, language, message_id = pressed.place, pressed.language, pressed.message_id
        is_check = pressed.arg == "check"
        checked = self._checked_lately() if is_check else None
        is_checking = is_check and checked is None
        screen = self._screen(place, language, is_checking=is_checking, checked=checked)
        self._cards.edit(place.chat_id, message_id, screen)
        if is_checking:
            checked_now: timedelta | None = None

            def redraw() -> None:
                self._cards.edit(place.chat_id, message_id, self._screen(place, language, checked=checked_now))

            def check() -> None:
                nonlocal checked_now
                try:
                    self._check()
                except Exception:  # whatever it was, the screen must not say for ever that a check is under way
                    log.exception("sources not checked")
                else:
                    self._checked_at, checked_now = self._clock.utcnow(), timedelta(0)
                self._ways.in_turn(place, language, redraw)

            self._ways.beside(("status", place), check)

    def _checked_lately(self) -> timedelta | None:
        """How long ago the last check was over, where that is so short that another would ask nobody."""
        if self._checked_at is None:
            return None
        ago = self._clock.utcnow() - self._checked_at
        return ago if ago < CHECKED_EVERY else None

    def _screen(
        self, place: Place, language: str, *, is_checking: bool = False, checked: timedelta | None = None
    ) -> Screen:
        return render(
            self._report(),
            place.user_id,
            language=language,
            zone=self._clock.zone,
            now=self._clock.utcnow(),
            is_checking=is_checking,
            checked=checked,
        )
