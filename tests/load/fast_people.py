"""People in private chats with the bot on the fast stand-in: what they see, write and press, and the JSON of it."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from json.encoder import encode_basestring_ascii as quoted
from typing import Any, Protocol

from sandbox.keyboards import Button

BOT = {"id": 123456789, "is_bot": True, "first_name": "Quote Desk", "username": "quote_desk_bot"}
_BOT = json.dumps(BOT)

Rows = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """A message of the bot's as it stands on a screen."""

    id: int
    chat_id: int
    date: int
    at: float
    text: str
    entities: list[dict[str, Any]]
    markup: str
    rows: Rows
    edit_date: int | None = None

    @property
    def by_bot(self) -> bool:
        return True

    def button(self, label: str) -> Button:
        for row in self.rows:
            for button in row:
                if button.text == label:
                    return button
        raise AssertionError(f"no button {label!r} below {self.text!r}")


@dataclass(frozen=True, slots=True)
class Acted:
    """What a person did: when, and the number of the press or the message."""

    at: float
    id: str


class Telegram(Protocol):
    """What a person needs of Telegram."""

    def next_message_id(self) -> int: ...
    def next_query_id(self) -> str: ...
    def push(self, update: str, /) -> float: ...


class Person:
    """One user in the private chat with the bot."""

    def __init__(self, telegram: Telegram, number: int) -> None:
        self.id = number
        self.messages: dict[int, Shown] = {}
        self._telegram = telegram
        self._user = json.dumps({"id": number, "is_bot": False, "first_name": f"P{number}", "language_code": "ru"})
        self._chat = json.dumps({"id": number, "first_name": f"P{number}", "type": "private"})

    def send(self, text: str) -> Acted:
        number = self._telegram.next_message_id()
        entities = (
            f',"entities":[{{"offset":0,"length":{len(text.split(maxsplit=1)[0])},"type":"bot_command"}}]'
            if text.startswith("/")
            else ""
        )
        at = self._telegram.push(
            f'"message":{{"message_id":{number},"from":{self._user},"chat":{self._chat},'
            f'"date":{int(time.time())},"text":{quoted(text)}{entities}}}'
        )
        return Acted(at, str(number))

    def press(self, message: Shown, label: str) -> Acted:
        """What the screen showed is pressed, even if it has changed since."""
        data = message.button(label).value
        number = self._telegram.next_query_id()
        there = self.messages[message.id]
        at = self._telegram.push(
            f'"callback_query":{{"id":"{number}","from":{self._user},"message":{self.json(there)},'
            f'"chat_instance":"{self.id}77","data":{quoted(data)}}}'
        )
        return Acted(at, number)

    def json(self, message: Shown) -> str:
        edited = f',"edit_date":{message.edit_date}' if message.edit_date else ""
        entities = f',"entities":{json.dumps(message.entities)}' if message.entities else ""
        markup = f',"reply_markup":{message.markup}' if message.rows else ""
        return (
            f'{{"message_id":{message.id},"from":{_BOT},"chat":{self._chat},"date":{message.date}{edited},'
            f'"text":{quoted(message.text)}{entities}{markup}}}'
        )


def keyboard(asked: Mapping[str, Any]) -> tuple[str, Rows]:
    """The inline keyboard as it was written, and its buttons."""
    given = asked.get("reply_markup")
    if not given:
        return "", ()
    parsed = json.loads(given) if isinstance(given, str) else given
    written_out = given if isinstance(given, str) else json.dumps(given)
    rows = tuple(
        tuple(
            Button(each["text"], "callback_data", each["callback_data"])
            if "callback_data" in each
            else Button(each["text"], "other", "")
            for each in row
        )
        for row in parsed.get("inline_keyboard", ())
    )
    return written_out, rows
