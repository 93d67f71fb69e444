"""Rates of a day, and a book of them in memory."""

from dataclasses import dataclass
from datetime import UTC, datetime

from calc.errors import DeskError
from calc.snapshots import Feed, FiatTable, Market, Snapshot, UsdtRub
from tests import market

NOW = datetime(2026, 11, 20, 12, 4, tzinfo=UTC)
USDT_RUB = market.usdt_rub(NOW)
FIAT = market.fiat(NOW)


@dataclass
class Trouble:
    source: str
    trouble: str


@dataclass
class Failure:
    causes: list[Trouble]


class Book:
    """Rates in memory, and what a source would bring: a snapshot to keep, or an error to raise."""

    def __init__(self, *snapshots: Snapshot) -> None:
        self.held: dict[Feed, Snapshot] = {each.feed: each for each in snapshots}
        self.jumped: tuple[Snapshot, ...] = ()
        self.next: dict[Feed, Snapshot | Exception] = {}
        self.asked: list[Feed] = []
        self.order_book: UsdtRub | None = None

    def market(self) -> Market:
        usdt_rub, fiat = self.held.get(Feed.USDT_RUB), self.held.get(Feed.FIAT)
        return Market(
            usdt_rub=usdt_rub if isinstance(usdt_rub, UsdtRub) else None,
            fiat=fiat if isinstance(fiat, FiatTable) else None,
            order_book=self.order_book,
            held=self.jumped,
        )

    def load(self, feed: Feed) -> Snapshot:
        return self.refresh(feed)

    def refresh(self, feed: Feed) -> Snapshot:
        self.asked.append(feed)
        brought = self.next.get(feed, self.held.get(feed))
        if brought is None or isinstance(brought, Exception):
            raise brought or DeskError("nothing")
        self.held[feed] = brought
        return brought

    def last_error(self, feed: Feed) -> Failure:
        return Failure([Trouble("rapira", "timeout"), Trouble("coingecko", "quota")])
