"""The database, whichever it is: SQLite in a file, or PostgreSQL on a server."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

from storage.connections import Connection
from storage.places import is_postgres
from storage.timed import Observe, TimedDatabase


class Database(Protocol):
    """Any thread may call it."""

    def read(self) -> Connection:
        """In autocommit; inside `write` it sees what was written so far."""

    def write(self) -> AbstractContextManager[Connection]:
        """One transaction: committed at the end of the block, rolled back when an exception leaves it.

        There is one writer at a time, of all threads and all processes, so what is read inside stays true until it is
        written. A block inside a block of the same thread joins it: it commits with the outer one, and an exception
        takes back what the inner block did.
        """

    @property
    def is_home(self) -> bool:
        """Whether what is written stays when the process ends; False while its disk takes nothing."""

    @property
    def trouble(self) -> str | None:
        """What is wrong with the disk or the file, in the database's words; None while all is well."""

    def recover(self) -> None:
        """Brings home what had to be written elsewhere; to be called now and then. Nothing changes while that fails.

        Raises DatabaseAway where a server does not answer.
        """

    def close(self, *, wait_s: float = 1.0) -> None:
        """For all threads; a transaction under way gets `wait_s` to end and is undone after."""


def open_database(
    url: str,
    *,
    may_write: Callable[[], object] = lambda: None,
    fence: Callable[[Connection], object] = lambda _connection: None,
    observe: Observe | None = None,
) -> Database:
    """The database at `url` with its schema up to date.

    `may_write` raises in a thread that must not write any more; `fence`, in a transaction that nobody else can write in
    the meantime, in a process that must not. `observe` is told how long each statement took.
    Raises UnsupportedDatabase, DatabaseUnusable or SchemaTooNew.
    """
    database = _opened(url, may_write, fence)
    return database if observe is None else TimedDatabase(database, observe)


def _opened(url: str, may_write: Callable[[], object], fence: Callable[[Connection], object]) -> Database:
    if is_postgres(url):
        from storage.postgres import open_postgres  # noqa: PLC0415  # an extra that costs memory and time

        return open_postgres(url, may_write, fence=fence)
    from storage.sqlite import open_sqlite  # noqa: PLC0415  # the one that is used

    return open_sqlite(url, may_write, fence=fence)
