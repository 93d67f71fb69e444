"""What people did, one row after the other; nothing is ever changed or deleted."""

import json
from typing import Any

from calc.deeds import Area, Deed
from storage.connections import Connection
from storage.database import Database
from storage.moments import from_text, to_text

NOTE = "INSERT INTO audit (at, done_by, name, kind, subject, details, area) VALUES (?, ?, ?, ?, ?, ?, ?)"
LATEST = """
    SELECT number, at, done_by, name, kind, subject, details FROM audit
    WHERE number < ? ORDER BY number DESC LIMIT ?"""
OF_PERSON = """
    SELECT number, at, done_by, name, kind, subject, details FROM audit
    WHERE done_by = ? AND number < ? ORDER BY number DESC LIMIT ?"""
OF_AREA = """
    SELECT number, at, done_by, name, kind, subject, details FROM audit
    WHERE area = ? AND number < ? ORDER BY number DESC LIMIT ?"""
OF_BOTH = """
    SELECT number, at, done_by, name, kind, subject, details FROM audit
    WHERE done_by = ? AND area = ? AND number < ? ORDER BY number DESC LIMIT ?"""
NO_LIMIT = 2**62


def note(connection: Connection, deed: Deed) -> None:
    """Into the transaction under way, so that the deed is kept exactly when what was done is."""
    details = json.dumps(dict(deed.details), ensure_ascii=False, sort_keys=True)
    row = (to_text(deed.at), deed.by, deed.name, deed.kind, deed.subject, details, str(deed.area))
    connection.execute(NOTE, row)


class Audit:
    """Any thread may call it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, deed: Deed) -> None:
        """A deed that changed nothing else that is kept."""
        with self._database.write() as connection:
            note(connection, deed)

    def latest(
        self, limit: int, *, before: int = NO_LIMIT, by: int | None = None, area: Area | None = None
    ) -> list[tuple[int, Deed]]:
        """Those with a number below `before`, the latest first, each with its number; of one person, or area."""
        asked = [each for each in (by, area) if each is not None]
        statement = {(False, False): LATEST, (True, False): OF_PERSON, (False, True): OF_AREA, (True, True): OF_BOTH}
        which = statement[by is not None, area is not None]
        rows = self._database.read().execute(which, (*asked, before, limit)).fetchall()
        return [(number, _deed(row)) for number, *row in rows]


def _deed(row: list[Any]) -> Deed:
    at, by, name, kind, subject, details = row
    return Deed(from_text(at), by=by, name=name, kind=kind, subject=subject, details=json.loads(details))
