"""What can be asked of a running bot by whoever looks at it; each answers at once, out of memory or one small query."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from threading import Thread
from typing import Any, Protocol


class Polling(Protocol):
    """The moments are those of the monotonic clock; None before the first of their kind."""

    @property
    def heard_at(self) -> float | None: ...
    @property
    def trouble(self) -> str | None: ...
    @property
    def failures(self) -> int: ...
    @property
    def has_rival(self) -> bool: ...


class Pool(Protocol):
    """Workers and the jobs before them."""

    @property
    def threads(self) -> Sequence[Thread]: ...
    def waiting(self) -> int: ...
    def running(self) -> int: ...
    def resting(self) -> int: ...
    def hung(self) -> int: ...


class Sending(Protocol):
    @property
    def waiting(self) -> int: ...
    def snapshot(self) -> Mapping[str, int]: ...


class Answering(Protocol):
    @property
    def dropped(self) -> int: ...
    @property
    def failed(self) -> int: ...


class CacheStats(Protocol):
    @property
    def hits(self) -> int: ...
    @property
    def misses(self) -> int: ...
    @property
    def loads(self) -> int: ...
    @property
    def failures(self) -> int: ...
    @property
    def evictions(self) -> int: ...
    @property
    def entries(self) -> int: ...
    @property
    def bytes(self) -> int: ...


class UsdtRub(Protocol):
    @property
    def source(self) -> str: ...
    @property
    def fetched_at(self) -> datetime: ...
    @property
    def bid(self) -> Decimal | None: ...
    @property
    def ask(self) -> Decimal | None: ...
    @property
    def close(self) -> Decimal: ...


class FiatTable(Protocol):
    @property
    def source(self) -> str: ...
    @property
    def fetched_at(self) -> datetime: ...
    @property
    def per_usd(self) -> Mapping[Any, Decimal]: ...


class Market(Protocol):
    @property
    def usdt_rub(self) -> UsdtRub | None: ...
    @property
    def fiat(self) -> FiatTable | None: ...


class SourceState(Protocol):
    @property
    def source(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def trouble(self) -> str | None: ...
    @property
    def until(self) -> datetime | None: ...


class SourceReport(Protocol):
    @property
    def state(self) -> SourceState: ...
    @property
    def answered_at(self) -> datetime | None: ...


class KeyUse(Protocol):
    @property
    def used(self) -> int: ...
    @property
    def plan(self) -> int: ...
    @property
    def is_refused(self) -> bool: ...


class QuotaUse(Protocol):
    @property
    def source(self) -> str: ...
    @property
    def keys(self) -> Sequence[KeyUse]: ...
    @property
    def next_call_at(self) -> datetime | None: ...


class PastRate(Protocol):
    @property
    def at(self) -> datetime: ...
    @property
    def rub(self) -> Decimal: ...


class Redis(Protocol):
    """`falls` is how often it went away."""

    @property
    def is_here(self) -> bool: ...
    @property
    def falls(self) -> int: ...


QuotesToday = Mapping[tuple[str, str], int]
"""How many by direction and state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """`quotable` gives how many directions may be quoted now, and of how many."""

    polling: Callable[[], Polling]
    pools: Mapping[str, Pool]
    sending: Sending
    answering: Answering
    turned_away: Callable[[], int]
    active_operators: Callable[[], int]
    market: Callable[[], Market]
    quotable: Callable[[], tuple[int, int]]
    cache: Callable[[], CacheStats]
    sources: Callable[[], Mapping[Any, Sequence[SourceReport]]]
    quota: Callable[[], QuotaUse | None]
    usdt_rub_since: Callable[[datetime], Sequence[PastRate]]
    quotes_today: Callable[[], QuotesToday]
    errors: Callable[[], Mapping[str, int]]
    edges: Callable[[], Mapping[str, int]]
    """What failed at the edges of the chat, by a few words for it."""
    redis: Redis | None = None
    """None where none is used."""
