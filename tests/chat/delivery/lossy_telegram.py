"""A Telegram that loses answers and keeps limits, and processes that send to it what they may have sent before."""

import json
from collections.abc import Hashable
from typing import Any

from chat.delivery.answers import Answer
from chat.delivery.dispatcher import Postponed
from chat.delivery.effects import Effects
from chat.delivery.once import SentOnce
from storage.database import Database
from storage.journal import Journal

ANNA = 42
URL = "https://api.telegram.org/bot1:x/"
KEYBOARD = json.dumps({"inline_keyboard": [[{"text": "RUB", "callback_data": "1"}]]})


class Killed(BaseException):
    """The process ended here."""


class Telegram:
    """One chat: messages by number, the bot's with their text and other people's with None."""

    def __init__(self) -> None:
        self.chat: dict[int, str | None] = {}
        self.calls: list[str] = []
        self.fails_before: BaseException | None = None
        self.fails_after: BaseException | None = None
        self.refuses: int | None = None

    def __call__(self, _verb: str, url: str, *, params: dict[str, Any] | None = None, **_: Any) -> Answer:
        method, params = url.rsplit("/", 1)[-1], params or {}
        self.calls.append(method)
        if self.fails_before is not None:
            raise self._take("fails_before")
        if self.refuses is not None:
            return refusal(self.refuses, "refused")
        if method == "editMessageText":
            return self._edit(params["message_id"], params["text"])
        self.chat[number := max(self.chat, default=0) + 1] = params["text"]
        if self.fails_after is not None:
            raise self._take("fails_after")
        return done({"message_id": number, "date": 1, "chat": {"id": ANNA, "type": "private"}})

    def hears(self, *, count: int = 1) -> dict[str, Any]:
        """Somebody writes; the update that tells it."""
        for _ in range(count):
            self.chat[number := max(self.chat, default=0) + 1] = None
        return {"message": {"message_id": number, "chat": {"id": ANNA}}}

    def says(self) -> list[str]:
        return [text for text in self.chat.values() if text is not None]

    def _edit(self, number: int, text: str) -> Answer:
        said = self.chat.get(number)
        if said is None:
            return refusal(400, "Bad Request: message to edit not found")
        if said == text:
            return refusal(400, "Bad Request: message is not modified: it is the same")
        self.chat[number] = text
        return done({"message_id": number})

    def _take(self, name: str) -> BaseException:
        failure: BaseException = getattr(self, name)
        setattr(self, name, None)
        return failure


class Limited:
    """Limits that admit nobody while they are `full`."""

    def __init__(self, telegram: Telegram) -> None:
        self.admitted = self.at_once = telegram
        self.full = False
        self.were_held_up = 0
        self.asked: list[Hashable] = []

    def admit(self, _url: str, _params: dict[str, Any] | None, *, by: Hashable) -> None:
        self.asked.append(by)
        if self.full:
            raise Postponed(0.1)

    def held_up(self, _url: str, *, by: Hashable) -> None:
        self.were_held_up += 1
        if self.full:
            raise Postponed(0.1)


def done(result: object) -> Answer:
    return Answer(200, "OK", "", {"ok": True, "result": result})


def refusal(code: int, description: str) -> Answer:
    return Answer(code, "", "", {"ok": False, "error_code": code, "description": description})


def process(telegram: Telegram, database: Database, limited: Limited | None = None) -> SentOnce:
    """As after a start: nothing in memory."""
    return SentOnce(telegram, Journal(database), Effects(), limited=limited)


def send(once: SentOnce, text: str = "What does the client pay?", **params: Any) -> int:
    params = {"chat_id": str(ANNA), "text": text, "reply_markup": KEYBOARD} | params
    answer = once("post", URL + "sendMessage", params=params)
    assert answer.error_code is None
    return int(answer.payload["result"]["message_id"])


def handle(once: SentOnce, update: dict[str, Any], *texts: str, update_id: int = 7) -> list[int]:
    with once.handling(update_id, update):
        return [send(once, text) for text in texts]
