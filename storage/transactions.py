"""All or nothing, on one connection in autocommit."""

import sqlite3
from contextlib import AbstractContextManager
from types import TracebackType


def transaction(connection: sqlite3.Connection) -> AbstractContextManager[None]:
    """Takes the write lock first, so what is read inside cannot be changed by another process before it is written."""
    return _Block(connection, "BEGIN IMMEDIATE", "COMMIT", ("ROLLBACK",))


def savepoint(connection: sqlite3.Connection) -> AbstractContextManager[None]:
    """A transaction inside a transaction."""
    undo = ("ROLLBACK TO inner_write", "RELEASE inner_write")
    return _Block(connection, "SAVEPOINT inner_write", "RELEASE inner_write", undo)


class _Block:
    """A class, for it is entered a dozen times for each quote."""

    __slots__ = ("_begin", "_connection", "_end", "_undo")

    def __init__(self, connection: sqlite3.Connection, begin: str, end: str, undo: tuple[str, ...]) -> None:
        self._connection = connection
        self._begin = begin
        self._end = end
        self._undo = undo

    def __enter__(self) -> None:
        self._connection.execute(self._begin)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if error is not None:
            self._take_back()
            return
        try:
            self._connection.execute(self._end)
        except BaseException:
            self._take_back()
            raise

    def _take_back(self) -> None:
        if self._connection.in_transaction:  # a full disk makes SQLite roll back by itself
            for statement in self._undo:
                self._connection.execute(statement)
