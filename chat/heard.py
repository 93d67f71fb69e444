"""What is read of an update: the few parts that anybody asks for, as Telegram sent them; no types of all the others."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from telebot.util import content_type_media, content_type_service, extract_command

_TEXT = "text"
_MEDIA = frozenset(content_type_media) - {_TEXT}
_SERVICE = frozenset(content_type_service)


class Kind(Enum):
    """What a message consists of."""

    TEXT = auto()
    MEDIA = auto()  # a picture, a voice, a place: what a person sends and the bot does not read
    SERVICE = auto()  # what Telegram tells of a chat
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True)
class Sender:
    """A person, or a bot; `name` is the full one."""

    id: int
    name: str
    language_code: str | None
    is_bot: bool

    @classmethod
    def of(cls, user: dict[str, Any]) -> "Sender":
        first, last = user["first_name"], user.get("last_name")
        return cls(user["id"], f"{first} {last}" if last else first, user.get("language_code"), user["is_bot"])


@dataclass(frozen=True, slots=True)
class Heard:
    """A message; `sender` is None where Telegram names none, `text` "" where there is none.

    `thread_id` is that of a topic, `reply_to` the message that it answers.
    """

    chat_id: int
    is_private: bool
    thread_id: int | None
    sender: Sender | None
    is_through_a_bot: bool
    kind: Kind
    text: str
    reply_to: int | None

    @classmethod
    def of(cls, message: dict[str, Any]) -> "Heard":
        chat, sender, answered = message["chat"], message.get("from"), message.get("reply_to_message")
        return cls(
            chat_id=chat["id"],
            is_private=chat["type"] == "private",
            thread_id=thread_of(message),
            sender=None if sender is None else Sender.of(sender),
            is_through_a_bot="via_bot" in message,
            kind=_kind(message),
            text=message.get(_TEXT) or "",
            reply_to=None if answered is None else answered["message_id"],
        )

    @property
    def command(self) -> str | None:
        """Without the slash and the name of a bot; None where it is no command."""
        return extract_command(self.text) if self.text.startswith("/") else None

    @property
    def called(self) -> str:
        """The bot that a command names; "" where it names none."""
        return self.text.split(maxsplit=1)[0].partition("@")[2] if self.text.startswith("/") else ""


@dataclass(frozen=True, slots=True)
class Tapped:
    """A button under a message of the bot's. Of one that is older than two days Telegram tells only its number:
    then `is_old`, and neither its topic nor its buttons are known."""

    sender: Sender
    data: str | None
    chat_id: int
    message_id: int
    is_old: bool
    thread_id: int | None
    buttons: tuple[str, ...]
    """What they carry, those that carry anything."""

    @classmethod
    def of(cls, query: dict[str, Any]) -> "Tapped | None":
        """None where the message was sent by a person into a chat of their own."""
        message = query.get("message")
        if message is None:
            return None
        markup = message.get("reply_markup")
        return cls(
            sender=Sender.of(query["from"]),
            data=query.get("data"),
            chat_id=message["chat"]["id"],
            message_id=message["message_id"],
            is_old=not message["date"],
            thread_id=thread_of(message),
            buttons=tuple(
                button["callback_data"]
                for row in (markup["inline_keyboard"] if markup else ())
                for button in row
                if "callback_data" in button
            ),
        )


def thread_of(message: dict[str, Any]) -> int | None:
    """A reply in an ordinary group has a thread, too, and is in no topic."""
    return message.get("message_thread_id") if message.get("is_topic_message") else None


def _kind(message: dict[str, Any]) -> Kind:
    if _TEXT in message:
        return Kind.TEXT
    if not _MEDIA.isdisjoint(message):
        return Kind.MEDIA
    return Kind.UNKNOWN if _SERVICE.isdisjoint(message) else Kind.SERVICE
