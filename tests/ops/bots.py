"""A bot that never was, to look at: every part is made up, and each can be made to fail."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from threading import Thread, current_thread
from typing import Any

from ops.parts import Parts

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@dataclass
class Polling:
    heard_at: float | None = 95.0
    trouble: str | None = None
    failures: int = 0
    has_rival: bool = False


@dataclass
class Pool:
    size: int = 16
    is_resting: int = 1

    @property
    def threads(self) -> list[Thread]:
        return [current_thread()] * self.size

    def waiting(self) -> int:
        return 3

    def running(self) -> int:
        return 2

    def resting(self) -> int:
        return self.is_resting

    def hung(self) -> int:
        return 0


@dataclass
class Sending:
    waiting: int = 4

    def snapshot(self) -> Mapping[str, int]:
        return {"sendMessage ok": 9, "429": 2, "late": 5, "given up": 1}


@dataclass
class Answering:
    dropped: int = 1
    failed: int = 2


@dataclass
class CacheStats:
    hits: int = 30
    misses: int = 10
    loads: int = 12
    failures: int = 1
    evictions: int = 0
    entries: int = 2
    bytes: int = 4096


@dataclass
class UsdtRub:
    source: str = "rapira"
    fetched_at: datetime = NOW - timedelta(seconds=30)
    bid: Decimal | None = Decimal("81.62")
    ask: Decimal | None = Decimal("81.66")
    close: Decimal = Decimal("81.65")


@dataclass
class FiatTable:
    source: str = "cbr"
    fetched_at: datetime = NOW - timedelta(hours=1)
    per_usd: Mapping[str, Decimal] = field(
        default_factory=lambda: {"RUB": Decimal("80.9512"), "EUR": Decimal("0.8631"), "IDR": Decimal(16712)}
    )


@dataclass
class Market:
    usdt_rub: UsdtRub | None = field(default_factory=UsdtRub)
    fiat: FiatTable | None = field(default_factory=FiatTable)


@dataclass
class SourceState:
    source: str
    state: str = "closed"
    trouble: str | None = None
    until: datetime | None = None


@dataclass
class SourceReport:
    state: SourceState
    answered_at: datetime | None = NOW - timedelta(seconds=30)


@dataclass
class KeyUse:
    used: int
    plan: int = 100
    is_refused: bool = False


@dataclass
class QuotaUse:
    source: str = "apilayer"
    keys: tuple[KeyUse, ...] = (KeyUse(40), KeyUse(101, is_refused=True))
    next_call_at: datetime | None = NOW + timedelta(hours=3)


@dataclass
class PastRate:
    at: datetime
    rub: Decimal


@dataclass
class Redis:
    is_here: bool = True
    falls: int = 0


def sources() -> dict[str, list[SourceReport]]:
    resting = SourceState("rapira", "open", "blocked", NOW + timedelta(minutes=20))
    return {
        "usdt_rub": [SourceReport(resting), SourceReport(SourceState("coingecko"))],
        "fiat": [SourceReport(SourceState("cbr"), answered_at=None)],
    }


def past(since: datetime) -> list[PastRate]:
    return [PastRate(since + timedelta(minutes=2 * n), Decimal("81.5") + Decimal(n % 60) / 100) for n in range(720)]


def parts(**other: Any) -> Parts:
    """With what is given in the place of a part."""
    given: dict[str, Any] = {
        "polling": Polling,
        "pools": {"chats": Pool(), "beside": Pool(size=4, is_resting=0)},
        "sending": Sending(),
        "answering": Answering(),
        "turned_away": lambda: 7,
        "active_operators": lambda: 3,
        "market": Market,
        "quotable": lambda: (13, 14),
        "cache": CacheStats,
        "sources": sources,
        "quota": QuotaUse,
        "usdt_rub_since": past,
        "quotes_today": lambda: {("RUB-USDT", "open"): 2, ("RUB-USDT", "accepted"): 5, ("USDT-THB", "expired"): 1},
        "errors": lambda: {"KeyError": 2},
        "edges": lambda: {"jobs failed": 1},
        **other,
    }
    return Parts(**given)


def failing(*_: object) -> Any:
    raise RuntimeError("this part is broken")
