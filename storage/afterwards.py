"""A database that tells when a transaction is over: what is kept beside it must not know earlier, nor later."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from types import TracebackType

from storage.around import Around
from storage.connections import Connection

Over = Callable[[bool], object]
"""Is told once whether the transaction was committed; where that is in doubt it was not."""


class Afterwards(Around):
    """`over` is called on the thread whose transaction it was."""

    def write(self) -> AbstractContextManager[Connection]:
        return _Write(self._database.write(), self._own)

    @property
    def is_writing(self) -> bool:
        """Whether this thread is in a transaction."""
        return getattr(self._own, "waiting", None) is not None

    def when_over(self, over: Over) -> None:
        """Inside `write`; a block inside a block may be undone alone."""
        self._own.waiting.append(over)


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
