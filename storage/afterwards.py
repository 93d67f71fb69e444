"""A database that tells when a transaction is over: what is kept beside it must not know earlier, nor later."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from types import TracebackType

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

    def write(self) -> AbstractContextManager[Connection]:
        return _Write(self._database.write(), self._own)

    @property
    def is_writing(self) -> bool:
        """Whether this thread is in a transaction."""
        return getattr(self._own, "waiting", None) is not None

    def when_over(self, over: Over) -> None:
        """Inside `write`; a block inside a block may be undone alone."""
        self._own.waiting.append(over)

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


class _Write:
    """A transaction, or a part of the one that its thread is in. A class: a quote enters it a dozen times."""

    __slots__ = ("_before", "_inner", "_own")

    def __init__(self, inner: AbstractContextManager[Connection], own: threading.local) -> None:
        self._inner = inner
        self._own = own

    def __enter__(self) -> Connection:
        waiting: list[Over] | None = getattr(self._own, "waiting", None)
        self._before = None if waiting is None else len(waiting)
        connection = self._inner.__enter__()
        if waiting is None:
            self._own.waiting = list[Over]()
        return connection

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool | None:
        is_good = False
        try:
            swallowed = self._inner.__exit__(kind, error, traceback)
            is_good = error is None
            return swallowed
        finally:
            waiting: list[Over] = self._own.waiting
            if self._before is None:
                self._own.waiting = None
                self._tell(waiting, is_good=is_good)
            elif not is_good:
                undone = waiting[self._before :]
                del waiting[self._before :]
                self._tell(undone, is_good=False)

    @staticmethod
    def _tell(all_over: list[Over], *, is_good: bool) -> None:
        for over in all_over:
            over(is_good)
