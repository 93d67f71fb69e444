"""The market of a Saturday: USDT is traded, and the table of currencies is Friday's."""

from datetime import UTC, datetime

from calc.snapshots import Market
from tests import market

RECEIVED = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
PUBLISHED = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)

USDT_RUB = market.usdt_rub(RECEIVED)
FIAT = market.fiat(RECEIVED, source="apilayer", as_of=PUBLISHED)
MARKET = Market(usdt_rub=USDT_RUB, fiat=FIAT)
