"""What a peer computes: rates fetched once and kept fresh by a thread, and a deal in Decimal."""

import json
import os
import threading
import urllib.request
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal, localcontext
from typing import Any

FIAT = ("USD", "EUR", "THB", "AED", "ZAR", "IDR")
TARGETS = {"RUB": ("USDT", *FIAT), "USDT": ("RUB", *FIAT)}
EVERY_S = 120.0
_CENT = Decimal("0.01")
_HUNDRED = Decimal(100)
_DIGITS = 40


@dataclass(frozen=True, slots=True)
class Rates:
    """RUB per 1 USDT, and units per 1 USD."""

    bid: Decimal
    ask: Decimal
    per_usd: dict[str, Decimal]

    def base(self, pays: str, gets: str) -> Decimal:
        """RUB per 1 X when RUB is paid, X per 1 USDT when USDT is paid."""
        if (pays, gets) == ("RUB", "USDT"):
            return self.ask
        if (pays, gets) == ("USDT", "RUB"):
            return self.bid
        if pays == "RUB":
            return self.per_usd["RUB"] / self.per_usd[gets]
        return self.bid * self.per_usd[gets] / self.per_usd["RUB"]


class Cache:
    """The newest rates; a quote reads memory."""

    def __init__(self) -> None:
        self.rates = fetch()
        threading.Thread(target=self._refresh, daemon=True).start()

    def _refresh(self) -> None:
        never = threading.Event()
        while not never.wait(EVERY_S):
            self.rates = fetch()


def fetch() -> Rates:
    pairs = _get(f"{os.environ['RAPIRA_URL']}/open/market/rates")["data"]
    pair = next(each for each in pairs if each["symbol"] == "USDT/RUB")
    symbols = ",".join(("RUB", *FIAT[1:]))
    fiat = _get(f"{os.environ['APILAYER_URL']}/latest?base=USD&symbols={symbols}")["rates"]
    return Rates(pair["bidPrice"], pair["askPrice"], {"USD": Decimal(1), **fiat})


def _get(url: str) -> Any:
    request = urllib.request.Request(url, headers={"apikey": os.environ["API_LAYER_KEY"]})
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.load(response, parse_float=Decimal, parse_int=Decimal)


@dataclass(frozen=True, slots=True)
class Deal:
    """`rate` and `base` are as they are shown: units of `of` per 1 `per`."""

    gets: Decimal
    rate: Decimal
    base: Decimal
    of: str
    per: str
    earned_percent: Decimal
    profit_rub: Decimal
    profit_usdt: Decimal


def deal(rates: Rates, pays: str, gets: str, *, percent: Decimal, paid: Decimal) -> Deal:
    base = rates.base(pays, gets)
    with localcontext() as context:
        context.prec = _DIGITS
        rate = base * (1 + percent / _HUNDRED) if pays == "RUB" else base * (1 - percent / _HUNDRED)
        is_turned = rate < 1
        rate = shown(1 / rate if is_turned else rate)
        pays_per_gets = (pays == "RUB") != is_turned
        step = Decimal(1) if gets == "IDR" else _CENT
        got = (paid / rate if pays_per_gets else paid * rate).quantize(step, ROUND_DOWN)
        if pays == "RUB":
            profit = paid - got * base
            earned, rub, usdt = profit / (got * base), profit, profit / rates.ask
        else:
            profit = paid - got / base
            earned, rub, usdt = profit / paid, profit * rates.bid, profit
        of, per = (pays, gets) if pays_per_gets else (gets, pays)
        return Deal(
            got,
            rate,
            shown(1 / base if is_turned else base),
            of,
            per,
            (_HUNDRED * earned).quantize(_CENT, ROUND_DOWN),
            rub.quantize(_CENT, ROUND_DOWN),
            usdt.quantize(_CENT, ROUND_DOWN),
        )


def shown(rate: Decimal) -> Decimal:
    """Half up to the fewest decimals, two at least, for which half a step is at most 0.01 % of the rate."""
    step = _CENT
    while step / 2 > rate / 10_000:
        step /= 10
    return rate.quantize(step, ROUND_HALF_UP)
