"""The rates that a card must have been made with, by the sources it names: each tells the market in its own way."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from sandbox.market import Prices
from tests.e2e import expected
from tests.e2e.expected import Rates

_CBR_NOMINALS = {"USD": 1, "EUR": 1, "THB": 10, "AED": 1, "ZAR": 10, "IDR": 10_000}


def rates_on(card: str, prices: Prices) -> Rates:
    """For a market that stands still. CoinGecko knows one price for both sides, the Bank of Russia four decimals."""
    rates = Rates.of(prices)
    if "CoinGecko" in card:
        price = Fraction((prices.usd_per_usdt * prices.per_usd["RUB"]).quantize(Decimal("0.01")))
        rates = replace(rates, bid=price, ask=price)
    if "Банк России на" in card:
        rates = replace(rates, per_usd=_of_the_bank(prices.per_usd))
    return rates


def _of_the_bank(per_usd: Mapping[str, Decimal]) -> dict[str, Fraction]:
    rub_per = {
        code: Fraction((nominal * per_usd["RUB"] / per_usd.get(code, Decimal(1))).quantize(Decimal("0.0001"))) / nominal
        for code, nominal in _CBR_NOMINALS.items()
    }
    return {"RUB": rub_per["USD"]} | {code: expected.kept(rub_per["USD"] / rub) for code, rub in rub_per.items()}
