"""A person in Telegram, driven by a test or by the page: writes, presses what is on the screen, reads, waits."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sandbox.chats import Chat, Chats
from sandbox.commands import Command, Commands
from sandbox.errors import ApiError
from sandbox.formatted import plain, utf16_length
from sandbox.messages import Media, Message, User
from sandbox.queries import Answer, Queries, Query
from sandbox.updates import UpdateQueue

T = TypeVar("T")

_COMMAND = re.compile(r"(?<![\w/])/[A-Za-z0-9_]{1,32}(?:@\w+)?")
_BLOCKED = ApiError(403, "Forbidden: bot was blocked by the user")
_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Telegram:
    """What a person needs of the stand-in."""

    bot: User
    chats: Chats
    updates: UpdateQueue
    queries: Queries
    commands: Commands


@dataclass(frozen=True, slots=True)
class Press:
    """A press on a button; `at` is when, by the monotonic clock."""

    query: Query
    _queries: Queries

    @property
    def id(self) -> str:
        return self.query.id

    @property
    def at(self) -> float:
        return self.query.at

    def wait_answer(self, *, timeout_s: float = 10.0) -> Answer:
        """What the bot answered to the press; AssertionError after the time."""
        return self._queries.wait_answered(self.id, timeout_s=timeout_s)


class Person:
    """One user; every method may name a group in `chat_id`, otherwise it is about the private chat with the bot."""

    def __init__(self, user: User, telegram: Telegram) -> None:
        self.user = user
        self._telegram = telegram
        self._chats = telegram.chats

    @property
    def id(self) -> int:
        return self.user.id

    # What a person does

    def send(
        self,
        text: str,
        *,
        chat_id: int | None = None,
        reply_to: Message | int | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> Message:
        """Write a text; `extra` are fields that Telegram would add (forward_origin, message_thread_id, ...)."""
        return self._post(text, chat_id=chat_id, reply_to=reply_to, extra=extra)

    def send_media(self, media: Media, *, caption: str = "", chat_id: int | None = None) -> Message:
        return self._post(caption, chat_id=chat_id, media=media)

    def edit(self, message: Message | int, text: str, *, chat_id: int | None = None) -> Message:
        """Change what the person wrote before."""
        with self._chats.lock:
            chat = self._chat(chat_id)
            changed = self._chats.change(chat, self._there(chat, message), said=plain(text), markup=None)
            self._tell(chat, "edited_message", changed)
            return changed

    def delete(self, message: Message | int, *, chat_id: int | None = None) -> None:
        """Take a message out of the chat, the bot's too; the bot does not hear of it."""
        with self._chats.lock:
            chat = self._chat(chat_id)
            self._chats.remove(chat, self._there(chat, message).id)

    def press(self, message: Message | int | None, text: str, *, chat_id: int | None = None) -> Press:
        """Press the button with exactly this text; AssertionError names the buttons there are when it is missing.

        A `Message` is pressed as that screen showed it, even if it has changed since; an id as it is now; None means
        the newest message with buttons.
        """
        with self._chats.lock:
            seen = message if isinstance(message, Message) else self._screen(message, chat_id=chat_id)
            button = seen.button(text)
            if button.action != "callback_data":
                raise AssertionError(f"the button {text!r} is no callback: {button.action} {button.value!r}")
            return self.press_data(seen, button.value, chat_id=chat_id)

    def press_data(
        self, message: Message | int, data: str, *, chat_id: int | None = None, accessible: bool = True
    ) -> Press:
        """Send callback data that no button needs to have; without `accessible` the message is too old to be seen."""
        with self._chats.lock:
            message_id = message if isinstance(message, int) else message.id
            chat = self._chat(message.chat_id if isinstance(message, Message) and chat_id is None else chat_id)
            query = self._telegram.queries.ask(self.id, data, chat_id=chat.id, message_id=message_id)
            there = chat.messages.get(message_id) if accessible else None
            gone = {"chat": chat.json(), "message_id": message_id, "date": 0}
            update = {
                "id": query.id,
                "from": self.user.json(),
                "message": gone if there is None else self._chats.message_json(chat, there),
                "chat_instance": chat.instance,
                "data": data,
            }
            self._telegram.updates.push("callback_query", update)
            return Press(query, self._telegram.queries)

    def ask_inline(self, text: str) -> Press:
        """Write `@bot text` in some other chat; the answer holds the results."""
        query = self._telegram.queries.ask(self.id, text)
        update = {"id": query.id, "from": self.user.json(), "query": text, "offset": "", "chat_type": "private"}
        self._telegram.updates.push("inline_query", update)
        return Press(query, self._telegram.queries)

    def block(self) -> None:
        """Block the bot: from now on what it sends here is refused."""
        self._set_closed(_BLOCKED, "member", "kicked")

    def unblock(self) -> None:
        self._set_closed(None, "kicked", "member")

    # What a person sees

    def chat(self, chat_id: int | None = None) -> list[Message]:
        """What stands in the chat, oldest first."""
        with self._chats.lock:
            return list(self._chat(chat_id).messages.values())

    def last(self, chat_id: int | None = None) -> Message:
        """The newest message of the bot's; AssertionError when it said nothing."""
        for message in reversed(self.chat(chat_id)):
            if message.by_bot:
                return message
        raise AssertionError("the bot has said nothing in this chat")

    def message(self, message: Message | int, *, chat_id: int | None = None) -> Message:
        """A message as it is now; AssertionError when it is gone."""
        with self._chats.lock:
            return self._there(self._chat(chat_id), message)

    def actions(self, chat_id: int | None = None) -> list[tuple[float, str]]:
        """What the bot was seen doing ("typing"), and when by the monotonic clock."""
        with self._chats.lock:
            return list(self._chat(chat_id).actions)

    def commands(self, chat_id: int | None = None) -> list[Command]:
        """The menu of commands this person sees."""
        return self._telegram.commands.seen(
            self.id, language=self.user.language_code or "", chat_id=self.id if chat_id is None else chat_id
        )

    # What a person waits for

    def wait(
        self, predicate: Callable[[Sequence[Message]], T | None], timeout_s: float = 10.0, *, chat_id: int | None = None
    ) -> T:
        """The first true value of the predicate over the chat; AssertionError shows the chat after the time."""
        with self._chats.lock:
            chat = self._chat(chat_id)
            value = chat.changed.wait_for(lambda: predicate(list(chat.messages.values())), timeout_s)
            if not value:
                raise AssertionError(f"not seen after {timeout_s} s in the chat of {self.user}:\n{_shown(chat)}")
            return value

    def wait_new(self, after: Message | int, *, timeout_s: float = 10.0, chat_id: int | None = None) -> Message:
        """The first message of the bot's after another one."""
        newest = after if isinstance(after, int) else after.id
        return self.wait(
            lambda chat: next((each for each in chat if each.by_bot and each.id > newest), None),
            timeout_s,
            chat_id=chat_id,
        )

    def wait_edit(self, seen: Message, *, timeout_s: float = 10.0) -> Message:
        """The message as soon as it is another one than was seen."""
        return self.wait(
            lambda chat: next((each for each in chat if each.id == seen.id and each.edits > seen.edits), None),
            timeout_s,
            chat_id=seen.chat_id,
        )

    def _post(
        self,
        text: str,
        *,
        chat_id: int | None,
        reply_to: Message | int | None = None,
        media: Media | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> Message:
        with self._chats.lock:
            chat = self._chat(chat_id)
            if chat.closed_with is not None:
                raise AssertionError("who has blocked the bot cannot write to it")
            chat.writable = True
            said = plain(text)
            fields = dict(extra or {})
            if commands := [
                {
                    "offset": utf16_length(said.text[: found.start()]),
                    "length": len(found.group()),
                    "type": "bot_command",
                }
                for found in _COMMAND.finditer(said.text)
            ]:
                fields.setdefault("caption_entities" if media else "entities", commands)
            replied = reply_to.id if isinstance(reply_to, Message) else reply_to
            message = self._chats.post(chat, self.user, said=said, reply_to=replied, media=media, extra=fields)
            if self._is_for_bot(chat, message):
                self._tell(chat, "message", message)
            return message

    def _is_for_bot(self, chat: Chat, message: Message) -> bool:
        """Privacy mode: in a group a bot hears commands that may be for it and replies to what it said."""
        if chat.kind == "private":
            return True
        command = _COMMAND.match(message.text)
        if command is not None:
            _, _, name = command.group().partition("@")
            return name in {"", self._telegram.bot.username}
        replied = chat.messages.get(message.reply_to) if message.reply_to is not None else None
        return replied is not None and replied.by_bot

    def _tell(self, chat: Chat, kind: str, message: Message) -> None:
        self._telegram.updates.push(kind, self._chats.message_json(chat, message))

    def _chat(self, chat_id: int | None) -> Chat:
        chat = self._chats.chats[self.id if chat_id is None else chat_id]
        if self.id not in chat.members:
            raise AssertionError(f"{self.user.first_name} is not in chat {chat.id}")
        return chat

    def _screen(self, message_id: int | None, *, chat_id: int | None) -> Message:
        chat = self._chat(chat_id)
        if message_id is not None:
            return self._there(chat, message_id)
        for message in reversed(chat.messages.values()):
            if message.rows:
                return message
        raise AssertionError(f"no buttons in the chat of {self.user}:\n{_shown(chat)}")

    @staticmethod
    def _there(chat: Chat, message: Message | int) -> Message:
        message_id = message if isinstance(message, int) else message.id
        if message_id not in chat.messages:
            raise AssertionError(f"message {message_id} is not in the chat:\n{_shown(chat)}")
        return chat.messages[message_id]

    def _set_closed(self, error: ApiError | None, before: str, after: str) -> None:
        with self._chats.lock:
            chat = self._chat(None)
            chat.closed_with = error
            bot = self._telegram.bot.json()
            update = {
                "chat": chat.json(),
                "from": self.user.json(),
                "date": int(self._chats.wall()),
                "old_chat_member": {"user": bot, "status": before},
                "new_chat_member": {"user": bot, "status": after},
            }
            self._telegram.updates.push("my_chat_member", update)


def _shown(chat: Chat) -> str:
    """The end of a chat, for a failed test."""
    lines = [
        f"  {message.id} {message.sender.first_name}: {message.text!r} {message.button_texts} edits={message.edits}"
        for message in list(chat.messages.values())[-_SHOWN:]
    ]
    return "\n".join(lines) or "  (empty)"
