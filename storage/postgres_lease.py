"""The tenure on a PostgreSQL server: an advisory lock of one session, and a row that says who holds it since when."""

import logging
import os
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import psycopg

from storage.connections import Connection
from storage.postgres import POSTGRES, Session
from storage.tenure import Lost, NotTheHolder, State

log = logging.getLogger(__name__)

NAME = "desk"
CLASS = 0x4C_65_61_73  # "Leas"
RENEW_S = 1.0
HELD_S = 4.0
"""For so long after a renewal was asked for the holder may act, and nobody else may."""
PATIENCE_S = 6.0
"""After so long without a renewal a holder is taken for frozen."""
LOOK_S = 0.25
"""Between two looks of a standby, and between two attempts to reach the server."""
CONNECT_S = 2
SILENT_S = 3000
"""Milliseconds after which a connection whose packets nobody acknowledges is taken for broken."""

SESSION = "SELECT set_config('statement_timeout', '3s', false) LIMIT 1"
# The schema is part of the lock's name: two desks may share a server's database, each in a schema of its own.
TAKE_LOCK = "SELECT pg_try_advisory_lock(?, hashtext(current_schema())) LIMIT 1"
LOOK = """
    SELECT epoch, renewed_at, CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT) - renewed_at
    FROM lease WHERE name = ? LIMIT 1"""
EPOCH = "SELECT epoch FROM lease WHERE name = ? LIMIT 1"
BEGIN = """
    INSERT INTO lease (name, holder, epoch, renewed_at)
    VALUES (?, ?, 1, CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT))
    ON CONFLICT (name) DO UPDATE
        SET holder = excluded.holder, epoch = lease.epoch + 1, renewed_at = excluded.renewed_at
        WHERE lease.epoch = ?
    RETURNING epoch"""
RENEW = """
    UPDATE lease SET renewed_at = CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)
    WHERE name = ? AND epoch = ?
    RETURNING epoch"""
GIVE_UP = "UPDATE lease SET renewed_at = 0 WHERE name = ? AND epoch = ?"
END_HOLDER = """
    SELECT pg_terminate_backend(pid) FROM pg_catalog.pg_locks
    WHERE locktype = 'advisory' AND granted AND objsubid = 2
        AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
        AND classid = CAST(CAST(? AS INTEGER) AS OID) AND objid = CAST(hashtext(current_schema()) AS OID)
    LIMIT 1"""


