"""/status: shown to an owner, redrawn in place, with a check of the sources that runs beside the chat."""

import logging
from collections.abc import Callable, Hashable
from datetime import datetime

from chat.cards import Cards
from chat.dialogue import Place
from chat.screens import Screen
from chat.status_screen import Report, render

log = logging.getLogger(__name__)

Job = Callable[[], None]


class Status:
    """`beside` runs a job on threads that may wait; `in_turn` runs one in a chat's own order."""

    def __init__(
        self,
        cards: Cards,
        *,
        report: Callable[[], Report],
        check: Callable[[], None],
        beside: Callable[[Hashable, Job], None],
        in_turn: Callable[[Place, str, Job], None],
        utcnow: Callable[[], datetime],
    ) -> None:
        """`report` is quick; `check` waits for the sources that are free to ask."""
        self._cards = cards
        self._report = report
        self._check = check
        self._beside = beside
        self._in_turn = in_turn
        self._utcnow = utcnow

    def open(self, place: Place, *, language: str) -> None:
        self._cards.send(place, self._screen(place, language))

    def press(self, place: Place, action: str, *, message_id: int, language: str) -> None:
        """Draws the screen anew; after a check a second time, when that is over."""
        is_checking = action == "check"
        self._cards.edit(place.chat_id, message_id, self._screen(place, language, is_checking=is_checking))
        if is_checking:

            def redraw() -> None:
                self._cards.edit(place.chat_id, message_id, self._screen(place, language))

            def check() -> None:
                try:
                    self._check()
                except Exception:  # whatever it was, the screen must not say for ever that a check is under way
                    log.exception("sources not checked")
                self._in_turn(place, language, redraw)

            self._beside(("status", place), check)

    def _screen(self, place: Place, language: str, *, is_checking: bool = False) -> Screen:
        return render(self._report(), place.user_id, language=language, now=self._utcnow(), is_checking=is_checking)
