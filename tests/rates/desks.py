"""A book of its own for a test, with everything it is made of; its sources bring what they are told to."""

from collections.abc import Callable
from dataclasses import replace

from calc.snapshots import Feed, Snapshot
from rates.book import Book
from rates.cache import Cache
from rates.errors import NoRate
from rates.hooks import Hooks
from tests.rates.conftest import Clock
from tests.rates.snapshots import FIAT, USDT_RUB

TTL_S = {Feed.USDT_RUB: 300.0, Feed.FIAT: 26_784.0}
MINUTE, HOUR = 60.0, 3600.0


class Fetcher:
    """Brings the same snapshot, fetched now; or fails."""

    def __init__(self, snapshot: Snapshot, clock: Clock) -> None:
        self.snapshot = snapshot
        self.clock = clock
        self.calls = 0
        self.other_than: list[str | None] = []
        self.second: Snapshot | None = None
        self.fails = False

    def fetch(self, *, other_than: str | None = None) -> Snapshot:
        self.calls += 1
        self.other_than.append(other_than)
        if self.fails or (other_than is not None and self.second is None):
            raise NoRate(self.snapshot.feed, [])
        told = self.snapshot if other_than is None or self.second is None else self.second
        return replace(told, fetched_at=self.clock.utcnow())


class Desk:
    """A book with everything that it is made of."""

    def __init__(self, clock: Clock, *, on_demand: bool = False) -> None:
        self.clock = clock
        self.kept: list[Snapshot] = []
        self.keep_fails = False
        self.beside: list[Callable[[], None]] = []
        self.usdt_rub, self.fiat = Fetcher(USDT_RUB, clock), Fetcher(FIAT, clock)
        self.accepted: Hooks[Snapshot] = Hooks()
        self.accepted.subscribe(self.keep)
        self.cache: Cache[Feed, Snapshot] = Cache(clock=clock, stale_s=HOUR, spawn=self.beside.append)
        self.book = Book(
            self.cache,
            {Feed.USDT_RUB: self.usdt_rub, Feed.FIAT: self.fiat},
            ttl_s=TTL_S,
            on_accept=self.accepted,
            on_demand=on_demand,
            utcnow=clock.utcnow,
        )

    def keep(self, _feed: str, snapshot: Snapshot) -> None:
        if self.keep_fails:
            raise OSError("the disk is full")
        self.kept.append(snapshot)

    @property
    def calls(self) -> tuple[int, int]:
        return self.usdt_rub.calls, self.fiat.calls
