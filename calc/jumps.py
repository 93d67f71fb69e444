"""How far a snapshot is from the one before it, and when that is too far to be believed at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from calc.snapshots import Feed, Snapshot, UsdtRub

JUMPS: dict[Feed, Decimal] = {Feed.USDT_RUB: Decimal("0.03"), Feed.FIAT: Decimal("0.05")}
"""More than this part of the last accepted value is a jump."""


@dataclass(frozen=True, slots=True)
class Move:
    """From one value to the next of the same thing: `what` is a price (bid, ask, close) or the code of a currency."""

    what: str
    before: Decimal
    after: Decimal

    @property
    def part(self) -> Fraction:
        """How far it went, as a part of where it was; never negative."""
        return abs(Fraction(self.after) / Fraction(self.before) - 1)


def largest_move(before: Snapshot, after: Snapshot) -> Move:
    """Of all that both snapshots tell, what moved most; ValueError for two that tell nothing in common."""
    return max(_moves(before, after), key=lambda move: move.part)


def is_jump(before: Snapshot, after: Snapshot) -> bool:
    return largest_move(before, after).part > Fraction(JUMPS[before.feed])


def speaks_for(other: Snapshot, held: Snapshot, *, against: Snapshot) -> bool:
    """Whether another source confirms a jump: it is no jump away from it, and nearer to it than to what was before."""
    away = largest_move(held, other).part
    return away <= Fraction(JUMPS[held.feed]) and away < largest_move(against, other).part


def _moves(before: Snapshot, after: Snapshot) -> Iterator[Move]:
    told = _values(after)
    return (Move(what, value, told[what]) for what, value in _values(before).items() if what in told)


def _values(snapshot: Snapshot) -> dict[str, Decimal]:
    if isinstance(snapshot, UsdtRub):
        # Where a source names no side, the desk quotes that side from the close.
        sides = {"ask": snapshot.ask, "bid": snapshot.bid}
        named = {side: price for side, price in sides.items() if price is not None}
        return named | {"close": snapshot.close} | {side: snapshot.close for side in sides if side not in named}
    return {str(currency): units for currency, units in snapshot.per_usd.items()}
