"""APILayer's own manners: a key in a header, a quota per key, and errors with a code."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from sandbox.market import SAMPLE, Prices
from sandbox.past import days_between, prices_on
from sandbox.payloads import apilayer_latest, apilayer_timeseries, write_json
from sandbox.server import Response

_PLAN = 250
_LONGEST_DAYS = 365
_JSON = "application/json; charset=UTF-8"
_BAD_CODES = "You have provided one or more invalid Currency Codes. [Required format: currencies=EUR,USD,GBP,...]"
_BAD_BASE = "An unexpected error ocurred. [Technical Support: support@apilayer.com]"
_USED_UP = (
    "You have exceeded your daily/monthly API rate limit. Please review and upgrade your subscription plan "
    "at https://apilayer.com/subscriptions to continue."
)


class ApiLayer:
    """Any key will do, except those in `refused_keys` (401) and in `used_up_keys` (429)."""

    def __init__(self) -> None:
        self.refused_keys: set[str] = set()
        self.used_up_keys: set[str] = set()
        self._calls: Counter[str] = Counter()

    def latest(self, parameters: Mapping[str, str], key: str | None, *, prices: Prices, now: datetime) -> Response:
        return self._answer(parameters, key, lambda asked: apilayer_latest(prices, now, **asked))

    def timeseries(self, parameters: Mapping[str, str], key: str | None, *, today: date) -> Response:
        try:
            first, last = (date.fromisoformat(parameters[name]) for name in ("start_date", "end_date"))
        except (KeyError, ValueError):
            return self._answer(parameters, key, lambda _: _refused(501, "no_timeframe_supplied"))
        if first > last or first > today:
            return self._answer(parameters, key, lambda _: _refused(504, "invalid_time_frame"))
        if (last - first).days >= _LONGEST_DAYS:
            return self._answer(parameters, key, lambda _: _refused(505, "time_frame_too_long"))
        days = {day: prices_on(day) for day in days_between(first, min(last, today))}
        return self._answer(parameters, key, lambda asked: apilayer_timeseries(days, **asked))

    def _answer(
        self, parameters: Mapping[str, str], key: str | None, body: Callable[[Mapping[str, Any]], str]
    ) -> Response:
        """Every call with a good key counts, whatever comes of it."""
        if not key:
            return _error(401, {"message": "No API key found in request"})
        if key in self.refused_keys:
            return _error(401, {"message": "Invalid authentication credentials"})
        if key in self.used_up_keys:
            return _error(429, {"message": _USED_UP}, left=0)
        self._calls[key] += 1
        known = {"USD", *SAMPLE.per_usd}
        base = parameters.get("base", "EUR")
        symbols = parameters["symbols"].split(",") if "symbols" in parameters else sorted(known)
        if base not in known:
            return _error(400, {"error": {"code": "invalid_base_currency", "message": _BAD_BASE}})
        if not known.issuperset(symbols):
            return _error(400, {"error": {"code": "invalid_currency_codes", "message": _BAD_CODES}})
        told = body({"base": base, "symbols": symbols})
        return Response(told.encode(), 200, _JSON, _quota(max(_PLAN - self._calls[key], 0)))


def _refused(code: int, kind: str) -> str:
    """A refusal with status 200, as in the documents of the family."""
    return write_json({"success": False, "error": {"code": code, "type": kind}})


def _error(status: int, body: dict[str, Any], *, left: int | None = None) -> Response:
    return Response(write_json(body).encode(), status, _JSON, () if left is None else _quota(left))


def _quota(left: int) -> tuple[tuple[str, str], ...]:
    return ("x-ratelimit-limit-month", str(_PLAN)), ("x-ratelimit-remaining-month", str(left))
