"""Writes of many threads in one transaction: to begin and to commit one takes longer than what most of them write."""

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from calc.errors import NotNow
from storage.afterwards import Afterwards
from storage.connections import Connection
from storage.database import Database
from storage.timed import Observe

T = TypeVar("T")

Check = Callable[[], object]
"""Raises where the thread that it was made for may not write any more; any thread may call it."""


class Write(Protocol):
    """Calls `write(connection)` inside a transaction, and gives back what it returned."""

    def __call__(self, write: Callable[[Connection], T], /) -> T: ...


def alone(database: Database) -> Write:
    """A transaction for each, on its own thread."""

    def made(write: Callable[[Connection], T]) -> T:
        with database.write() as connection:
            return write(connection)

    return made


class _Wanted:
    """What a thread wants to write, and what came of it. Neither written nor in doubt, it is left to that thread."""

    __slots__ = ("check", "in_doubt", "is_taken", "is_written", "result", "write")

    def __init__(self, write: Callable[[Connection], Any], check: Check) -> None:
        self.write = write
        self.check = check
        self.result: Any = None
        self.in_doubt: NotNow | None = None
        self.is_taken = self.is_written = False


class Together:
    """Any thread may call it, and goes on when what it writes is committed.

    Whoever comes while a transaction is under way waits for the next one, which one of those who wait makes for all.
    One that fails is undone, and each of them is written again, alone and by its own thread: what cannot be written is
    nobody else's trouble. Where nobody knows whether it was undone, all are told so.
    """

    def __init__(
        self,
        database: Afterwards,
        *,
        permit: Callable[[], Check] = lambda: lambda: None,
        observe: Observe = lambda _operation, _took_s: None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """`permit` gives the check of the thread that asks.

        `observe` is told how long a thread waited that another one wrote for, as "begin".
        """
        self._database = database
        self._permit = permit
        self._observe = observe
        self._clock = clock
        self._alone = alone(database)
        self._turn = threading.Lock()
        self._waiting: deque[_Wanted] = deque()

    def write(self, write: Callable[[Connection], T]) -> T:
        """`storage.together.Write`: on another thread perhaps, and once more after it was undone.

        Joins the transaction of its thread, if there is one.
        """
        if self._database.is_writing:
            return self._alone(write)
        wanted, begun = _Wanted(write, self._permit()), self._clock()
        self._waiting.append(wanted)
        with self._turn:
            if wanted.is_taken:
                self._observe("begin", self._clock() - begun)
            else:
                self._write_all(wanted)
        if wanted.in_doubt is not None:
            raise wanted.in_doubt
        if not wanted.is_written:
            return self._alone(write)
        result: T = wanted.result
        return result

    def _write_all(self, first: _Wanted) -> None:
        """Those who wait when the transaction has begun, `first` among them. Raises what concerns that one alone."""
        taken: list[_Wanted] = []
        try:
            with self._database.write() as connection:
                while self._waiting:
                    taken.append(self._waiting.popleft())
                    taken[-1].is_taken = True
                for each in taken:
                    each.check()
                    each.result = each.write(connection)
        except BaseException as error:
            if not taken:
                self._waiting.remove(first)
            if len(taken) <= 1:
                raise
            for each in taken:
                each.in_doubt = error if isinstance(error, NotNow) else None
        else:
            for each in taken:
                each.is_written = True
