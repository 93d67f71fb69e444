"""Updates from Telegram, kept from the moment they arrive until their handling is complete, and remembered after."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from storage.connections import Connection
from storage.database import Database
from storage.moments import to_text, utc_now
from storage.together import Write, alone

ONE_ROW = "(?, ?, ?)"  # as it stands in ADD; a batch repeats it
ADD = """
    INSERT INTO inbox (update_id, body, received_at) VALUES (?, ?, ?)
    ON CONFLICT (update_id) DO NOTHING
    RETURNING update_id"""
# What people wrote is not kept longer than it is needed; the number is enough to know the update again.
DONE = "UPDATE inbox SET body = ?, done_at = ? WHERE update_id = ? AND done_at IS NULL"
SPINNING = "SELECT body FROM inbox WHERE done_at > ? AND body <> '' AND parked_because IS NULL ORDER BY done_at LIMIT ?"
UNFINISHED = "SELECT update_id, body, attempts FROM inbox WHERE done_at IS NULL ORDER BY update_id LIMIT ?"
IS_DONE = "SELECT update_id FROM inbox WHERE update_id = ? AND done_at IS NOT NULL LIMIT 1"
COUNT = "UPDATE inbox SET attempts = attempts + ? WHERE update_id = ? AND done_at IS NULL"
# The text stays: somebody has to find out what is wrong with it.
PARK = "UPDATE inbox SET parked_because = ?, done_at = ? WHERE update_id = ? AND done_at IS NULL"
FORGET = "DELETE FROM inbox WHERE done_at < ? AND (parked_because IS NULL OR done_at < ?)"

PARKED_KEPT = timedelta(days=30)
TELEGRAM_REPEATS = timedelta(hours=24)
"""Telegram keeps an update that nobody confirmed for a day, so an older one cannot come again."""

SPINS = timedelta(seconds=30)
"""Later than this nobody looks at a button any more that was pressed."""
MOST_SPINNING = 100

MOST_ROWS = 64
"""Of one statement; a batch takes as many powers of two as it needs.

One for each size would be a hundred statements, and those that are prepared take 2.4 MB in each connection.
"""


class Inbox:
    """Any thread may call it. Each call is a transaction, or joins the one of its thread."""

    def __init__(
        self, database: Database, *, write: Write | None = None, now: Callable[[], datetime] = utc_now
    ) -> None:
        """`write` makes a transaction of a batch; None: one of its own."""
        self._database = database
        self._write = write or alone(database)
        self._now = now

    def add(self, updates: Sequence[tuple[int, str]]) -> list[int]:
        """Keeps a batch of (update_id, body) in one transaction; returns the numbers that are new, in their order."""
        if not updates:
            return []
        new = self._write(lambda connection: self._added(connection, updates))
        return [update_id for update_id in dict.fromkeys(update_id for update_id, _ in updates) if update_id in new]

    def _added(self, connection: Connection, updates: Sequence[tuple[int, str]]) -> set[int]:
        received_at, new, begin = to_text(self._now()), set[int](), 0
        while begin < len(updates):
            rows = min(1 << (len(updates) - begin).bit_length() - 1, MOST_ROWS)
            part = updates[begin : begin + rows]
            values = [value for update_id, body in part for value in (update_id, body, received_at)]
            new.update(update_id for (update_id,) in connection.execute(_adding(rows), values).fetchall())
            begin += rows
        return new

    def done(self, update_id: int) -> None:
        """Its handling is complete; a number that is not waiting is left alone."""
        with self._database.write() as connection:
            self.mark_done(connection, update_id)

    def mark_done(self, connection: Connection, update_id: int, *, press: str = "") -> None:
        """The same inside a transaction. A `press` whose button spins yet is kept in the place of the text."""
        connection.execute(DONE, (press, to_text(self._now()), update_id))

    def spinning(self) -> list[str]:
        """The presses whose buttons may spin yet: they are done, and the process ended perhaps before the answer."""
        since = to_text(self._now() - SPINS)
        return [press for (press,) in self._database.read().execute(SPINNING, (since, MOST_SPINNING))]

    def is_done(self, update_id: int) -> bool:
        return self._database.read().execute(IS_DONE, (update_id,)).fetchone() is not None

    def unfinished(self, limit: int = 1000) -> list[tuple[int, str, int]]:
        """The first (update_id, body, attempts) that are not done, in order."""
        return self._database.read().execute(UNFINISHED, (limit,)).fetchall()

    def count(self, update_ids: Sequence[int], by: int = 1) -> None:
        """Adds to their attempts, in one transaction."""
        if update_ids:
            with self._database.write() as connection:
                connection.executemany(COUNT, [(by, update_id) for update_id in update_ids])

    def park(self, update_id: int, reason: str) -> bool:
        """Sets an update aside for good, text and all; False when it was done in the meantime."""
        with self._database.write() as connection:
            return connection.execute(PARK, (reason, to_text(self._now()), update_id)).rowcount == 1

    def forget_older_than(self, moment: datetime) -> int:
        """Deletes what was done before, but nothing that Telegram could still repeat; returns how many.

        Parked ones stay for PARKED_KEPT.
        """
        now = self._now()
        moment = min(moment, now - TELEGRAM_REPEATS)
        with self._database.write() as connection:
            return connection.execute(FORGET, (to_text(moment), to_text(min(moment, now - PARKED_KEPT)))).rowcount


def _adding(rows: int) -> str:
    return ADD.replace(ONE_ROW, ", ".join([ONE_ROW] * rows))
