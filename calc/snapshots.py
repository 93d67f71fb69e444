"""What a source said at one moment: the USDT/RUB market and the fiat table, each with its source and its times."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from calc.directions import Currency
from calc.typed import TypedRate


class Feed(StrEnum):
    """The two snapshots that serve all directions."""

    USDT_RUB = "usdt_rub"
    FIAT = "fiat"


@dataclass(frozen=True, slots=True)
class Level:
    """What an order book has at one price: RUB per USDT, and USDT."""

    price: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Depth:
    """The levels of an order book that are seen, at least one a side, the best of each side first."""

    bids: tuple[Level, ...]
    asks: tuple[Level, ...]


@dataclass(frozen=True, slots=True)
class UsdtRub:
    """RUB per 1 USDT.

    `bid` is what the market pays for a USDT, `ask` what it takes for one; None where the source names no side.
    `as_of` is the source's own time, None where it names none; `fetched_at` is the time of receipt. Both are aware UTC.
    `depth` is None where the source is no order book.
    """

    close: Decimal
    source: str
    fetched_at: datetime
    bid: Decimal | None = None
    ask: Decimal | None = None
    as_of: datetime | None = None
    depth: Depth | None = None

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
    """What is known now; None where nothing usable was ever fetched.

    `held` came after it and is a jump away that nothing has confirmed yet; `unchanged_since` is when a snapshot with
    the same values was first fetched; `typed` rates stand over the snapshots. `order_book` is seen beside the accepted
    `usdt_rub`: for depth, never for a price of its own.
    """

    usdt_rub: UsdtRub | None = None
    fiat: FiatTable | None = None
    order_book: UsdtRub | None = None
    held: tuple[Snapshot, ...] = ()
    unchanged_since: Mapping[Feed, datetime] = field(default_factory=dict)
    typed: tuple[TypedRate, ...] = ()

    def snapshot(self, feed: Feed) -> Snapshot | None:
        return self.usdt_rub if feed is Feed.USDT_RUB else self.fiat
