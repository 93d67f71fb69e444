"""Reading the amounts and margins that operators type, within the limits of the desk."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from calc.directions import Currency
from calc.errors import DeskError
from calc.lately import lately
from calc.margins import HIGHEST_PERCENT, LOWEST_PERCENT, Margin
from calc.numerals import Numeral, decimals_of, take_numeral
from calc.rounding import round_shown
from calc.typed import Pair, bounds_of
from calc.words import currency_named

RATE_DECIMALS = 8
LONGEST = 40
"""Characters; the highest amount with its separators and its word takes fewer than 30."""

_PERCENT_WORDS = ("%", "проц", "проц.", "процент", "процента", "процентов")


class NumberError(DeskError):
    """What was typed is no number the desk can use."""


class NotANumber(NumberError):
    def __init__(self, text: str) -> None:
        super().__init__(f"not a number: {text!r}")
        self.text = text


class TooLong(NumberError):
    def __init__(self, length: int, allowed: int) -> None:
        super().__init__(f"{length} characters, {allowed} are allowed")
        self.length = length
        self.allowed = allowed


class TooManyDecimals(NumberError):
    """`unit` is what the number counts: a currency, "%", or "" for units of the shown rate."""

    def __init__(self, understood: Decimal, allowed: int, *, unit: str) -> None:
        super().__init__(f"{understood:f} {unit} has more than {allowed} decimals")
        self.understood = understood
        self.allowed = allowed
        self.unit = unit


class OutOfRange(NumberError):
    """`unit` is what the number counts: a currency, "%", or "" for units of the shown rate."""

    def __init__(self, understood: Decimal, lowest: Decimal, highest: Decimal, *, unit: str) -> None:
        super().__init__(f"{understood:f} {unit} is not within {lowest:f} and {highest:f}")
        self.understood = understood
        self.lowest = lowest
        self.highest = highest
        self.unit = unit


class WrongCurrency(NumberError):
    def __init__(self, understood_currency_text: str, expected: Currency) -> None:
        super().__init__(f"{understood_currency_text} where {expected} is asked for")
        self.understood_currency_text = understood_currency_text
        self.expected = expected


@dataclass(frozen=True, slots=True)
class TwoReadings:
    """What was typed can be read in two ways; these are the ones within the limits, the larger first."""

    readings: tuple[Decimal, ...]


@dataclass(frozen=True, slots=True)
class MarginReadings:
    """A margin that can be read in two ways; these are the ones within the limits, the larger first."""

    readings: tuple[Margin, ...]


@dataclass(frozen=True, slots=True)
class Limits:
    """Both ends are allowed. `unit` is what the number counts: a currency, "%", or "" for units of the shown rate."""

    lowest: Decimal
    highest: Decimal
    decimals: int
    unit: str

    def allow(self, value: Decimal) -> bool:
        return self.lowest <= value <= self.highest and decimals_of(value) <= self.decimals

    def objection(self, value: Decimal) -> NumberError:
        """Why a value is not allowed; where both are wrong, the range says more than the decimals."""
        if self.lowest <= value <= self.highest:
            return TooManyDecimals(value, self.decimals, unit=self.unit)
        return OutOfRange(value, self.lowest, self.highest, unit=self.unit)


def _amounts(currency: Currency, highest: int) -> Limits:
    return Limits(currency.step, Decimal(highest), decimals_of(currency.step), unit=currency)


LIMITS = {
    Currency.RUB: _amounts(Currency.RUB, 1_000_000_000),
    Currency.USDT: _amounts(Currency.USDT, 10_000_000),
    Currency.USD: _amounts(Currency.USD, 100_000_000),
    Currency.EUR: _amounts(Currency.EUR, 100_000_000),
    Currency.THB: _amounts(Currency.THB, 1_000_000_000),
    Currency.AED: _amounts(Currency.AED, 100_000_000),
    Currency.ZAR: _amounts(Currency.ZAR, 1_000_000_000),
    Currency.IDR: _amounts(Currency.IDR, 1_000_000_000_000),
}
"""For what is paid the desk's own; for what is to be paid out wide enough for the highest payment."""

PERCENT = Limits(LOWEST_PERCENT, HIGHEST_PERCENT, 2, unit="%")
ABSOLUTE = Limits(Decimal("0.000001"), Decimal(1_000_000), 6, unit="")
"""Only what no rate of today reaches is refused here; what a rate can bear is known where the rate is."""


def read_amount(text: str, currency: Currency) -> Decimal | TwoReadings:
    """The amount that was typed, with or without the word for its currency. Raises NumberError."""
    numeral = _whole_numeral(text)
    named = currency_named(numeral.rest) if numeral.rest else currency
    if named is None or numeral.sign == "+":
        raise NotANumber(_one_line(text))
    if named is not currency:
        raise WrongCurrency(named, currency)
    within = _within(LIMITS[currency], numeral.readings)
    return within[0] if len(numeral.readings) == 1 else TwoReadings(within)


def read_margin(text: str) -> Margin | MarginReadings:
    """The margin that was typed: a percentage, or units of the shown rate where it has a plus and no percent sign.

    Raises NumberError.
    """
    numeral = _whole_numeral(text)
    if numeral.rest and numeral.rest.lower() not in _PERCENT_WORDS:
        raise NotANumber(_one_line(text))
    absolute = numeral.sign == "+" and not numeral.rest
    within = _within(ABSOLUTE if absolute else PERCENT, numeral.readings)
    margins = tuple(Margin(reading, absolute=absolute) for reading in within)
    return margins[0] if len(numeral.readings) == 1 else MarginReadings(margins)


def read_rate(text: str, pair: Pair) -> Decimal:
    """The rate of a pair that was typed, within what a rate of it can be. Raises NumberError.

    Its bounds are less than a thousand times apart, so that of two readings (`87,500`) one is meant at the most.
    """
    numeral = _whole_numeral(text)
    if numeral.rest or numeral.sign:
        raise NotANumber(_one_line(text))
    lowest, highest = bounds_of(pair)
    limits = Limits(round_shown(lowest), round_shown(highest), RATE_DECIMALS, unit="")
    return _within(limits, numeral.readings)[0]


@lately
def _whole_numeral(text: str) -> Numeral:
    length = len(text.strip())
    if length > LONGEST:
        raise TooLong(length, LONGEST)
    numeral = take_numeral(text)
    if numeral is None:
        raise NotANumber(_one_line(text))
    return numeral


def _within(limits: Limits, readings: Iterable[Decimal]) -> tuple[Decimal, ...]:
    """The readings that are allowed; where none is, the objection to the one nearest to the limits."""
    *_, smallest = readings = tuple(readings)
    within = tuple(filter(limits.allow, readings))
    if not within:
        raise limits.objection(smallest)
    return within


def _one_line(text: str) -> str:
    return " ".join(text.split())
