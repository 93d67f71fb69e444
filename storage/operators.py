"""What is kept of each operator and what they said for the desk: languages, and what was given last."""

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal

from calc.deeds import Deed
from calc.directions import Currency, Direction
from calc.margins import Margin
from calc.requests import Convention
from calc.team import Person
from calc.usual import with_amounts
from storage.audit import note
from storage.connections import Connection
from storage.database import Database
from storage.moments import to_text, utc_now
from storage.remembered import Remembered

LANGUAGE = "SELECT language FROM operators WHERE user_id = ? LIMIT 1"
SET_LANGUAGE = """
    INSERT INTO operators (user_id, language) VALUES (?, ?)
    ON CONFLICT (user_id) DO UPDATE SET language = excluded.language"""
LAST_MARGIN = "SELECT margin FROM last_margins WHERE user_id = ? AND direction = ? LIMIT 1"
REMEMBER_MARGIN = """
    INSERT INTO last_margins (user_id, direction, margin) VALUES (?, ?, ?)
    ON CONFLICT (user_id, direction) DO UPDATE SET margin = excluded.margin"""
LAST_AMOUNTS = "SELECT amounts FROM last_amounts WHERE user_id = ? AND direction = ? AND currency = ? LIMIT 1"
REMEMBER_AMOUNTS = """
    INSERT INTO last_amounts (user_id, direction, currency, amounts, used_at) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (user_id, direction, currency) DO UPDATE SET amounts = excluded.amounts, used_at = excluded.used_at"""
LAST_DIRECTIONS = """
    SELECT direction, currency, amounts FROM last_amounts WHERE user_id = ? ORDER BY used_at DESC LIMIT ?"""
CONVENTIONS = "SELECT separator, meaning FROM conventions ORDER BY separator LIMIT 10"
REMEMBER_CONVENTION = """
    INSERT INTO conventions (separator, meaning) VALUES (?, ?)
    ON CONFLICT (separator) DO UPDATE SET meaning = excluded.meaning"""


class Operators:
    """Any thread may call it."""

    def __init__(
        self,
        database: Database,
        *,
        also: Callable[[Callable[[Connection], object]], bool] = lambda _: False,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        """`also` takes what may be written with all else that an update changes; False where it does not."""
        self._database = database
        self._also = also
        self._now = now
        self._languages = Remembered[int, str | None]()

    def language(self, user_id: int) -> str | None:
        """The one this operator chose; None before a choice."""
        return self._languages.read(user_id, self._language)

    def set_language(self, user_id: int, language: str) -> None:
        with self._languages.changing(), self._database.write() as connection:
            connection.execute(SET_LANGUAGE, (user_id, language))

    def last_margin(self, user_id: int, direction: Direction) -> Margin | None:
        """None before the first one in this direction."""
        row: tuple[str] | None = self._database.read().execute(LAST_MARGIN, (user_id, str(direction))).fetchone()
        return Margin.parse(row[0]) if row else None

    def remember_margin(self, user_id: int, direction: Direction, margin: Margin) -> None:
        self._write(lambda connection: connection.execute(REMEMBER_MARGIN, (user_id, str(direction), str(margin))))

    def last_amounts(self, user_id: int, direction: Direction, currency: Currency) -> tuple[Decimal, ...]:
        """The different amounts quoted lately in a direction, in one of its two currencies, the latest first."""
        key = (user_id, str(direction), str(currency))
        row: tuple[str] | None = self._database.read().execute(LAST_AMOUNTS, key).fetchone()
        return tuple(map(Decimal, row[0].split())) if row else ()

    def remember_amounts(
        self, user_id: int, direction: Direction, currency: Currency, amounts: Sequence[Decimal]
    ) -> None:
        def write(connection: Connection) -> None:
            kept = with_amounts(self.last_amounts(user_id, direction, currency), amounts)
            line = " ".join(f"{each:f}" for each in kept)
            connection.execute(REMEMBER_AMOUNTS, (user_id, str(direction), str(currency), line, to_text(self._now())))

        self._write(write)

    def last_directions(self, user_id: int, limit: int) -> list[tuple[Direction, Currency, tuple[Decimal, ...]]]:
        """What was quoted last: directions with the currency of the amounts, the latest first."""
        rows = self._database.read().execute(LAST_DIRECTIONS, (user_id, limit)).fetchall()
        return [
            (Direction.parse(direction), Currency(currency), tuple(map(Decimal, amounts.split())))
            for direction, currency, amounts in rows
        ]

    def conventions(self) -> dict[str, Convention]:
        """What a separator before three digits means to the desk, where somebody said it."""
        return {separator: Convention(meaning) for separator, meaning in self._database.read().execute(CONVENTIONS)}

    def remember_convention(self, separator: str, convention: Convention, *, by: Person) -> None:
        with self._database.write() as connection:
            before = self.conventions().get(separator)
            if before is convention:
                return
            connection.execute(REMEMBER_CONVENTION, (separator, str(convention)))
            details = {"new": str(convention)} | ({} if before is None else {"old": str(before)})
            note(connection, Deed(self._now(), by.id, by.name, "convention.changed", separator, details))

    def _language(self, user_id: int) -> str | None:
        row: tuple[str] | None = self._database.read().execute(LANGUAGE, (user_id,)).fetchone()
        return row[0] if row else None

    def _write(self, write: Callable[[Connection], object]) -> None:
        if not self._also(write):
            with self._database.write() as connection:
                write(connection)
