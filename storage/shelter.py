"""Where the database goes on when its disk takes nothing any more: a copy elsewhere, brought home in time."""

import contextlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from storage.places import SIDE_FILES, copy_all

FOLDERS = (Path("/dev/shm"), Path(tempfile.gettempdir()))  # noqa: S108  the first is memory, and not for what lasts
ROOM = 2
"""So many times its size have to be free there, for what is written until it is brought home."""
LARGEST = 64_000_000
PATIENCE_S = 1.0
"""How long another process may keep the database to itself when it is to be brought home."""

TROUBLES = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN})
BROKEN = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


def trouble_of(error: BaseException) -> int | None:
    """SQLite's primary code of what went wrong."""
    code = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def take_shelter(connection: sqlite3.Connection, home: Path, folders: Iterable[Path] = FOLDERS) -> Path | None:
    """A copy of the database on another disk; None where it finds no room, or cannot be read."""
    size = home.stat().st_size
    if size > LARGEST:
        return None
    for folder in folders:
        if not folder.is_dir() or shutil.disk_usage(folder).free < ROOM * size:
            continue
        shelter = folder / f"{home.name}-{os.getpid()}-{id(connection):x}"
        try:
            with closing(sqlite3.connect(shelter, isolation_level=None)) as copy:
                copy_all(connection, copy)
        except sqlite3.Error:
            leave(shelter)
        else:
            return shelter
    return None


def bring_home(shelter: Path, home: Path) -> None:
    """All of it or nothing; raises sqlite3.Error while the disk still takes nothing."""
    with (
        closing(sqlite3.connect(shelter, isolation_level=None)) as copy,
        closing(sqlite3.connect(home, timeout=PATIENCE_S, isolation_level=None)) as database,
    ):
        copy_all(copy, database)


def leave(shelter: Path) -> None:
    for side in ("", *SIDE_FILES):
        with contextlib.suppress(OSError):
            shelter.with_name(shelter.name + side).unlink(missing_ok=True)
