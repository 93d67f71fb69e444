"""A line of text as numbers, currencies and words, each with its place; nothing is decided here but what a piece is."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from calc.directions import Currency
from calc.numbers import LONGEST
from calc.numerals import POWER_WORDS, Written, alike, power_of, written_at
from calc.words import CODES, Hint, currency_named, hint_of

MOST_NUMBERS = 16
"""More than any request has; the rest of the line is not looked at."""


class Sign(StrEnum):
    """Signs that mean something between numbers and currencies."""

    SLASH = "/"
    TIMES = "*"
    PERCENT = "%"
    NUMBER = "№"


@dataclass(frozen=True, slots=True)
class Number:
    """A number as written. `thousands` is the power of ten in a word behind it that only lines know (тр, тыр)."""

    text: str
    written: Written
    thousands: int = 0

    @property
    def sign(self) -> str:
        return self.written.sign

    @property
    def separator(self) -> str:
        """The one that makes its two readings."""
        return next(each for each in self.written.digits if each in ",.")

    @property
    def readings(self) -> tuple[Decimal, ...]:
        """The larger first; none for a malformed one."""
        return self.written.readings(times_ten_to=self.thousands)

    @property
    def unsigned(self) -> "Number":
        return replace(self, written=replace(self.written, sign=""))

    @property
    def listed(self) -> tuple[Decimal, ...] | None:
        """`100 200 300` as three numbers; None for what reads as one number only, like `1 500` and `100 000`."""
        groups = self.written.digits.split(" ")
        rising = [Decimal(each) for each in groups if each.isdigit()]
        if len(rising) != len(groups) or len(groups) == 1 or self.written.power or self.thousands or self.sign:
            return None
        if len(groups[0]) != len(groups[1]) or any(each.startswith("0") for each in groups) or rising != sorted(rising):
            return None
        return tuple(rising)


@dataclass(frozen=True, slots=True)
class Named:
    """A currency that was named; `glued` to what stands before it or behind it without a space."""

    currency: Currency
    text: str


@dataclass(frozen=True, slots=True)
class Word:
    """Any other word; `hint` is what it says, None for chatter."""

    text: str
    hint: Hint | None

    @property
    def is_arrow(self) -> bool:
        return self.hint is Hint.TO and not self.text.isalpha()


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A piece with digits in it that is no number."""

    text: str


Token = Number | Named | Word | Sign | Unreadable

_SIGNS: dict[str, Token] = {
    "/": Sign.SLASH,
    "*": Sign.TIMES,
    "×": Sign.TIMES,
    "%": Sign.PERCENT,
    "№": Sign.NUMBER,
    "#": Sign.NUMBER,
    "@": Word("@", Hint.RATE),
}

_ARROW = re.compile(r"-+>|=+>|[→➡⇒>=]")
_THOUSAND_ROUBLES = re.compile(r" ?(?:т\.? ?р|тыс\.? ?р|тыщ ?р|тыр|кр)(?![^\W_])\.?")
_THOUSANDS = re.compile(r" ?(?:т|тыщ|тыщи|тыща|косарь|косаря|косарей|штук|штуки)(?![^\W_])\.?")
_NETWORK = re.compile(r"(?:trc|erc|bep|трц|трс|ерц|еrс|бэп)[ -]?20(?![^\W_])")
_LETTERS = re.compile(r"[^\W\d_]+")
_PIECE = re.compile(r"[^\s;()!?]+")
_GLUE = re.compile(r"[\d:_^]|[.,-](?=\d)")
_DIGIT_SOON = re.compile(r" ?\d")


def tokens_of(line: str) -> Iterator[Token]:
    """Everything in the line that may mean something, in its order; separators and chatter of signs are left out."""
    text = alike(line).lower().replace("ё", "е")
    if len(text) != len(line):  # a letter whose small form is two: no word of ours has one
        text = alike(line).replace("ё", "е")
    place, numbers = 0, 0
    while place < len(text) and numbers <= MOST_NUMBERS:
        token, place = _token_at(text, place)
        numbers += isinstance(token, Number)
        if isinstance(token, tuple):
            yield from token
        elif token is not None:
            yield token


def _token_at(text: str, place: int) -> tuple[Token | tuple[Token, ...] | None, int]:
    """What stands at a place, None for nothing of interest, and where it ends."""
    arrow = _ARROW.match(text, place)
    if arrow:
        return Word(arrow[0], Hint.TO), arrow.end()
    network = _NETWORK.match(text, place)
    if network:
        return None, network.end()
    letters = _LETTERS.match(text, place)
    if letters:
        return _word(text, letters)
    char = text[place]
    currency = currency_named(char)
    if currency is not None:
        return Named(currency, char), place + 1
    begins = char.isdigit() or char in "+-" or (char in ".," and text[place - 1 : place] in ("", " "))
    written = written_at(text, place) if begins else None
    if written is not None:
        return _number(text, place, written)
    if char.isdigit() or char.isnumeric():
        return _unreadable(text, place)
    return _SIGNS.get(char), place + 1


def _word(text: str, letters: re.Match[str]) -> tuple[Token | tuple[Token, ...] | None, int]:
    word, end = letters[0], letters.end()
    pair = _pair(word)
    if pair:
        return pair, end
    currency = currency_named(word)
    if currency is not None:
        return Named(currency, word), end
    if word in ("x", "х") and text[max(0, end - 3) : end - 1].strip()[-1:].isdigit() and _DIGIT_SOON.match(text, end):
        return Sign.TIMES, end
    if not word.isalpha() or (end < len(text) and (text[end].isdigit() or text[end] == "_")):
        return _unreadable(text, letters.start())
    return Word(word, hint_of(word)), end


def _pair(word: str) -> tuple[Token, ...] | None:
    """`usdtrub` is a direction."""
    for code, currency in CODES.items():
        other = CODES.get(word.removeprefix(code)) if word.startswith(code) else None
        if other is not None:
            return Named(currency, code), Named(other, word.removeprefix(code))
    return None


def _number(text: str, place: int, written: Written) -> tuple[Token | tuple[Token, ...], int]:
    end = written.end
    if end - place > LONGEST:
        return Unreadable(text[place:end]), end
    if not written.spelt:
        return _unreadable(text, place)
    number = Number(text[place:end], written)
    if not written.power:
        roubles = _THOUSAND_ROUBLES.match(text, end)
        thousands = roubles or _THOUSANDS.match(text, end)
        if thousands:
            number = Number(text[place : thousands.end()], written, thousands=3)
            return (number, Named(Currency.RUB, "р")) if roubles else number, thousands.end()
        glued = _LETTERS.match(text, end)
        for power in POWER_WORDS if glued else ():
            currency = currency_named(glued[0].removeprefix(power)) if glued and glued[0].startswith(power) else None
            if currency is not None and glued is not None:
                number = Number(text[place:end] + power, written, thousands=power_of(power))
                return (number, Named(currency, glued[0].removeprefix(power))), glued.end()
    if _GLUE.match(text, end):
        return _unreadable(text, place)
    return number, end


def _unreadable(text: str, place: int) -> tuple[Token, int]:
    piece = _PIECE.match(text, place)
    end = piece.end() if piece else place + 1
    return Unreadable(text[place:end].rstrip(".,")), end
