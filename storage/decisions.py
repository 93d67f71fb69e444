"""What people decided about rates: those they typed, and those they quoted against the gate's word."""

from datetime import datetime
from decimal import Decimal

from calc.deeds import Deed
from calc.overrides import QuotedAnyway
from calc.team import Person
from calc.typed import Pair, TypedRate
from storage.audit import note
from storage.database import Database
from storage.moments import from_text, to_text

KEEP_TYPED = """
    INSERT INTO typed_rates (pair, value, typed_by, name, typed_at, until) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (pair, typed_at) DO UPDATE SET
        value = excluded.value, typed_by = excluded.typed_by, name = excluded.name, until = excluded.until"""
# An earlier one of the pair ends where a later one begins; both stay to be looked up.
END_TYPED = "UPDATE typed_rates SET ended_at = ?, ended_by = ? WHERE pair = ? AND until > ? AND ended_at IS NULL"
END_EARLIER = f"{END_TYPED} AND typed_at < ?"
STANDING = """
    SELECT pair, value, typed_by, name, typed_at, until FROM typed_rates
    WHERE until > ? AND ended_at IS NULL ORDER BY until LIMIT 1000"""
RECORD = """
    INSERT INTO overrides (id, decided_by, name, why, decided_at, direction, base, refused_for)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING"""


class Decisions:
    """Nothing of it is ever deleted. Any thread may call it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, typed: TypedRate) -> None:
        """An earlier one of its pair that still stands ends by it."""
        at = to_text(typed.at)
        with self._database.write() as connection:
            old = [each.value for each in self.standing(typed.at) if each.pair == typed.pair and each.at < typed.at]
            connection.execute(END_EARLIER, (at, typed.by, str(typed.pair), at, at))
            row = str(typed.pair), str(typed.value), typed.by, typed.name, at, to_text(typed.until)
            connection.execute(KEEP_TYPED, row)
            details = {"new": f"{typed.value:f}", "until": to_text(typed.until)}
            details |= {"old": f"{old[-1]:f}"} if old else {}
            note(connection, Deed(typed.at, typed.by, typed.name, "rate.typed", str(typed.pair), details))

    def end(self, pair: Pair, *, by: Person, at: datetime) -> None:
        """Ends the typed rate of a pair before its time; nothing where none stands."""
        with self._database.write() as connection:
            old = [f"{each.value:f}" for each in self.standing(at) if each.pair == pair]
            connection.execute(END_TYPED, (to_text(at), by.id, str(pair), to_text(at)))
            if old:
                note(connection, Deed(at, by.id, by.name, "rate.ended", str(pair), {"old": old[-1]}))

    def standing(self, now: datetime) -> list[TypedRate]:
        """The typed rates that have not ended; of a pair the last one comes last."""
        rows = self._database.read().execute(STANDING, (to_text(now),))
        return [
            TypedRate(Pair.parse(pair), Decimal(value), by=by, name=name, at=from_text(at), until=from_text(until))
            for pair, value, by, name, at, until in rows
        ]

    def record(self, quoted: QuotedAnyway) -> None:
        """That somebody quotes a refused rate. The same `key` is written once."""
        by, direction, base = quoted.by, str(quoted.direction), f"{quoted.base:f}"
        row = quoted.key, by.id, by.name, quoted.why, to_text(quoted.at), direction, base, quoted.refused_for
        details = {"base": base, "refused_for": quoted.refused_for, "why": quoted.why}
        with self._database.write() as connection:
            if connection.execute(RECORD, row).rowcount == 1:
                note(connection, Deed(quoted.at, by.id, by.name, "rate.quoted_anyway", direction, details))
