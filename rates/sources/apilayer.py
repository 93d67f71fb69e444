"""APILayer's exchangerates_data: the whole fiat table in one call, for as long as the plan of a key lasts.

`GET /latest?base=USD&symbols=...` with the key in the header `apikey`. Errors come in three shapes: a status with
`message`, a status with `error.code` as text, and a status of 200 with `success: false` and `error.code` as a number.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from http import HTTPStatus
from typing import Any

from calc.directions import FIAT, Currency
from calc.snapshots import FiatTable
from rates.errors import SourceError, Trouble
from rates.http import Answer, Http
from rates.payloads import garbage, json_object, moment, number

log = logging.getLogger(__name__)

WANTED = (Currency.RUB, *FIAT)
QUOTA_USED_UP = 104
NEXT_KEY_MAY_HELP = frozenset({Trouble.KEY_REFUSED, Trouble.QUOTA})


class ApiLayer:
    """Units per 1 USD, crossed through whatever base comes back."""

    name = "apilayer"

    def __init__(self, http: Http, *, url: str, keys: Sequence[str], utcnow: Callable[[], datetime]) -> None:
        """Of several keys the next takes over from one that is refused or used up, and stays in use."""
        self._http = http
        self._url = url
        self._keys = tuple(keys)
        self._in_use = 0
        self._utcnow = utcnow

    def fetch(self) -> FiatTable:
        """Raises SourceError, the last key's."""
        first = self._in_use
        for turn in range(len(self._keys)):
            self._in_use = (first + turn) % len(self._keys)
            try:
                return self._fetch(self._keys[self._in_use])
            except SourceError as error:
                if error.trouble not in NEXT_KEY_MAY_HELP or turn + 1 == len(self._keys):
                    raise
                log.warning("apilayer key %d of %d: %s", self._in_use + 1, len(self._keys), error.trouble)
        raise SourceError(self.name, Trouble.KEY_REFUSED, "no key")

    def _fetch(self, key: str) -> FiatTable:
        answer = self._http.get(
            f"{self._url}/latest",
            source=self.name,
            params={"base": Currency.USD, "symbols": ",".join(each for each in WANTED if each is not Currency.USD)},
            headers={"apikey": key},
        )
        payload = self._good(answer)
        return FiatTable(
            per_usd=self._per_usd(payload),
            source=self.name,
            fetched_at=self._utcnow(),
            as_of=moment(self.name, payload.get("timestamp"), "timestamp"),
        )

    def _good(self, answer: Answer) -> dict[str, Any]:
        if answer.status == HTTPStatus.FORBIDDEN:  # not subscribed: a matter of the key, not of the place
            raise SourceError(self.name, Trouble.KEY_REFUSED, "HTTP 403", status=answer.status)
        payload = json_object(self.name, answer)
        if payload.get("success") is not True:
            error = payload.get("error")
            code = error.get("code") if isinstance(error, dict) else None
            trouble = Trouble.QUOTA if code == QUOTA_USED_UP else Trouble.GARBAGE
            raise SourceError(self.name, trouble, f"success is not true, error {str(code)[:40]}")
        return payload

    def _per_usd(self, payload: dict[str, Any]) -> dict[Currency, Decimal]:
        rates, base = payload.get("rates"), payload.get("base")
        if not isinstance(rates, dict) or base not in tuple(WANTED):
            raise garbage(self.name, "no rates, or a base that was not asked for")
        per_base = {code: number(self.name, rates.get(code), code) for code in WANTED if code != base}
        per_base[Currency(base)] = Decimal(1)
        usd = per_base.pop(Currency.USD)
        return {code: value / usd for code, value in per_base.items()}
