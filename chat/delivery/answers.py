"""Telegram's answer to a call, read once and taken only when telebot can read it too."""

import json
from dataclasses import dataclass
from typing import Any, Protocol

from chat.delivery.errors import TransportError

_ONLY_DONE, _DONE = "edit", b'{"ok":true,"result":'
"""An edit brings the whole message back, which nobody reads."""


class Response(Protocol):
    """What is needed of the session's response."""

    @property
    def status_code(self) -> int: ...
    @property
    def reason(self) -> str: ...
    @property
    def content(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Answer:
    """What telebot reads of a response; unlike the session's own it does not carry the URL with the token.

    `text` is that of a refusal: of anything else telebot makes a line for a level that is off.
    """

    status_code: int
    reason: str
    text: str
    payload: dict[str, Any]

    def json(self) -> dict[str, Any]:
        return self.payload

    @property
    def error_code(self) -> int | None:
        """Telegram's code for a refusal; None when it did what was asked."""
        return None if self.payload["ok"] else self.payload["error_code"]

    @property
    def description(self) -> str:
        """Telegram's words for a refusal; nothing when it did what was asked."""
        return "" if self.payload["ok"] else str(self.payload["description"])


def read(response: Response, method: str) -> Answer | TransportError:
    """An Answer that holds a result or a refusal; otherwise what to raise. The result of an edit that was made is True.

    telebot itself would meet `null`, `{}` or a gateway's page with a TypeError, a KeyError or the page in its message.
    """
    body = response.content
    if method.startswith(_ONLY_DONE) and body.startswith(_DONE) and body.endswith(b"}"):
        return Answer(response.status_code, response.reason, "", {"ok": True, "result": True})
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        payload = None
    if not _is_result(payload) and not _is_refusal(payload):
        return TransportError(method, f"HTTP {response.status_code} with an unreadable body")
    text = "" if payload["ok"] else body.decode(errors="replace")
    return Answer(response.status_code, response.reason, text, payload)


def _is_result(payload: object) -> bool:
    return isinstance(payload, dict) and payload.get("ok") is True and "result" in payload


def _is_refusal(payload: object) -> bool:
    return (
        isinstance(payload, dict)
        and payload.get("ok") is False
        and isinstance(payload.get("error_code"), int)
        and isinstance(payload.get("description"), str)
    )
