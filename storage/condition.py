"""How the database is: whole, of which version, writable, and how much room the disk has, where it is a file's."""

import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass

from storage.backup import examine
from storage.errors import DatabaseUnusable, NotABackup
from storage.migrations import MIGRATIONS
from storage.places import is_postgres, path_of

PATIENCE_S = 5.0
"""How long a writer of another process may keep the database to itself."""


@dataclass(frozen=True, slots=True)
class Condition:
    """`version` None: there is no database yet, the first start makes it. `free` None: the disk is a server's own.

    `served_by` says who holds the lease and since when it has not renewed it, where there is one.
    """

    path: str
    version: int | None
    known_version: int
    size: int
    free: int | None
    served_by: str | None = None


def condition(url: str, *, patience_s: float = PATIENCE_S) -> Condition:
    """Reads all of it and changes nothing, also while it is in use. Raises UnsupportedDatabase, DatabaseUnusable,
    SchemaTooNew.
    """
    if is_postgres(url):
        from storage.postgres_condition import condition_of_server  # noqa: PLC0415  # an extra

        return condition_of_server(url)
    path = path_of(url)
    try:
        version, size = None, 0
        if path.exists():
            examined = examine(path)
            version, size = examined.version, examined.size
            with closing(sqlite3.connect(path, timeout=patience_s, isolation_level=None)) as connection:
                connection.execute("BEGIN IMMEDIATE")
                connection.execute("ROLLBACK")
        folder = next(each for each in path.absolute().parents if each.is_dir())
        return Condition(str(path), version, len(MIGRATIONS), size, shutil.disk_usage(folder).free)
    except NotABackup as error:
        raise DatabaseUnusable(str(path), reason=error.reason) from error
    except (OSError, sqlite3.Error) as error:
        raise DatabaseUnusable(str(path), reason=str(error)) from error
