"""Reading the pair that somebody names before what they want to know of it: `usdt/rub 7d`, `евро ниже 90`."""

import re
from collections.abc import Collection
from datetime import timedelta

from calc.directions import Currency
from calc.errors import DeskError
from calc.words import currency_named

_UNITS = {
    timedelta(minutes=1): "m min mins minute minutes м мин минута минуту минуты минут",
    timedelta(hours=1): "h hr hour hours ч час часа часов",
    timedelta(days=1): "d day days д дн день дня дней сутки суток",
}
LENGTHS = {word: length for length, words in _UNITS.items() for word in words.split()}
"""What a word for a unit of time stands for."""
_NAMED = re.compile(r"(?P<first>[^\W\d_]+|[$€₽฿₮])(?:\s*[/\\-]\s*(?P<second>[^\W\d_]+|[$€₽฿₮]))?\s*(?P<rest>.*)")


class UnreadablePair(DeskError):
    """What stands where a pair is named is none of RUB and one other currency; `text` is the line."""

    def __init__(self, text: str) -> None:
        super().__init__(f"no pair in {text!r}")
        self.text = text


def one_line(text: str) -> str:
    """As it is read: in small letters, with single spaces."""
    return " ".join(text.lower().split())


def read_pair(line: str, *, others: Collection[str] = ()) -> tuple[Currency | None, str]:
    """What is told the rate of, in RUB, whichever of the two stands first; and what follows.

    None where nothing is named: the line begins with a number, or with one of the `others`. Raises UnreadablePair.
    """
    found = _NAMED.fullmatch(line)
    if found is None or found["first"] in others:
        return None, line
    named = [currency_named(found["first"]), currency_named(found["second"]) if found["second"] else Currency.RUB]
    foreign = [each for each in named if each is not Currency.RUB]
    if len(foreign) != 1 or foreign[0] is None:
        raise UnreadablePair(line)
    return foreign[0], found["rest"]
