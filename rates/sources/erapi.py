"""ExchangeRate-API's open endpoint: daily, keyless; whoever shows its numbers names it.

`GET /v6/latest/USD`: units per 1 USD. Terms: https://www.exchangerate-api.com/docs/free
"""

import logging
from collections.abc import Callable
from datetime import datetime

from calc.directions import FIAT, Currency
from calc.snapshots import FiatTable
from rates.http import Http
from rates.payloads import garbage, json_object, moment, number, shown

log = logging.getLogger(__name__)

WANTED = (Currency.RUB, *(code for code in FIAT if code is not Currency.USD))


class ExchangeRateApi:
    """Units per 1 USD."""

    name = "exchangerate-api"

    def __init__(self, http: Http, *, url: str, utcnow: Callable[[], datetime]) -> None:
        self._http = http
        self._url = url
        self._utcnow = utcnow

    def fetch(self) -> FiatTable:
        """Raises SourceError."""
        payload = json_object(self.name, self._http.get(f"{self._url}/v6/latest/USD", source=self.name))
        rates = payload.get("rates")
        if (
            payload.get("result") != "success"
            or payload.get("base_code") != Currency.USD
            or not isinstance(rates, dict)
        ):
            raise garbage(self.name, f"result {shown(payload.get('result'))}, base {shown(payload.get('base_code'))}")
        if payload.get("time_eol_unix"):
            log.warning("source announces its end source=%s at=%s", self.name, shown(payload["time_eol_unix"]))
        return FiatTable(
            per_usd={code: number(self.name, rates.get(code), code) for code in WANTED},
            source=self.name,
            fetched_at=self._utcnow(),
            as_of=moment(self.name, payload.get("time_last_update_unix"), "time_last_update_unix"),
        )