class Lease:
    """A thread, `lease`, owns the session with the lock; everything but `step` and `close` any thread may call.

    Nobody takes over before the holder gave it up, or its time is over: HELD_S after the last renewal, by the server's
    clock, or PATIENCE_S without one by the clock of who waits. The server lets go of the lock when the holder dies; one
    that is frozen keeps it, and who waits has the server end that session. Each holder begins a higher epoch while
    nobody writes, and each transaction compares it, so a frozen one that wakes cannot write; and it does not send,
    because its time has run out by its own clock, too.
    """

    def __init__(
        self, url: str, *, lost: Lost, holder: str | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._url = url
        self._lost = lost
        self._holder = holder or f"{socket.gethostname()}:{os.getpid()}"
        self._clock = clock
        self._state = State.STANDBY
        self._epoch: int | None = None
        self._until = float("-inf")
        self._session: Session | None = None
        self._has_lock = False
        self._seen: tuple[int, int] | None = None
        self._seen_at = clock()
        self._not_before = float("-inf")  # when the server is back, who held it comes first
        self._is_away = False
        self._pause_s = 0.0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lease", daemon=True)

    @property
    def held(self) -> bool:
        return self._state is State.HOLDER and not self._stopping.is_set() and self._clock() < self._until

    def state(self) -> State:
        return State.OVER if self._stopping.is_set() else self._state

    def fence(self, connection: Connection, /) -> None:
        row: tuple[int] | None = connection.execute(EPOCH, (NAME,)).fetchone()
        epoch = row[0] if row else None
        if epoch is None or epoch != self._epoch:
            raise NotTheHolder(self._epoch, of_the_holder=epoch)

    def is_minded(self) -> bool:
        return self._thread.is_alive()

    def trouble(self) -> str | None:
        return "the database does not answer" if self._is_away else None

    def start(self) -> None:
        self._pause_s = self.step()
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        """From now on nothing is sent; it is free when the thread has ended."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def give_up(self) -> None:
        """The next one need not wait until the time of this one is over."""
        if self._session is not None and self._has_lock:
            with suppress(psycopg.Error):  # then it has to wait
                self._session.execute(GIVE_UP, (NAME, self._epoch))
        self.close()

    def step(self) -> float:
        """One look, or one renewal; the seconds until the next."""
        if self._state is State.OVER:
            return RENEW_S
        try:
            pause_s = self._step(self._session or self._connect())
        except psycopg.Error as error:
            self.close()
            self._not_before = self._clock() + RENEW_S
            self._tell(" ".join(str(error).split()))
            return LOOK_S
        self._tell(None)
        return pause_s

    def close(self) -> None:
        """The server gives the lock to the next one."""
        session, self._session, self._has_lock = self._session, None, False
        if session is not None:
            session.connection.close()

    def _run(self) -> None:
        try:
            while not self._stopping.wait(self._pause_s):
                self._pause_s = self.step()
        finally:
            self.give_up()

    def _connect(self) -> Session:
        connection: psycopg.Connection[Any] = psycopg.connect(
            self._url,
            autocommit=True,
            application_name="quote-desk lease",
            connect_timeout=CONNECT_S,
            tcp_user_timeout=SILENT_S,
            keepalives_idle=2,
            keepalives_interval=1,
            keepalives_count=2,
        )
        self._session = session = Session(connection)
        session.execute(SESSION)
        return session

    def _step(self, session: Session) -> float:
        asked_at = self._clock()
        if not self._has_lock:
            self._look(session, asked_at)
        if not self._has_lock:
            return LOOK_S
        if self._epoch is None:
            with POSTGRES.transaction(session):
                epoch: int | None = self._value(session, BEGIN, NAME, self._holder, self._seen[0] if self._seen else 0)
            if epoch is None:
                self.close()  # somebody came and went since the look
                return LOOK_S
            self._epoch, self._until, self._state = epoch, asked_at + HELD_S, State.HOLDER
            log.info("lease taken epoch=%d", epoch)
        elif self._value(session, RENEW, NAME, self._epoch) is None:
            self._lose()
        else:
            self._until = asked_at + HELD_S
        return RENEW_S

    def _look(self, session: Session, now: float) -> None:
        """Takes the lock where that may be. A free one is not enough: a server that was restarted has forgotten all
        its locks, and the holder is at work until it notices.

        `now` is from before the look: whoever is frozen in between must not take a healthy holder for silent.
        """
        row: tuple[int, int, int] | None = session.execute(LOOK, (NAME,)).fetchone()
        if self._epoch is not None and (row is None or row[0] != self._epoch):
            self._lose()
            return
        seen = row and row[:2]
        if seen != self._seen:
            self._seen, self._seen_at = seen, now
        is_silent = now - self._seen_at >= PATIENCE_S
        is_over = row is None or row[2] >= HELD_S * 1000 or is_silent
        if self._epoch is not None or (is_over and now >= self._not_before):
            self._has_lock = self._value(session, TAKE_LOCK, CLASS)
        if not self._has_lock and is_silent:
            log.warning("the holder is silent, its session is ended epoch=%s", seen and seen[0])
            session.execute(END_HOLDER, (CLASS,))
            self._seen_at = now

    def _lose(self) -> None:
        self._state = State.OVER
        self.close()
        self._lost("another process serves the desk now, this one was silent for too long")

    def _tell(self, trouble: str | None) -> None:
        """A server that is away for an hour is one line in the log."""
        if trouble is not None and not self._is_away:
            log.warning("lease cannot be kept: %s", trouble)
        elif trouble is None and self._is_away:
            log.info("lease is minded again")
        self._is_away = trouble is not None

    @staticmethod
    def _value(session: Session, statement: str, *values: object) -> Any:
        row = session.execute(statement, values).fetchone()
        return row and row[0]
