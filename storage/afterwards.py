"""A database that tells when a transaction is over: what is kept beside it must not know earlier, nor later."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from storage.connections import Connection
from storage.database import Database

Over = Callable[[bool], object]
"""Is told once whether the transaction was committed; where that is in doubt it was not."""


class Afterwards:
    """`storage.database.Database` around another one. Any thread may call it, and `over` is called on that thread."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._own = threading.local()

    def read(self) -> Connection:
        return self._database.read()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        if self.is_writing:
            with self._inner() as connection:
                yield connection
            return
        self._own.waiting = waiting = list[Over]()
        committed = False
        try:
            with self._database.write() as connection:
                yield connection
            committed = True
        finally:
            self._own.waiting = None
            for over in waiting:
                over(committed)

    @property
    def is_writing(self) -> bool:
        """Whether this thread is in a transaction."""
        return getattr(self._own, "waiting", None) is not None

    def when_over(self, over: Over) -> None:
        """Inside `write`; a block inside a block may be undone alone."""
        self._own.waiting.append(over)

    @contextmanager
    def _inner(self) -> Iterator[Connection]:
        """It joins the transaction under way."""
        waiting: list[Over] = self._own.waiting
        before = len(waiting)
        try:
            with self._database.write() as connection:
                yield connection
        except BaseException:
            undone = waiting[before:]
            del waiting[before:]
            for over in undone:
                over(False)
            raise

    @property
    def is_home(self) -> bool:
        return self._database.is_home

    @property
    def trouble(self) -> str | None:
        return self._database.trouble

    def recover(self) -> None:
        self._database.recover()

    def close(self, *, wait_s: float = 1.0) -> None:
        self._database.close(wait_s=wait_s)
