"""What no snapshot may be, whichever source it comes from."""

from datetime import datetime, timedelta

from calc.ages import LONGEST_DAILY_GAP, is_too_old
from calc.bounds import PER_USD_BOUNDS, RUB_BOUNDS, is_within
from calc.directions import FIAT, Currency
from calc.snapshots import FiatTable, Snapshot, UsdtRub
from rates.errors import SourceError, Trouble
from rates.payloads import garbage

MOST_AHEAD = timedelta(days=4)
"""A daily table is dated ahead, over a weekend or a holiday; one from next year would never be called old."""


def checked(snapshot: Snapshot) -> Snapshot:
    """The snapshot itself; raises SourceError with what is wrong in it."""
    error = _usdt_rub(snapshot) if isinstance(snapshot, UsdtRub) else _fiat(snapshot)
    if error is None and snapshot.as_of is not None and snapshot.as_of - snapshot.fetched_at > MOST_AHEAD:
        error = garbage(snapshot.source, f"dated {snapshot.as_of:%Y-%m-%d}, which is to come")
    if error is None and snapshot.as_of is not None and is_too_old(snapshot, snapshot.fetched_at):
        # Taken for good it would keep the next source from being asked, and be refused by the desk all the same.
        error = SourceError(snapshot.source, Trouble.STALE, f"as of {snapshot.as_of:%Y-%m-%d %H:%M} UTC")
    if error is not None:
        raise error
    return snapshot


def checked_past(table: FiatTable, moment: datetime) -> FiatTable:
    """The table itself, if it can have been in force at a moment of the past; raises SourceError.

    It is old on purpose, so its time is measured against the moment it was asked for, not against the clock.
    """
    error = _fiat(table)
    if error is None and (table.as_of is None or not timedelta(0) <= moment - table.as_of < LONGEST_DAILY_GAP):
        told = "without a date" if table.as_of is None else f"dated {table.as_of:%Y-%m-%d %H:%M}"
        error = garbage(table.source, f"{told}, asked for {moment:%Y-%m-%d %H:%M} UTC")
    if error is not None:
        raise error
    return table


def _usdt_rub(snapshot: UsdtRub) -> SourceError | None:
    for what, price in (("bid", snapshot.bid), ("ask", snapshot.ask), ("close", snapshot.close)):
        if price is not None and not is_within(price, RUB_BOUNDS):
            return garbage(snapshot.source, f"{what} {price} is out of bounds")
    if snapshot.bid is not None and snapshot.ask is not None and snapshot.bid > snapshot.ask:
        return garbage(snapshot.source, f"crossed book, bid {snapshot.bid} over ask {snapshot.ask}")
    return None


def _fiat(table: FiatTable) -> SourceError | None:
    for currency in (Currency.RUB, *(each for each in FIAT if each is not Currency.USD)):
        per_usd = table.per_usd.get(currency)
        if per_usd is None:
            return garbage(table.source, f"{currency} is missing")
        if not is_within(per_usd, PER_USD_BOUNDS[currency]):
            return garbage(table.source, f"{currency} {per_usd:.8g} per USD is out of bounds")
    return None
