"""Where the database is, what lies beside it, and how all of it is copied."""

import sqlite3
from pathlib import Path

from storage.errors import DatabaseUnusable, UnsupportedDatabase

ALLOWED = "sqlite:///relative/path, sqlite:////absolute/path or postgresql://user:password@host/name"
NO_FILE = (
    'it is no file; pg_dump --format=custom --file=COPY "$DATABASE_URL" copies it, '
    'pg_restore --clean --if-exists --no-owner --dbname="$DATABASE_URL" COPY puts the copy back'
)
SIDE_FILES = ("-wal", "-shm")


def is_postgres(url: str) -> bool:
    """Both spellings are libpq's own."""
    return url.startswith(("postgresql://", "postgres://"))


def copy_all(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    """SQLite's online backup, which would by itself wait for ever for a program that keeps either to itself."""

    def refuse(status: int, _left: int, _pages: int) -> None:
        if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise sqlite3.OperationalError("another program keeps it to itself")

    source.backup(target, progress=refuse)


def path_of(url: str) -> Path:
    """Of a database in a file. Raises UnsupportedDatabase or DatabaseUnusable."""
    if is_postgres(url):
        raise DatabaseUnusable("PostgreSQL", reason=NO_FILE)
    scheme, separator, path = url.partition(":///")
    if scheme != "sqlite" or not separator:
        raise UnsupportedDatabase(url.partition(":")[0], allowed=ALLOWED)
    if path in ("", ":memory:"):
        raise DatabaseUnusable(path, reason=f"it has to be a file, each thread opens it; allowed: {ALLOWED}")
    return Path(path)


def staged(database: Path) -> Path:
    """A copy that takes the place of the database at the next start."""
    return database.with_name(database.name + ".restore")
