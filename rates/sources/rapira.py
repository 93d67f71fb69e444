"""Rapira, the exchange on which the desk would trade itself: USDT/RUB from its list of pairs and from its order book.

`GET /open/market/rates` and `GET /market/exchange-plate-mini?symbol=USDT/RUB`, both public. `USDT/RUB` is RUB per
1 USDT although the answer calls RUB the base: only the symbol is matched. Neither route tells a time.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from typing import Any

from calc.snapshots import Depth, Level, UsdtRub
from rates.errors import SourceError, Trouble
from rates.http import Answer, Http
from rates.payloads import garbage, json_object, number, shown

SYMBOLS = ("USDT/RUB", "USDT_RUB")
"""The second is how older documents spell it."""

FARTHEST_LEVEL = Decimal("0.1")
"""How far from the best price a level may be, as a part of it; beyond that are placeholders and wishes."""

MOST_LEVELS = 50
"""Of a side; Rapira sends about 20, and each dialogue keeps them."""


class _Route:
    def __init__(self, http: Http, *, url: str, api_key: str | None, utcnow: Callable[[], datetime]) -> None:
        """The key is optional and travels as a header: URLs get logged."""
        self._http = http
        self._url = url
        self._utcnow = utcnow
        self.use(api_key)

    def use(self, api_key: str | None) -> None:
        """Another key, or none, from the next call on. Any thread may call it."""
        self._headers = {"X-API-KEY": api_key} if api_key else {}

    def _get(self, source: str, route: str, params: dict[str, str] | None = None) -> dict[str, Any]:
        answer: Answer = self._http.get(self._url + route, source=source, params=params, headers=self._headers)
        return json_object(source, answer)


class RapiraRates(_Route):
    """Bid, ask and close; the sides are None where the answer has none."""

    name = "rapira"

    def fetch(self) -> UsdtRub:
        """Raises SourceError."""
        payload = self._get(self.name, "/open/market/rates")
        code = payload.get("code")
        if code != 0:  # a text is not repeated: it might hold the key
            raise garbage(self.name, f"code {shown(code) if isinstance(code, Decimal) else 'is no number'}")
        if payload.get("isWorking", 1) != 1:
            raise SourceError(self.name, Trouble.UNAVAILABLE, "isWorking is not 1")
        row = self._row(payload.get("data"))
        return UsdtRub(
            close=number(self.name, row.get("close"), "close"),
            bid=self._side(row, "bidPrice"),
            ask=self._side(row, "askPrice"),
            source=self.name,
            fetched_at=self._utcnow(),
        )

    def _row(self, data: object) -> dict[str, Any]:
        for row in data if isinstance(data, list) else ():
            if isinstance(row, dict) and row.get("symbol") in SYMBOLS:
                return row
        raise garbage(self.name, "no USDT/RUB")

    def _side(self, row: dict[str, Any], key: str) -> Decimal | None:
        return None if row.get(key) is None else number(self.name, row[key], key)


class RapiraBook(_Route):
    """The best bid and ask of the order book with the levels behind them; the close is the middle of the two.

    `lowestPrice` of an empty side is a placeholder of 99999, so only the items are read.
    """

    name = "rapira book"

    def fetch(self) -> UsdtRub:
        """Raises SourceError."""
        payload = self._get(self.name, "/market/exchange-plate-mini", {"symbol": SYMBOLS[0]})
        bids, asks = self._items(payload, "bid"), self._items(payload, "ask")
        bid, ask = self._best(bids, "bid"), self._best(asks, "ask")
        depth = Depth(bids=self._levels(bids, bid, "bid"), asks=self._levels(asks, ask, "ask"))
        return UsdtRub(
            close=(bid + ask) / 2,
            bid=bid,
            ask=ask,
            source=self.name,
            fetched_at=self._utcnow(),
            depth=depth if depth.bids and depth.asks else None,
        )

    def _items(self, payload: dict[str, Any], side: str) -> list[Any]:
        book = payload.get(side)
        items = book.get("items") if isinstance(book, dict) and book.get("symbol", SYMBOLS[0]) in SYMBOLS else None
        if not isinstance(items, list) or not items or not isinstance(items[0], dict):
            raise garbage(self.name, f"no {side} of USDT/RUB")
        return items

    def _best(self, items: list[Any], side: str) -> Decimal:
        return number(self.name, items[0].get("price"), side)

    def _levels(self, items: list[Any], best: Decimal, side: str) -> tuple[Level, ...]:
        """The good rows, best first; none at all where the best price is not that of a good row."""
        levels = [
            level for level in self._rows(items[:MOST_LEVELS]) if abs(level.price - best) <= best * FARTHEST_LEVEL
        ]
        prices = [level.price for level in levels]
        if prices != sorted(prices, reverse=side == "bid"):
            raise garbage(self.name, f"{side} levels out of order")
        return tuple(levels) if levels and levels[0].price == best else ()

    def _rows(self, items: list[Any]) -> Iterator[Level]:
        for row in items:
            if isinstance(row, dict):
                with suppress(SourceError):  # a row that says nothing is no level, and no reason to have none
                    yield Level(
                        number(self.name, row.get("price"), "price"), number(self.name, row.get("amount"), "amount")
                    )
