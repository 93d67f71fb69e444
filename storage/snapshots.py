"""The last good snapshot of each feed, so that a restarted desk can quote before the first source has answered."""

import json
import logging
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from calc.directions import Currency
from calc.snapshots import Feed, FiatTable, Snapshot, UsdtRub
from storage.database import Database
from storage.moments import from_text, to_text

log = logging.getLogger(__name__)

# An older snapshot that arrives late does not take the place of a newer one.
KEEP = """
    INSERT INTO snapshots (feed, source, fetched_at, as_of, close, bid, ask, per_usd) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (feed) DO UPDATE SET source = excluded.source, fetched_at = excluded.fetched_at, as_of = excluded.as_of,
        close = excluded.close, bid = excluded.bid, ask = excluded.ask, per_usd = excluded.per_usd
    WHERE snapshots.fetched_at <= excluded.fetched_at"""
LAST = """
    SELECT feed, source, fetched_at, as_of, close, bid, ask, per_usd FROM snapshots
    WHERE feed IN (?, ?) ORDER BY feed LIMIT 2"""

Row = tuple[str, str, str, str | None, str | None, str | None, str | None, str | None]


class Snapshots:
    """Any thread may call it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, snapshot: Snapshot) -> None:
        """Puts it in the place of the last one of its feed."""
        with self._database.write() as connection:
            connection.execute(KEEP, row_of(snapshot))

    def last(self) -> list[Snapshot]:
        """At most one for each feed, exactly as it was kept.

        One that cannot be read is left out with a warning: a source gives a new one in seconds, and a desk that does
        not start for it would not.
        """
        rows: list[Row] = self._database.read().execute(LAST, tuple(Feed)).fetchall()
        return list(_readable(rows))


def _readable(rows: list[Row]) -> Iterator[Snapshot]:
    for row in rows:
        try:
            yield snapshot_of(row)
        except (ValueError, TypeError, ArithmeticError, AttributeError) as error:
            log.warning("kept snapshot of %s cannot be read: %r", row[0], error)


def row_of(snapshot: Snapshot) -> Row:
    feed, source, fetched_at = str(snapshot.feed), snapshot.source, to_text(snapshot.fetched_at)
    as_of = None if snapshot.as_of is None else to_text(snapshot.as_of)
    if isinstance(snapshot, UsdtRub):
        prices = str(snapshot.close), _text(snapshot.bid), _text(snapshot.ask)
        return feed, source, fetched_at, as_of, *prices, None
    per_usd = json.dumps({str(currency): str(units) for currency, units in snapshot.per_usd.items()})
    return feed, source, fetched_at, as_of, None, None, None, per_usd


def snapshot_of(row: Row) -> Snapshot:
    feed, source, fetched_at_text, as_of_text, close, bid, ask, per_usd = row
    fetched_at = from_text(fetched_at_text)
    as_of: datetime | None = None if as_of_text is None else from_text(as_of_text)
    if feed == Feed.FIAT:
        table = {Currency(code): Decimal(units) for code, units in json.loads(per_usd or "").items()}
        return FiatTable(table, source, fetched_at, as_of=as_of)
    return UsdtRub(Decimal(close or ""), source, fetched_at, bid=_number(bid), ask=_number(ask), as_of=as_of)


def _text(price: Decimal | None) -> str | None:
    return None if price is None else str(price)


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
