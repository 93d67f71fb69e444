"""What was sent on behalf of whom, so that work that is done again sends nothing again."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from storage.connections import Connection
from storage.database import Database
from storage.moments import to_text, utc_now
from storage.together import Write, alone

BEGIN = """
    INSERT INTO sent (origin, number, place, content, here_before, anywhere_before, begun_at)
    VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (origin, number) DO NOTHING"""
FIND = "SELECT content, result, here_before, anywhere_before FROM sent WHERE origin = ? AND number = ? LIMIT 1"
SETTLE = "UPDATE sent SET result = ?, content = ? WHERE origin = ? AND number = ?"
WITHDRAW = "DELETE FROM sent WHERE origin = ? AND number = ? AND result IS NULL"
NEWEST = "SELECT result FROM sent WHERE place = ? AND result IS NOT NULL ORDER BY result DESC LIMIT 1"
RESULTS = "SELECT result FROM sent WHERE place = ? AND result > ? ORDER BY result LIMIT ?"
# Without an order, for which all would be sorted: what is left out beyond the limit is looked for in vain, no more.
PRIVATE_RESULTS = "SELECT result FROM sent WHERE place > 0 AND result > ? LIMIT ?"
FORGET = "DELETE FROM sent WHERE begun_at < ?"

MOST_RESULTS = 1_000


@dataclass(frozen=True, slots=True)
class Sent:
    """What was sent as the `number`th of its origin; `result` is what it got, None while that is not known.

    `here_before` and `anywhere_before` are the highest results known then, of its place and of all; 0 where none is.
    """

    content: str
    result: int | None
    here_before: int
    anywhere_before: int


class Journal:
    """Any thread may call it. An origin is whatever made the sending necessary, a place is where it goes."""

    def __init__(
        self, database: Database, *, write: Write | None = None, now: Callable[[], datetime] = utc_now
    ) -> None:
        """`write` makes a transaction of what is written for every message; None: one of its own."""
        self._database = database
        self._write = write or alone(database)
        self._now = now

    def find(self, origin: str, number: int) -> Sent | None:
        """What was kept under that number, None if nothing was."""
        found = self._database.read().execute(FIND, (origin, number)).fetchone()
        return None if found is None else Sent(*found)

    def begin(
        self, origin: str, number: int, *, place: int, content: str, before: Callable[[], tuple[int, int]]
    ) -> None:
        """Keeps that it is about to be sent; what is kept under that number already stays as it is.

        `before` tells the highest results known, of its place and of all. It is asked when it is this one's turn to
        write, which may be long after it lined up for that.
        """

        def write(connection: Connection) -> None:
            row = (origin, number, place, content, *before(), to_text(self._now()))
            connection.execute(BEGIN, row)

        self._write(write)

    def settle(self, origin: str, number: int, *, content: str, result: int) -> None:
        """Keeps what it got, and what it says by now."""
        self._write(lambda connection: connection.execute(SETTLE, (result, content, origin, number)))

    def withdraw(self, origin: str, number: int) -> None:
        """It was surely not sent; one that has its result stays."""
        with self._database.write() as connection:
            connection.execute(WITHDRAW, (origin, number))

    def newest(self, place: int) -> int:
        """The highest result of a place, 0 if there is none."""
        row: tuple[int] | None = self._database.read().execute(NEWEST, (place,)).fetchone()
        return row[0] if row else 0

    def results(self, place: int, *, after: int) -> set[int]:
        """The results of a place above `after`; all private places, above 0, share their numbers and count as one."""
        statement, values = (PRIVATE_RESULTS, (after,)) if place > 0 else (RESULTS, (place, after))
        return {number for (number,) in self._database.read().execute(statement, (*values, MOST_RESULTS))}

    def forget_older_than(self, moment: datetime) -> int:
        """Deletes what was begun before; returns how many."""
        with self._database.write() as connection:
            return connection.execute(FORGET, (to_text(moment),)).rowcount
