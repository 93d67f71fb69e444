"""The desk gives base rates out of memory, fetches what is missing, and says when a rate has to be taken anew."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol

from calc.base import BaseRate, Cross, MissingLeg, Price, base_rate, feeds_of
from calc.directions import Direction
from calc.errors import DeskError
from calc.snapshots import Feed, Market, Snapshot
from desk.gate import Freshness, freshness

JUST_FETCHED = timedelta(seconds=10)
"""A snapshot this young is not fetched again, however many operators press refresh."""

HOLD = timedelta(minutes=5)
"""How far a base rate on a card may stay behind what memory has by now."""

DRIFT = Decimal("0.005")
"""And how far the market may have moved away from it meanwhile: beyond that it is no longer held."""


class FailedSource(Protocol):
    """Why one source gave nothing: its name and the kind of trouble."""

    @property
    def source(self) -> str: ...
    @property
    def trouble(self) -> str: ...


class FailedFeed(Protocol):
    @property
    def causes(self) -> Sequence[FailedSource]: ...


class NoUsableRate(DeskError):
    """No rate for this direction is in memory that may be quoted; `causes` is known after a fetch that failed."""

    def __init__(self, direction: Direction, *, feeds: Sequence[Feed], causes: Sequence[FailedSource] = ()) -> None:
        super().__init__(f"no usable rate for {direction}: {', '.join(feeds)}")
        self.direction = direction
        self.feeds = tuple(feeds)
        self.causes = tuple(causes)


class Book(Protocol):
    """Where rates are kept; `market` never waits, `load` and `refresh` may ask sources and raise DeskError."""

    def market(self) -> Market: ...
    def load(self, feed: Feed, /) -> Snapshot: ...
    def refresh(self, feed: Feed, /) -> Snapshot: ...
    def last_error(self, feed: Feed, /) -> FailedFeed | None: ...


class Desk:
    """Base rates for every direction. Any thread may call it."""

    def __init__(self, book: Book, *, price: Price, cross: Cross, utcnow: Callable[[], datetime]) -> None:
        self._book = book
        self._price = price
        self._cross = cross
        self._utcnow = utcnow

    def base(self, direction: Direction) -> BaseRate:
        """The base rate as memory has it now; raises NoUsableRate, never waits."""
        try:
            base = base_rate(direction, self._book.market(), price=self._price, cross=self._cross)
        except MissingLeg as error:
            raise NoUsableRate(direction, feeds=error.feeds) from error
        now = self._utcnow()
        too_old = [leg.feed for leg in base.legs if freshness(leg, now) is Freshness.TOO_OLD]
        if too_old:
            raise NoUsableRate(direction, feeds=too_old)
        return base

    def fetch(self, direction: Direction) -> BaseRate:
        """Asks the sources for what `base` lacks, then gives it; waits, and raises NoUsableRate with the causes."""
        try:
            return self.base(direction)
        except NoUsableRate as error:
            return self._fetch(direction, error.feeds, self._book.load)

    def refetch(self, direction: Direction) -> BaseRate:
        """Asks the exchange again, unless it was asked this very moment; waits, and raises like `fetch`.

        The fiat table is asked for only when it is too old to quote: it changes hourly at the most, and each call
        counts against a quota.
        """
        feeds = set(self._refused(direction))
        newest = self._book.market().usdt_rub
        just_fetched = newest is not None and self._utcnow() - newest.fetched_at < JUST_FETCHED
        if Feed.USDT_RUB in feeds_of(direction, cross=self._cross) and not just_fetched:
            feeds.add(Feed.USDT_RUB)
        return self._fetch(direction, sorted(feeds), self._book.refresh)

    def is_current(self, base: BaseRate) -> bool:
        """Whether a base rate taken earlier may still stand on a card, given what memory has now.

        The two are compared at the top of the order book, whatever the amount.
        """
        try:
            now = self.base(base.direction)
        except NoUsableRate:
            return False
        newer = {leg.feed: leg.fetched_at for leg in now.legs}
        if newer.keys() != {leg.feed for leg in base.legs}:
            return False
        if now.levels and not base.levels:  # taken before the order book was at hand
            return False
        behind = max(newer[leg.feed] - leg.fetched_at for leg in base.legs)
        return behind <= HOLD and abs(now.value - base.value) <= DRIFT * base.value

    def _refused(self, direction: Direction) -> Sequence[Feed]:
        try:
            self.base(direction)
        except NoUsableRate as error:
            return error.feeds
        return ()

    def _fetch(self, direction: Direction, feeds: Sequence[Feed], ask: Callable[[Feed], Snapshot]) -> BaseRate:
        for feed in feeds:
            try:
                ask(feed)
            except DeskError as error:
                failure = self._book.last_error(feed)
                raise NoUsableRate(direction, feeds=[feed], causes=failure.causes if failure else ()) from error
        return self.base(direction)
