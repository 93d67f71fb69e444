"""One line as a request: which number is an amount, a margin or a rate, and which currency the client pays.

Nothing is guessed: where a line has several readings they are all asked about, and a number or a unit that finds no
place is an objection, so that no number of the line is left out of what is echoed.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import dropwhile, pairwise, product

from calc.directions import Currency
from calc.margins import Margin
from calc.numbers import ABSOLUTE, LIMITS, PERCENT, Limits, NumberError
from calc.parts import Parts, understood
from calc.requests import About, Convention, LineError, Missing, Question, Reading, Request, distinct, settle
from calc.roles import Group, Side, sides
from calc.sorting import parts_of
from calc.tokens import Named, Number, Token, Word, tokens_of

LONGEST_LINE = 4096
"""Characters; the longest message of Telegram."""

MOST_AMOUNTS = 10
"""Rows of a table on a phone."""

RATE = Limits(Decimal("0.000001"), Decimal(1_000_000), 8, unit="")
"""What a typed rate may be at all; whether it is near the market is known where the market is."""

LIST = " "
"""Stands among the separators for `100 200 300`, which is one number or three."""

_UNKNOWN: Mapping[str, Convention] = {}
_SEPARATORS = (",", ".", LIST)


def read_line(line: str, *, conventions: Mapping[str, Convention] = _UNKNOWN) -> Request | Question:
    """What a line asks for. `conventions` is what a separator means to the desk, where that is known.

    Raises LineError, and NumberError for an amount, a margin or a rate beyond its limits.
    """
    tokens = list(tokens_of(line[:LONGEST_LINE]))
    if len(line) > LONGEST_LINE:
        raise LineError(Missing.UNCLEAR, understood(tokens), part=f"{line[:20]}…")
    readings: list[Reading] = []
    objections: list[NumberError] = []
    doubtful: set[About] = set()
    loose = _without_loose_arrow(tokens)
    for parts in [*parts_of(tokens), *(parts_of(loose) if loose else ())]:
        found, replaced = _sides(parts)
        if len(_amounts_group(parts).numbers) > MOST_AMOUNTS:
            raise LineError(Missing.AMOUNTS, understood(tokens))
        doubtful |= {About.DIRECTION} if replaced else set()
        choices = list(_choices(parts, conventions))
        for side, choice in product(found, choices):
            try:
                readings.append(_reading(parts, side, choice))
            except NumberError as error:
                objections.append(error)
                doubtful |= {About.NUMBER} if len(choices) > 1 else set()
    if not readings and conventions:
        return read_line(line)  # what the desk is used to gives nothing here, so it is asked
    if not readings:
        raise objections[-1] if objections else LineError(Missing.DIRECTION, understood(tokens))
    asked = settle(readings)
    if isinstance(asked, Request) and doubtful:
        return Question(min(doubtful), (tuple(readings),))
    return asked


def names_both_sides(line: str) -> bool:
    """Whether a line names what is changed into what: two currencies, not an amount of one."""
    return len(understood(list(tokens_of(line[:LONGEST_LINE]))).currencies) > 1


def _without_loose_arrow(tokens: Sequence[Token]) -> list[Token] | None:
    """`100> руб usdt` without its arrow, which may lead from the amount or be a slip; None where there is none such.

    An arrow behind an amount of a currency, as in `руб 100 -> usdt`, leads from that.
    """
    for place, (before, arrow) in enumerate(pairwise(tokens), start=1):
        if isinstance(before, Named):
            return None
        if isinstance(before, Number) and isinstance(arrow, Word) and arrow.is_arrow:
            named = {each.currency for each in tokens if isinstance(each, Named)}
            rest = dropwhile(lambda each: isinstance(each, Word) and each.is_arrow, tokens[place:])
            return [*tokens[:place], *rest] if len(named) > 1 else None
    return None


def _sides(parts: Parts) -> tuple[list[Side], bool]:
    """Who pays what, and whether USDT had to be taken for dollars: people say so, and the desk takes no USD."""
    found = sides(parts.parts)
    if found or Currency.USD not in parts.currencies or Currency.USDT in parts.currencies:
        return found, False
    for group in parts.groups:
        group.currency = Currency.USDT if group.currency is Currency.USD else group.currency
    return sides(parts.parts), True


def _amounts_group(parts: Parts) -> Group:
    return next(group for group in parts.groups if group.numbers)


def _choices(parts: Parts, conventions: Mapping[str, Convention]) -> Iterator[dict[str, Convention]]:
    """Every way to take the separators that are in doubt, the larger numbers first."""
    numbers = list(_amounts_group(parts).numbers)
    numbers += [parts.rate] if parts.rate else []
    numbers += [parts.margin] if parts.margin and parts.absolute else []
    doubted = {number.separator for number in numbers if len(number.readings) > 1}
    if any(number.listed for number in _amounts_group(parts).numbers):
        doubted.add(LIST)
    known = [[conventions[each]] if each in conventions else list(Convention) for each in sorted(doubted)]
    for choice in product(*known):
        yield dict(zip(sorted(doubted), choice, strict=True))


def _reading(parts: Parts, side: Side, choice: Mapping[str, Convention]) -> Reading:
    direction, reverse = side
    limits = LIMITS[direction.gets if reverse else direction.pays]
    amounts = [
        _within(limits, amount) for number in _amounts_group(parts).numbers for amount in _listed(number, choice)
    ]
    request = Request(
        direction,
        distinct(amounts),
        reverse=reverse,
        margin=_margin(parts, choice),
        rate=None if parts.rate is None else _within(RATE, _chosen(parts.rate, choice)),
    )
    return Reading(request, tuple(sorted(choice.items())))


def _listed(number: Number, choice: Mapping[str, Convention]) -> tuple[Decimal, ...]:
    if number.listed and choice.get(LIST) is Convention.DECIMALS:
        return number.listed
    return (_chosen(number, choice),)


def _chosen(number: Number, choice: Mapping[str, Convention]) -> Decimal:
    if len(number.readings) == 1:
        return number.readings[0]
    larger, smaller = number.readings
    return larger if choice[number.separator] is Convention.GROUPS else smaller


def _margin(parts: Parts, choice: Mapping[str, Convention]) -> Margin | None:
    if parts.margin is None:
        return None
    if parts.absolute:
        return Margin(_within(ABSOLUTE, _chosen(parts.margin, choice)), absolute=True)
    allowed = [reading for reading in parts.margin.readings if PERCENT.allow(reading)]
    return Margin(_within(PERCENT, (allowed or parts.margin.readings)[-1]))


def _within(limits: Limits, value: Decimal) -> Decimal:
    if not limits.allow(value):
        raise limits.objection(value)
    return value
