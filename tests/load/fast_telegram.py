"""A stand-in for Telegram and the sources that does little for each call, so that what is measured is the bot.

It keeps private chats, messages and presses as Telegram does, and leaves everything else at "done".
The sandbox is the stand-in that refuses what Telegram refuses; this one is for speed, and runs on one thread.
"""

import json
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.faults import Faults
from sandbox.journal import Journal
from sandbox.market import Market
from sandbox.server import Request as AnyRequest
from sandbox.sources import NAMES, PREFIXES, Sources
from tests.load.fast_people import BOT, Person, Shown, keyboard
from tests.load.said import parameters, shown
from tests.load.wire import Connection, Loop, Request, written

TOKEN = "123456789:stand-in-for-load"
_ME = json.dumps({**BOT, "can_join_groups": True, "supports_inline_queries": True})
_MOST = 100
_KEPT = 20
"""Messages of each chat that can still be edited: a run of an hour must not fill the memory."""
_FOREVER_S = 50.0
_NOT_MODIFIED = "Bad Request: message is not modified"
_NOT_FOUND = "Bad Request: message to edit not found"
_DONE = written(b'{"ok":true,"result":true}')
_NO_UPDATES = written(b'{"ok":true,"result":[]}')


class Refused(Exception):
    """What Telegram says no to."""


