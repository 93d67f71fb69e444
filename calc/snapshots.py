"""What a source said at one moment: the USDT/RUB market and the fiat table, each with its source and its times."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from calc.directions import Currency


class Feed(StrEnum):
    """The two snapshots that serve all directions."""

    USDT_RUB = "usdt_rub"
    FIAT = "fiat"


@dataclass(frozen=True, slots=True)
class UsdtRub:
    """RUB per 1 USDT.

    `bid` is what the market pays for a USDT, `ask` what it takes for one; None where the source names no side.
    `as_of` is the source's own time, None where it names none; `fetched_at` is the time of receipt. Both are aware UTC.
    """

    close: Decimal
    source: str
    fetched_at: datetime
    bid: Decimal | None = None
    ask: Decimal | None = None
    as_of: datetime | None = None

    @property
    def feed(self) -> Feed:
        return Feed.USDT_RUB


@dataclass(frozen=True, slots=True)
class FiatTable:
    """Units of each currency per 1 USD (RUB, EUR, THB, AED, ZAR, IDR; USD itself is 1), whole from one source."""

    per_usd: Mapping[Currency, Decimal]
    source: str
    fetched_at: datetime
    as_of: datetime | None = None

    @property
    def feed(self) -> Feed:
        return Feed.FIAT


Snapshot = UsdtRub | FiatTable


@dataclass(frozen=True, slots=True)
class Market:
    """What is known now; None where nothing usable was ever fetched."""

    usdt_rub: UsdtRub | None = None
    fiat: FiatTable | None = None
