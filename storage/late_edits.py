"""Changes of messages that wait until they may be made: of each message the last."""

from storage.database import Database

KEEP = """
    INSERT INTO late_edits (place, message, version, body) VALUES (?, ?, ?, ?)
    ON CONFLICT (place, message) DO UPDATE SET version = excluded.version, body = excluded.body
    WHERE excluded.version > late_edits.version"""
REMOVE = "DELETE FROM late_edits WHERE place = ? AND message = ? AND version = ?"
ALL = "SELECT place, message, version, body FROM late_edits WHERE version > ? ORDER BY version LIMIT ?"

MOST = 10_000


class KeptEdits:
    """Any thread may call it; a version is higher than all before it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, place: int, message: int, *, version: int, body: str) -> None:
        """Takes the place of an earlier version."""
        with self._database.write() as connection:
            connection.execute(KEEP, (place, message, version, body))

    def remove(self, place: int, message: int, *, version: int) -> None:
        """A later version stays."""
        with self._database.write() as connection:
            connection.execute(REMOVE, (place, message, version))

    def all(self) -> list[tuple[int, int, int, str]]:
        """Place, message, version and body, the oldest first."""
        return self._database.read().execute(ALL, (0, MOST)).fetchall()
