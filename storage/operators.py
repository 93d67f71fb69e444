"""What is kept of each operator: the language, the margin given last in each direction, and who owns the desk."""

from collections.abc import Callable
from datetime import datetime

from calc.directions import Direction
from calc.margins import Margin
from storage.database import Database
from storage.moments import to_text, utc_now

LANGUAGE = "SELECT language FROM operators WHERE user_id = ? LIMIT 1"
SET_LANGUAGE = """
    INSERT INTO operators (user_id, language) VALUES (?, ?)
    ON CONFLICT (user_id) DO UPDATE SET language = excluded.language"""
LAST_MARGIN = "SELECT margin FROM last_margins WHERE user_id = ? AND direction = ? LIMIT 1"
REMEMBER_MARGIN = """
    INSERT INTO last_margins (user_id, direction, margin) VALUES (?, ?, ?)
    ON CONFLICT (user_id, direction) DO UPDATE SET margin = excluded.margin"""
OWNERS = "SELECT user_id FROM owners ORDER BY user_id LIMIT 1000"
ADD_OWNER = "INSERT INTO owners (user_id, added_at) VALUES (?, ?) ON CONFLICT (user_id) DO NOTHING"


class Operators:
    """Any thread may call it."""

    def __init__(self, database: Database, *, now: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._now = now

    def language(self, user_id: int) -> str | None:
        """The one this operator chose; None before a choice."""
        row: tuple[str] | None = self._database.read().execute(LANGUAGE, (user_id,)).fetchone()
        return row[0] if row else None

    def set_language(self, user_id: int, language: str) -> None:
        with self._database.write() as connection:
            connection.execute(SET_LANGUAGE, (user_id, language))

    def last_margin(self, user_id: int, direction: Direction) -> Margin | None:
        """None before the first one in this direction."""
        row: tuple[str] | None = self._database.read().execute(LAST_MARGIN, (user_id, str(direction))).fetchone()
        return Margin.parse(row[0]) if row else None

    def remember_margin(self, user_id: int, direction: Direction, margin: Margin) -> None:
        with self._database.write() as connection:
            connection.execute(REMEMBER_MARGIN, (user_id, str(direction), str(margin)))

    def owners(self) -> frozenset[int]:
        """Those who came through the pairing link; the owners named in the settings are not kept here."""
        return frozenset(user_id for (user_id,) in self._database.read().execute(OWNERS))

    def add_owner(self, user_id: int) -> None:
        with self._database.write() as connection:
            connection.execute(ADD_OWNER, (user_id, to_text(self._now())))
