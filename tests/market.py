"""The market of one day, as the sources told it: what tests begin with, each at a moment of its own."""

from datetime import datetime
from decimal import Decimal

from calc.directions import Currency
from calc.snapshots import FiatTable, UsdtRub

PER_USD = {
    Currency.RUB: Decimal("82.412507"),
    Currency.EUR: Decimal("0.862813"),
    Currency.THB: Decimal("32.358504"),
    Currency.AED: Decimal("3.672504"),
    Currency.ZAR: Decimal("16.71845"),
    Currency.IDR: Decimal("17248.35"),
}
BASES = {
    "RUB-USDT": "81.66",
    "RUB-USD": "82.412507",
    "RUB-EUR": "95.516070",
    "RUB-THB": "2.5468578",
    "RUB-AED": "22.440413",
    "RUB-ZAR": "4.9294347",
    "RUB-IDR": "0.0047779937",
    "USDT-RUB": "81.62",
    "USDT-USD": "0.99038366",
    "USDT-EUR": "0.85451589",
    "USDT-THB": "32.047334",
    "USDT-AED": "3.6371879",
    "USDT-ZAR": "16.557680",
    "USDT-IDR": "17082.484",
}
"""The base rate of every direction at that market, to eight digits; worked out beside the program."""


def usdt_rub(at: datetime) -> UsdtRub:
    return UsdtRub(close=Decimal("81.65"), bid=Decimal("81.62"), ask=Decimal("81.66"), source="rapira", fetched_at=at)


def fiat(at: datetime, *, source: str = "cbr", as_of: datetime | None = None) -> FiatTable:
    """Of `as_of`, which is the moment itself unless another is told."""
    return FiatTable(per_usd=PER_USD, source=source, fetched_at=at, as_of=as_of or at)
