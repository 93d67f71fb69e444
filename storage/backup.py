"""Copies of the database: made while it is in use, and put back after a check."""

import gzip
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from storage.errors import BackupFailed, NotABackup, SchemaTooNew
from storage.migrations import MIGRATIONS, schema_version
from storage.moments import utc_now
from storage.places import SIDE_FILES, copy_all, path_of, staged

PACKED, PACKED_BEGINS = ".gz", b"\x1f\x8b"
BLOCK = 1 << 20
FIRST_FAULTS = "PRAGMA integrity_check(3)"


@dataclass(frozen=True, slots=True)
class Examined:
    """A database that is whole: the version of its schema and its bytes."""

    version: int
    size: int


@dataclass(frozen=True, slots=True)
class Restored:
    """`is_in_place` False: somebody uses the database, so the copy waits for the next start.

    `before` is what was there, kept under another name; None where nothing was.
    """

    examined: Examined
    is_in_place: bool
    before: Path | None


def back_up(url: str, file: Path) -> Examined:
    """A whole copy of the database as it is at this moment, in `file`; packed where that ends in .gz.

    Writers go on meanwhile. The file is there when it is complete and was read back; what it was before stands till
    then. Raises BackupFailed.
    """
    source = path_of(url)
    part = file.with_name(file.name + ".part")
    try:
        if file.exists() and source.exists() and file.samefile(source):
            raise BackupFailed(str(file), reason="that is the database itself")
        with _discarding(part):
            with closing(_open(source, mode="rw")) as database, closing(sqlite3.connect(part)) as copy:
                copy_all(database, copy)
                copy.execute("PRAGMA journal_mode = DELETE")  # or reading the copy would make files beside it
            examined = examine(part)
            _put(part, file)
    except (OSError, sqlite3.Error, NotABackup) as error:
        raise BackupFailed(str(file), reason=_reason(error, source)) from error
    return examined


def _put(part: Path, file: Path) -> None:
    """In the place of `file`, packed where that ends in .gz."""
    if file.suffix != PACKED:
        _settle(part, file)
        return
    packed = part.with_name(part.name + PACKED)
    with _discarding(packed):
        _pack(part, packed)
        _settle(packed, file)


def packed_copy(url: str, folder: Path) -> tuple[bytes, Examined]:
    """A packed copy as bytes, made in a file of that folder which is gone afterwards. Raises BackupFailed, OSError."""
    file = folder / f"copy.db{PACKED}"
    examined = back_up(url, file)
    try:
        return file.read_bytes(), examined
    finally:
        file.unlink(missing_ok=True)


def restore(url: str, file: Path, *, now: Callable[[], datetime] = utc_now) -> Restored:
    """Puts a copy, packed or not, in the place of the database, if it is whole and of no later version.

    Nothing is deleted: what was there keeps its content under another name. A database that somebody has open is left
    alone, and the copy waits beside it for the next start. Raises NotABackup, SchemaTooNew or BackupFailed.
    """
    target = path_of(url)
    waiting = staged(target)
    part = waiting.with_name(waiting.name + ".part")
    try:
        with _discarding(part):
            target.parent.mkdir(parents=True, exist_ok=True)
            _unpack(file, part)
            examined = examine(part, called=file)
            _settle(part, waiting)
        before = put_in_place(target, now=now)
        return Restored(examined, is_in_place=not waiting.exists(), before=before)
    except (OSError, EOFError, sqlite3.Error) as error:
        raise BackupFailed(str(file), reason=_reason(error, file)) from error


def put_in_place(target: Path, *, now: Callable[[], datetime] = utc_now) -> Path | None:
    """Takes a copy that waits beside the database into use, unless somebody has the database open.

    Returns where the database went; None where there was none, or nothing was done. Broken off at any moment it is
    finished by the next call.
    """
    waiting = staged(target)
    if not waiting.exists() or (target.exists() and _is_in_use(target)):
        return None
    kept = target.with_name(f"{target.name}.before-{now():%Y%m%d-%H%M%S}")
    for side in SIDE_FILES:  # first: with these beside it SQLite would write into the copy what was in the other
        with suppress(FileNotFoundError):
            target.with_name(target.name + side).replace(kept.with_name(kept.name + side))
    before = kept if target.exists() else None
    if before is not None:
        target.replace(before)
    waiting.replace(target)
    return before


def examine(file: Path, *, called: Path | None = None) -> Examined:
    """Reads all of it. Raises NotABackup, with the name it is called by, and SchemaTooNew."""
    name = str(called or file)
    try:
        with closing(_open(file, mode="ro")) as database:
            faults = [fault for (fault,) in database.execute(FIRST_FAULTS)]
            version = schema_version(database)
    except sqlite3.Error as error:
        raise NotABackup(name, reason=str(error)) from error
    if faults != ["ok"]:
        raise NotABackup(name, reason="; ".join(faults))
    if version == 0:
        raise NotABackup(name, reason="it is no database of this bot")
    if version > len(MIGRATIONS):
        raise SchemaTooNew(version, known=len(MIGRATIONS))
    return Examined(version, file.stat().st_size)


def _open(file: Path, *, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(file))}?mode={mode}", uri=True, isolation_level=None)


def _is_in_use(database: Path) -> bool:
    """Only who has it alone may take it out of WAL, and that also brings all that was written into the one file."""
    try:
        with closing(sqlite3.connect(database, timeout=0, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.OperationalError as error:
        return error.sqlite_errorcode in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
    except sqlite3.DatabaseError:  # it is broken, which may be why a copy is put in its place
        return False
    return False


def _pack(source: Path, target: Path) -> None:
    with source.open("rb") as read, gzip.open(target, "wb") as write:
        shutil.copyfileobj(read, write, BLOCK)


def _unpack(source: Path, target: Path) -> None:
    """Also copies what is not packed."""
    with source.open("rb") as file:
        is_packed = file.read(2) == PACKED_BEGINS
    with gzip.open(source) if is_packed else source.open("rb") as read, target.open("wb") as write:
        shutil.copyfileobj(read, write, BLOCK)


def _settle(part: Path, file: Path) -> None:
    """On the disk first, and only then under its name: a machine that loses power has the old file or the new one."""
    with part.open("rb+") as written:
        os.fsync(written.fileno())
    part.replace(file)


@contextmanager
def _discarding(part: Path) -> Iterator[None]:
    try:
        yield
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _reason(error: Exception, source: Path) -> str:
    if isinstance(error, sqlite3.OperationalError) and not source.exists():
        return f"there is no {source}"
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)
