"""Snapshots that tests begin with."""

from tests import market
from tests.rates.conftest import NOW

USDT_RUB = market.usdt_rub(NOW)
FIAT = market.fiat(NOW)
