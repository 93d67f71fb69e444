"""Who speaks and what was said: users and messages as values, and the JSON that Telegram makes of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.keyboards import Button, Rows


@dataclass(frozen=True, slots=True)
class User:
    id: int
    first_name: str
    language_code: str | None = None
    last_name: str | None = None
    username: str | None = None
    is_bot: bool = False

    def json(self) -> dict[str, Any]:
        given = {
            "last_name": self.last_name,
            "username": self.username,
            "language_code": self.language_code,
        }
        known = {name: value for name, value in given.items() if value is not None}
        return {"id": self.id, "is_bot": self.is_bot, "first_name": self.first_name, **known}


@dataclass(frozen=True, slots=True)
class Media:
    """A photo or a document; `field` is its name in a message."""

    field: str
    file_id: str
    file_name: str
    content_type: str
    content: bytes

    def json(self) -> Any:
        file = {"file_id": self.file_id, "file_unique_id": f"u{self.file_id}", "file_size": len(self.content)}
        if self.field == "photo":
            return [{**file, "width": 1280, "height": 720}]
        return {**file, "file_name": self.file_name, "mime_type": self.content_type}


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it stands at one moment; an edit makes another one in its place.

    `edits` counts what the bot changed in it, `at` is when it last changed by the monotonic clock. `extra` are fields
    that Telegram adds to what a person sends (a topic, a forward).
    """

    id: int
    chat_id: int
    sender: User
    date: int
    at: float
    text: str
    html: str
    entities: tuple[Mapping[str, Any], ...] = ()
    markup: Mapping[str, Any] | None = None
    rows: Rows = ()
    edits: int = 0
    edit_date: int | None = None
    reply_to: int | None = None
    media: Media | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def by_bot(self) -> bool:
        return self.sender.is_bot

    @property
    def buttons(self) -> list[Button]:
        """The inline buttons, row by row."""
        return [button for row in self.rows for button in row]

    @property
    def button_texts(self) -> list[str]:
        return [button.text for button in self.buttons]

    def button(self, text: str) -> Button:
        """The button with exactly this text; AssertionError names those there are."""
        for button in self.buttons:
            if button.text == text:
                return button
        raise AssertionError(f"no button {text!r} below message {self.id}, there are {self.button_texts}")

    def json(self, chat: Mapping[str, Any]) -> dict[str, Any]:
        """Telegram's object, without what it replies to."""
        words = ("caption", "caption_entities") if self.media else ("text", "entities")
        message: dict[str, Any] = {"message_id": self.id, "from": self.sender.json(), "chat": chat, "date": self.date}
        if self.edit_date is not None:
            message["edit_date"] = self.edit_date
        if self.media is not None:
            message[self.media.field] = self.media.json()
        if self.text:
            message[words[0]] = self.text
        if self.entities:
            message[words[1]] = self.entities
        if self.markup is not None and "inline_keyboard" in self.markup:
            message["reply_markup"] = self.markup
        message.update(self.extra)
        return message
