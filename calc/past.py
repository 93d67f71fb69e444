"""What a currency was worth in RUB at a moment: the form in which the past is kept, drawn and compared."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from calc.directions import FIAT, Currency
from calc.rounding import round_past
from calc.snapshots import Snapshot, UsdtRub


@dataclass(frozen=True, slots=True)
class PastRate:
    """`rub` per 1 of the pair's first currency; `bid` and `ask` only where the source told both sides of a market.

    `at` is the source's own time, or that of the receipt where it told none: a table of the Bank of Russia belongs to
    the day it is in force from, whenever it was fetched, and a rate that did not change is one point, not many.
    """

    pair: str
    at: datetime
    rub: Decimal
    source: str
    bid: Decimal | None = None
    ask: Decimal | None = None


def pair_of(currency: Currency) -> str:
    return f"{currency}/{Currency.RUB}"


PAIRS = tuple(pair_of(currency) for currency in (Currency.USDT, *FIAT))


def past_rates(snapshot: Snapshot) -> Sequence[PastRate]:
    """USDT/RUB as it was told, or every fiat currency of a table in RUB."""
    at = snapshot.fetched_at if snapshot.as_of is None else snapshot.as_of
    if isinstance(snapshot, UsdtRub):
        pair = pair_of(Currency.USDT)
        return [PastRate(pair, at, snapshot.close, snapshot.source, bid=snapshot.bid, ask=snapshot.ask)]
    rub_per_usd = snapshot.per_usd[Currency.RUB]
    return [
        PastRate(
            pair_of(currency),
            at,
            rub_per_usd
            if currency is Currency.USD
            else round_past(Fraction(rub_per_usd) / Fraction(snapshot.per_usd[currency])),
            snapshot.source,
        )
        for currency in FIAT
    ]
