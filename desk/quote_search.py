"""Reading what is written behind /quotes: nothing, `открытые`, `Q-0142`, `100к руб`, the name of a client."""

import re
from dataclasses import dataclass
from enum import StrEnum

from calc.directions import Currency
from calc.numbers import NumberError, TwoReadings, read_amount
from calc.quotes import number_of


class Which(StrEnum):
    """What is looked for."""

    TODAY = "today"
    OPEN = "open"
    MINE = "mine"
    ALL = "all"
    CLIENT = "client"
    AMOUNT = "amount"


_WORDS = {
    Which.TODAY: "today сегодня",
    Which.OPEN: "open открытые открытых открыто",
    Which.MINE: "mine my мои мой",
    Which.ALL: "all все всё",
}
_NAMED = {word: which for which, words in _WORDS.items() for word in words.split()}
_WRITTEN = re.compile(r"(?P<word>[a-z]+)(?P<number>\d{1,13})?(?P<currency>[A-Z]{3,4})?")


@dataclass(frozen=True, slots=True)
class Search:
    """`number` is a quote of the client who is looked for, or the amount, without its cents.

    A client stands by a quote, for a name of any length has to fit into a button.
    """

    which: Which
    number: int = 0
    currency: Currency | None = None

    def __str__(self) -> str:
        """As a button carries it: `today`, `client142`, `amount1000RUB`."""
        return f"{self.which}{self.number or ''}{self.currency or ''}"

    @classmethod
    def parse(cls, text: str) -> "Search":
        """What `str` wrote; ValueError for anything else."""
        found = _WRITTEN.fullmatch(text)
        if found is None:
            raise ValueError(f"not a search: {text!r}")
        currency = found["currency"]
        return cls(Which(found["word"]), int(found["number"] or 0), None if currency is None else Currency(currency))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What may be meant, the likeliest first: the quote with a number, a list, quotes of a client called like this."""

    number: int | None = None
    search: Search | None = None
    client: str = ""


def read(text: str) -> Wanted:
    """A number alone may be that of a quote as well as an amount."""
    line = " ".join(text.split())
    which = _NAMED.get(line.lower(), None if line else Which.TODAY)
    if which is not None:
        return Wanted(search=Search(which))
    return Wanted(number_of(line), _amount(line), line)


def _amount(line: str) -> Search | None:
    """Of two readings the larger: what people exchange is rather 1 500 than 1.5."""
    found: dict[Currency, int] = {}
    for currency in Currency:
        try:
            amount = read_amount(line, currency)
        except NumberError:  # the word for another currency among them
            continue
        found[currency] = int(amount.readings[0] if isinstance(amount, TwoReadings) else amount)
    if not found:
        return None
    currency, whole = next(iter(found.items()))
    return Search(Which.AMOUNT, whole, currency if len(found) == 1 else None)
