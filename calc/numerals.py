"""What number a piece of text can mean, the way people write numbers, before any limit.

A text can have two readings: `1,500` is one and a half to some and one and a half thousand to others. Which one is
meant is for the one who typed it to say.
"""

import re
from dataclasses import dataclass
from decimal import Decimal

_POWERS = {
    **dict.fromkeys(("к", "k", "тыс", "тысяч", "тысяча", "тысячи", "тысячу"), 3),
    **dict.fromkeys(("кк", "kk", "м", "m", "млн", "mln", "миллион", "миллиона", "миллионов"), 6),
    **dict.fromkeys(("лям", "ляма", "лямов"), 6),
    **dict.fromkeys(("млрд", "миллиард", "миллиарда", "миллиардов"), 9),
}
POWER_WORDS = tuple(sorted(_POWERS, key=len, reverse=True))
_ABBREVIATED = ("тыс", "млн", "млрд")  # may end with a full stop
_ALIKE = {
    **dict.fromkeys(map(ord, "\u00a0\u2007\u2009\u202f"), " "),  # spaces: no-break, figure, thin, narrow
    **dict.fromkeys(map(ord, "\u2018\u2019\u02bc"), "'"),
    **dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212"), "-"),
}

# Each character is looked at once: a line of any length is read in linear time. A space belongs to the number only
# where three digits follow it, so in "100 2%" there are two numbers.
_START = re.compile(r"([+-]?) ?((?:[0-9]|[.,'](?=[0-9])| (?=[0-9]{3}(?![0-9])))+)")
_WORD = re.compile(r" ?([^\W\d_]+)(\.?)")
_PLAIN = re.compile(r"[0-9]*(?:[.,][0-9]+)?")
_GROUPED = re.compile(r"([0-9]{1,3}([ ',.])[0-9]{3}(?:\2[0-9]{3})*)(?:(?!\2)[.,]([0-9]+))?")


@dataclass(frozen=True, slots=True)
class Numeral:
    """The number a text begins with: what it can mean, the larger first; its sign as written; and the rest of the text.

    The readings carry a minus, are written without an exponent and without zeros at the end of their decimals.
    """

    readings: tuple[Decimal, ...]
    sign: str
    rest: str


@dataclass(frozen=True, slots=True)
class Written:
    """A number as it stands in a text, up to `end`: its digits and separators, and the power of ten in a word behind.

    `spelt` is how its digits and separators can be read, as plain decimals, the larger first; a malformed number
    (`1,5,0`) has no readings.
    """

    sign: str
    digits: str
    spelt: tuple[str, ...]
    power: int
    end: int

    def readings(self, *, times_ten_to: int = 0) -> tuple[Decimal, ...]:
        """Without an exponent and without zeros at the end of the decimals."""
        power = self.power + times_ten_to
        return tuple(_decimal(reading, power, negative=self.sign == "-") for reading in self.spelt)


def alike(text: str) -> str:
    """The same text, of the same length, with one kind of space, apostrophe and minus."""
    return text.translate(_ALIKE)


def written_at(text: str, start: int) -> Written | None:
    """The number that begins at a place in a text that went through `alike`; None where none begins there."""
    found = _START.match(text, start)
    if found is None:
        return None
    sign, digits = found.groups()
    power, end = _power_at(text, found.end())
    return Written(sign, digits, tuple(_readings(digits)), power, end)


def power_of(word: str) -> int:
    """The power of ten that one of the POWER_WORDS stands for."""
    return _POWERS[word]


def take_numeral(text: str) -> Numeral | None:
    """The number that a text begins with, a word like тыс or k included; None where it begins with none.

    A malformed number (`1,5,0`) is none: half of it is not read.
    """
    text = alike(text).strip()
    written = written_at(text, 0)
    if written is None or not written.spelt:
        return None
    return Numeral(written.readings(), written.sign, text[written.end :].strip())


def decimals_of(value: Decimal) -> int:
    """How many decimals a number needs."""
    return len(f"{value:f}".partition(".")[2].rstrip("0"))


def _power_at(text: str, start: int) -> tuple[int, int]:
    """The power of ten that a word at this place stands for, and where it ends."""
    word = _WORD.match(text, start)
    if word is None or word[1].lower() not in _POWERS:
        return 0, start
    end = word.end() if word[1].lower() in _ABBREVIATED else word.end(1)
    return _POWERS[word[1].lower()], end


def _readings(written: str) -> list[str]:
    """The ways to read digits and separators, as plain decimals, the larger first."""
    found = []
    grouped = _GROUPED.fullmatch(written)
    if grouped and written[: grouped.start(2)].strip("0"):
        found.append(f"{grouped[1].replace(grouped[2], '')}.{grouped[3] or 0}")
    if _PLAIN.fullmatch(written):
        found.append(written.replace(",", "."))
    return found


def _decimal(reading: str, power: int, *, negative: bool) -> Decimal:
    plain = f"{Decimal(f'{reading}E{power}'):f}"
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    return Decimal(f"-{plain}" if negative and plain != "0" else plain)
