"""Rates that are not in memory: asked for beside the chat, so that the chat stays free to cancel."""

import logging
from collections.abc import Callable, Hashable

from calc.directions import Direction
from chat.dialogue import Place
from desk.offers import NoUsableRate, Offer
from desk.quoting import Desk

log = logging.getLogger(__name__)

Job = Callable[[], None]
Outcome = Offer | NoUsableRate


class RateRequests:
    """Waits for sources on threads of its own. Many who ask for the same rate share one call of the book.

    `beside` runs a job on those threads; `in_turn` runs one in a chat's own order, after what came in before it, and
    says in the language given with it when that fails.
    """

    def __init__(
        self,
        desk: Desk,
        *,
        beside: Callable[[Hashable, Job], None],
        in_turn: Callable[[Place, str, Job], None],
        refused: Callable[[NoUsableRate], object] = lambda _: None,
    ) -> None:
        """`refused` is told each time somebody asked and got no rate that may be quoted."""
        self._desk = desk
        self._beside = beside
        self._in_turn = in_turn
        self._refused = refused

    def request(
        self, place: Place, direction: Direction, *, again: bool, language: str, then: Callable[[Outcome], None]
    ) -> None:
        """Returns at once; `then` gets the outcome in the chat's turn.

        `again` asks the exchange even though memory has a rate.
        """
        ask = self._desk.refetch if again else self._desk.fetch

        def wait() -> None:
            outcome = self._outcome(ask, direction)
            self._in_turn(place, language, lambda: then(outcome))

        self._beside(place, wait)

    def _outcome(self, ask: Callable[[Direction], Offer], direction: Direction) -> Outcome:
        try:
            return ask(direction)
        except NoUsableRate as error:
            self._refused(error)
            return error
        except Exception:
            log.exception("rate request failed direction=%s", direction)
            return NoUsableRate(direction, feeds=())
