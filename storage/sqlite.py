"""`storage.database.Database` in one SQLite file: a connection for each thread, and one writer at a time."""

import logging
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from storage.backup import put_in_place
from storage.errors import DatabaseClosed, DatabaseUnusable
from storage.migrations import migrate
from storage.places import path_of
from storage.shelter import BROKEN, FOLDERS, TROUBLES, bring_home, leave, take_shelter, trouble_of
from storage.transactions import savepoint, transaction

log = logging.getLogger(__name__)

OTHER_PROCESS_S = 5.0
"""How long a writer waits for another process; within this one the lock keeps everybody out of SQLite's own wait."""
WAL_ATTEMPTS = 5
PAGES_KIB = 256
"""Page cache of one connection; SQLite's default of 2 MB would be 32 MB on sixteen workers."""


def open_sqlite(url: str, may_write: Callable[[], object], shelters: Iterable[Path] = FOLDERS) -> "SqliteDatabase":
    """As `storage.database.open_database`, with the folder made; a copy that waits is put in place.

    `shelters` are folders on other disks.
    """
    path = path_of(url)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if (before := put_in_place(path)) is not None:
            log.warning("database restored, the one before it is kept file=%s", before)
        database = SqliteDatabase(path, may_write, shelters)
        try:
            connection = database.read()
            use_wal(connection)
            migrate(connection)
        except BaseException:
            database.close()
            raise
    except (OSError, sqlite3.Error) as error:
        raise DatabaseUnusable(str(path), reason=str(error)) from error
    return database


class SqliteDatabase:
    """A connection belongs to the thread that asked for it. sqlite3's own check of that is off for one reason: `close`,
    and the sweep after threads that have ended, close connections from another thread.

    When the disk takes nothing any more, the transaction that found out fails, and those after it go on in a copy on
    another disk until `recover` has brought that home.
    """

    def __init__(self, path: Path, may_write: Callable[[], object], shelters: Iterable[Path] = ()) -> None:
        self._home = self._path = path
        self._may_write = may_write
        self._shelters = tuple(shelters)
        self._trouble: str | None = None
        self._own = threading.local()
        self._registry = threading.Lock()
        self._connections: dict[threading.Thread, sqlite3.Connection] = {}
        self._closed = False
        self._writer = threading.RLock()
        self._depth = 0

    def read(self) -> sqlite3.Connection:
        """The connection of this thread."""
        held: tuple[Path, sqlite3.Connection] | None = getattr(self._own, "held", None)
        if held is None or held[0] is not self._path or self._closed:
            held = self._own.held = self._connect()
        return held[1]

    @property
    def is_home(self) -> bool:
        return self._path is self._home

    @property
    def trouble(self) -> str | None:
        return self._trouble

    def recover(self) -> None:
        with self._writer:
            if self.is_home:
                return
            shelter = self._path
            try:
                bring_home(shelter, self._home)
            except sqlite3.Error as error:
                log.warning("database not home yet: %s", error)
                return
            self._path, self._trouble = self._home, None
            leave(shelter)
        log.warning("database is home again")

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Threads queue at a lock, not in SQLite's busy handler, which polls with sleeps.

        `may_write` is asked while no other thread writes, so what it says stays true until the block is over.
        """
        with self._writer:
            self._may_write()
            connection = self.read()
            self._depth += 1
            try:
                with transaction(connection) if self._depth == 1 else savepoint(connection):
                    yield connection
                if self.is_home:
                    self._trouble = None
            except sqlite3.Error as error:
                if self._depth == 1:
                    self._look_into(error, connection)
                raise
            finally:
                self._depth -= 1

    def close(self, *, wait_s: float = 1.0) -> None:
        idle = self._writer.acquire(timeout=wait_s)
        try:
            with self._registry:
                self._closed = True
                for connection in self._connections.values():
                    connection.close()
                self._connections.clear()
            if not self.is_home:
                self._go_home_at_last()
        finally:
            if idle:
                self._writer.release()

    def _go_home_at_last(self) -> None:
        try:
            bring_home(self._path, self._home)
        except sqlite3.Error as error:
            log.error("database not home, kept in %s: %s", self._path, error)  # noqa: TRY400  the reason is all
        else:
            leave(self._path)

    def _look_into(self, error: sqlite3.Error, connection: sqlite3.Connection) -> None:
        """What a failed transaction says of the disk; the writer's lock is held."""
        code = trouble_of(error)
        if code in BROKEN and self._trouble is None:
            self._trouble = str(error)
            log.error("the database is damaged, put a copy back: %s", error)
        elif code in TROUBLES and self.is_home:
            self._trouble = str(error)
            shelter = take_shelter(connection, self._home, self._shelters)
            if shelter is None:
                log.error("the disk takes nothing, and there is no other place: %s", error)
                return
            self._path = shelter
            use_wal(self.read())
            log.error("the disk takes nothing, going on in a copy: %s", error)

    def _connect(self) -> tuple[Path, sqlite3.Connection]:
        with self._registry:
            if self._closed:
                raise DatabaseClosed
            # A thread that ended cannot say so; whoever opens a connection sweeps, so there are never more
            # connections than threads were ever alive at once.
            for thread in [thread for thread in self._connections if not thread.is_alive()]:
                self._connections.pop(thread).close()
            path = self._path
            connection = _connect(path)
            if (before := self._connections.get(threading.current_thread())) is not None:
                before.close()
            self._connections[threading.current_thread()] = connection
            return path, connection


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=OTHER_PROCESS_S, isolation_level=None, check_same_thread=False)
    try:
        # In WAL this loses no committed transaction when the process is killed, only when the machine loses power.
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA cache_size = -{PAGES_KIB}")
    except BaseException:
        connection.close()
        raise
    return connection


def use_wal(connection: sqlite3.Connection) -> None:
    """WAL is written into the file, so one connection sets it for all.

    While another process does the same on a new file SQLite says "database is locked" at once instead of waiting; an
    empty transaction does wait for the other one.
    """
    for _ in range(WAL_ATTEMPTS):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            with transaction(connection):
                pass
        else:
            return
    raise sqlite3.OperationalError("another program keeps it open and in the way of WAL")
