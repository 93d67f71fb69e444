"""The book: what is known of the market, answered out of memory and brought up to date from the sources."""

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Protocol

from calc.snapshots import Feed, FiatTable, Market, Snapshot, UsdtRub
from rates.cache import Cache
from rates.errors import NoRate

log = logging.getLogger(__name__)


class Fetcher(Protocol):
    """The sources of one feed."""

    def fetch(self) -> Snapshot:
        """Raises NoRate."""


class Book:
    """Any thread may call it. How old a snapshot may be to be quoted is for the desk to say, not for the book."""

    def __init__(
        self,
        cache: Cache[Feed, Snapshot],
        fetchers: Mapping[Feed, Fetcher],
        *,
        ttl_s: Mapping[Feed, float],
        keep: Callable[[Snapshot], None],
        on_demand: bool,
        utcnow: Callable[[], datetime],
    ) -> None:
        """`keep` is told of every fetched snapshot. `on_demand`: nobody refreshes the book, so asking it has to."""
        self._cache = cache
        self._fetchers = fetchers
        self._ttl_s = ttl_s
        self._keep = keep
        self._on_demand = on_demand
        self._utcnow = utcnow
        self._errors: dict[Feed, NoRate] = {}

    def market(self) -> Market:
        """What memory has; never waits, never asks a source itself."""
        usdt_rub, fiat = self._held(Feed.USDT_RUB), self._held(Feed.FIAT)
        return Market(
            usdt_rub=usdt_rub if isinstance(usdt_rub, UsdtRub) else None,
            fiat=fiat if isinstance(fiat, FiatTable) else None,
        )

    def load(self, feed: Feed) -> Snapshot:
        """What memory has, else what the sources bring, in one call for all who ask. Raises NoRate."""
        return self._cache.get(feed, lambda: self._fetch(feed), ttl_s=self._ttl_s[feed])

    def refresh(self, feed: Feed) -> Snapshot:
        """What the sources bring now, past the cache and into it. Raises NoRate."""
        return self._cache.refresh(feed, lambda: self._fetch(feed), ttl_s=self._ttl_s[feed])

    def restore(self, snapshots: Iterable[Snapshot]) -> None:
        """Takes in what an earlier process kept, with the age it has by now."""
        for snapshot in snapshots:
            age_s = (self._utcnow() - snapshot.fetched_at).total_seconds()
            self._cache.put(snapshot.feed, snapshot, ttl_s=self._ttl_s[snapshot.feed] - max(age_s, 0.0))

    def last_error(self, feed: Feed) -> NoRate | None:
        """Why the last fetch failed; None when it went well, or never was."""
        return self._errors.get(feed)

    def _held(self, feed: Feed) -> Snapshot | None:
        held = self._cache.peek(feed)
        if held is not None and self._on_demand:
            return self.load(feed)  # a stale one is refreshed beside, and answered with what is there
        return held

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
