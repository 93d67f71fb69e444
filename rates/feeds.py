"""The room put together: the sources, their chains, the book, and the threads that keep it fresh."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Protocol

from calc.snapshots import Feed, Snapshot
from rates import all_sources
from rates.all_sources import AllSources
from rates.book import KEPT_S, Book
from rates.breaker import SourceState
from rates.cache import Cache, CacheStats
from rates.chain import Chain
from rates.checkup import Checkup
from rates.errors import NoRate, NotConfirmed
from rates.guarded import SourceCall, SourceReport, log_state
from rates.hooks import Hooks
from rates.keys import Keys
from rates.order_book import OrderBook
from rates.pace import QuotaUse, QuotaWarning
from rates.past import Backfill, History
from rates.periodic import Periodic
from rates.quota import Counts

FIAT_INTERVAL_WITHOUT_KEY_S = 3600.0
UNCACHED_S = 5.0
"""Without the cache a snapshot is kept for as long as those need it who asked for it."""
ORDER_BOOK_UNASKED_S = 86_400.0
"""The order book is asked for when a price was accepted, and otherwise next to never."""


class Options(all_sources.Options, Protocol):
    """How often the sources are asked besides, and how much is kept."""

    @property
    def preload_popular_pairs(self) -> bool: ...
    @property
    def preload_interval(self) -> float: ...
    @property
    def history_backfill_days(self) -> int: ...
    @property
    def cache_max_size(self) -> int: ...
    @property
    def cache_ttl_seconds(self) -> float: ...
    @property
    def cache_cleanup_interval(self) -> float: ...
    @property
    def cache_enabled(self) -> bool: ...
    @property
    def shared_loads_enabled(self) -> bool: ...


class Feeds:
    """Nothing is asked before the threads are started. Any thread may call it.

    `accepted` tells of every snapshot the book goes by from then on, `states` of every state a source comes to,
    `calls` of every call that was made.
    """

    def __init__(
        self,
        options: Options,
        keys: Keys,
        *,
        counts: Counts,
        past: History,
        tell_quota: Callable[[QuotaWarning], object],
        utcnow: Callable[[], datetime],
    ) -> None:
        self.accepted: Hooks[Snapshot] = Hooks()
        self.states: Hooks[SourceState] = Hooks()
        self.calls: Hooks[SourceCall] = Hooks()
        self.states.subscribe(log_state)
        self._options = options
        self._utcnow = utcnow
        self._sources = sources = AllSources(
            options,
            keys,
            counts=counts,
            tell_quota=tell_quota,
            on_change=self.states,
            on_call=self.calls,
            utcnow=utcnow,
        )
        self._order_book = OrderBook(sources.order_book, utcnow=utcnow)
        self._cache: Cache[Feed, Snapshot] = Cache(
            max_size=options.cache_max_size,
            ttl_s=options.cache_ttl_seconds,
            shares_loads=options.shared_loads_enabled,
        )
        self._ttl_s = {feed: self._fresh_for_s(feed) for feed in Feed}
        self.book = self._open_book()
        self._asking = Periodic(
            "refresh-order-book",
            self._order_book.refresh,
            interval_s=ORDER_BOOK_UNASKED_S,
            first_s=ORDER_BOOK_UNASKED_S,
        )
        self.accepted.subscribe(self._follow)
        self._refreshers: dict[Feed, Periodic] = {}
        days, series = options.history_backfill_days, sources.api_layer if keys.api_layer else None
        self.backfill = Backfill(sources.bank, series, past, days=days, utcnow=utcnow) if days else None
        """Ends by itself; None where nothing is to be filled."""

    def threads(self, kept: Iterable[Snapshot]) -> list[Periodic]:
        """Those that are to go on for as long as the process does, not started; `kept` were restored to the book.

        A fiat table that is young enough is asked for when its turn comes, also over a restart.
        """
        if self._options.preload_popular_pairs:
            ages_s = {each.feed: (self._utcnow() - each.fetched_at).total_seconds() for each in kept}
            self._refreshers = {feed: self._refresher(feed, ages_s.get(feed)) for feed in Feed}
        purging = Periodic("cache-purge", self._cache.purge, interval_s=self._options.cache_cleanup_interval)
        return [*self._refreshers.values(), self._asking, purging]

    def close(self) -> None:
        self._sources.close()

    def use(self, keys: Keys) -> None:
        """Takes keys that have changed; what they are for is asked at once."""
        for feed in self._sources.use(keys):
            self._ttl_s[feed] = self._fresh_for_s(feed)
            if feed in self._refreshers:
                self._refreshers[feed].wake()

    def cache_stats(self) -> CacheStats:
        return self._cache.stats()

    def clear(self) -> None:
        """Forgets what is cached; the refreshers fetch it anew at once, or the next who asks."""
        self._cache.clear()
        for refresher in self._refreshers.values():
            refresher.wake()

    def reports(self) -> Mapping[Feed, Sequence[SourceReport]]:
        """How the sources are, in the order in which they are asked; APILayer only where it has a key."""
        return self._sources.reports()

    def quota_in_use(self) -> QuotaUse | None:
        """None without a key, and where the calls cannot be read: that is in the log, and no reason to show nothing."""
        return self._sources.quota_in_use()

    def check(self) -> None:
        """Asks the sources that cost nothing, side by side; waits for them."""
        Checkup(self._sources.free(), utcnow=self._utcnow).run()

    def _open_book(self) -> Book:
        chains = {
            feed: Chain(feed, row, last_resort=[each.last_resort for each in row])
            for feed, row in self._sources.rows.items()
        }
        return Book(
            self._cache,
            chains,
            ttl_s=self._ttl_s,
            kept_s=KEPT_S if self._options.cache_enabled else dict.fromkeys(Feed, UNCACHED_S),
            on_accept=self.accepted,
            on_demand=not self._options.preload_popular_pairs,
            utcnow=self._utcnow,
            order_book=self._order_book.latest,
        )

    def _follow(self, _feed: str, snapshot: Snapshot) -> None:
        if self._order_book.follow(snapshot):
            self._asking.wake()

    def _refresher(self, feed: Feed, age_s: float | None) -> Periodic:
        turn_s = self._turn_s(feed)
        return Periodic(
            f"refresh-{feed}",
            partial(self.book.refresh, feed),
            interval_s=partial(self._turn_s, feed),
            # The exchange is asked at once: a jump that was held when the last process ended is not known to this one.
            first_s=0.0 if age_s is None or feed is Feed.USDT_RUB else min(max(turn_s - age_s, 0.0), turn_s),
            quiet=(NoRate, NotConfirmed),
        )

    def _turn_s(self, feed: Feed) -> float:
        """Seconds from one turn of a refresher to the next, as it is now."""
        if feed is Feed.USDT_RUB:
            return self._options.preload_interval
        if self._sources.quota.has_keys:
            return self._sources.quota.turn_s()
        return self._options.fiat_refresh_interval or FIAT_INTERVAL_WITHOUT_KEY_S

    def _fresh_for_s(self, feed: Feed) -> float:
        return max(self._options.cache_ttl_seconds, self._turn_s(feed))
