"""Edits that cannot go out at once: the last one of each message is kept, and goes out as soon as it may."""

import itertools
import json
import logging
import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol

from chat.delivery.answers import Answer
from chat.delivery.confirming import LONGEST_HELD_S
from chat.delivery.dispatcher import Postponed
from chat.delivery.effects import Effects
from chat.delivery.errors import TransportError, is_gone, is_not_modified
from chat.delivery.outgoing import LONGEST_PAUSE_S, place_of
from chat.delivery.sender import Send

FAILED_PAUSE_S = 5.0

_TEXT, _BUTTONS = "editMessageText", "editMessageReplyMarkup"
_SERVER_ERRORS = range(500, 600)
_OF_AN_EDIT = ("message_id", "inline_message_id")

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
class Owner:
    """Whose card a message is: a person's, in a topic of a forum or in none."""

    user_id: int
    thread_id: int | None = None


_owner: ContextVar[Owner | None] = ContextVar("owner", default=None)


@contextmanager
def card_of(owner: Owner) -> Iterator[None]:
    """Within the block this thread edits a card of theirs: where it has to wait and is gone then, it is sent anew."""
    before = _owner.set(owner)
    try:
        yield
    finally:
        _owner.reset(before)


SendAnew = Callable[[str, dict[str, Any]], Answer]
"""Sends a message on behalf of an origin, once however often it is asked to."""
Moved = Callable[[int, Owner, int, int], object]
"""Is told the chat, the owner, and the numbers of the card that is gone and of the one in its place."""


_NONE: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class _Late:
    """`owner` of a card that may not get lost; None for a message that nobody misses when it is gone.

    `updates` are those that are shown with it; None where they are not waited for, since it takes too long.
    """

    version: int
    method: str
    params: dict[str, Any]
    owner: Owner | None
    updates: frozenset[int] | None = _NONE


