"""Reading what operators write behind /alert: `usdt/rub > 90`, `доллар ниже 80,5`, `usdt ±1 % за 1 ч`."""

import re
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from calc.alerts import Move, Rule, Threshold
from calc.directions import Currency
from calc.errors import DeskError
from calc.numbers import NumberError, read_rate
from calc.past import PAIRS, pair_of
from calc.typed import Pair
from desk.pair_reading import LENGTHS, UnreadablePair, one_line, read_pair

SHORTEST, LONGEST = timedelta(minutes=5), timedelta(days=7)
LEAST, MOST = Decimal("0.1"), Decimal(50)
"""Percent: what a market does not do all the time, and what it does not do at all."""

_ABOVE = [">", ">=", "выше", "больше", "дороже", "above", "over"]
_BELOW = ["<", "<=", "ниже", "меньше", "дешевле", "below", "under"]
_SIGN = "|".join(sorted(map(re.escape, [*_ABOVE, *_BELOW]), key=len, reverse=True))
_THRESHOLD = re.compile(rf"(?P<sign>{_SIGN})\s*(?P<level>.+)")
_MOVE = re.compile(
    r"(?:±|\+/-|\+-|\+|-)?\s*(?P<percent>\d{1,3}(?:[.,]\d{1,2})?)\s*(?:%|процентов|процента|процент|percent)\s*"
    r"(?:(?:(?:in|per|within|за|в)\b)?\s*(?P<count>\d{1,5})?\s*(?P<unit>[a-zа-я]+)\.?)?"
)
_TIMES = (timedelta(hours=1), timedelta(days=1), timedelta(days=7))
"""Within which a move is offered to be told that names no time."""


class UnreadableAlert(DeskError):
    """What was written is no alert; `text` is it."""

    def __init__(self, text: str) -> None:
        super().__init__(f"not an alert: {text!r}")
        self.text = text


class AlertOutOfRange(DeskError):
    """A move by too little or too much, or within too short or too long a time."""


@dataclass(frozen=True, slots=True)
class Part:
    """What is still to be asked: which one of `rules`, or, where there are none, the condition for `currency`."""

    currency: Currency | None = None
    rules: tuple[Rule, ...] = ()


def read(text: str) -> Rule | Part:
    """The rule, or the part of one, that was written. Raises UnreadableAlert, AlertOutOfRange and NumberError."""
    line = one_line(text)
    try:
        currency, rest = read_pair(line, others=(*_ABOVE, *_BELOW))
    except UnreadablePair as error:
        raise UnreadableAlert(line) from error
    if not rest:
        return Part(currency)
    if currency is not None:
        return _timed(currency, rest, line) or _rule(currency, rest, line)
    rules, errors = list[Rule](), list[NumberError]()
    for pair in PAIRS:
        try:
            rules.append(_rule(Currency(pair.partition("/")[0]), rest, line))
        except NumberError as error:
            errors.append(error)
    if not rules:
        raise errors[0]
    return Part(rules=tuple(rules))


def _timed(currency: Currency, rest: str, line: str) -> Part | None:
    """A move that names no time, within each of some; None where it is anything else."""
    found = _MOVE.fullmatch(rest)
    if found is None or found["unit"]:
        return None
    percent = _percent(found)
    if not LEAST <= percent <= MOST:
        raise AlertOutOfRange(line)
    return Part(rules=tuple(Move(pair_of(currency), percent, within) for within in _TIMES))


def _percent(found: re.Match[str]) -> Decimal:
    return Decimal(found["percent"].replace(",", "."))


def _rule(currency: Currency, rest: str, line: str) -> Rule:
    pair = pair_of(currency)
    if found := _THRESHOLD.fullmatch(rest):
        return Threshold(pair, found["sign"] in _ABOVE, read_rate(found["level"], Pair(Currency.RUB, per=currency)))
    found = _MOVE.fullmatch(rest)
    if found is None or found["unit"] not in LENGTHS:
        raise UnreadableAlert(line)
    percent, within = _percent(found), int(found["count"] or 1) * LENGTHS[found["unit"]]
    if not (LEAST <= percent <= MOST and SHORTEST <= within <= LONGEST):
        raise AlertOutOfRange(line)
    return Move(pair, percent, within)
