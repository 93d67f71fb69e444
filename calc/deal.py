"""The rate of a deal and the quote made with it: what the client pays and gets, and what the desk keeps."""

from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from calc.base import BaseRate
from calc.depth import DepthPrice, depth_price
from calc.directions import Currency
from calc.errors import DeskError
from calc.lately import lately
from calc.margins import HIGHEST_PERCENT, Margin
from calc.rounding import ceil_to_step, floor_to_step, round_kept, round_rate, round_shown
from calc.worth import worth_of

_ABSOLUTE_STEP = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate as people see it: `value` of one currency per 1 of another, "205.19 IDR per 1 RUB"."""

    value: Decimal
    of: Currency
    per: Currency


@dataclass(frozen=True, slots=True)
class Quote:
    """What a client pays and gets at the rate of the deal, and what the desk keeps of it after all rounding.

    Neither the earned margin nor a profit is overstated. The profit in the currency that is not paid is None where
    no RUB per USDT is known. `base` is the one for the amount: where `depth` is told it is not that of a small amount,
    and earned margin and profit are what is left of the price that the desk pays to that depth.
    """

    base: BaseRate
    margin: Margin
    pays: Decimal
    gets: Decimal
    rate: Rate
    earned_percent: Decimal
    profit_rub: Decimal | None
    profit_usdt: Decimal | None
    depth: DepthPrice | None = None


class PayoutTooSmall(DeskError):
    """The amount is not worth one step of what the client gets; `smallest` of the paid `currency` is."""

    def __init__(self, smallest: Decimal, currency: Currency) -> None:
        super().__init__(f"pays out nothing below {smallest} {currency}")
        self.smallest = smallest
        self.currency = currency


class MarginTooLarge(DeskError):
    """The margin leaves the client too little, or nothing; `highest` is the most of its kind at this base rate."""

    def __init__(self, margin: Margin, highest: Margin) -> None:
        super().__init__(f"a margin of {margin} is above {highest}")
        self.margin = margin
        self.highest = highest


@dataclass(frozen=True, slots=True)
class _Exact:
    """A rate before any rounding: `value` of one currency per 1 of another."""

    value: Fraction
    of: Currency
    per: Currency

    def per_one(self, currency: Currency) -> "_Exact":
        return self if self.per is currency else _Exact(1 / self.value, of=self.per, per=self.of)

    def at_least_one(self) -> "_Exact":
        return self if self.value >= 1 else self.per_one(self.of)


def shown(base: BaseRate, like: Rate | None = None) -> Rate:
    """The base rate for the operator's eyes: where it is at least 1, or in the orientation of another rate."""
    return _shown(base, like)


@lately
def _shown(base: BaseRate, like: Rate | None) -> Rate:
    exact = _exact(base)
    exact = exact.at_least_one() if like is None else exact.per_one(like.per)
    return Rate(round_shown(exact.value), of=exact.of, per=exact.per)


def deal_rate(base: BaseRate, margin: Margin) -> Rate:
    """The base rate with the margin, rounded once, where it is at least 1: what the card says and the deal is made at.

    Of a small amount; a large one may have another base. Raises MarginTooLarge.
    """
    return _deal_rate(base, margin, base)


def base_for(base: BaseRate, pays: Decimal) -> tuple[BaseRate, DepthPrice | None]:
    """The base rate for an amount of what the client pays, itself without levels; None where that is no other."""
    direction = base.direction
    top = base.rub_per_usdt_ask if direction.pays is Currency.RUB else base.rub_per_usdt_bid
    depth = None if top is None else depth_price(base.levels, pays, paid=direction.pays, top=top)
    if depth is None:
        return base, None
    value = round_kept(Fraction(base.value) * Fraction(depth.price) / Fraction(depth.top))
    if direction.pays is Currency.RUB:
        return replace(base, value=value, rub_per_usdt_ask=depth.price, levels=()), depth
    return replace(base, value=value, rub_per_usdt_bid=depth.price, levels=()), depth


def quote_paying(base: BaseRate, margin: Margin, *, pays: Decimal) -> Quote:
    """What a client gets for an amount, rounded down to the step of what is paid out.

    Raises PayoutTooSmall, MarginTooLarge.
    """
    return _paying(base, margin, pays)


