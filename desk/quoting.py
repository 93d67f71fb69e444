"""The desk gives base rates out of memory, fetches what is missing, and says when a rate has to be taken anew."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol

from calc.ages import is_too_old
from calc.base import BaseRate, MissingLeg, Price, base_rate, feeds_of, typed_pair, value_of
from calc.directions import Cross, Currency, Direction
from calc.errors import DeskError
from calc.snapshots import Feed, Market, Snapshot
from calc.typed import Pair, TypedRate
from desk.gate import LIMITS, Concern, Limits, fresh_until, judge
from desk.offers import OVERRIDE_FOR, FailedSource, NoUsableRate, Offer

JUST_FETCHED = timedelta(seconds=10)
"""A snapshot this young is not fetched again, however many operators press refresh."""

HOLD = timedelta(minutes=5)
"""How far a base rate on a card may stay behind what memory has by now."""

DRIFT = Decimal("0.005")
"""And how far the market may have moved away from it meanwhile: beyond that it is no longer held."""


class FailedFeed(Protocol):
    @property
    def causes(self) -> Sequence[FailedSource]: ...


class Book(Protocol):
    """Where rates are kept; `market` never waits, `load` and `refresh` may ask sources and raise DeskError."""

    def market(self) -> Market: ...
    def load(self, feed: Feed, /) -> Snapshot: ...
    def refresh(self, feed: Feed, /) -> Snapshot: ...
    def last_error(self, feed: Feed, /) -> FailedFeed | None: ...


@dataclass(frozen=True, slots=True)
class _Made:
    """An offer, and what it was made of; while nothing of that changes, and nothing gets too old, it is made again."""

    market: Market
    until: datetime
    offer: Offer

    def is_of(self, market: Market, now: datetime) -> bool:
        made = self.market
        return (
            market.usdt_rub is made.usdt_rub
            and market.fiat is made.fiat
            and market.order_book is made.order_book
            and market.unchanged_since == made.unchanged_since
            and not market.held
            and not market.typed
            and now < self.until
        )


class Desk:
    """Offers for every direction. Any thread may call it.

    One that is asked for again, of the same market, is the same object: to make it takes longer than all else that a
    step of a quote does.
    """

    def __init__(
        self,
        book: Book,
        *,
        typed: Callable[[], tuple[TypedRate, ...]] = tuple,
        price: Price,
        cross: Cross,
        limits: Limits = LIMITS,
        refuses: bool = True,
        utcnow: Callable[[], datetime],
    ) -> None:
        """`typed` gives the rates that people typed and that stand now.

        Where nothing `refuses`, what speaks against a rate is still said beside it.
        """
        self._book = book
        self._typed = typed
        self._price = price
        self._cross = cross
        self._limits = limits
        self._refuses = refuses
        self._utcnow = utcnow
        self._made: dict[Direction, _Made] = {}

    def offer(self, direction: Direction) -> Offer:
        """What memory has now; raises NoUsableRate, never waits."""
        typed = self._typed()
        market = replace(self._book.market(), typed=typed) if typed else self._book.market()
        made = self._made.get(direction)
        if made is not None and made.is_of(market, self._utcnow()):
            return made.offer
        offer = self._offer(direction, self._usable(market, direction))
        until = None if market.held or typed else fresh_until(market, limits=self._limits)
        if until is not None:
            self._made[direction] = _Made(market, until, offer)
        return offer

    def fetch(self, direction: Direction) -> Offer:
        """Asks the sources for what `offer` lacks, then gives it; waits, and raises NoUsableRate with the causes."""
        try:
            return self.offer(direction)
        except NoUsableRate as error:
            ask = self._book.load if error.refused is None else self._book.refresh
            causes = self._ask(self._not_just_fetched(error.feeds), ask)
            return self._offer_after(direction, causes)

    def refetch(self, direction: Direction) -> Offer:
        """Asks the exchange again, unless it was asked this very moment; waits, and raises like `fetch`.

        The fiat table is asked for only when it is refused: it changes hourly at the most, and each call counts
        against a quota.
        """
        feeds = set(self._refused(direction))
        if Feed.USDT_RUB in feeds_of(direction, cross=self._cross):
            feeds.add(Feed.USDT_RUB)
        causes = self._ask(self._not_just_fetched(sorted(feeds)), self._book.refresh)
        offer = self._offer_after(direction, causes)
        if causes:
            raise NoUsableRate(direction, feeds=(), causes=causes)
        return offer

    def is_current(self, offer: Offer) -> bool:
        """Whether an offer made earlier may still stand on a card, given what memory has now.

        One that is quoted although it was refused stands for a while, and while nothing more speaks against it. The two
        are compared at the top of the order book, whatever the amount.
        """
        override = offer.override
        if override is not None and self._utcnow() - override.at >= OVERRIDE_FOR:
            return False
        try:
            latest = self.offer(offer.base.direction)
        except NoUsableRate as error:
            if override is None or error.refused is None or _is_more_against(error.refused, than=offer):
                return False
            latest = error.refused
        return _is_near(offer.base, latest.base)

    def pair_to_type(self, direction: Direction, feed: Feed) -> Pair:
        """What a person may type in the place of a leg."""
        return typed_pair(direction, feed, cross=self._cross)

    def known(self, pair: Pair) -> Decimal | None:
        """The pair as the last snapshots have it, however old, to compare a typed one with; None where none has it."""
        return value_of(pair, self._book.market())

    def _offer(self, direction: Direction, market: Market) -> Offer:
        try:
            base = base_rate(direction, market, price=self._price, cross=self._cross)
        except MissingLeg as error:
            raise NoUsableRate(direction, feeds=error.feeds) from error
        from_sources = [leg.feed for leg in base.legs if leg.until is None]
        findings = judge(from_sources, _compared(base, market), self._utcnow(), limits=self._limits)
        if not self._refuses:
            findings = tuple(replace(each, refuses=False) for each in findings)
        offer = Offer(base, findings)
        if offer.refusals:
            raise NoUsableRate(direction, feeds=_to_ask_again(offer), refused=offer)
        return offer

    def _usable(self, market: Market, direction: Direction) -> Market:
        """Without what is no leg, and typed or too old to be one: no profit is restated with it, and no peg judged."""
        needed, now = feeds_of(direction, cross=self._cross), self._utcnow()
        beside = [snapshot for feed in Feed if feed not in needed and (snapshot := market.snapshot(feed)) is not None]
        out = [each.feed for each in beside if is_too_old(each, now, quotable_for=self._limits.quotable_for)]
        is_beside = Feed.USDT_RUB not in needed
        return replace(
            market,
            typed=tuple(each for each in market.typed if not (is_beside and each.pair.per is Currency.USDT)),
            usdt_rub=None if Feed.USDT_RUB in out else market.usdt_rub,
            fiat=None if Feed.FIAT in out else market.fiat,
        )

    def _refused(self, direction: Direction) -> Sequence[Feed]:
        try:
            self.offer(direction)
        except NoUsableRate as error:
            return error.feeds
        return ()

    def _not_just_fetched(self, feeds: Sequence[Feed]) -> list[Feed]:
        market = self._book.market()
        seen = [market.usdt_rub, market.fiat, *market.held]
        now = self._utcnow()
        just = {each.feed for each in seen if each is not None and now - each.fetched_at < JUST_FETCHED}
        return [feed for feed in feeds if feed not in just]

    def _ask(self, feeds: Sequence[Feed], ask: Callable[[Feed], Snapshot]) -> list[FailedSource]:
        """Why sources failed, those of all feeds together; a jump that is held is no failure of a source."""
        causes: list[FailedSource] = []
        for feed in feeds:
            try:
                ask(feed)
            except DeskError:
                failure = self._book.last_error(feed)
                causes += failure.causes if failure else ()
        return causes

    def _offer_after(self, direction: Direction, causes: Sequence[FailedSource]) -> Offer:
        try:
            return self.offer(direction)
        except NoUsableRate as error:
            raise NoUsableRate(direction, feeds=error.feeds, causes=causes, refused=error.refused) from error


def _is_near(base: BaseRate, latest: BaseRate) -> bool:
    """Of the same legs, the same typed rates among them, not far behind and not far away."""
    if base is latest:
        return True
    newer = {leg.feed: leg for leg in latest.legs}
    if {leg.feed: leg.until for leg in base.legs} != {feed: leg.until for feed, leg in newer.items()}:
        return False
    if latest.levels and not base.levels:  # taken before the order book was at hand
        return False
    behind = max((newer[leg.feed].fetched_at - leg.fetched_at for leg in base.legs), default=timedelta(0))
    return behind <= HOLD and abs(latest.value - base.value) <= DRIFT * base.value


def _compared(base: BaseRate, market: Market) -> Market:
    """Without the table where a person typed what would be taken from it and nothing else is: no peg is at stake."""
    is_typed = all(leg.feed is Feed.FIAT and leg.until is not None for leg in base.legs)
    return replace(market, fiat=None) if is_typed and base.cross is not Cross.USD else market


def _is_more_against(latest: Offer, *, than: Offer) -> bool:
    """Another reason to refuse, or a jump that went on since somebody decided to quote in spite of it."""
    if not latest.refused_for <= than.refused_for:
        return True
    before = {(each.feed, each.what): each.seen[-1] for each in than.refusals if each.concern is Concern.JUMP}
    jumps = [each for each in latest.refusals if each.concern is Concern.JUMP]
    return any(
        abs(each.seen[-1] - (at := before.get((each.feed, each.what), Decimal(0)))) > DRIFT * at for each in jumps
    )


def _to_ask_again(offer: Offer) -> list[Feed]:
    """Each feed that is refused; where both do not fit together the exchange, whose rate changes from call to call."""
    named = {Feed.USDT_RUB if finding.feed is None else finding.feed for finding in offer.refusals}
    typed = {leg.feed for leg in offer.base.legs if leg.until is not None}
    return [feed for feed in Feed if feed in named - typed]
