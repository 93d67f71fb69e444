"""`storage.database.Database` in one SQLite file: connections shared by all threads, and one writer at a time."""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from storage.backup import put_in_place
from storage.connections import Connection, Fetched, Rows
from storage.errors import DatabaseClosed, DatabaseUnusable, StorageError
from storage.migrations import migrate
from storage.places import path_of
from storage.shelter import BROKEN, FOLDERS, TROUBLES, bring_home, leave, take_shelter, trouble_of
from storage.transactions import savepoint, transaction

log = logging.getLogger(__name__)

OTHER_PROCESS_S = 5.0
"""How long a writer waits for another process; within this one the lock keeps everybody out of SQLite's own wait."""
WAL_ATTEMPTS = 5
PAGES_KIB = 256
"""Page cache of one connection."""
MOST_READERS = 2
"""Connections beside the writer's, each of which keeps what it has read: a third of a megabyte.

A read is over in a moment, and Python lets few threads run at once anyway.
"""


Fence = Callable[[Connection], object]


def open_sqlite(
    url: str,
    may_write: Callable[[], object],
    shelters: Iterable[Path] = FOLDERS,
    *,
    fence: Fence = lambda _connection: None,
) -> "SqliteDatabase":
    """As `storage.database.open_database`, with the folder made; a copy that waits is put in place.

    `shelters` are folders on other disks.
    """
    path = path_of(url)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if (before := put_in_place(path)) is not None:
            log.warning("database restored, the one before it is kept file=%s", before)
        database = SqliteDatabase(path, may_write, shelters, fence=fence)
        try:
            with database.lent() as connection:
                use_wal(connection)
                migrate(connection)
        except BaseException:
            database.close()
            raise
    except (OSError, sqlite3.Error) as error:
        raise DatabaseUnusable(str(path), reason=str(error)) from error
    return database