@lately
def _paying(base: BaseRate, margin: Margin, pays: Decimal) -> Quote:
    direction = base.direction
    _check_amount(pays, direction.pays)
    terms = _terms(base, margin, pays=pays)
    gets = floor_to_step(_exchanged(pays, direction.pays, rate=terms.rate), direction.gets.step)
    if not gets:
        raise PayoutTooSmall(_least(base, margin, gets=direction.gets.step)[0], direction.pays)
    return _quote(terms, margin, pays=pays, gets=gets)


def quote_getting(base: BaseRate, margin: Margin, *, gets: Decimal) -> Quote:
    """What a client pays to get exactly an amount, rounded up: paying that in gives at least what was asked.

    Raises MarginTooLarge.
    """
    return _getting(base, margin, gets)


@lately
def _getting(base: BaseRate, margin: Margin, gets: Decimal) -> Quote:
    _check_amount(gets, base.direction.gets)
    pays, terms = _least(base, margin, gets=gets)
    return _quote(terms, margin, pays=pays, gets=gets)


@dataclass(frozen=True, slots=True)
class _Terms:
    """What an amount is exchanged at."""

    base: BaseRate
    depth: DepthPrice | None
    rate: Rate


def _terms(base: BaseRate, margin: Margin, *, pays: Decimal) -> _Terms:
    fair, depth = base_for(base, pays)
    return _Terms(fair, depth, _deal_rate(fair, margin, base))


def _least(base: BaseRate, margin: Margin, *, gets: Decimal) -> tuple[Decimal, _Terms]:
    """The least a client can pay to get an amount, and its terms.

    More is never exchanged at a better rate, so what the terms of too little ask for is at most the least, and the
    first amount that its own terms find enough is it. Each turn leaves but a part of the way: where all levels are
    within a tenth of the best, less than a tenth of it.
    """
    direction = base.direction
    pays = direction.pays.step
    while True:
        terms = _terms(base, margin, pays=pays)
        needed = ceil_to_step(_exchanged(gets, direction.gets, rate=terms.rate), direction.pays.step)
        if needed <= pays or not base.levels:
            return needed, terms
        pays = needed


@lately
def _deal_rate(base: BaseRate, margin: Margin, top: BaseRate) -> Rate:
    exact = _with_margin(base, margin, top=top).at_least_one()
    return Rate(round_rate(exact.value), of=exact.of, per=exact.per)


def _exact(base: BaseRate) -> _Exact:
    return _Exact(Fraction(base.value), of=base.of, per=base.per)


def _with_margin(base: BaseRate, margin: Margin, *, top: BaseRate) -> _Exact:
    """An absolute margin is in the units in which `top` is shown: those do not turn round with the amount."""
    fair = _exact(base)
    limit = _against(fair, fair.value * Fraction(HIGHEST_PERCENT) / 100, paid=base.direction.pays)
    if margin.absolute:
        fair = fair.per_one(_exact(top).at_least_one().per)
        limit = limit.per_one(fair.per)
        units = Fraction(margin.value)
    else:
        units = fair.value * Fraction(margin.value) / 100
    if units > abs(limit.value - fair.value):
        highest = floor_to_step(abs(limit.value - fair.value), _ABSOLUTE_STEP) if margin.absolute else HIGHEST_PERCENT
        raise MarginTooLarge(margin, Margin(highest, absolute=margin.absolute))
    return _against(fair, units, paid=base.direction.pays)


def _against(rate: _Exact, units: Fraction, *, paid: Currency) -> _Exact:
    """A rate made worse for the client: more to pay for 1, or less to get for 1."""
    return _Exact(rate.value + units if rate.of is paid else rate.value - units, of=rate.of, per=rate.per)


def _exchanged(amount: Decimal, currency: Currency, *, rate: Rate) -> Fraction:
    """What an amount of one of a rate's two currencies is in the other, exactly."""
    value = Fraction(rate.value)
    return Fraction(amount) * value if currency is rate.per else Fraction(amount) / value


def _quote(terms: _Terms, margin: Margin, *, pays: Decimal, gets: Decimal) -> Quote:
    worth = worth_of(pays, gets, base=terms.base)
    return Quote(
        base=terms.base,
        margin=margin,
        pays=pays,
        gets=gets,
        rate=terms.rate,
        earned_percent=worth.earned_percent,
        profit_rub=worth.profit_rub,
        profit_usdt=worth.profit_usdt,
        depth=terms.depth,
    )


def _check_amount(amount: Decimal, currency: Currency) -> None:
    if not (amount.is_finite() and amount > 0) or Fraction(amount) % Fraction(currency.step):
        raise ValueError(f"not an amount of {currency}: {amount}")
