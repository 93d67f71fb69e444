"""Whether the database can be written: something small that is, now and then."""

from collections.abc import Callable
from datetime import datetime

from storage.database import Database
from storage.moments import to_text, utc_now

BEAT = "INSERT INTO pulse (name, at) VALUES ('beat', ?) ON CONFLICT (name) DO UPDATE SET at = excluded.at"


class Pulse:
    """Any thread may call it."""

    def __init__(self, database: Database, *, now: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._now = now

    def beat(self) -> None:
        """Waits for its turn as every writer does; raises what SQLite has against it."""
        with self._database.write() as connection:
            connection.execute(BEAT, (to_text(self._now()),))
