"""How many quotes were given, by direction and by what became of them."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from storage.database import Database
from storage.moments import to_text

GIVEN = "SELECT direction, state FROM quotes WHERE given_at >= ? ORDER BY given_at LIMIT ?"

MOST_ROWS = 20_000
"""Of one day; a desk gives some hundreds."""


class QuoteCounts:
    """Any thread may call it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def since(self, moment: datetime) -> Mapping[tuple[str, str], int]:
        """By (direction, state); the state is the one that was written down last."""
        rows = self._database.read().execute(GIVEN, (to_text(moment), MOST_ROWS))
        return Counter((direction, state) for direction, state in rows)
