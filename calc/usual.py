"""Whether an amount is one that an operator usually quotes."""

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum

KEPT = 20
"""Different amounts that are remembered of each operator, direction and currency."""

_ENOUGH = 3
_TIMES = 10
"""A zero too many or one too few is what this is about."""


class Way(StrEnum):
    """On which side of the usual amounts one is."""

    MORE = "more"
    LESS = "less"


def far(amount: Decimal, usual: Sequence[Decimal]) -> Way | None:
    """Whether an amount is ten times what the operator quoted at the most lately, or a tenth of the least."""
    if len(usual) < _ENOUGH:
        return None
    if amount >= _TIMES * max(usual):
        return Way.MORE
    return Way.LESS if _TIMES * amount <= min(usual) else None


def with_amounts(usual: Sequence[Decimal], amounts: Sequence[Decimal]) -> tuple[Decimal, ...]:
    """The usual amounts after some more, the latest first, each once."""
    return tuple(dict.fromkeys([*reversed(amounts), *usual]))[:KEPT]
