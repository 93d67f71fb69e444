"""The pieces of a line in their parts: groups of a currency and its numbers, the margin, the agreed rate."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from calc.directions import TARGETS, Currency
from calc.requests import LineError, Missing, Understood
from calc.roles import Group, Part
from calc.tokens import Named, Number, Sign, Token, Unreadable, Word
from calc.words import FILLERS, Hint


@dataclass(slots=True)
class Parts:
    """What a line consists of. `absolute` is whether its margin is in units of the rate.

    `operation` is the sign between an amount and its rate; None for a rate that a word named.
    """

    parts: list[Part] = field(default_factory=list)
    margin: Number | None = None
    absolute: bool = False
    rate: Number | None = None
    operation: Sign | None = None

    @property
    def groups(self) -> list[Group]:
        return [part for part in self.parts if isinstance(part, Group)]

    @property
    def currencies(self) -> tuple[Currency, ...]:
        return tuple(dict.fromkeys(group.currency for group in self.groups if group.currency))


def understood(tokens: Sequence[Token]) -> Understood:
    return Understood(
        tuple(token.readings for token in tokens if isinstance(token, Number)),
        tuple(dict.fromkeys(token.currency for token in tokens if isinstance(token, Named))),
    )


def check_words(tokens: Sequence[Token], known: Understood) -> None:
    """A word that turns a meaning round, an unknown unit, a number that is none: what they are about is not read."""
    for token, after in zip(tokens, [*tokens[1:], None], strict=True):
        word = after.text if isinstance(after, Word) else None
        if isinstance(token, Unreadable):
            raise LineError(Missing.UNCLEAR, known, part=token.text)
        if isinstance(token, Number) and isinstance(after, Word) and after.hint is None and word not in FILLERS:
            raise LineError(Missing.UNCLEAR, known, part=f"{token.text} {word}")
        if token is Sign.NUMBER and isinstance(after, Number):
            raise LineError(Missing.UNCLEAR, known, part=f"№{after.text}")
        if isinstance(token, Word) and token.hint is Hint.NOT and _means_something(after):
            raise LineError(Missing.UNCLEAR, known, part=token.text)


def _means_something(token: Token | None) -> bool:
    return isinstance(token, Number | Named) or (isinstance(token, Word) and token.hint is not None)


def checked(found: Parts, known: Understood) -> Parts:
    """With each currency in one group; LineError where there are too few or too many of them, or of amounts."""
    found = _merged(found)
    if found.margin is not None and found.rate is not None:
        raise LineError(Missing.UNCLEAR, known, part=found.margin.text)
    with_numbers = [group for group in found.groups if group.numbers]
    if found.operation is not None and len(with_numbers) == 1:
        numbers = with_numbers[0].numbers
        stray = next((number for number in numbers if number.sign != numbers[0].sign), None)
        if stray is not None:
            raise LineError(Missing.UNCLEAR, known, part=stray.text)
        _complete(found)
    if not with_numbers:
        raise LineError(Missing.AMOUNT, known)
    if not found.currencies:
        raise LineError(Missing.CURRENCY, known)
    if len(found.currencies) > 2:  # noqa: PLR2004 - one that is paid and one that is got
        raise LineError(Missing.CURRENCIES, known)
    if len(with_numbers) > 1:
        bare = next((group for group in with_numbers if group.currency is None), None)
        if bare is None:
            raise LineError(Missing.SIDES, known)
        raise LineError(Missing.UNCLEAR, known, part=bare.numbers[0].text)
    return found


def _merged(found: Parts) -> Parts:
    """The same parts with each currency in one group, where it was named first."""
    merged: dict[Currency | None, Group] = {}
    parts: list[Part] = []
    for part in found.parts:
        if not isinstance(part, Group):
            parts.append(part)
        elif part.currency in merged:
            group = merged[part.currency]
            group.numbers = [*group.numbers, *part.numbers]
            group.preposition = group.preposition or part.preposition
        else:
            merged[part.currency] = Group(part.currency, part.numbers, part.preposition)
            parts.append(merged[part.currency])
    return Parts(parts, found.margin, found.absolute, found.rate, found.operation)


def _complete(found: Parts) -> None:
    """What `+10000/87.5` leaves out: roubles are divided by a rate, USDT are multiplied by one; plus is paid in.

    This is how exchange desks keep their books in chats: `+` came in, `-` went out, `/` and `*` lead to the other
    currency.
    """
    amount = next(group for group in found.groups if group.numbers)
    named = len(found.currencies)
    if amount.currency is None:
        amount.currency = Currency.RUB if found.operation is Sign.SLASH else Currency.USDT
        found.parts = [part for part in found.parts if part is amount or part not in _of(found, amount.currency)]
    if len(found.currencies) == 1 and amount.currency in TARGETS:
        found.parts.append(Group(Currency.RUB if amount.currency is Currency.USDT else Currency.USDT))
    sign = amount.numbers[0].sign
    if sign == "-":
        amount.verb = Hint.GETS
        amount.numbers = [number.unsigned for number in amount.numbers]
    elif sign == "+" or named < 2:  # noqa: PLR2004 - both were named, so their order says it
        amount.verb = Hint.PAYS


def _of(found: Parts, currency: Currency) -> list[Group]:
    return [group for group in found.groups if group.currency is currency]
