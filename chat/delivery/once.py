"""New messages are sent once: each is written down before it is sent, and found again when its update is repeated."""

import hashlib
import itertools
import json
import logging
import threading
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Protocol

from chat.delivery.answers import Answer
from chat.delivery.dispatcher import Postponed
from chat.delivery.effects import Effects
from chat.delivery.errors import TransportError
from chat.delivery.newest import Newest
from chat.delivery.sender import Send

PROBES = 32
"""How many numbers behind the last known one, of which nothing is known, are tried for a message whose answer was lost.

After a kill those of all workers are unknown at once, and some more.
"""
SEARCH_MAY_TAKE_S = 10.0
"""No number is tried later than this after the first: a handler at work for too long is taken for one that hangs."""
HELD_UP_S = 1.0
"""A message that took so long to be written down has missed the second in which it was admitted."""
PLACES = 2_000
"""Chats whose newest message is known without asking the journal."""
NUMBERS = 2_000
"""Of messages in private chats that are not the bot's own, or not the one that is looked for: the search passes them.

It looks right behind the highest number at the sending, and is made soon after. A number that is forgotten by then
costs one of its tries.
"""

_ANSWERED_WITH_A_MESSAGE = ("send", "forwardMessage", "copyMessage")
_OTHERS = {"sendChatAction", "sendMediaGroup"}
_SHARED_WITH_EDIT = ("chat_id", "text", "parse_mode", "entities", "reply_markup", "disable_web_page_preview")
_MORE_SHARED = ("link_preview_options", "business_connection_id")
_SERVER_ERRORS = range(500, 600)

_logger = logging.getLogger(__name__)


class Sent(Protocol):
    """What the journal knows of something sent: its number in its place, None while no answer is known."""

    @property
    def content(self) -> str: ...
    @property
    def result(self) -> int | None: ...
    @property
    def here_before(self) -> int: ...
    @property
    def anywhere_before(self) -> int: ...


class Journal(Protocol):
    """What was sent, by origin and number."""

    def find(self, origin: str, number: int) -> Sent | None: ...
    def begin(
        self, origin: str, number: int, *, place: int, content: str, before: Callable[[], tuple[int, int]]
    ) -> None: ...
    def settle(self, origin: str, number: int, *, content: str, result: int) -> None: ...
    def withdraw(self, origin: str, number: int) -> None: ...
    def newest(self, place: int) -> int: ...
    def results(self, place: int, *, after: int) -> set[int]: ...


class Limited(Protocol):
    """What a new message goes by: it waits until it is admitted, and then goes out."""

    def admit(self, url: str, params: dict[str, Any] | None, *, by: Hashable) -> None: ...
    def held_up(self, url: str, *, by: Hashable) -> None:
        """The same for what was admitted and goes only now, and others with it."""

    @property
    def admitted(self) -> Send: ...
    @property
    def at_once(self) -> Send: ...


