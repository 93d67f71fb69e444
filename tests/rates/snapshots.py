"""Snapshots that tests begin with."""

from decimal import Decimal

from calc.directions import Currency
from calc.snapshots import FiatTable, UsdtRub
from tests.rates.conftest import NOW

USDT_RUB = UsdtRub(close=Decimal("81.65"), bid=Decimal("81.62"), ask=Decimal("81.66"), source="rapira", fetched_at=NOW)
PER_USD = {
    Currency.RUB: Decimal("82.412507"),
    Currency.EUR: Decimal("0.862813"),
    Currency.THB: Decimal("32.358504"),
    Currency.AED: Decimal("3.672504"),
    Currency.ZAR: Decimal("16.71845"),
    Currency.IDR: Decimal("17248.35"),
}
FIAT = FiatTable(per_usd=PER_USD, source="cbr", fetched_at=NOW, as_of=NOW)
