"""The one made-up market that every source tells in its own format; it stands still or drifts on a clock."""

import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

_CENT = Decimal("0.01")
_WIDEST = Decimal("0.02")
"""How far the drift goes from where it began, so that a sandbox left open for a week still looks like a market."""
_MOST_STEPS = 10_000


@dataclass(frozen=True, slots=True)
class Prices:
    """RUB per 1 USDT on Rapira, units per 1 USD, and the index price of a USDT in USD that CoinGecko tells."""

    bid: Decimal
    ask: Decimal
    close: Decimal
    per_usd: Mapping[str, Decimal]
    usd_per_usdt: Decimal


SAMPLE = Prices(
    bid=Decimal("81.62"),
    ask=Decimal("81.66"),
    close=Decimal("81.65"),
    per_usd={
        "RUB": Decimal("82.412507"),
        "EUR": Decimal("0.862813"),
        "THB": Decimal("32.358504"),
        "AED": Decimal("3.672504"),
        "ZAR": Decimal("16.718450"),
        "IDR": Decimal("17248.350000"),
    },
    usd_per_usdt=Decimal("0.999413"),
)
"""A made-up Friday on which all sources agree."""


class Market:
    """Prices at this moment; any thread may ask and set."""

    def __init__(
        self,
        prices: Prices = SAMPLE,
        *,
        drift: bool = False,
        step_s: float = 5.0,
        seed: int = 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._lock = threading.Lock()
        self._random = random.Random(seed)  # noqa: S311 - the same walk each time
        self._clock = clock
        self._step_s = step_s
        self._drift = drift
        self._start = self._prices = prices
        self._stepped_at = clock()

    def now(self) -> Prices:
        with self._lock:
            self._catch_up()
            return self._prices

    def set(
        self,
        *,
        bid: Decimal | None = None,
        ask: Decimal | None = None,
        close: Decimal | None = None,
        per_usd: Mapping[str, Decimal] | None = None,
        usd_per_usdt: Decimal | None = None,
    ) -> None:
        """Put prices exactly, the rest stays; the drift, if any, goes on from here."""
        with self._lock:
            self._catch_up()
            prices = self._prices
            self._start = self._prices = Prices(
                bid=prices.bid if bid is None else bid,
                ask=prices.ask if ask is None else ask,
                close=prices.close if close is None else close,
                per_usd={**prices.per_usd, **(per_usd or {})},
                usd_per_usdt=prices.usd_per_usdt if usd_per_usdt is None else usd_per_usdt,
            )

    def drift(self, on: bool) -> None:
        with self._lock:
            self._catch_up()
            self._drift = on

    def _catch_up(self) -> None:
        steps = int((self._clock() - self._stepped_at) / self._step_s)
        self._stepped_at += steps * self._step_s
        if self._drift:
            for _ in range(min(steps, _MOST_STEPS)):
                self._prices = self._step(self._prices)

    def _step(self, prices: Prices) -> Prices:
        close = self._near(prices.close + _CENT * self._random.randint(-3, 3), self._start.close)
        return replace(
            prices,
            close=close,
            bid=close - _CENT * self._random.randint(1, 3),
            ask=close + _CENT * self._random.randint(1, 3),
            per_usd={
                code: self._near(
                    rate * (1 + Decimal(self._random.randint(-20, 20)).scaleb(-6)), self._start.per_usd[code]
                )
                for code, rate in prices.per_usd.items()
            },
        )

    @staticmethod
    def _near(value: Decimal, start: Decimal) -> Decimal:
        """The value within the band around where it began, at the decimals it began with."""
        bounded = max(start * (1 - _WIDEST), min(start * (1 + _WIDEST), value))
        return bounded.quantize(start)
