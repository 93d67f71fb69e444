"""What no snapshot may be, whichever source it comes from.

The bounds are no rates: they are so wide that only a wrong unit, an inverted pair or a placeholder falls outside.
"""

from datetime import datetime, timedelta
from decimal import Decimal

from calc.ages import LONGEST_DAILY_GAP, is_too_old
from calc.directions import FIAT, Currency
from calc.snapshots import FiatTable, Snapshot, UsdtRub
from rates.errors import SourceError, Trouble
from rates.payloads import garbage

RUB_BOUNDS = (Decimal(20), Decimal(400))
"""RUB per USDT and per USD, as desks run them in production."""

PER_USD_BOUNDS: dict[Currency, tuple[Decimal, Decimal]] = {
    Currency.RUB: RUB_BOUNDS,
    Currency.EUR: (Decimal("0.4"), Decimal("2.5")),
    Currency.THB: (Decimal(13), Decimal(85)),
    Currency.AED: (Decimal("1.5"), Decimal("9.5")),
    Currency.ZAR: (Decimal(7), Decimal(45)),
    Currency.IDR: (Decimal(6_500), Decimal(42_000)),
}
"""A factor of about 2.5 either way of what a USD was worth in the years before; the AED is pegged and gets the same."""


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
        if price is not None and not _within(price, RUB_BOUNDS):
            return garbage(snapshot.source, f"{what} {price} is out of bounds")
    if snapshot.bid is not None and snapshot.ask is not None and snapshot.bid > snapshot.ask:
        return garbage(snapshot.source, f"crossed book, bid {snapshot.bid} over ask {snapshot.ask}")
    return None


def _fiat(table: FiatTable) -> SourceError | None:
    for currency in (Currency.RUB, *(each for each in FIAT if each is not Currency.USD)):
        per_usd = table.per_usd.get(currency)
        if per_usd is None:
            return garbage(table.source, f"{currency} is missing")
        if not _within(per_usd, PER_USD_BOUNDS[currency]):
            return garbage(table.source, f"{currency} {per_usd:.8g} per USD is out of bounds")
    return None


def _within(value: Decimal, bounds: tuple[Decimal, Decimal]) -> bool:
    return value.is_finite() and bounds[0] < value < bounds[1]
