"""The past of every pair: each accepted snapshot, thinned with age."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from calc.past import PastRate, past_rates
from calc.snapshots import Snapshot
from storage.database import Database
from storage.moments import from_text, to_text

# Told again for the same moment it is a correction, and the later word stands.
KEEP = """
    INSERT INTO history (pair, at, rub, bid, ask, source, thinned) VALUES (?, ?, ?, ?, ?, ?, 0)
    ON CONFLICT (pair, at) DO UPDATE SET
        rub = excluded.rub, bid = excluded.bid, ask = excluded.ask, source = excluded.source"""
FILL = """
    INSERT INTO history (pair, at, rub, bid, ask, source, thinned) VALUES (?, ?, ?, ?, ?, ?, 0)
    ON CONFLICT (pair, at) DO NOTHING"""
SINCE = "SELECT pair, at, rub, bid, ask, source FROM history WHERE pair = ? AND at >= ? ORDER BY at LIMIT ?"
BETWEEN = """
    SELECT pair, at, rub, bid, ask, source FROM history
    WHERE pair = ? AND at >= ? AND at < ? ORDER BY at LIMIT ?"""
LAST = """
    SELECT pair, at, rub, bid, ask, source FROM history
    WHERE pair = ? AND at <= ? ORDER BY at DESC LIMIT 1"""
DUE = "SELECT pair, at FROM history WHERE thinned = ? AND at < ? ORDER BY at LIMIT ?"
THIN = """
    DELETE FROM history WHERE pair = ? AND at >= ? AND at <
        (SELECT max(later.at) FROM history AS later WHERE later.pair = ? AND later.at >= ? AND later.at < ?)"""
THINNED = "UPDATE history SET thinned = ? WHERE pair = ? AND at >= ? AND at < ?"
MARK = "INSERT INTO history_marks (name, at) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET at = excluded.at"
MARKED = "SELECT at FROM history_marks WHERE name = ? LIMIT 1"

REACHED, ASKED = "fiat reached", "plan asked"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ALL_KEPT_FOR = timedelta(days=2)
HOURS_KEPT_FOR = timedelta(days=90)
MOST_ROWS = 5_000
"""More than a year of one pair, thinned as it is."""
THINNED_AT_ONCE = 1_000
"""Rows that one call looks at, at each of the two ages; an hour brings about forty."""

Row = tuple[str, str, str, str | None, str | None, str]


class History:
    """Any thread may call it. Reads give at most `limit` rates, the oldest first."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, snapshot: Snapshot) -> None:
        """Adds what it says of each pair; kept twice it is there once."""
        self._add(KEEP, past_rates(snapshot))

    def fill(self, snapshots: Iterable[Snapshot], *, reached: datetime) -> None:
        """Adds what is known of the past and how far back that goes, both or neither; what was kept stays as it is."""
        with self._database.write():
            self._add(FILL, [rate for snapshot in snapshots for rate in past_rates(snapshot)])
            self._mark(REACHED, reached)

    def reached(self) -> datetime | None:
        """How far back the fiat past was filled; None before anything was."""
        return self._marked(REACHED)

    def ask(self, now: datetime) -> None:
        """The past is about to be asked of a source that counts its calls."""
        self._mark(ASKED, now)

    def asked(self) -> datetime | None:
        """When such a source was asked last; None where none ever was."""
        return self._marked(ASKED)

    def since(self, pair: str, moment: datetime, *, limit: int = MOST_ROWS) -> list[PastRate]:
        """From that moment on; a daily table may be dated some days ahead."""
        rows = self._database.read().execute(SINCE, (pair, to_text(moment), limit))
        return [_past_rate(row) for row in rows]

    def between(self, pair: str, begin: datetime, end: datetime, *, limit: int = MOST_ROWS) -> list[PastRate]:
        """From `begin` on and before `end`."""
        rows = self._database.read().execute(BETWEEN, (pair, to_text(begin), to_text(end), limit))
        return [_past_rate(row) for row in rows]

    def last(self, pair: str, moment: datetime) -> PastRate | None:
        """The newest that is not after that moment: what was in force then. None where nothing is known so far back."""
        row: Row | None = self._database.read().execute(LAST, (pair, to_text(moment))).fetchone()
        return None if row is None else _past_rate(row)

    def thin(self, now: datetime) -> int:
        """Leaves the last of each hour of what is older than two days, and the last of each day beyond 90 days.

        Hours and days are those of UTC, and only whole ones are thinned. Returns how many rows went. A call looks at
        a bounded number of rows, so after a long stop it takes several until all is done.
        """
        with self._database.write():
            return self._thin(0, 1, before=_floor(now - ALL_KEPT_FOR, HOUR), span=HOUR) + self._thin(
                1, 2, before=_floor(now - HOURS_KEPT_FOR, DAY), span=DAY
            )

    def _thin(self, thinned: int, to: int, *, before: datetime, span: timedelta) -> int:
        gone = 0
        with self._database.write() as connection:
            due: list[tuple[str, str]] = connection.execute(DUE, (thinned, to_text(before), THINNED_AT_ONCE)).fetchall()
            for pair, begin in dict.fromkeys((pair, _floor(from_text(at), span)) for pair, at in due):
                first, end = to_text(begin), to_text(begin + span)
                gone += connection.execute(THIN, (pair, first, pair, first, end)).rowcount
                connection.execute(THINNED, (to, pair, first, end))
        return gone

    def _add(self, statement: str, rates: Iterable[PastRate]) -> None:
        rows = [
            (rate.pair, to_text(rate.at), str(rate.rub), _text(rate.bid), _text(rate.ask), rate.source)
            for rate in rates
        ]
        with self._database.write() as connection:
            connection.executemany(statement, rows)

    def _mark(self, name: str, at: datetime) -> None:
        with self._database.write() as connection:
            connection.execute(MARK, (name, to_text(at)))

    def _marked(self, name: str) -> datetime | None:
        row: tuple[str] | None = self._database.read().execute(MARKED, (name,)).fetchone()
        return None if row is None else from_text(row[0])


def _floor(moment: datetime, span: timedelta) -> datetime:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return moment - (moment - epoch) % span


def _past_rate(row: Row) -> PastRate:
    pair, at, rub, bid, ask, source = row
    return PastRate(pair, from_text(at), Decimal(rub), source, bid=_number(bid), ask=_number(ask))


def _text(price: Decimal | None) -> str | None:
    return None if price is None else str(price)


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