class SqliteDatabase:
    """A thread has a connection for as long as its statement or its transaction takes, then it is anybody's.

    Each holds the schema, its prepared statements and pages, half a megabyte in all: one for each thread would be more
    than the rest of the bot keeps. sqlite3's own check of threads is off for that, and for `close`. All that is written
    goes through the same one: each write makes the others forget the pages that they hold.

    When the disk takes nothing any more, the transaction that found out fails, and those after it go on in a copy on
    another disk until `recover` has brought that home.
    """

    def __init__(
        self,
        path: Path,
        may_write: Callable[[], object],
        shelters: Iterable[Path] = (),
        *,
        fence: Fence = lambda _connection: None,
    ) -> None:
        self._home = self._path = path
        self._may_write = may_write
        self._fence = fence
        self._shelters = tuple(shelters)
        self._trouble: str | None = None
        self._own = threading.local()
        self._registry = threading.Condition()
        # To which file each goes, and among which it is when it is idle.
        self._connections: dict[sqlite3.Connection, tuple[Path, list[sqlite3.Connection]]] = {}
        self._idle: list[sqlite3.Connection] = []
        self._idle_writer: list[sqlite3.Connection] = []
        self._closed = False
        self._writer = threading.RLock()
        self._reader = _Reader(self)

    def read(self) -> Connection:
        self._check()
        return self._transaction() or self._reader

    @contextmanager
    def lent(self, *, most: int = MOST_READERS) -> Iterator[sqlite3.Connection]:
        """A connection for one thread alone, in autocommit: waits while `most` are at work. Raises DatabaseClosed."""
        connection = self._take(self._idle, most)
        try:
            yield connection
        finally:
            self.give_back(connection)

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
                self._bring_home()
            except (sqlite3.Error, StorageError) as error:
                log.warning("database not home yet: %s", error)
                return
            self._trouble = None
            self._go_on_in(self._home)
            leave(shelter)
        log.warning("database is home again")

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Threads queue at a lock, not in SQLite's busy handler, which polls with sleeps.

        `may_write` is asked while no other thread writes, so what it says stays true until the block is over.
        """
        with self._writer:
            self._may_write()
            outer = self._transaction()
            if outer is not None:
                with savepoint(outer):
                    yield outer
                return
            connection = self._own.connection = self._take(self._idle_writer, 1)
            try:
                with transaction(connection):
                    self._fence(connection)
                    yield connection
                    self._check()
                if self.is_home:
                    self._trouble = None
            except sqlite3.Error as error:
                self._look_into(error, connection)
                raise
            finally:
                self._own.connection = None
                self.give_back(connection)

    def close(self, *, wait_s: float = 1.0) -> None:
        until = time.monotonic() + wait_s
        idle = self._writer.acquire(timeout=wait_s)
        try:
            with self._registry:
                self._closed = True
                self._drop_idle()
                self._registry.notify_all()
                # Those at work are closed when they are given back: SQLite crashes the process over one that is used.
                self._registry.wait_for(lambda: not self._connections, until - time.monotonic())
            if not self.is_home:
                self._go_home_at_last()
        finally:
            if idle:
                self._writer.release()

    def _go_home_at_last(self) -> None:
        try:
            self._bring_home()
        except (sqlite3.Error, StorageError) as error:
            log.error("database not home, kept in %s: %s", self._path, error)  # noqa: TRY400  the reason is all
        else:
            leave(self._path)

    def _bring_home(self) -> None:
        """What another process has written there meanwhile must not be lost to what this one has kept elsewhere."""
        with closing(_connect(self._home)) as home:
            self._fence(home)
        bring_home(self._path, self._home)

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
            self._go_on_in(shelter)
            with self.lent(most=MOST_READERS + 1) as copy:
                use_wal(copy)
            log.error("the disk takes nothing, going on in a copy: %s", error)

    def _check(self) -> None:
        if self._closed:
            raise DatabaseClosed

    def _transaction(self) -> sqlite3.Connection | None:
        """The one that this thread is in."""
        return getattr(self._own, "connection", None)

    def take(self) -> sqlite3.Connection:
        """What is `lent`, until it is given back."""
        return self._take(self._idle, MOST_READERS)

    def give_back(self, connection: sqlite3.Connection) -> None:
        with self._registry:
            path, idle = self._connections[connection]
            if path is self._path and not self._closed:
                idle.append(connection)
            else:
                self._drop(connection)
            self._registry.notify()

    def _take(self, idle: list[sqlite3.Connection], most: int) -> sqlite3.Connection:
        """One of at most so many: of the idle ones that used last, whose pages and statements are those asked for."""
        with self._registry:
            if idle:  # none is when it is closed
                return idle.pop()
            self._registry.wait_for(lambda: idle or self._closed or self._count(idle) < most)
            self._check()
            if idle:
                return idle.pop()
            connection = _connect(self._path)
            self._connections[connection] = self._path, idle
            return connection

    def _count(self, idle: list[sqlite3.Connection]) -> int:
        return sum(its_idle is idle for _, its_idle in self._connections.values())

    def _go_on_in(self, path: Path) -> None:
        """Connections to where it was are closed, those at work when they are given back."""
        with self._registry:
            self._path = path
            self._drop_idle()

    def _drop_idle(self) -> None:
        for idle in (self._idle, self._idle_writer):
            while idle:
                self._drop(idle.pop())

    def _drop(self, connection: sqlite3.Connection) -> None:
        self._connections.pop(connection, None)
        connection.close()


class _Reader:
    """Runs each statement on any connection and gives it back at once; the rows are all here then.

    A connection that keeps a statement open shows whoever else asks it the past.
    """

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    def execute(self, statement: str, values: Sequence[Any] = (), /) -> Rows:
        connection = self._database.take()
        try:
            cursor = connection.execute(statement, values)
            return Fetched(cursor.fetchall(), changed=cursor.rowcount)
        finally:
            self._database.give_back(connection)

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]], /) -> object:
        raise NotImplementedError("many rows are written in a transaction")


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
