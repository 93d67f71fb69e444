"""The book: what is known of the market, answered out of memory and brought up to date from the sources."""

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Protocol

from calc.ages import QUOTABLE_FOR, is_too_old
from calc.snapshots import Feed, FiatTable, Market, Snapshot, UsdtRub
from rates.cache import Cache
from rates.errors import NoRate

log = logging.getLogger(__name__)

USABLE_S: Mapping[Feed, float] = {feed: span.total_seconds() for feed, span in QUOTABLE_FOR.items()}
"""Seconds after which a snapshot is forgotten, however often the sources have failed since."""

CLOCK_SKEW_S = 60.0
"""A kept snapshot this far ahead of the clock was kept by a wrong clock, and would be trusted for too long."""


class Fetcher(Protocol):
    """The sources of one feed."""

    def fetch(self) -> Snapshot:
        """Raises NoRate."""


class Book:
    """Any thread may call it."""

    def __init__(
        self,
        cache: Cache[Feed, Snapshot],
        fetchers: Mapping[Feed, Fetcher],
        *,
        ttl_s: Mapping[Feed, float],
        usable_s: Mapping[Feed, float] = USABLE_S,
        keep: Callable[[Snapshot], None],
        on_demand: bool,
        utcnow: Callable[[], datetime],
        order_book: Callable[[], UsdtRub | None] = lambda: None,
    ) -> None:
        """`keep` is told of every fetched snapshot. `on_demand`: nobody refreshes the book, so asking it has to.

        `order_book` gives the one last seen, out of memory.
        """
        self._cache = cache
        self._fetchers = fetchers
        self._ttl_s = ttl_s
        self._usable_s = usable_s
        self._keep = keep
        self._on_demand = on_demand
        self._utcnow = utcnow
        self._order_book = order_book
        self._errors: dict[Feed, NoRate] = {}

    def market(self) -> Market:
        """What memory has; never waits, never asks a source itself."""
        usdt_rub, fiat = self._held(Feed.USDT_RUB), self._held(Feed.FIAT)
        return Market(
            usdt_rub=usdt_rub if isinstance(usdt_rub, UsdtRub) else None,
            fiat=fiat if isinstance(fiat, FiatTable) else None,
            order_book=self._order_book(),
        )

    def load(self, feed: Feed) -> Snapshot:
        """What memory has, else what the sources bring, in one call for all who ask. Raises NoRate."""
        ttl_s, stale_s = self._life(feed)
        snapshot = self._cache.get(feed, lambda: self._fetch(feed), ttl_s=ttl_s, stale_s=stale_s)
        # The cache's clock knows nothing of the source's own time, and stands still while the machine is suspended.
        is_usable = self._age_s(snapshot) < self._usable_s[feed] and not is_too_old(snapshot, self._utcnow())
        return snapshot if is_usable else self.refresh(feed)

    def refresh(self, feed: Feed) -> Snapshot:
        """What the sources bring now, past the cache and into it; shared by those who ask meanwhile. Raises NoRate."""
        ttl_s, stale_s = self._life(feed)
        return self._cache.refresh(feed, lambda: self._fetch(feed), ttl_s=ttl_s, stale_s=stale_s)

    def restore(self, snapshots: Iterable[Snapshot]) -> None:
        """Takes in what an earlier process kept, with the age it has by now; what is too old is left out.

        To be called before anything is fetched.
        """
        for snapshot in snapshots:
            age_s = self._age_s(snapshot)
            if -CLOCK_SKEW_S <= age_s < self._usable_s[snapshot.feed]:
                ttl_s, stale_s = self._life(snapshot.feed, age_s=max(age_s, 0.0))
                self._cache.put(snapshot.feed, snapshot, ttl_s=ttl_s, stale_s=stale_s)
            else:
                log.info("kept snapshot left out feed=%s age_s=%.0f", snapshot.feed, age_s)

    def last_error(self, feed: Feed) -> NoRate | None:
        """Why the last fetch failed; None when it went well, or never was."""
        return self._errors.get(feed)

    def _held(self, feed: Feed) -> Snapshot | None:
        if not self._on_demand:
            return self._cache.peek(feed)
        ttl_s, stale_s = self._life(feed)
        return self._cache.peek(feed, lambda: self._fetch(feed), ttl_s=ttl_s, stale_s=stale_s)

    def _age_s(self, snapshot: Snapshot) -> float:
        return (self._utcnow() - snapshot.fetched_at).total_seconds()

    def _life(self, feed: Feed, *, age_s: float = 0.0) -> tuple[float, float]:
        """Seconds for which a snapshot of that age is fresh yet, and for which it is usable after that."""
        usable_s = self._usable_s[feed] - age_s
        ttl_s = min(max(self._ttl_s[feed] - age_s, 0.0), usable_s)
        return ttl_s, usable_s - ttl_s

    def _fetch(self, feed: Feed) -> Snapshot:
        try:
            snapshot = self._fetchers[feed].fetch()
        except NoRate as error:
            self._errors[feed] = error
            raise
        self._errors.pop(feed, None)
        try:
            self._keep(snapshot)
        except Exception:  # a full disk must not cost the rate, which is good without it
            log.exception("snapshot not kept feed=%s", feed)
        return snapshot
