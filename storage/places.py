"""Where the database is, and what lies beside it."""

from pathlib import Path

from storage.errors import DatabaseUnusable, UnsupportedDatabase

ALLOWED = "sqlite:///relative/path or sqlite:////absolute/path"
SIDE_FILES = ("-wal", "-shm")


def path_of(url: str) -> Path:
    """Raises UnsupportedDatabase or DatabaseUnusable."""
    scheme, separator, path = url.partition(":///")
    if scheme != "sqlite" or not separator:
        raise UnsupportedDatabase(url.partition(":")[0], allowed=ALLOWED)
    if path in ("", ":memory:"):
        raise DatabaseUnusable(path, reason=f"it has to be a file, each thread opens it; allowed: {ALLOWED}")
    return Path(path)


def staged(database: Path) -> Path:
    """A copy that takes the place of the database at the next start."""
    return database.with_name(database.name + ".restore")
