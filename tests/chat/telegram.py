"""A Telegram in memory: what the bot has sent, as it stands now, and the calls that it made."""

import itertools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from telebot import apihelper

from chat.delivery.sender import install

NBSP = "\N{NO-BREAK SPACE}"


@dataclass
class Message:
    """A message of the bot as it stands now."""

    id: int
    chat_id: int
    text: str
    rows: list[list[dict[str, str]]] = field(default_factory=list)
    edits: int = 0
    file: tuple[str, bytes] | None = None

    @property
    def buttons(self) -> list[str]:
        return [button["text"] for row in self.rows for button in row]

    @property
    def plain(self) -> str:
        return self.text.replace(NBSP, " ")


@dataclass
class Choices:
    """What the bot answered to an inline query."""

    query: str
    params: dict[str, Any]

    @property
    def results(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.params["results"])
        return found

    @property
    def titles(self) -> list[str]:
        return [each["title"].replace(NBSP, " ") for each in self.results]

    @property
    def texts(self) -> list[str]:
        """What each choice would send."""
        return [each["input_message_content"]["message_text"].replace(NBSP, " ") for each in self.results]

    @property
    def notes(self) -> list[str]:
        return [each["description"].replace(NBSP, " ") for each in self.results]

    @property
    def hint(self) -> str | None:
        return None if self._button is None else self._button["text"].replace(NBSP, " ")

    @property
    def start(self) -> str:
        return "" if self._button is None else self._button["start_parameter"]

    @property
    def _button(self) -> dict[str, str] | None:
        button: dict[str, str] | None = json.loads(self.params["button"]) if "button" in self.params else None
        return button


class Telegram:
    """Keeps messages; refuses what Telegram refuses. `fail_next` is raised by the next call instead."""

    def __init__(self) -> None:
        self.messages: dict[int, Message] = {}
        self.inline: dict[str, Message] = {}
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.fail_next: BaseException | None = None
        self._fail_after: tuple[str, BaseException] | None = None
        self._ids = itertools.count(100)

    def __call__(self, _verb: str, url: str, **request: Any) -> "Reply":
        method, params = url.rsplit("/", 1)[-1], dict(request["params"] or {})
        self.calls.append((method, params))
        if self.fail_next is not None:
            failure, self.fail_next = self.fail_next, None
            raise failure
        if self._fail_after is not None and self._fail_after[0] == method:
            self.fail_next, self._fail_after = self._fail_after[1], None
        rows = json.loads(params.get("reply_markup") or '{"inline_keyboard": []}')["inline_keyboard"]
        if method == "sendMessage":
            message = Message(next(self._ids), int(params["chat_id"]), params["text"], rows)
            self.messages[message.id] = message
        elif method in {"sendDocument", "sendPhoto"}:
            name, content = request["files"][method.removeprefix("send").lower()]
            message = Message(next(self._ids), int(params["chat_id"]), params.get("caption", ""), rows)
            message.file = (name, content.read())
            self.messages[message.id] = message
        elif method in {"editMessageText", "editMessageReplyMarkup"}:
            is_inline = "inline_message_id" in params
            found = (
                self.inline.get(params["inline_message_id"])
                if is_inline
                else self.messages.get(int(params["message_id"]))
            )
            if found is None:
                return Reply(400, "Bad Request: message to edit not found")
            message, text = found, params.get("text", found.text)
            if (text, rows) == (message.text, message.rows):
                return Reply(400, "Bad Request: message is not modified")
            message.text, message.rows, message.edits = text, rows, message.edits + 1
            if is_inline:
                return Reply(200, True)
        else:
            return Reply(200, True)
        return Reply(200, {"message_id": message.id, "date": 0, "chat": {"id": message.chat_id, "type": "private"}})

    def fail_after(self, method: str, failure: BaseException) -> None:
        """The call that follows the next one of this method meets the failure."""
        self._fail_after = (method, failure)

    def sent(self) -> list[Message]:
        return list(self.messages.values())

    def named(self, method: str) -> list[dict[str, Any]]:
        return [params for name, params in self.calls if name == method]


class Reply:
    """What the library reads of a response."""

    reason = ""

    def __init__(self, status_code: int, result: Any) -> None:
        self.status_code = status_code
        good = status_code == 200
        self._json = {"ok": good} | ({"result": result} if good else {"error_code": status_code, "description": result})
        self.text = json.dumps(self._json)

    def json(self) -> Any:
        return self._json


@contextmanager
def installed(sender: Any, *, base_url: str | None = None) -> Iterator[None]:
    """The sender in telebot's place for it, and everything as it was before at the end: it has one per process."""
    knobs: Any = apihelper  # telebot writes them down as None
    names = ("CUSTOM_REQUEST_SENDER", "API_URL", "FILE_URL", "format_header_param")
    before = {name: getattr(knobs, name) for name in names}
    install(sender, base_url=base_url)
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(knobs, name, value)
