"""A tenure that a thread keeps: it waits for it, renews it, and ends when another process has it."""

import logging
import os
import socket
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from enum import StrEnum

from storage.connections import Connection
from storage.errors import DatabaseAway, NotTheHolder

log = logging.getLogger(__name__)

NAME = "desk"
RENEW_S = 1.0
LOOK_S = 0.25
"""Between two looks of a standby, and between two attempts to reach the database."""

GONE = "another process serves the desk now, this one was silent for too long"

EPOCH = "SELECT epoch FROM lease WHERE name = ? LIMIT 1"

Lost = Callable[[str], object]
"""Is told in one line why another process serves the desk now; this one has to end."""


class State(StrEnum):
    """Where a process stands."""

    STANDBY = "standby"
    HOLDER = "holder"
    OVER = "over"  # for good: it gave the tenure up, or another one has it


class Lease(ABC):
    """A thread, `lease`, does it all; `held`, `state`, `fence`, `trouble` and `stop` any thread may call.

    Each holder begins a higher epoch in the database, and each transaction compares it, so one that another has
    followed cannot write. And it does not send: without a renewal its time runs out by its own clock, before anybody
    follows. How one of them comes to hold it, and when another one may follow, depends on the database.
    """

    def __init__(self, *, lost: Lost, holder: str | None, clock: Callable[[], float]) -> None:
        self._lost = lost
        self._holder = holder or f"{socket.gethostname()}:{os.getpid()}"
        self._clock = clock
        self._state = State.STANDBY
        self._epoch: int | None = None
        self._until = float("-inf")
        self._trouble: str | None = None
        self._pause_s = 0.0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lease", daemon=True)

    @property
    def held(self) -> bool:
        return self._state is State.HOLDER and not self._stopping.is_set() and self._clock() < self._until

    def state(self) -> State:
        return State.OVER if self._stopping.is_set() else self._state

    def fence(self, connection: Connection, /) -> None:
        row: tuple[int] | None = connection.execute(EPOCH, (NAME,)).fetchone()
        epoch = row[0] if row else None
        if epoch is None or epoch != self._epoch:
            raise NotTheHolder(self._epoch, of_the_holder=epoch)

    def is_minded(self) -> bool:
        return self._thread.is_alive()

    def trouble(self) -> str | None:
        return self._trouble

    def start(self) -> None:
        """Once the database has its schema."""
        self._pause_s = self.step()
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        """From now on nothing is sent; it is free when the thread has ended."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def step(self) -> float:
        """One look, or one renewal; the seconds until the next. A database that is away for an hour is one line."""
        if self._state is State.OVER:
            return RENEW_S
        try:
            pause_s = self._look_or_renew()
        except DatabaseAway as error:
            if self._trouble is None:
                log.warning("lease cannot be kept: %s", error.reason)
            self._trouble = "the database does not answer"
            return LOOK_S
        if self._trouble is not None:
            log.info("lease is minded again")
            self._trouble = None
        return pause_s

    @abstractmethod
    def give_up(self) -> None:
        """The next one need not wait until the time of this one is over."""

    @abstractmethod
    def close(self) -> None:
        """Lets go of all that is open, and with it of the lock: the next one finds it free."""

    @abstractmethod
    def _look_or_renew(self) -> float:
        """One `step`; raises DatabaseAway."""

    def _hold(self, *, until: float) -> None:
        self._until, self._state = until, State.HOLDER

    def _lose(self, why: str = GONE) -> None:
        self._state = State.OVER
        self._lost(why)

    def _run(self) -> None:
        try:
            while not self._stopping.wait(self._pause_s):
                self._pause_s = self.step()
        finally:
            self.give_up()
