"""APILayer's exchangerates_data: the whole fiat table in one call, for as long as the plan of a key lasts.

`GET /latest?base=USD&symbols=...`, and `/timeseries` with `start_date` and `end_date` for up to 365 days; the key is in
the header `apikey`. Errors come in three shapes: a status with `message`, a status with `error.code` as text, and a
status of 200 with `success: false` and `error.code` as a number.
"""

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from http import HTTPStatus
from typing import Any

from calc.directions import FIAT, Currency
from calc.snapshots import FiatTable
from rates.errors import NotOffered, SourceError, Trouble
from rates.http import Answer, Http
from rates.payloads import garbage, json_object, moment, number, refusal
from rates.quota import Quota

log = logging.getLogger(__name__)

WANTED = (Currency.RUB, *FIAT)
TROUBLES = {"101": Trouble.KEY_REFUSED, "102": Trouble.KEY_REFUSED, "104": Trouble.QUOTA}
"""What the codes of a refusal with status 200 mean (https://fixer.io/documentation, "Error Codes")."""

_SAFE_CODE = re.compile(r"[0-9]{1,5}|[a-z]+(_[a-z]+)+")
"""Of an error that a source words freely no more than this is repeated: it might hold the key."""


class _Keys:
    """Keys that take over from each other, and which of them answered last."""

    def __init__(self, keys: Sequence[str]) -> None:
        self.all = tuple(keys)
        self.in_use = 0


class ApiLayer:
    """Units per 1 USD, crossed through whatever base comes back."""

    name = "apilayer"

    def __init__(
        self, http: Http, *, url: str, keys: Sequence[str], quota: Quota, utcnow: Callable[[], datetime]
    ) -> None:
        """Of several keys the next takes over from one that is refused or used up, and stays in use.

        `http` should repeat nothing that may have been answered, since each call counts.
        """
        self._http = http
        self._url = url
        self._keys = _Keys(keys)
        self._quota = quota
        self._utcnow = utcnow

    def use(self, keys: Sequence[str]) -> None:
        """Other keys, or none, from the next call on; one under way ends with those it has. Any thread may call it."""
        self._keys = _Keys(keys)

    def fetch(self) -> FiatTable:
        """Raises SourceError: NotOffered without a key, NotAsked before the plan has a call; that of the last key."""
        keys = self._keys
        refused: SourceError = NotOffered(self.name, Trouble.KEY_REFUSED, "no key")
        if keys.all:
            self._quota.check_due()
        count, first = len(keys.all), keys.in_use
        for index in (*range(first, count), *range(first)):
            try:
                table = self._fetch(keys.all[index])
            except SourceError as error:
                if not _may_another_key_help(error):
                    raise
                log.warning("key refused source=%s key=%d/%d %s", self.name, index + 1, count, error.trouble)
                refused = error
            else:
                keys.in_use = index
                return table
        raise refused

    def check_spare(self) -> None:
        """Raises NotAsked unless the plan can spare a call for the past."""
        self._quota.check_spare()

    def past(self, first: date, last: date) -> list[FiatTable]:
        """The tables of the days from `first` to `last`, each as of the last second of its day, in one call.

        No other key takes over. Days that are not told whole are left out. Raises SourceError.
        """
        keys = self._keys
        if not keys.all:
            raise NotOffered(self.name, Trouble.KEY_REFUSED, "no key")
        key = keys.all[keys.in_use]
        call = self._quota.count(key)
        headers: Mapping[str, str] = {}
        try:
            answer = self._ask("/timeseries", key, {"start_date": f"{first}", "end_date": f"{last}"})
            headers = answer.headers
            tables = self._days(self._good(answer), first, last)
        except SourceError as error:
            # That a plan is used up holds for the rates of now; that it does not have the past says nothing of them.
            trouble = error.trouble if error.trouble is Trouble.QUOTA else None
            self._quota.settle(call, headers, trouble=trouble)
            raise
        self._quota.settle(call, headers, trouble=None)
        return tables

    def _fetch(self, key: str) -> FiatTable:
        call = self._quota.count(key)
        headers: Mapping[str, str] = {}
        try:
            answer = self._ask("/latest", key)
            headers = answer.headers
            table = self._table(answer)
        except SourceError as error:
            self._quota.settle(call, headers, trouble=error.trouble)
            raise
        self._quota.settle(call, headers, trouble=None)
        return table

    def _ask(self, route: str, key: str, params: Mapping[str, str] | None = None) -> Answer:
        symbols = ",".join(each for each in WANTED if each is not Currency.USD)
        return self._http.get(
            self._url + route,
            source=self.name,
            params={"base": Currency.USD, "symbols": symbols, **(params or {})},
            headers={"apikey": key},
        )

    def _table(self, answer: Answer) -> FiatTable:
        payload = self._good(answer)
        return FiatTable(
            per_usd=self._per_usd(payload),
            source=self.name,
            fetched_at=self._utcnow(),
            as_of=moment(self.name, payload.get("timestamp"), "timestamp"),
        )

    def _days(self, payload: dict[str, Any], first: date, last: date) -> list[FiatTable]:
        told = payload.get("rates")
        tables = []
        for day, rates in told.items() if isinstance(told, dict) else ():
            try:
                per_usd = self._per_usd({"rates": rates, "base": payload.get("base")})
                told_for = date.fromisoformat(day)
            except (SourceError, ValueError):
                continue
            if first <= told_for <= last:
                as_of = datetime.combine(told_for, time(23, 59, 59), UTC)
                tables.append(FiatTable(per_usd, self.name, self._utcnow(), as_of=as_of))
        if not tables:
            raise garbage(self.name, "no rates of those days")
        return tables

    def _good(self, answer: Answer) -> dict[str, Any]:
        if error := refusal(self.name, answer):
            is_not_subscribed = error.status == HTTPStatus.FORBIDDEN and b"cannot consume" in answer.body
            trouble = Trouble.KEY_REFUSED if is_not_subscribed else error.trouble
            code = re.search(rb'"code": *"([a-z_]{1,60})"', answer.body)
            detail = f"{error.detail} {_repeatable(code[1].decode())}" if code else error.detail
            raise SourceError(self.name, trouble, detail, status=error.status, retry_after_s=error.retry_after_s)
        payload = json_object(self.name, answer)
        if payload.get("success") is not True:
            told = payload.get("error")
            code_told = str(told.get("code")) if isinstance(told, dict) else ""
            detail = f"success is not true, error {_repeatable(code_told)}"
            raise SourceError(self.name, TROUBLES.get(code_told, Trouble.GARBAGE), detail, status=answer.status)
        return payload

    def _per_usd(self, payload: dict[str, Any]) -> dict[Currency, Decimal]:
        rates, base = payload.get("rates"), payload.get("base")
        if not isinstance(rates, dict) or base not in tuple(WANTED):
            raise garbage(self.name, "no rates, or a base that was not asked for")
        per_base = {code: number(self.name, rates.get(code), code) for code in WANTED if code != base}
        per_base[Currency(base)] = Decimal(1)
        usd = per_base.pop(Currency.USD)
        return {code: value / usd for code, value in per_base.items()}


def _may_another_key_help(error: SourceError) -> bool:
    return error.trouble in (Trouble.KEY_REFUSED, Trouble.QUOTA) or error.status == HTTPStatus.FORBIDDEN


def _repeatable(code: str) -> str:
    return code if _SAFE_CODE.fullmatch(code) else "of another kind"
