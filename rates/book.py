"""The book: what is known of the market, answered out of memory and brought up to date from the sources."""

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Protocol

from calc.ages import is_too_old
from calc.snapshots import Feed, FiatTable, Market, Snapshot, UsdtRub
from rates.acceptance import Acceptance
from rates.cache import Cache
from rates.errors import NoRate
from rates.hooks import Hooks

log = logging.getLogger(__name__)

KEPT_S: Mapping[Feed, float] = {Feed.USDT_RUB: 24 * 3600.0, Feed.FIAT: 14 * 24 * 3600.0}
"""Seconds after which a snapshot is forgotten, however often the sources have failed since.

Long before that the desk refuses to quote it; an operator who has no better rate may want to see it all the same.
"""

CLOCK_SKEW_S = 60.0
"""A kept snapshot this far ahead of the clock was kept by a wrong clock, and would be trusted for too long."""


class Fetcher(Protocol):
    """The sources of one feed."""

    def fetch(self, *, other_than: str | None = None) -> Snapshot:
        """From any source but the one that is named. Raises NoRate."""


class Book:
    """Any thread may call it."""

    def __init__(
        self,
        cache: Cache[Feed, Snapshot],
        fetchers: Mapping[Feed, Fetcher],
        *,
        ttl_s: Mapping[Feed, float],
        kept_s: Mapping[Feed, float] = KEPT_S,
        on_accept: Hooks[Snapshot],
        on_demand: bool,
        utcnow: Callable[[], datetime],
        order_book: Callable[[], UsdtRub | None] = lambda: None,
    ) -> None:
        """`on_accept` is told of every snapshot that is taken, by the name of its feed.

        `on_demand`: nobody refreshes the book, so asking it has to.
        `order_book` gives the one last seen, out of memory.
        """
        self._cache = cache
        self._fetchers = fetchers
        self._ttl_s = ttl_s
        self._kept_s = kept_s
        self._acceptance = Acceptance(on_accept)
        self._on_demand = on_demand
        self._utcnow = utcnow
        self._order_book = order_book
        self._errors: dict[Feed, NoRate] = {}

    def market(self) -> Market:
        """What memory has; never waits, never asks a source itself."""
        held = self._acceptance.held()  # before the snapshots: one that is accepted meanwhile is there already
        usdt_rub, fiat = self._held(Feed.USDT_RUB), self._held(Feed.FIAT)
        return Market(
            usdt_rub=usdt_rub if isinstance(usdt_rub, UsdtRub) else None,
            fiat=fiat if isinstance(fiat, FiatTable) else None,
            order_book=self._order_book(),
            held=held,
            unchanged_since=self._acceptance.unchanged_since(),
        )

    def load(self, feed: Feed) -> Snapshot:
        """What memory has, else what the sources bring, in one call for all who ask. Raises NoRate, NotConfirmed."""
        kept = self._cache.peek(feed)
        # The cache's clock knows nothing of the source's own time, and stands still while the machine is suspended.
        if kept is not None and is_too_old(kept, self._utcnow()):
            return self.refresh(feed)
        ttl_s, stale_s = self._life(feed)
        return self._cache.get(feed, lambda: self._fetch(feed), ttl_s=ttl_s, stale_s=stale_s)

    def refresh(self, feed: Feed) -> Snapshot:
        """What the sources bring now, past the cache and into it; shared by those who ask meanwhile.

        Raises NoRate; NotConfirmed where it is a jump that is held.
        """
        ttl_s, stale_s = self._life(feed)
        return self._cache.refresh(feed, lambda: self._fetch(feed), ttl_s=ttl_s, stale_s=stale_s)

    def restore(self, snapshots: Iterable[Snapshot]) -> None:
        """Takes in what an earlier process kept, with the age it has by now; what is too old is left out.

        To be called before anything is fetched.
        """
        for snapshot in snapshots:
            age_s = self._age_s(snapshot)
            if -CLOCK_SKEW_S <= age_s < self._kept_s[snapshot.feed]:
                self._acceptance.restore(snapshot)
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
        kept_s = self._kept_s[feed] - age_s
        ttl_s = min(max(self._ttl_s[feed] - age_s, 0.0), kept_s)
        return ttl_s, kept_s - ttl_s

    def _fetch(self, feed: Feed) -> Snapshot:
        try:
            snapshot = self._fetchers[feed].fetch()
        except NoRate as error:
            self._errors[feed] = error
            raise
        self._errors.pop(feed, None)
        self._acceptance.examine(snapshot, ask_another=lambda: self._second_opinion(snapshot))
        # Not left to the cache for when the fetch is over: what was a jump until now would pass the gate meanwhile.
        ttl_s, stale_s = self._life(feed)
        self._cache.put(feed, snapshot, ttl_s=ttl_s, stale_s=stale_s)
        self._acceptance.accept(snapshot)
        return snapshot

    def _second_opinion(self, snapshot: Snapshot) -> Snapshot | None:
        try:
            return self._fetchers[snapshot.feed].fetch(other_than=snapshot.source)
        except NoRate:
            return None
