"""The gate: whether the rate of a direction may be quoted, by what is known of its legs and nothing else."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from calc.ages import DAILY_SOURCES, LONGEST_DAILY_GAP, QUOTABLE_FOR, age, is_too_old, own_time
from calc.base import Leg, pegs_of, usdt_rub_of
from calc.bounds import PER_USD_BOUNDS, RUB_BOUNDS, Bounds, is_within
from calc.jumps import largest_move
from calc.snapshots import Feed, FiatTable, Market, Snapshot, UsdtRub

INDICATIVE_SOURCES = frozenset({"coingecko"})
"""Index prices over many markets: not what the desk could trade at."""


class Freshness(StrEnum):
    FRESH = "fresh"
    AGEING = "ageing"  # quoted, and the card says so
    TOO_OLD = "too old"  # not quoted


class Concern(StrEnum):
    """What can be wrong with a rate. `Finding.seen` holds for each the numbers in brackets."""

    AGE = "age"  # [seconds since it was true]
    BOUNDS = "bounds"  # [the value]
    CROSSED = "crossed"  # [bid, ask]
    SPREAD = "spread"  # [percent between bid and ask]
    JUMP = "jump"  # [the accepted value, the one that nothing has confirmed]
    UNCHANGED = "unchanged"  # [seconds for which it has come without a change]
    MISALIGNED = "misaligned"  # [seconds between the own times of two legs]
    PEG = "peg"  # [RUB per USDT by RUB per USD]
    INDICATIVE = "indicative"  # []


@dataclass(frozen=True, slots=True)
class Finding:
    """One concern about a leg, or about both legs where `feed` is None.

    `refuses`: the rate is not quoted; else the card warns. `what` is the price or currency it was seen in.
    """

    concern: Concern
    feed: Feed | None
    refuses: bool
    seen: tuple[Decimal, ...] = ()
    what: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """From each limit on a finding is made; the second of two refuses."""

    fresh_for: Mapping[Feed, timedelta] = field(
        default_factory=lambda: {Feed.USDT_RUB: timedelta(minutes=5), Feed.FIAT: timedelta(hours=26)}
    )
    quotable_for: Mapping[Feed, timedelta] = field(default_factory=lambda: QUOTABLE_FOR)
    unchanged_for: Mapping[Feed, tuple[timedelta, timedelta]] = field(
        default_factory=lambda: {
            Feed.USDT_RUB: (timedelta(hours=2), timedelta(hours=12)),
            Feed.FIAT: (timedelta(hours=80), LONGEST_DAILY_GAP),
        }
    )
    apart: tuple[timedelta, timedelta] = (timedelta(hours=26), LONGEST_DAILY_GAP)
    spread_percent: tuple[Decimal, Decimal] = (Decimal(1), Decimal(3))
    peg: tuple[Decimal, Decimal] = (Decimal("0.90"), Decimal("1.10"))


LIMITS = Limits()


def judge(feeds: Collection[Feed], market: Market, now: datetime, *, limits: Limits = LIMITS) -> tuple[Finding, ...]:
    """What is to be said against a rate made of these feeds; nothing where all is within the limits.

    `feeds` are those that come from sources: a typed leg is judged by its bounds when it is typed, and by the peg.
    """
    return tuple(_findings(feeds, market, now, limits))


def fresh_until(market: Market, *, limits: Limits = LIMITS) -> datetime | None:
    """Until then time alone changes nothing of what `judge` says; None where a snapshot is missing."""
    if market.usdt_rub is None or market.fiat is None:
        return None
    return min((*_turns(market.usdt_rub, limits), *_turns(market.fiat, limits)))


def freshness(leg: Leg, now: datetime) -> Freshness:
    """How a leg on a card has aged; a typed one is good until it ends."""
    if leg.until is not None:
        return Freshness.FRESH if now < leg.until else Freshness.TOO_OLD
    if is_too_old(leg, now):
        return Freshness.TOO_OLD
    return Freshness.AGEING if age(leg, now) >= LIMITS.fresh_for[leg.feed] else Freshness.FRESH


def worst(legs: Iterable[Leg], now: datetime) -> Freshness:
    """The freshness of a rate is that of its oldest leg."""
    order = list(Freshness)
    return max((freshness(leg, now) for leg in legs), key=order.index, default=Freshness.FRESH)


def _findings(feeds: Collection[Feed], market: Market, now: datetime, limits: Limits) -> Iterator[Finding]:
    snapshots = [snapshot for feed in feeds if (snapshot := market.snapshot(feed)) is not None]
    for snapshot in snapshots:
        yield from _age(snapshot, now, limits)
        yield from _bounds(snapshot)
        if isinstance(snapshot, UsdtRub):
            yield from _sides(snapshot, limits)
        yield from _jump(snapshot, market.held)
        yield from _unchanged(snapshot, market.unchanged_since, limits)
        if snapshot.source in INDICATIVE_SOURCES:
            yield Finding(Concern.INDICATIVE, snapshot.feed, refuses=False)
    if len(snapshots) > 1:
        yield from _misaligned(snapshots, limits)
    yield from _peg(market, now, limits)


def _age(snapshot: Snapshot, now: datetime, limits: Limits) -> Iterator[Finding]:
    refuses = is_too_old(snapshot, now, quotable_for=limits.quotable_for)
    old = age(snapshot, now)
    if refuses and old < limits.quotable_for[snapshot.feed]:  # seen in force just now, yet of a day long past
        old = now - own_time(snapshot)
    if refuses or old >= limits.fresh_for[snapshot.feed]:
        yield Finding(Concern.AGE, snapshot.feed, refuses, seen=(_seconds(old),))


def _turns(snapshot: Snapshot, limits: Limits) -> Iterator[datetime]:
    """The moments at which its age comes to count."""
    is_daily, own = snapshot.source in DAILY_SOURCES, own_time(snapshot)
    seen = snapshot.fetched_at if is_daily else own
    yield seen + min(limits.fresh_for[snapshot.feed], limits.quotable_for[snapshot.feed])
    if is_daily:
        yield own + LONGEST_DAILY_GAP


def _bounds(snapshot: Snapshot) -> Iterator[Finding]:
    for what, value, bounds in _bounded(snapshot):
        if not is_within(value, bounds):
            yield Finding(Concern.BOUNDS, snapshot.feed, refuses=True, seen=(value,), what=what)


def _bounded(snapshot: Snapshot) -> Iterator[tuple[str, Decimal, Bounds]]:
    if isinstance(snapshot, FiatTable):
        yield from ((str(code), units, PER_USD_BOUNDS[code]) for code, units in snapshot.per_usd.items())
    else:
        prices = (("bid", snapshot.bid), ("ask", snapshot.ask), ("close", snapshot.close))
        yield from ((what, price, RUB_BOUNDS) for what, price in prices if price is not None)


def _sides(snapshot: UsdtRub, limits: Limits) -> Iterator[Finding]:
    bid, ask = snapshot.bid, snapshot.ask
    if bid is None or ask is None or bid <= 0:
        return
    if bid > ask:
        yield Finding(Concern.CROSSED, snapshot.feed, refuses=True, seen=(bid, ask))
    spread = (Fraction(ask) / Fraction(bid) - 1) * 100
    wide, too_wide = map(Fraction, limits.spread_percent)
    if spread >= wide:
        yield Finding(Concern.SPREAD, snapshot.feed, refuses=spread >= too_wide, seen=(_hundredths(spread),))


def _jump(snapshot: Snapshot, held: Iterable[Snapshot]) -> Iterator[Finding]:
    for jumped in held:
        if jumped.feed is snapshot.feed:
            move = largest_move(snapshot, jumped)
            yield Finding(Concern.JUMP, snapshot.feed, refuses=True, seen=(move.before, move.after), what=move.what)


def _unchanged(snapshot: Snapshot, since: Mapping[Feed, datetime], limits: Limits) -> Iterator[Finding]:
    if snapshot.feed not in since or snapshot.source in DAILY_SOURCES:
        return
    unchanged = snapshot.fetched_at - since[snapshot.feed]
    long, too_long = limits.unchanged_for[snapshot.feed]
    if unchanged >= long:
        yield Finding(Concern.UNCHANGED, snapshot.feed, refuses=unchanged >= too_long, seen=(_seconds(unchanged),))


def _misaligned(snapshots: Collection[Snapshot], limits: Limits) -> Iterator[Finding]:
    moments = [own_time(snapshot) for snapshot in snapshots]
    apart = max(moments) - min(moments)
    far, too_far = limits.apart
    if apart >= far:
        yield Finding(Concern.MISALIGNED, None, refuses=apart >= too_far, seen=(_seconds(apart),))


def _peg(market: Market, now: datetime, limits: Limits) -> Iterator[Finding]:
    """By what may be quoted itself: a snapshot too old for that says nothing about the other one.

    Of the sides, too, which the desk quotes from: the close may be of a deal long before them.
    """
    known = (usdt_rub_of(market), market.fiat)
    if any(each is None or is_too_old(each, now, quotable_for=limits.quotable_for) for each in known):
        return
    off = [peg for peg in pegs_of(market) if not limits.peg[0] <= peg <= limits.peg[1]]
    if off:
        yield Finding(Concern.PEG, None, refuses=True, seen=(off[0],))


def _seconds(span: timedelta) -> Decimal:
    return Decimal(span // timedelta(seconds=1))


def _hundredths(value: Fraction) -> Decimal:
    return Decimal(int(value * 100)).scaleb(-2)
