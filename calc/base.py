"""The base rate of a direction, out of the snapshots of the market."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from calc.depth import levels_at_hand
from calc.directions import Cross, Currency, Direction
from calc.errors import DeskError
from calc.rounding import round_kept
from calc.snapshots import Feed, FiatTable, Level, Market, UsdtRub
from calc.typed import TYPED, Pair, TypedRate


class Side(StrEnum):
    """The price of a market that a rate was made of."""

    BID = "bid"
    ASK = "ask"
    CLOSE = "close"


class Price(StrEnum):
    """Which prices the desk quotes from: the side it would trade on itself, or the close for both sides."""

    SIDE = "side"
    CLOSE = "close"


class MissingLeg(DeskError):
    """The snapshots that a direction needs and that nobody has."""

    def __init__(self, feeds: tuple[Feed, ...]) -> None:
        super().__init__(f"no snapshot of {', '.join(feeds)}")
        self.feeds = feeds


@dataclass(frozen=True, slots=True)
class Leg:
    """One snapshot that a base rate is made of; a fiat table has no side.

    Where a person typed it, `until` is when it ends and `by` their name.
    """

    feed: Feed
    source: str
    fetched_at: datetime
    as_of: datetime | None
    side: Side | None
    until: datetime | None = None
    by: str = ""


@dataclass(frozen=True, slots=True)
class BaseRate:
    """What a direction is worth before the margin: RUB per 1 X when RUB is paid, X per 1 USDT when USDT is paid.

    `legs` are only the snapshots the value is made of; `cross` is None where nothing was crossed through.
    `peg` is RUB per USDT (close) by RUB per USD: 1 where they agree, None where one of the two is not known.
    The two `rub_per_usdt` restate a profit in the other currency; None without a USDT/RUB snapshot.
    `levels` are of the side of the order book that a large amount is priced by; empty where it is priced by the top.
    """

    direction: Direction
    value: Decimal
    legs: tuple[Leg, ...]
    cross: Cross | None
    peg: Decimal | None
    rub_per_usdt_bid: Decimal | None
    rub_per_usdt_ask: Decimal | None
    levels: tuple[Level, ...] = ()

    def __post_init__(self) -> None:
        if not (self.value.is_finite() and self.value > 0):
            raise ValueError(f"a rate is a positive number, not {self.value}")

    @property
    def of(self) -> Currency:
        """The currency the value counts: "`value` of this per 1 `per`"."""
        return Currency.RUB if self.direction.pays is Currency.RUB else self.direction.gets

    @property
    def per(self) -> Currency:
        return self.direction.gets if self.direction.pays is Currency.RUB else Currency.USDT


def feeds_of(direction: Direction, *, cross: Cross) -> tuple[Feed, ...]:
    """The snapshots that a direction needs; none for USDT -> USD as if 1 USDT were 1 USD."""
    if {direction.pays, direction.gets} == {Currency.RUB, Currency.USDT}:
        return (Feed.USDT_RUB,)
    if direction.pays is Currency.USDT and cross is Cross.RUB:
        return (Feed.USDT_RUB, Feed.FIAT)
    if direction.pays is Currency.USDT and direction.gets is Currency.USD:
        return ()
    return (Feed.FIAT,)


def typed_pair(direction: Direction, feed: Feed, *, cross: Cross) -> Pair:
    """What is typed in the place of a leg, in the orientation in which it reads like a price."""
    if feed is Feed.USDT_RUB:
        return Pair(Currency.RUB, per=Currency.USDT)
    if direction.pays is Currency.USDT and cross is Cross.USD:
        return Pair(direction.gets, per=Currency.USD)
    if direction.gets is Currency.IDR:
        return Pair(Currency.IDR, per=Currency.RUB)
    return Pair(Currency.RUB, per=direction.gets)


def base_rate(direction: Direction, market: Market, *, price: Price = Price.SIDE, cross: Cross = Cross.RUB) -> BaseRate:
    """The base rate of a direction, from nothing but what is known now; MissingLeg where that is not enough."""
    usdt_rub, fiat = usdt_rub_of(market), market.fiat
    needed = feeds_of(direction, cross=cross)
    value, legs, missing = Fraction(1), list[Leg](), list[Feed]()
    levels: tuple[Level, ...] = ()
    if Feed.USDT_RUB in needed:
        if usdt_rub is None:
            missing.append(Feed.USDT_RUB)
        else:
            side = Side.ASK if direction.pays is Currency.RUB else Side.BID
            rub_per_usdt, side = _priced(usdt_rub, side, price=price)
            value *= Fraction(rub_per_usdt)
            typed = _typed(market, direction, Feed.USDT_RUB, cross=cross)
            legs.append(_leg(usdt_rub, side) if typed is None else _typed_leg(Feed.USDT_RUB, typed))
            if side is not Side.CLOSE:  # who quotes from the last price wants no order book to move it
                levels = levels_at_hand(usdt_rub, market.order_book, paid=direction.pays, top=rub_per_usdt)
    if Feed.FIAT in needed:
        typed = _typed(market, direction, Feed.FIAT, cross=cross)
        if typed is not None:
            value *= _typed_fiat_part(direction, typed, cross=cross)
            legs.append(_typed_leg(Feed.FIAT, typed))
        elif fiat is None:
            missing.append(Feed.FIAT)
        else:
            value *= _fiat_part(direction, fiat, cross=cross)
            legs.append(_leg(fiat, None))
    if missing:
        raise MissingLeg(tuple(missing))
    return BaseRate(
        direction=direction,
        value=round_kept(value),
        legs=tuple(legs),
        cross=cross if direction.pays is Currency.USDT and direction.gets is not Currency.RUB else None,
        peg=peg_of(market),
        rub_per_usdt_bid=_priced(usdt_rub, Side.BID, price=price)[0] if usdt_rub else None,
        rub_per_usdt_ask=_priced(usdt_rub, Side.ASK, price=price)[0] if usdt_rub else None,
        levels=levels,
    )


def usdt_rub_of(market: Market) -> UsdtRub | None:
    """The USDT/RUB market the desk goes by: a typed one has the same price on both sides."""
    for typed in market.typed:
        if typed.pair.per is Currency.USDT:
            return UsdtRub(close=typed.value, source=TYPED, fetched_at=typed.at)
    return market.usdt_rub


def peg_of(market: Market) -> Decimal | None:
    """RUB per USDT (close) by RUB per USD; None where one of the two is not known."""
    return next(iter(pegs_of(market)), None)


def pegs_of(market: Market) -> tuple[Decimal, ...]:
    """The peg by each price there is, the close first; empty where one of the two is not known."""
    usdt_rub, fiat = usdt_rub_of(market), market.fiat
    if usdt_rub is None or fiat is None:
        return ()
    prices = (usdt_rub.close, usdt_rub.bid, usdt_rub.ask)
    rub_per_usd = _per_usd(fiat, Currency.RUB)
    return tuple(round_kept(Fraction(price) / rub_per_usd) for price in prices if price is not None)


def value_of(pair: Pair, market: Market) -> Decimal | None:
    """A pair as the snapshots have it, whatever is typed over them; None where they do not have it."""
    if pair.per is Currency.USDT:
        return market.usdt_rub.close if market.usdt_rub else None
    return round_kept(_per_usd(market.fiat, pair.of) / _per_usd(market.fiat, pair.per)) if market.fiat else None


def _typed(market: Market, direction: Direction, feed: Feed, *, cross: Cross) -> TypedRate | None:
    pair = typed_pair(direction, feed, cross=cross)
    return next((typed for typed in market.typed if typed.pair == pair), None)


def _typed_fiat_part(direction: Direction, typed: TypedRate, *, cross: Cross) -> Fraction:
    """As `_fiat_part`; a typed rate is of the very two currencies that the table would be crossed for."""
    if direction.pays is Currency.RUB:
        return typed.per_one(direction.gets)
    return typed.per_one(Currency.RUB if cross is Cross.RUB else Currency.USD)


def _fiat_part(direction: Direction, fiat: FiatTable, *, cross: Cross) -> Fraction:
    target = _per_usd(fiat, direction.gets)
    if direction.pays is Currency.RUB:
        return _per_usd(fiat, Currency.RUB) / target
    return target / _per_usd(fiat, Currency.RUB) if cross is Cross.RUB else target


def _per_usd(fiat: FiatTable, currency: Currency) -> Fraction:
    return Fraction(1) if currency is Currency.USD else Fraction(fiat.per_usd[currency])


def _priced(usdt_rub: UsdtRub, side: Side, *, price: Price) -> tuple[Decimal, Side]:
    """The price of a side, and the side it really is: the close by setting, or where the source names no sides."""
    named = usdt_rub.bid if side is Side.BID else usdt_rub.ask
    return (usdt_rub.close, Side.CLOSE) if named is None or price is Price.CLOSE else (named, side)


def _leg(snapshot: UsdtRub | FiatTable, side: Side | None) -> Leg:
    return Leg(
        feed=snapshot.feed, source=snapshot.source, fetched_at=snapshot.fetched_at, as_of=snapshot.as_of, side=side
    )


def _typed_leg(feed: Feed, typed: TypedRate) -> Leg:
    return Leg(feed=feed, source=TYPED, fetched_at=typed.at, as_of=None, side=None, until=typed.until, by=typed.name)
