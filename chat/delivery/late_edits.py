"""Edits that cannot go out at once: the last one of each message is kept, and goes out as soon as it may."""

import itertools
import json
import logging
import threading
from collections.abc import Callable, Hashable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from chat.delivery.answers import Answer
from chat.delivery.dispatcher import Postponed
from chat.delivery.effects import Effects
from chat.delivery.errors import TransportError
from chat.delivery.outgoing import place_of
from chat.delivery.sender import Send

FAILED_PAUSE_S = 5.0

_TEXT, _BUTTONS = "editMessageText", "editMessageReplyMarkup"

_logger = logging.getLogger(__name__)

Key = tuple[int, int]
"""A chat and the number of a message in it."""


class Kept(Protocol):
    """Where they outlive the process: the last version of each."""

    def keep(self, place: int, message: int, *, version: int, body: str) -> None: ...
    def remove(self, place: int, message: int, *, version: int) -> None: ...
    def all(self) -> list[tuple[int, int, int, str]]: ...


class Submit(Protocol):
    """`Dispatcher.submit`: runs a job in the order of its key, again when it raises Postponed."""

    def __call__(
        self, key: Hashable, job: Callable[[], None], /, *, on_given_up: Callable[[str], object] = ...
    ) -> object: ...


@dataclass(frozen=True, slots=True)
class _Late:
    version: int
    method: str
    params: dict[str, Any]


class LateEdits:
    """Stands before Outgoing; any thread may call. An edit that may go out at once does so, in its own thread.

    Any other is kept in the database, and whoever made it goes on as if it were out. While one of a message is kept,
    later ones of the same message take its place: the last screen wins, and none comes after a newer one. What is
    remembered here is in the database before and has a job that sends it, or all later ones would be held back.
    """

    def __init__(
        self,
        send: Send,
        kept: Kept,
        effects: Effects,
        *,
        url: Callable[[str], str],
        submit: Submit,
    ) -> None:
        """`url(method)` is where a method is called."""
        self._send = send
        self._kept = kept
        self._effects = effects
        self._url = url
        self._submit = submit
        self._lock = threading.Lock()
        self._late: dict[Key, _Late] = {}
        self._versions = itertools.count(1)
        self.late = self.merged = self.dropped = 0
        """How many did not go out at once, took the place of another, and never went out."""

    def resume(self) -> int:
        """Takes up what an earlier process kept; returns how much."""
        rows = self._kept.all()
        self._versions = itertools.count(max((version for _, _, version, _ in rows), default=0) + 1)
        for place, message, version, body in rows:
            method, params = json.loads(body)
            with self._lock:
                self._late[place, message] = _Late(version, method, params)
            self._line_up((place, message))
        return len(rows)

    def __call__(self, verb: str, url: str, /, *, params: dict[str, Any] | None = None, **more: Any) -> Answer:
        method, place = url.rsplit("/", 1)[-1], place_of(params)
        if method not in {_TEXT, _BUTTONS} or params is None or place is None or self._effects.origin is None:
            return self._send(verb, url, params=params, **more)
        key = (place, int(params["message_id"]))
        with self._lock:
            is_late = key in self._late
        if not is_late:
            try:
                return self._send(verb, url, params=params, **more)
            except Postponed as postponed:
                _logger.info("edit is late chat_id=%d message_id=%d wait_s=%.1f", *key, postponed.wait_s)
        self._keep(key, method, params)
        return Answer(200, "OK", '{"ok":true,"result":true}', {"ok": True, "result": True})

    def _keep(self, key: Key, method: str, params: dict[str, Any]) -> None:
        with self._lock:
            before = self._late.get(key)
            if before is not None and before.method == _TEXT and method == _BUTTONS:
                method, params = _TEXT, before.params | {"reply_markup": params.get("reply_markup")}
            late = _Late(next(self._versions), method, params)
        self._kept.keep(*key, version=late.version, body=json.dumps([method, params]))
        with self._lock:
            before = self._late.get(key)  # the one of before may be out by now
            self._late[key] = late
            self.late += 1
            self.merged += before is not None
        if before is None:
            self._line_up(key)

    def _line_up(self, key: Key) -> None:
        with suppress(RuntimeError):  # a stop has begun; it goes out after the next start
            self._submit(
                ("late edit", *key), partial(self._go_out, key), on_given_up=lambda _incident: self._line_up(key)
            )

    def _go_out(self, key: Key) -> None:
        """Sends the last version, and lines up again for one that came meanwhile; raises Postponed while it may not."""
        with self._lock:
            late = self._late.get(key)
        if late is None:
            return
        with self._effects.of(f"late edit {key[0]} {key[1]}"):
            try:
                self._send_late(key, late)
                self._kept.remove(*key, version=late.version)
            except Exception:
                _logger.exception("edit failed chat_id=%d message_id=%d", *key)
                # Forgotten here it would still be in the database, and after a restart come over a newer screen.
                raise Postponed(FAILED_PAUSE_S) from None
        with self._lock:
            is_last = self._late[key].version == late.version
            if is_last:
                del self._late[key]
        if not is_last:
            self._line_up(key)

    def _send_late(self, key: Key, late: _Late) -> None:
        try:
            answer = self._send("post", self._url(late.method), params=late.params)
        except TransportError as error:
            trouble = str(error)
        else:
            if answer.error_code is None or "message is not modified" in answer.payload["description"]:
                return
            trouble = str(answer.payload["description"])
        self.dropped += 1
        _logger.warning("edit dropped chat_id=%d message_id=%d: %s", *key, trouble)
