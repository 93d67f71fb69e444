"""/status: shown to an owner, redrawn in place, with a check of the sources that runs beside the chat."""

import logging
from collections.abc import Callable

from chat.cards import Cards
from chat.clock import WallClock
from chat.dialogue import Place
from chat.features import Feature, Pressed, Said
from chat.screens import Screen
from chat.status_screen import Report, render
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

    @property
    def feature(self) -> Feature:
        return Feature({"status": self.open}, {"status": self.press}, least=Role.OWNER)

    def open(self, said: Said) -> None:
        self._cards.send(said.place, self._screen(said.place, said.language))

    def press(self, pressed: Pressed) -> None:
        """Draws the screen anew; after a check a second time, when that is over."""
        place, language, message_id = pressed.place, pressed.language, pressed.message_id
        is_checking = pressed.arg == "check"
        self._cards.edit(place.chat_id, message_id, self._screen(place, language, is_checking=is_checking))
        if is_checking:

            def redraw() -> None:
                self._cards.edit(place.chat_id, message_id, self._screen(place, language))

            def check() -> None:
                try:
                    self._check()
                except Exception:  # whatever it was, the screen must not say for ever that a check is under way
                    log.exception("sources not checked")
                self._ways.in_turn(place, language, redraw)

            self._ways.beside(("status", place), check)

    def _screen(self, place: Place, language: str, *, is_checking: bool = False) -> Screen:
        return render(
            self._report(),
            place.user_id,
            language=language,
            zone=self._clock.zone,
            now=self._clock.utcnow(),
            is_checking=is_checking,
        )
