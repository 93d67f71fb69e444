"""How a fault looks to the one who called: the answer, the cut or the pause that it makes."""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from sandbox.faults import Fault, Kind
from sandbox.server import Hangup, Response, Silence

_GATEWAY_PAGE = (
    b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
    b"<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)
_OTHER_PAGE = b"<!DOCTYPE html><html><head><title>Just a moment...</title></head><body></body></html>"
_FORBIDDEN_PAGE = (
    b"<html><head><title>403 Forbidden</title></head><body><center><h1>403 Forbidden</h1></center></body></html>"
)

_PAGES = {
    Kind.BAD_GATEWAY: Response(_GATEWAY_PAGE, 502, "text/html"),
    Kind.HTML: Response(_OTHER_PAGE, 200, "text/html; charset=UTF-8"),
}

_TELEGRAM_SAYS = {
    Kind.UNAUTHORIZED: "Unauthorized",
    Kind.FORBIDDEN: "Forbidden: bot was blocked by the user",
    Kind.CONFLICT: "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
    Kind.SERVER_ERROR: "Internal Server Error",
    Kind.UNAVAILABLE: "Service Unavailable",
}


def fail(
    fault: Fault,
    answer: Callable[[], Response],
    *,
    page: Callable[[Fault], Response],
    halt: threading.Event,
) -> Response:
    """What the call gets for the fault; `answer` handles it, `page` makes the answer of a kind that is one."""
    match fault.kind:
        case Kind.RESET_BEFORE | Kind.REFUSE:
            raise Hangup
        case Kind.SILENCE:
            raise Silence
        case Kind.DELAY:
            halt.wait(fault.delay_s)
            return answer()
        case Kind.RESET_AFTER | Kind.LATE | Kind.GARBAGE | Kind.DRIP:
            return _spoil(fault, answer(), halt=halt)
        case _:
            return page(fault)


def _spoil(fault: Fault, answer: Response, *, halt: threading.Event) -> Response:
    match fault.kind:
        case Kind.GARBAGE:
            return replace(answer, body=answer.body[: len(answer.body) // 2])
        case Kind.DRIP:
            return replace(answer, drip_s=fault.delay_s)
        case Kind.LATE:
            halt.wait(fault.delay_s)
            return answer
        case _:
            raise Hangup


def telegram_page(fault: Fault) -> Response:
    """The Bot API's way of saying it."""
    if fault.kind is Kind.CANNED:
        return _canned(fault)
    if fault.kind is Kind.TOO_MANY_REQUESTS:
        description = f"Too Many Requests: retry after {fault.retry_after}"
        return telegram_error(429, description, parameters={"retry_after": fault.retry_after})
    if fault.kind in _TELEGRAM_SAYS:
        return telegram_error(int(fault.kind), _TELEGRAM_SAYS[fault.kind])
    return _PAGES[fault.kind]


def telegram_error(status: int, description: str, *, parameters: Mapping[str, int] | None = None) -> Response:
    body: dict[str, Any] = {"ok": False, "error_code": status, "description": description}
    if parameters:
        body["parameters"] = parameters
    return Response(json.dumps(body).encode(), status)


def source_page(fault: Fault) -> Response:
    """A rate source's way of saying it, after what Rapira and APILayer send."""
    if fault.kind is Kind.CANNED:
        return _canned(fault)
    if fault.kind is Kind.TOO_MANY_REQUESTS:
        return replace(_SOURCE_SAYS[fault.kind], headers=(("Retry-After", str(fault.retry_after)),))
    return _SOURCE_SAYS[fault.kind]


def _canned(fault: Fault) -> Response:
    return Response(fault.body, fault.status, fault.content_type)


def _json(body: Mapping[str, Any], status: int, *, headers: tuple[tuple[str, str], ...] = ()) -> Response:
    return Response(json.dumps(body).encode(), status, "application/json; charset=UTF-8", headers)


_QUOTA_USED = {
    "message": "You have exceeded your daily/monthly API rate limit. Please review and upgrade your subscription plan "
    "at https://apilayer.com/subscriptions to continue."
}
_QUOTA_USED_104 = {
    "success": False,
    "error": {
        "code": 104,
        "type": "monthly_limit_reached",
        "info": "Your monthly API request volume has been reached. Please upgrade your plan.",
    },
}

_SOURCE_SAYS = {
    **_PAGES,
    Kind.UNAUTHORIZED: _json({"message": "Invalid authentication credentials"}, 401),
    Kind.FORBIDDEN: Response(_FORBIDDEN_PAGE, 403, "text/html"),
    Kind.TOO_MANY_REQUESTS: _json({"code": 429, "message": "Too Many Requests"}, 429),
    Kind.BLOCKED: Response(b"", 451, "text/html"),
    Kind.SERVER_ERROR: _json({"code": 500, "message": "Internal Server Error"}, 500),
    Kind.UNAVAILABLE: Response(b"unavailable", 503, "text/plain"),
    Kind.QUOTA: _json(
        _QUOTA_USED, 429, headers=(("x-ratelimit-limit-month", "250"), ("x-ratelimit-remaining-month", "0"))
    ),
    Kind.QUOTA_104: _json(_QUOTA_USED_104, 200),
}

_ANYWHERE = frozenset(Kind) - {*_SOURCE_SAYS, *_TELEGRAM_SAYS}
TELEGRAM_KINDS = _ANYWHERE | {*_PAGES, *_TELEGRAM_SAYS, Kind.TOO_MANY_REQUESTS}
"""How a method of the Bot API can fail."""
SOURCE_KINDS = _ANYWHERE | {*_SOURCE_SAYS}
"""How a rate source can fail."""
