"""Reading what sources send: exact numbers, moments, and what a status means."""

import json
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from http import HTTPStatus
from typing import Any

from rates.errors import SourceError, Trouble
from rates.http import Answer

_TROUBLES = {
    HTTPStatus.UNAUTHORIZED: Trouble.KEY_REFUSED,
    HTTPStatus.FORBIDDEN: Trouble.BLOCKED,
    HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS: Trouble.BLOCKED,
    HTTPStatus.TOO_MANY_REQUESTS: Trouble.QUOTA,
}


LARGEST_EXPONENT = 20
"""`1e999999999` is a number that no arithmetic would ever end with; no rate or moment needs more than this."""


def garbage(source: str, detail: str) -> SourceError:
    return SourceError(source, Trouble.GARBAGE, detail)


def refusal(source: str, answer: Answer) -> SourceError | None:
    """What a status other than 200 means; None for 200."""
    if answer.status == HTTPStatus.OK:
        return None
    trouble = Trouble.UNAVAILABLE if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR else Trouble.GARBAGE
    known = {int(status): meaning for status, meaning in _TROUBLES.items()}
    return SourceError(source, known.get(answer.status, trouble), f"HTTP {answer.status}", status=answer.status)


def json_object(source: str, answer: Answer) -> dict[str, Any]:
    """The object in a good answer, its numbers as Decimal. Raises SourceError."""
    if error := refusal(source, answer):
        raise error
    try:
        payload = json.loads(answer.body, parse_float=Decimal, parse_int=Decimal, parse_constant=Decimal)
    except (ValueError, InvalidOperation, RecursionError):
        raise garbage(source, "no JSON") from None
    if not isinstance(payload, dict):
        raise garbage(source, f"{type(payload).__name__} instead of an object")
    return payload


def number(source: str, value: object, what: str) -> Decimal:
    """A positive number, sent as one or as text. Raises SourceError."""
    if isinstance(value, str):
        try:
            value = Decimal(value)
        except InvalidOperation:
            raise garbage(source, f"{what} is no number") from None
    if (
        not isinstance(value, Decimal)
        or not value.is_finite()
        or value <= 0
        or abs(value.adjusted()) > LARGEST_EXPONENT
    ):
        raise garbage(source, f"{what} is {'missing' if value is None else 'no positive number'}")
    return value


def moment(source: str, value: object, what: str) -> datetime:
    """A Unix time in seconds. Raises SourceError."""
    try:
        return datetime.fromtimestamp(int(number(source, value, what)), UTC)
    except (OverflowError, ValueError, OSError):
        raise garbage(source, f"{what} is no moment") from None
