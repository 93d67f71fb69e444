"""What the parts of the bot are given to tell what happens; nothing is counted where metrics are switched off."""

import logging
import time
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from ops.calls import A, measured
from ops.handling import Handle, Handling
from ops.meters import Meters, new_meters

log = logging.getLogger(__name__)


class Author(Protocol):
    @property
    def id(self) -> int: ...


class Terms(Protocol):
    @property
    def direction(self) -> object: ...


class Quote(Protocol):
    """One that was given, in the state that it has now; `id` is its name."""

    @property
    def id(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def terms(self) -> Terms: ...
    @property
    def author(self) -> Author: ...


class Observing:
    """Any thread may call it."""

    def __init__(self, *, counts: bool, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.meters: Meters | None = new_meters(clock=clock) if counts else None
        self._handling: Handling | None = None

    @property
    def query(self) -> Callable[[str, float], None] | None:
        """For the database; None where nobody wants to know, which then costs nothing."""
        if self.meters is None:
            return None
        add = self.meters.queries.add
        return lambda operation, took_s: add(took_s, operation)

    def telegram(self, send: Callable[..., A]) -> Callable[..., A]:
        return measured(send, self.meters, clock=self.clock)

    def handling(self, handle: Handle, *, is_operator: Callable[[int], bool]) -> Callable[[int, dict[str, Any]], None]:
        self._handling = Handling(self.meters, is_operator=is_operator, clock=self.clock)
        return self._handling.around(handle)

    def active_operators(self) -> int:
        return 0 if self._handling is None else self._handling.active_operators()

    def source_called(self, source: str, trouble: str | None, took_s: float) -> None:
        if self.meters is not None:
            self.meters.source_calls.add(source, "ok" if trouble is None else str(trouble))
            self.meters.source_times.add(took_s, source)

    def refused(self, reasons: Iterable[str]) -> None:
        if self.meters is not None:
            for reason in reasons:
                self.meters.refusals.add(reason)

    def quote_changed(self, quote: Quote) -> None:
        """A quote came to a state."""
        state, direction = str(quote.state), str(quote.terms.direction)
        log.info("quote changed quote=%s direction=%s state=%s author=%d", quote.id, direction, state, quote.author.id)
        if self.meters is not None:
            self.meters.quotes.add(direction, state)