class SentOnce:
    """Stands before the sender; any thread may call. Everything but new messages passes as it is.

    A message is written down when the limits have admitted it, together with the highest number that is known then: its
    own will be near. One that is known from before waits for no place among the new ones.

    A repeated update gets the message that its first handling sent, edited where it says something else by now. When
    the answer to that first sending is not known (the process was killed, the connection was cut), the message may be
    there or not. It got one of the next numbers of its chat then; those that are not in the journal are edited into
    what was to be sent. An edit can only meet a message of the bot's own, so that does no harm; when it meets one, that
    was it. Otherwise the message is sent: a second card does less harm than none.
    """

    def __init__(
        self,
        send: Send,
        journal: Journal,
        effects: Effects,
        *,
        limited: Limited | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`send` takes everything but new messages, which go as `limited`; None: as all else, and without a limit.

        A search for a message whose answer was lost makes some calls more than the limits would let pass.
        """
        self._send = send
        self._admit = limited.admit if limited else lambda *_, **__: None
        self._held_up = limited.held_up if limited else lambda *_, **__: None
        self._admitted: Send = limited.admitted if limited else send
        self._search_with: Send = limited.at_once if limited else send
        self._journal = journal
        self._effects = effects
        self._clock = clock
        self._lock = threading.Lock()
        self._newest = Newest[int, int](PLACES)
        self._newest_private = 0
        self._private = Newest[int, None](NUMBERS)
        self.sent = self.repeated = self.found = self.in_doubt = 0
        """How many messages were new, known from before, found after a lost answer, and sent in spite of one."""

    def __call__(self, verb: str, url: str, /, *, params: dict[str, Any] | None = None, **more: Any) -> Answer:
        method = url.rsplit("/", 1)[-1]
        if not method.startswith(_ANSWERED_WITH_A_MESSAGE) or method in _OTHERS or params is None:
            return self._send(verb, url, params=params, **more)
        place, content = _place(params), _digest(method, params)
        origin, number = self._effects.number()
        editing = url.removesuffix(method) + "editMessageText" if method == "sendMessage" else None
        before = self._journal.find(origin, number)
        if before is not None:
            known = self._known(verb, editing, params, before, content=content)
            if known is not None:
                self._journal.settle(origin, number, content=content, result=known)
                return _known_answer(params, known)
            self._journal.withdraw(origin, number)  # it goes as a first one does, and has its number near anew
        self._admit(url, params, by=(origin, number))
        begun = self._clock()
        self._journal.begin(origin, number, place=place, content=content, before=partial(self._before, place))
        if self._clock() - begun >= HELD_UP_S:
            with self._withdrawn_if_unsent(origin, number):
                self._held_up(url, by=(origin, number))
        answer = self._attempt(verb, url, params, more, origin=origin, number=number)
        message = answer.payload.get("result")
        if isinstance(message, dict) and isinstance(message.get("message_id"), int):
            self.sent += 1
            self._journal.settle(origin, number, content=content, result=message["message_id"])
            self.saw(place, message["message_id"])
        return answer

    @contextmanager
    def handling(self, update_id: int, update: dict[str, Any]) -> Iterator[None]:
        """Within the block this thread sends on behalf of a raw update."""
        self.came(update)
        with self._effects.of_update(update_id):
            yield

    def came(self, update: dict[str, Any]) -> None:
        """A raw update, of whatever shape; of many that come together each is known before any is answered."""
        message = update.get("message")
        if isinstance(message, dict) and isinstance(chat := message.get("chat"), dict):
            place, number = chat.get("id"), message.get("message_id")
            if isinstance(place, int) and isinstance(number, int):
                self.saw(place, number)

    def saw(self, place: int, message_id: int) -> None:
        """A message with this number is in the place: the next one sent there has a higher one."""
        with self._lock:
            self._newest.put(place, max(message_id, self._newest.get(place, 0)))
            if place > 0:
                self._newest_private = max(self._newest_private, message_id)
                self._private.put(message_id, None)

    def _attempt(
        self, verb: str, url: str, params: dict[str, Any], more: dict[str, Any], *, origin: str, number: int
    ) -> Answer:
        with self._withdrawn_if_unsent(origin, number):
            answer = self._admitted(verb, url, params=params, **more)
        if answer.error_code is not None and answer.error_code not in _SERVER_ERRORS:
            self._journal.withdraw(origin, number)
        return answer

    @contextmanager
    def _withdrawn_if_unsent(self, origin: str, number: int) -> Iterator[None]:
        try:
            yield
        except (TransportError, Postponed) as error:
            if error.unsent:
                self._journal.withdraw(origin, number)
            raise

    def _known(
        self, verb: str, editing: str | None, params: dict[str, Any], before: Sent, *, content: str
    ) -> int | None:
        """The number of what was sent before, which says by now what is to be said; None where it is not there."""
        if before.result is None:
            return self._search(verb, editing, params, before)
        self.repeated += 1
        if before.content != content and editing is not None:
            self._send(verb, editing, params=_edit(params, before.result))
        return before.result

    def _search(self, verb: str, editing: str | None, params: dict[str, Any], before: Sent) -> int | None:
        begun = self._clock()
        for candidate in self._candidates(_place(params), before) if editing and _can_be_edited(params) else ():
            answer = self._search_with(verb, editing or "", params=_edit(params, candidate))
            if answer.error_code is None or "message is not modified" in answer.payload["description"]:
                self.found += 1
                _logger.info("message found whose answer was lost chat_id=%s", params["chat_id"])
                return candidate
            is_another_trouble = answer.error_code != 400  # noqa: PLR2004  this one: not there, or not the bot's
            if is_another_trouble or self._clock() - begun >= SEARCH_MAY_TAKE_S:
                break
        self.in_doubt += 1
        _logger.warning("message sent again, its answer was lost chat_id=%s", params["chat_id"])
        return None

    def _candidates(self, place: int, before: Sent) -> list[int]:
        """Telegram numbers the messages of a group by themselves, and those of all private chats of a bot together."""
        floor = before.anywhere_before if place > 0 else before.here_before
        if not floor:
            return []
        known = self._journal.results(place, after=floor)
        if place > 0:
            with self._lock:
                known |= self._private.keys()
        unknown = (number for number in itertools.count(floor + 1) if number not in known)
        return list(itertools.islice(unknown, PROBES))

    def _before(self, place: int) -> tuple[int, int]:
        """The highest numbers known, of the place and of all private chats; 0 where none is."""
        with self._lock:
            here = self._newest.get(place)
        if here is None:
            here = self._journal.newest(place)
            if here:
                self.saw(place, here)
        with self._lock:
            return here, max(here, self._newest_private) if place > 0 else 0


def _place(params: dict[str, Any]) -> int:
    """0 for a chat that is named instead of numbered."""
    try:
        return int(params["chat_id"])
    except (KeyError, ValueError):
        return 0


def _digest(method: str, params: dict[str, Any]) -> str:
    text = json.dumps([method, params], sort_keys=True, default=str)
    return hashlib.blake2s(text.encode(), digest_size=8).hexdigest()


def _can_be_edited(params: dict[str, Any]) -> bool:
    """A keyboard in the place of the letters can be sent, but no edit takes it."""
    markup = params.get("reply_markup")
    return markup is None or "inline_keyboard" in str(markup)


def _edit(params: dict[str, Any], message_id: int) -> dict[str, Any]:
    shared = {name: params[name] for name in (*_SHARED_WITH_EDIT, *_MORE_SHARED) if name in params}
    return shared | {"message_id": message_id}


def _known_answer(params: dict[str, Any], message_id: int) -> Answer:
    place = _place(params)
    chat = {"id": place, "type": "private" if place > 0 else "supergroup"}
    message = {"message_id": message_id, "date": 0, "chat": chat, "text": params.get("text", "")}
    payload = {"ok": True, "result": message}
    return Answer(200, "OK", json.dumps(payload), payload)
