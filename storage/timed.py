"""A database that tells how long its statements took, whichever it is."""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from functools import lru_cache
from types import TracebackType
from typing import Any

from storage.around import Around
from storage.connections import Connection, Database, Rows

Observe = Callable[[str, float], object]
"""The first word of a statement, and its seconds.

Beside them "begin" is the wait for the turn to write, and "commit" the end of a transaction.
"""


class TimedDatabase(Around):
    """`observe` is called on the thread that asks."""

    def __init__(self, database: Database, observe: Observe, *, clock: Callable[[], float] = time.perf_counter) -> None:
        super().__init__(database)
        self._observe = observe
        self._clock = clock

    def read(self) -> Connection:
        return _TimedConnection(self._database.read(), self._observe, self._clock)

    def write(self) -> AbstractContextManager[Connection]:
        return _Write(self._database.write(), self._own, self._observe, self._clock)


class _Write:
    """A transaction, or a part of the one that its thread is in. A class: it is entered a dozen times per quote."""

    __slots__ = ("_clock", "_inner", "_is_part", "_observe", "_own")

    def __init__(
        self,
        inner: AbstractContextManager[Connection],
        own: threading.local,
        observe: Observe,
        clock: Callable[[], float],
    ) -> None:
        self._inner = inner
        self._own = own
        self._observe = observe
        self._clock = clock

    def __enter__(self) -> Connection:
        self._is_part = getattr(self._own, "is_writing", False)
        begun = self._clock()
        connection = self._inner.__enter__()
        if not self._is_part:
            self._observe("begin", self._clock() - begun)
            self._own.is_writing = True
        return _TimedConnection(connection, self._observe, self._clock)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool | None:
        if self._is_part:
            return self._inner.__exit__(kind, error, traceback)
        self._own.is_writing = False
        ended = self._clock()
        try:
            return self._inner.__exit__(kind, error, traceback)
        finally:
            self._observe("commit", self._clock() - ended)


class _TimedConnection:
    __slots__ = ("_clock", "_connection", "_observe")

    def __init__(self, connection: Connection, observe: Observe, clock: Callable[[], float]) -> None:
        self._connection = connection
        self._observe = observe
        self._clock = clock

    def execute(self, statement: str, values: Sequence[Any] = (), /) -> Rows:
        begun = self._clock()
        try:
            return self._connection.execute(statement, values)
        finally:
            self._observe(first_word(statement), self._clock() - begun)

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]], /) -> object:
        begun = self._clock()
        try:
            return self._connection.executemany(statement, rows)
        finally:
            self._observe(first_word(statement), self._clock() - begun)


@lru_cache(maxsize=500)
def first_word(statement: str) -> str:
    return (statement.split(maxsplit=1) or [""])[0].lower()
