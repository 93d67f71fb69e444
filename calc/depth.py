"""What a large amount costs: the order book at hand, and the volume-weighted price to the depth an amount takes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from calc.directions import Currency
from calc.rounding import floor_to_step, round_kept
from calc.snapshots import Level, UsdtRub

AT_HAND_FOR = timedelta(minutes=5)
"""An order book older than this says nothing of the depth there is now."""

SAME_MOMENT = timedelta(minutes=2)
"""How far apart the order book and the accepted price may have been fetched."""

AGREEMENT = Fraction(1, 200)
"""How far the top of the order book may be from the accepted price: beyond 0.5 % they tell of two markets."""


@dataclass(frozen=True, slots=True)
class DepthPrice:
    """RUB per USDT for an amount that takes more than the best level of the order book.

    `price` is the volume-weighted one, never better for the client than `top`, which is the accepted price for a small
    amount. `usdt` is what is traded, `visible` what the side of the order book shows; what goes beyond it is priced at
    the last level, which is too good a price, so that `is_covered` has to be looked at.
    """

    price: Decimal
    top: Decimal
    usdt: Decimal
    visible: Decimal
    is_covered: bool


def levels_at_hand(accepted: UsdtRub, book: UsdtRub | None, *, paid: Currency, top: Decimal) -> tuple[Level, ...]:
    """The side of the order book that the desk would trade on, best first: the asks where RUB are paid.

    None where no order book is known, or the one that is does not go with the accepted snapshot and its `top` price.
    """
    if book is None or book.depth is None or abs(accepted.fetched_at - book.fetched_at) > SAME_MOMENT:
        return ()
    levels = book.depth.asks if paid is Currency.RUB else book.depth.bids
    return levels if abs(Fraction(levels[0].price) / Fraction(top) - 1) <= AGREEMENT else ()


def depth_price(levels: Sequence[Level], amount: Decimal, *, paid: Currency, top: Decimal) -> DepthPrice | None:
    """The price for an amount of the paid currency; None where the price at the top is the price of the amount.

    USDT are sold into bids, RUB buy from asks. Of RUB the whole amount is counted, the margin included, which is more
    than the desk will spend: the price is for slightly more USDT than the client gets, never for fewer.
    """
    if not levels or Fraction(amount) <= _size(levels[0], paid):
        return None
    usdt, rub, is_covered = _walk(levels, Fraction(amount), paid=paid)
    worse = max if paid is Currency.RUB else min
    price = worse(round_kept(rub / usdt), top)
    if price == top:
        if is_covered:
            return None
        usdt = usdt if paid is Currency.USDT else Fraction(amount) / Fraction(top)
    return DepthPrice(
        price=price,
        top=top,
        usdt=floor_to_step(usdt, Currency.USDT.step),
        visible=floor_to_step(sum((Fraction(level.amount) for level in levels), Fraction(0)), Currency.USDT.step),
        is_covered=is_covered,
    )


def _walk(levels: Sequence[Level], amount: Fraction, *, paid: Currency) -> tuple[Fraction, Fraction, bool]:
    """The USDT and RUB traded for an amount, and whether the levels had as much."""
    usdt, rub, left = Fraction(0), Fraction(0), amount
    for level in levels:
        part = min(left, _size(level, paid))
        of_usdt, of_rub = _both(part, level, paid)
        usdt, rub, left = usdt + of_usdt, rub + of_rub, left - part
        if not left:
            return usdt, rub, True
    of_usdt, of_rub = _both(left, levels[-1], paid)
    return usdt + of_usdt, rub + of_rub, False


def _size(level: Level, paid: Currency) -> Fraction:
    """What a level takes, in the paid currency."""
    usdt = Fraction(level.amount)
    return usdt * Fraction(level.price) if paid is Currency.RUB else usdt


def _both(part: Fraction, level: Level, paid: Currency) -> tuple[Fraction, Fraction]:
    """A part of an amount at the price of a level, in USDT and in RUB."""
    price = Fraction(level.price)
    return (part / price, part) if paid is Currency.RUB else (part, part * price)
