"""What a card has to say, computed by code that shares nothing with the bot."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import floor

from sandbox.market import SAMPLE, Prices

FIAT = ("USD", "EUR", "THB", "AED", "ZAR", "IDR")
DIRECTIONS = [("RUB", gets) for gets in ("USDT", *FIAT)] + [("USDT", gets) for gets in ("RUB", *FIAT)]
CENT = Fraction(1, 100)


@dataclass(frozen=True, slots=True)
class Rates:
    """RUB per 1 USDT, and units per 1 USD."""

    bid: Fraction
    ask: Fraction
    per_usd: Mapping[str, Fraction]

    @classmethod
    def of(cls, prices: Prices) -> "Rates":
        per_usd = {"USD": Fraction(1)} | {code: Fraction(rate) for code, rate in prices.per_usd.items()}
        return cls(Fraction(prices.bid), Fraction(prices.ask), per_usd)


TODAY = Rates.of(SAMPLE)


@dataclass(frozen=True, slots=True)
class Deal:
    """`rate` is as it is shown: units of the one currency per 1 `per`."""

    gets: Fraction
    rate: Fraction
    per: str
    earned_percent: Fraction
    profit_rub: Fraction
    profit_usdt: Fraction


def base_rate(pays: str, gets: str, rates: Rates = TODAY) -> Fraction:
    """RUB per 1 X when RUB is paid, X per 1 USDT when USDT is paid."""
    match pays, gets:
        case "RUB", "USDT":
            return rates.ask
        case "USDT", "RUB":
            return rates.bid
        case "RUB", _:
            return kept(rates.per_usd["RUB"] / rates.per_usd[gets])
        case _:
            return kept(rates.bid * rates.per_usd[gets] / rates.per_usd["RUB"])


def kept(crossed: Fraction) -> Fraction:
    """A rate made of others has 28 digits: a margin of exactly 2 % may be a hair less, and is not overstated."""
    return Fraction(Decimal(crossed.numerator) / Decimal(crossed.denominator))


def deal(pays: str, gets: str, *, percent: Fraction, paid: Fraction, rates: Rates = TODAY) -> Deal:
    base = base_rate(pays, gets, rates)
    rate = base * (1 + percent / 100) if pays == "RUB" else base * (1 - percent / 100)
    pays_per_gets = pays == "RUB"
    if rate < 1:
        rate, pays_per_gets = 1 / rate, not pays_per_gets
    rate = rounded(rate)
    got = down(paid / rate if pays_per_gets else paid * rate, Fraction(1) if gets == "IDR" else CENT)
    profit = (paid - got * base) if pays == "RUB" else (paid - got / base)
    return Deal(
        gets=got,
        rate=rate,
        per=gets if pays_per_gets else pays,
        earned_percent=down(100 * (profit / (got * base) if pays == "RUB" else profit / paid)),
        profit_rub=down(profit if pays == "RUB" else profit * rates.bid),
        profit_usdt=down(profit / rates.ask if pays == "RUB" else profit),
    )


def rounded(rate: Fraction) -> Fraction:
    """Half up to the fewest decimals, two at least, for which half a step is at most 0.01 % of the rate."""
    decimals = 2
    while Fraction(1, 2 * 10**decimals) > rate / 10_000:
        decimals += 1
    return Fraction(floor(rate * 10**decimals + Fraction(1, 2)), 10**decimals)


def down(value: Fraction, step: Fraction = CENT) -> Fraction:
    return floor(value / step) * step