class LateEdits:
    """Stands before Outgoing; any thread may call. An edit that may go out at once does so, in its own thread.

    Any other is kept in the database, and whoever made it goes on as if it were out: nothing is done a second time for
    it. Where the disk is wiped, Telegram keeps its update until it is out. While one of a message is kept,
    later ones of the same message take its place: the last screen wins, and none comes after a newer one. An edit that
    nobody waits for (a countdown, a board) is not kept: its job begins anew, and shows what is so by then. What is
    remembered here is in the database before and has a job that sends it, or all later ones would be held back.

    A card that was deleted meanwhile is sent anew where it has an owner, in the turn of its chat, so that whoever
    works with it there sees the one or the other.
    """

    def __init__(
        self,
        send: Send,
        kept: Kept,
        effects: Effects,
        *,
        url: Callable[[str], str],
        submit: Submit,
        send_anew: SendAnew,
        moved: Moved,
    ) -> None:
        """`url(method)` is where a method is called."""
        self._send = send
        self._kept = kept
        self._effects = effects
        self._url = url
        self._submit = submit
        self._send_anew = send_anew
        self._moved = moved
        self._lock = threading.Lock()
        self._late: dict[Key, _Late] = {}
        self._versions = itertools.count(1)
        self.late = self.merged = self.anew = self.dropped = self.failed = 0
        """How many did not go out at once, took the place of another, became a new message, never went out, and
        how often one failed for another reason than Telegram's."""

    @property
    def waiting(self) -> int:
        """Messages whose last edit is not out yet."""
        with self._lock:
            return len(self._late)

    @property
    def updates(self) -> frozenset[int]:
        """Those that are handled, and shown by an edit that will be out soon."""
        with self._lock:
            return _NONE.union(*(late.updates or _NONE for late in self._late.values()))

    def resume(self) -> int:
        """Takes up what an earlier process kept; returns how much."""
        rows = self._kept.all()
        self._versions = itertools.count(max((version for _, _, version, _ in rows), default=0) + 1)
        for place, message, version, body in rows:
            method, params, *owned_by = json.loads(body)
            with self._lock:
                self._late[place, message] = _Late(version, method, params, Owner(*owned_by) if owned_by else None)
            self._line_up((place, message))
        return len(rows)

    def __call__(self, verb: str, url: str, /, *, params: dict[str, Any] | None = None, **more: Any) -> Answer:
        method, place = url.rsplit("/", 1)[-1], place_of(params)
        if method not in {_TEXT, _BUTTONS} or params is None or place is None or self._effects.origin is None:
            return self._send(verb, url, params=params, **more)
        key, wait_s = (place, int(params["message_id"])), 0.0
        if key not in self._late:  # one look needs no lock
            try:
                return self._send(verb, url, params=params, **more)
            except Postponed as postponed:
                if not self._effects.is_urgent:
                    raise  # nobody waits for it, and kept it would be in the way of those who wait for theirs
                wait_s = postponed.wait_s
                _logger.info("edit is late chat_id=%d message_id=%d wait_s=%.1f", *key, wait_s)
        self._keep(key, method, params, wait_s=wait_s)
        return Answer(200, "OK", '{"ok":true,"result":true}', {"ok": True, "result": True})

    def _keep(self, key: Key, method: str, params: dict[str, Any], *, wait_s: float) -> None:
        owner = _owner.get()
        with self._lock:
            before = self._late.get(key)
            if before is not None and before.method == _TEXT and method == _BUTTONS:
                method, params = _TEXT, before.params | {"reply_markup": params.get("reply_markup")}
                owner = before.owner
            late = _Late(next(self._versions), method, params, owner)
        owned_by = [] if owner is None else [owner.user_id, owner.thread_id]
        self._kept.keep(*key, version=late.version, body=json.dumps([method, params, *owned_by]))
        with self._lock:
            before = self._late.get(key)  # the one of before may be out by now
            self._late[key] = replace(late, updates=self._updates(before, wait_s=wait_s))
            self.late += 1
            self.merged += before is not None
        if before is None:
            self._line_up(key)

    def _updates(self, before: _Late | None, *, wait_s: float) -> frozenset[int] | None:
        shown = before.updates if before is not None else _NONE if wait_s <= LONGEST_HELD_S else None
        update = self._effects.update
        return shown if shown is None or update is None else shown | {update}

    def _line_up(self, key: Key) -> None:
        self._run_later(("late edit", *key), partial(self._go_out, key), key)

    def _run_later(self, line: Hashable, job: Callable[[], None], key: Key) -> None:
        with suppress(RuntimeError):  # a stop has begun; it goes out after the next start
            self._submit(line, job, on_given_up=lambda _incident: self._line_up(key))

    def _go_out(self, key: Key) -> None:
        """Sends the last version, and lines up again for one that came meanwhile; raises Postponed while it may not."""
        late = self._last(key)
        if late is None:
            return
        with self._effects.of(f"late edit {key[0]} {key[1]}"), self._tried_again(key):
            if not self._is_there(key, late):
                self._run_later(key[0], partial(self._go_out_anew, key), key)
                return
            self._kept.remove(*key, version=late.version)
        self._forget(key, late)

    def _go_out_anew(self, key: Key) -> None:
        """In the turn of the chat: nobody else edits the card, or sends one in its place."""
        late = self._last(key)
        if late is None:
            return
        with self._tried_again(key):
            if late.owner is None or late.method != _TEXT:
                self._drop(key, "its message is gone")
            else:
                self._replace(key, late, late.owner)
            self._kept.remove(*key, version=late.version)
        self._forget(key, late)

    def _is_there(self, key: Key, late: _Late) -> bool:
        """False for a message that is gone; raises Postponed while Telegram's trouble lasts."""
        try:
            answer = self._send("post", self._url(late.method), params=late.params)
        except TransportError as error:
            self._give_up(key, late, str(error))
            return True
        if is_gone(answer):
            return False
        if answer.error_code is not None and not is_not_modified(answer):
            self._refused(key, late, answer)
        return True

    def _replace(self, key: Key, late: _Late, owner: Owner) -> None:
        params = {name: value for name, value in late.params.items() if name not in _OF_AN_EDIT and value is not None}
        if owner.thread_id is not None:
            params["message_thread_id"] = owner.thread_id
        try:
            # The name is the same after a crash, so that a message which is out by then is known.
            answer = self._send_anew(f"card {key[0]} {key[1]} {late.version}", params)
        except TransportError as error:
            self._give_up(key, late, str(error))
            return
        if answer.error_code is not None:
            self._refused(key, late, answer)
            return
        self.anew += 1
        message_id = int(answer.payload["result"]["message_id"])
        _logger.info("card sent anew chat_id=%d message_id=%d in_place_of=%d", key[0], message_id, key[1])
        self._moved(key[0], owner, key[1], message_id)

    def _refused(self, key: Key, late: _Late, answer: Answer) -> None:
        if answer.error_code in _SERVER_ERRORS:
            self._give_up(key, late, answer.description)
        else:
            self._drop(key, answer.description)

    def _give_up(self, key: Key, late: _Late, trouble: str) -> None:
        """After an hour of trouble; a card that has an owner is wanted however long it lasts."""
        if late.owner is not None:
            self._wait_no_more(key)
            raise Postponed(LONGEST_PAUSE_S)
        self._drop(key, trouble)

    def _drop(self, key: Key, trouble: str) -> None:
        self.dropped += 1
        _logger.warning("edit dropped chat_id=%d message_id=%d: %s", *key, trouble)

    @contextmanager
    def _tried_again(self, key: Key) -> Iterator[None]:
        """Forgotten after a failure it would still be in the database, and after a restart come over a newer screen."""
        try:
            yield
        except Postponed as postponed:
            if postponed.wait_s > LONGEST_HELD_S:
                self._wait_no_more(key)
            raise
        except Exception:
            self.failed += 1
            _logger.exception("edit failed chat_id=%d message_id=%d", *key)
            raise Postponed(FAILED_PAUSE_S) from None

    def _last(self, key: Key) -> _Late | None:
        with self._lock:
            return self._late.get(key)

    def _wait_no_more(self, key: Key) -> None:
        """What it shows is left to the database alone."""
        with self._lock:
            if (late := self._late.get(key)) is not None:
                self._late[key] = replace(late, updates=None)

    def _forget(self, key: Key, late: _Late) -> None:
        with self._lock:
            current = self._late.get(key)
            if current is None:
                return
            is_last = current.version == late.version
            if is_last:
                del self._late[key]
            else:
                self._late[key] = replace(current, updates=(current.updates or _NONE) - (late.updates or _NONE))
        if not is_last:
            self._line_up(key)
