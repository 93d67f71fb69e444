"""When each owner was last sent the copy of a night."""

from datetime import datetime

from storage.database import Database
from storage.moments import from_text, to_text

LAST = "SELECT at FROM sent_copies WHERE owner = ? LIMIT 1"
SENT = "INSERT INTO sent_copies (owner, at) VALUES (?, ?) ON CONFLICT (owner) DO UPDATE SET at = excluded.at"


class SentCopies:
    """Any thread may call it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def last(self, owner: int) -> datetime | None:
        row: tuple[str] | None = self._database.read().execute(LAST, (owner,)).fetchone()
        return from_text(row[0]) if row else None

    def sent(self, owner: int, at: datetime) -> None:
        with self._database.write() as connection:
            connection.execute(SENT, (owner, to_text(at)))