class FastTelegram:
    """`saw` is called for every message of the bot's that is new or has changed."""

    def __init__(self, saw: Callable[[Shown], object], *, delay_s: float = 0.0) -> None:
        """Each answer of Telegram's leaves it `delay_s` late; what the call does is done when it comes in."""
        self.people: dict[int, Person] = {}
        self.calls: Counter[str] = Counter()
        self.unanswered: set[str] = set()
        self.answered_twice = 0
        self.refusals: Counter[str] = Counter()
        self.polled_at: float | None = None
        self.called_at = time.monotonic()
        self.loop = Loop(self._route)
        self.market = Market()
        self.journal = Journal()
        self._saw = saw
        self._delay_s = delay_s
        self._sources = Sources(
            self.market,
            faults=Faults({name: frozenset() for name in ("sources", *NAMES)}),
            journal=self.journal,
            halt=threading.Event(),
        )
        self._updates: deque[tuple[int, str]] = deque()
        self._update_id, self._message_id, self._query_id = 100_000_000, 0, 0
        self._poll: tuple[Connection, int] | None = None
        self._polls = 0
        self._answered: set[str] = set()
        self._methods: dict[str, Callable[[dict[str, Any]], str]] = {
            "sendMessage": self._send_message,
            "editMessageText": self._edit_text,
            "editMessageReplyMarkup": self._edit_markup,
            "answerCallbackQuery": self._answer_query,
            "getMe": lambda _: _ME,
            "getWebhookInfo": lambda _: '{"url":"","has_custom_certificate":false,"pending_update_count":0}',
            "getMyCommands": lambda _: "[]",
        }

    @property
    def source_urls(self) -> dict[str, str]:
        return {name: self.loop.url + prefix for name, prefix in PREFIXES.items()}

    @property
    def source_calls(self) -> int:
        return sum(self.journal.count(name) for name in NAMES)

    @property
    def waiting(self) -> int:
        """Updates that the bot has not confirmed."""
        return len(self._updates)

    def person(self, number: int) -> Person:
        return self.people.setdefault(number, Person(self, number))

    def next_message_id(self) -> int:
        self._message_id += 1
        return self._message_id

    def next_query_id(self) -> str:
        self._query_id += 1
        number = str(4_000_000_000_000 + self._query_id)
        self.unanswered.add(number)
        return number

    def push(self, update: str) -> float:
        """The moment at which the update is there to be fetched."""
        self._update_id += 1
        self._updates.append((self._update_id, f'{{"update_id":{self._update_id},{update}}}'))
        return time.monotonic()

    def flush(self) -> None:
        """Answers the poll under way with what came since; called when all that is ready was done."""
        if self._poll is not None and self._updates:
            connection, _ = self._poll
            self._poll = None
            self._leave(connection, self._batch())

    def _route(self, request: Request, connection: Connection) -> bytes | None:
        if not request.path.startswith("/bot"):
            return self._tell_rates(request)
        method = request.path.rpartition("/")[2]
        self.calls[method] += 1
        asked = parameters(request)
        if method == "getUpdates":
            self._poll_began(asked, connection)
            return None
        self.called_at = time.monotonic()
        try:
            does = self._methods.get(method)
            response = _DONE if does is None else written(b'{"ok":true,"result":%b}' % does(asked).encode())
        except Refused as refusal:
            self.refusals[str(refusal)] += 1
            response = written(
                json.dumps({"ok": False, "error_code": 400, "description": str(refusal)}).encode(), status=400
            )
        if not self._delay_s:
            return response
        self._leave(connection, response)
        return None

    def _leave(self, connection: Connection, response: bytes) -> None:
        if self._delay_s:
            self.loop.at(time.monotonic() + self._delay_s, lambda: connection.answer(response))
        else:
            connection.answer(response)

    def _poll_began(self, asked: Mapping[str, Any], connection: Connection) -> None:
        if self.polled_at is None:
            self.polled_at = time.monotonic()
        offset = int(asked.get("offset") or 0)
        while self._updates and self._updates[0][0] < offset:
            self._updates.popleft()
        self._poll = connection, self._polls
        self._polls += 1
        number = self._polls - 1
        wait_s = min(float(asked.get("timeout") or 0), _FOREVER_S)
        if self._updates:
            return  # the flush behind all that is ready answers
        self.loop.at(time.monotonic() + wait_s, lambda: self._give_nothing(number))

    def _give_nothing(self, number: int) -> None:
        if self._poll is not None and self._poll[1] == number:
            connection, self._poll = self._poll[0], None
            self._leave(connection, _NO_UPDATES)

    def _batch(self) -> bytes:
        first = [update for _, update in zip(range(_MOST), (text for _, text in self._updates), strict=False)]
        return written(f'{{"ok":true,"result":[{",".join(first)}]}}'.encode())

    def _send_message(self, asked: Mapping[str, Any]) -> str:
        person = self._person(asked)
        return self._show(person, self.next_message_id(), asked, before=None)

    def _edit_text(self, asked: Mapping[str, Any]) -> str:
        person, before = self._edited(asked)
        return self._show(person, before.id, asked, before=before)

    def _edit_markup(self, asked: Mapping[str, Any]) -> str:
        person, before = self._edited(asked)
        markup, rows = keyboard(asked)
        if rows == before.rows:
            raise Refused(_NOT_MODIFIED)
        return self._put(
            person,
            Shown(
                before.id,
                person.id,
                before.date,
                time.monotonic(),
                before.text,
                before.entities,
                markup,
                rows,
                int(time.time()),
            ),
        )

    def _show(self, person: Person, number: int, asked: Mapping[str, Any], *, before: Shown | None) -> str:
        text, entities = shown(str(asked["text"]))
        markup, rows = keyboard(asked)
        now = int(time.time())
        if before is not None and (text, entities, rows) == (before.text, before.entities, before.rows):
            raise Refused(_NOT_MODIFIED)
        date, edit_date = (now, None) if before is None else (before.date, now)
        return self._put(
            person, Shown(number, person.id, date, time.monotonic(), text, entities, markup, rows, edit_date)
        )

    def _put(self, person: Person, message: Shown) -> str:
        person.messages[message.id] = message
        if len(person.messages) > _KEPT:
            del person.messages[next(iter(person.messages))]
        self._saw(message)
        return person.json(message)

    def _edited(self, asked: Mapping[str, Any]) -> tuple[Person, Shown]:
        person = self._person(asked)
        before = person.messages.get(int(asked.get("message_id", 0)))
        if before is None:
            raise Refused(_NOT_FOUND)
        return person, before

    def _person(self, asked: Mapping[str, Any]) -> Person:
        person = self.people.get(int(asked.get("chat_id", 0)))
        if person is None:
            raise Refused("Bad Request: chat not found")
        return person

    def _answer_query(self, asked: Mapping[str, Any]) -> str:
        number = str(asked["callback_query_id"])
        if number in self._answered:
            self.answered_twice += 1
        self._answered.add(number)
        self.unanswered.discard(number)
        return "true"

    def _tell_rates(self, request: Request) -> bytes:
        headers = {} if (key := request.header("apikey")) is None else {"apikey": key}
        told = self._sources.handle(AnyRequest(request.method, request.path, request.query, headers, request.body))
        return written(told.body, status=told.status, kind=told.content_type.encode())
