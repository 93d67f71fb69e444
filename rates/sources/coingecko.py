"""CoinGecko: an index price of USDT over many markets, not the order book in Moscow, so it is indicative only.

`GET /api/v3/simple/price?ids=tether&vs_currencies=rub&include_last_updated_at=true`, keyless, limited per address.
"""

from collections.abc import Callable
from datetime import datetime

from calc.snapshots import UsdtRub
from rates.http import Http
from rates.payloads import garbage, json_object, moment, number


class CoinGecko:
    """RUB per 1 USDT without sides."""

    name = "coingecko"

    def __init__(self, http: Http, *, url: str, utcnow: Callable[[], datetime]) -> None:
        self._http = http
        self._url = url
        self._utcnow = utcnow

    def fetch(self) -> UsdtRub:
        """Raises SourceError."""
        params = {"ids": "tether", "vs_currencies": "rub", "include_last_updated_at": "true"}
        payload = json_object(
            self.name, self._http.get(f"{self._url}/api/v3/simple/price", source=self.name, params=params)
        )
        tether = payload.get("tether")
        if not isinstance(tether, dict):
            raise garbage(self.name, "no tether")
        return UsdtRub(
            close=number(self.name, tether.get("rub"), "rub"),
            source=self.name,
            fetched_at=self._utcnow(),
            as_of=moment(self.name, tether.get("last_updated_at"), "last_updated_at"),
        )
