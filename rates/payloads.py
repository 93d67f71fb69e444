"""Reading what sources send: exact numbers, moments, and what a status means."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

from rates.errors import SourceError, Trouble
from rates.http import Answer

_TROUBLES: dict[int, Trouble] = {
    HTTPStatus.UNAUTHORIZED: Trouble.KEY_REFUSED,
    HTTPStatus.FORBIDDEN: Trouble.BLOCKED,
    HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS: Trouble.BLOCKED,
    HTTPStatus.TOO_MANY_REQUESTS: Trouble.QUOTA,
}

LONGEST_NUMBER = 40
"""Characters. A million digits are a number, too, with which no arithmetic would ever end."""
LARGEST_EXPONENT = 20
"""Nor with `1e999999999`; no rate and no moment needs more than this."""

_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?")
_SECONDS = re.compile(r"[0-9]{1,9}")


def garbage(source: str, detail: str) -> SourceError:
    return SourceError(source, Trouble.GARBAGE, detail)


def shown(value: object) -> str:
    """Anything that a source sent, fit for a log."""
    return ascii(str(value))[:40]


def refusal(source: str, answer: Answer) -> SourceError | None:
    """What a status other than 200 means; None for 200."""
    if answer.status == HTTPStatus.OK:
        return None
    otherwise = Trouble.UNAVAILABLE if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR else Trouble.GARBAGE
    trouble = _TROUBLES.get(answer.status, otherwise)
    retry_after_s = _retry_after_s(answer.headers)
    return SourceError(source, trouble, f"HTTP {answer.status}", status=answer.status, retry_after_s=retry_after_s)


def json_object(source: str, answer: Answer) -> dict[str, Any]:
    """The object in a good answer, its numbers as Decimal. Raises SourceError."""
    if error := refusal(source, answer):
        raise error
    try:
        payload = json.loads(answer.body, parse_float=_exact, parse_int=_exact, parse_constant=_exact)
    except (ValueError, InvalidOperation, RecursionError):
        raise garbage(source, "no JSON") from None
    if not isinstance(payload, dict):
        raise garbage(source, f"{type(payload).__name__} instead of an object")
    return payload


def number(source: str, value: object, what: str) -> Decimal:
    """A positive number, sent as one or as text. Raises SourceError."""
    if isinstance(value, str) and len(value) <= LONGEST_NUMBER and _NUMBER.fullmatch(value):
        value = Decimal(value)
    if value is None:
        raise garbage(source, f"{what} is missing")
    if not isinstance(value, Decimal):
        raise garbage(source, f"{what} is no number")
    if not value.is_finite() or value <= 0:
        raise garbage(source, f"{what} is {shown(value)}")
    if abs(value.adjusted()) > LARGEST_EXPONENT:
        raise garbage(source, f"{what} is beyond all bounds")
    return value


def moment(source: str, value: object, what: str) -> datetime:
    """A Unix time in seconds. Raises SourceError."""
    try:
        return datetime.fromtimestamp(int(number(source, value, what)), UTC)
    except (OverflowError, ValueError, OSError):
        raise garbage(source, f"{what} is no moment") from None


def _retry_after_s(headers: Mapping[str, str]) -> float | None:
    """The seconds of `Retry-After`, or up to its moment by the source's own clock; None where it tells neither."""
    told = headers.get("Retry-After", "")
    if _SECONDS.fullmatch(told):
        return float(told)
    try:
        return (parsedate_to_datetime(told) - parsedate_to_datetime(headers.get("Date", ""))).total_seconds()
    except (TypeError, ValueError, OverflowError):
        return None


def _exact(text: str) -> Decimal:
    if len(text) > LONGEST_NUMBER:
        raise ValueError("no number of a rate")
    return Decimal(text)
