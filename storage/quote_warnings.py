"""What the authors of quotes were told last of margins that fall."""

from datetime import datetime
from decimal import Decimal

from calc.quotes import Warned
from storage.database import Database
from storage.moments import to_text

OF_OPEN = """
    SELECT quote_warnings.number, percent, is_held FROM quotes
    JOIN quote_warnings ON quote_warnings.number = quotes.number
    WHERE state = 'open' AND valid_until > ? ORDER BY valid_until LIMIT ?"""
KEEP = """
    INSERT INTO quote_warnings (number, percent, is_held) VALUES (?, ?, ?)
    ON CONFLICT (number) DO UPDATE SET percent = excluded.percent, is_held = excluded.is_held"""
FORGET = "DELETE FROM quote_warnings WHERE number = ?"


class QuoteWarnings:
    """Any thread may call it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_open(self, now: datetime, limit: int = 1000) -> dict[int, Warned]:
        """By the number of the quote, of those that are open and valid."""
        rows = self._database.read().execute(OF_OPEN, (to_text(now), limit)).fetchall()
        return {number: Warned(Decimal(percent), is_held=bool(is_held)) for number, percent, is_held in rows}

    def keep(self, number: int, warned: Warned | None) -> None:
        """None: the margin is well again, and the next fall is a new one."""
        with self._database.write() as connection:
            if warned is None:
                connection.execute(FORGET, (number,))
            else:
                connection.execute(KEEP, (number, str(warned.percent), int(warned.is_held)))
