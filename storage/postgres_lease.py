"""The tenure on a PostgreSQL server: an advisory lock of one session, and a row that says who holds it since when."""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import psycopg

from storage.errors import DatabaseAway
from storage.lease import LOOK_S, NAME, RENEW_S, Lease, Lost
from storage.postgres import POSTGRES, Session

log = logging.getLogger(__name__)

CLASS = 0x4C_65_61_73  # "Leas"
HELD_S = 4.0
"""For so long after a renewal was asked for the holder may act, and nobody else may."""
PATIENCE_S = 6.0
"""After so long without a renewal a holder is taken for frozen."""
CONNECT_S = 2
SILENT_S = 3000
"""Milliseconds after which a connection whose packets nobody acknowledges is taken for broken."""

SESSION = "SELECT set_config('statement_timeout', '3s', false) LIMIT 1"
# The schema is part of the lock's name: two desks may share a server's database, each in a schema of its own.
TAKE_LOCK = "SELECT pg_try_advisory_lock(?, hashtext(current_schema())) LIMIT 1"
LOOK = """
    SELECT epoch, renewed_at, CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT) - renewed_at
    FROM lease WHERE name = ? LIMIT 1"""
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


class PostgresLease(Lease):
    """A session has the lock, and the row says until when.

    Nobody takes over before the holder gave it up, or its time is over: HELD_S after the last renewal, by the server's
    clock, or PATIENCE_S without one by the clock of who waits. The server lets go of the lock when the holder dies; one
    that is frozen keeps it, and who waits has the server end that session. Each holder begins its epoch while nobody
    writes.
    """

    def __init__(
        self, url: str, *, lost: Lost, holder: str | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(lost=lost, holder=holder, clock=clock)
        self._url = url
        self._session: Session | None = None
        self._has_lock = False
        self._seen: tuple[int, int] | None = None
        self._seen_at = clock()
        self._not_before = float("-inf")  # when the server is back, who held it comes first

    def give_up(self) -> None:
        if self._session is not None and self._has_lock:
            with suppress(psycopg.Error):  # then the next one has to wait
                self._session.execute(GIVE_UP, (NAME, self._epoch))
        self.close()

    def close(self) -> None:
        session, self._session, self._has_lock = self._session, None, False
        if session is not None:
            session.connection.close()

    def _look_or_renew(self) -> float:
        try:
            return self._step_in(self._session or self._connect())
        except psycopg.Error as error:
            self.close()
            self._not_before = self._clock() + RENEW_S
            raise DatabaseAway(" ".join(str(error).split()), was_there=False) from error

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

    def _step_in(self, session: Session) -> float:
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
            self._epoch = epoch
            self._hold(until=asked_at + HELD_S)
            log.info("lease taken epoch=%d", epoch)
        elif self._value(session, RENEW, NAME, self._epoch) is None:
            self._lose()
            self.close()
        else:
            self._hold(until=asked_at + HELD_S)
        return RENEW_S

    def _look(self, session: Session, now: float) -> None:
        """Takes the lock where that may be. A free one is not enough: a server that was restarted has forgotten all
        its locks, and the holder is at work until it notices.

        `now` is from before the look: whoever is frozen in between must not take a healthy holder for silent.
        """
        row: tuple[int, int, int] | None = session.execute(LOOK, (NAME,)).fetchone()
        if self._epoch is not None and (row is None or row[0] != self._epoch):
            self._lose()
            self.close()
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

    @staticmethod
    def _value(session: Session, statement: str, *values: object) -> Any:
        row = session.execute(statement, values).fetchone()
        return row and row[0]
