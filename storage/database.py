"""The database, whichever it is: SQLite in a file, or PostgreSQL on a server."""

from collections.abc import Callable

from storage.connections import Connection, Database
from storage.places import is_postgres
from storage.timed import Observe, TimedDatabase

__all__ = ["Database", "open_database"]


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
