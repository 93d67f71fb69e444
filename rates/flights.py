"""One load under way, and its outcome for everybody who waits for it."""

import threading
from dataclasses import dataclass
from typing import Generic, TypeVar, cast

from calc.errors import DeskError

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Life:
    """Seconds for which a value is fresh, and for which it may be served after that."""

    ttl_s: float
    stale_s: float


class LoadAbandoned(DeskError):
    """Whoever was loading was stopped, by an interrupt or the end of the process; the source was not at fault."""


class Flight(Generic[V]):
    """One thread lands or crashes it; any thread may wait for its outcome."""

    def __init__(self, number: int, life: Life) -> None:
        """`number` tells which of two loads began later."""
        self.number = number
        self.life = life
        self.failed_at = 0.0
        self._over = threading.Event()
        self._value: V | None = None
        self._error: Exception | None = None

    def land(self, value: V) -> None:
        self._value = value
        self._over.set()

    def crash(self, error: BaseException) -> None:
        """What is no Exception is meant for one thread alone: the others are told that the load was abandoned."""
        self._error = error if isinstance(error, Exception) else LoadAbandoned(repr(error))
        self._over.set()

    def outcome(self) -> V:
        """Waits for the end of the load; raises its error."""
        self._over.wait()
        if self._error is not None:
            # Without the old traceback: each who raises it would make it longer.
            raise self._error.with_traceback(None)
        return cast(V, self._value)
