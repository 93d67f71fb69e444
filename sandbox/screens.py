"""What a person sees of the chats, and waits to see."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sandbox.chats import Chat, Chats
from sandbox.commands import Command, Commands
from sandbox.messages import Message, User
from sandbox.queries import Queries
from sandbox.updates import UpdateQueue

T = TypeVar("T")

_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Telegram:
    """What a person needs of the stand-in."""

    bot: User
    chats: Chats
    updates: UpdateQueue
    queries: Queries
    commands: Commands


class Screen:
    """One user's; every method may name a group in `chat_id`, otherwise it is about the private chat with the bot."""

    def __init__(self, user: User, telegram: Telegram) -> None:
        self.user = user
        self._telegram = telegram
        self._chats = telegram.chats

    @property
    def id(self) -> int:
        return self.user.id

    def chat(self, chat_id: int | None = None) -> list[Message]:
        """What stands in the chat, oldest first."""
        with self._chats.lock:
            return list(self._chat(chat_id).messages.values())

    def rooms(self) -> list[Chat]:
        """The chats with one other person each."""
        with self._chats.lock:
            return [each for each in self._chats.chats.values() if each.kind == "pair" and self.id in each.members]

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

    def wait(
        self,
        predicate: Callable[[Sequence[Message]], T | None],
        timeout_s: float = 120.0,
        *,
        chat_id: int | None = None,
    ) -> T:
        """The first true value of the predicate over the chat; AssertionError shows the chat after the time."""
        with self._chats.lock:
            chat = self._chat(chat_id)
            value = chat.changed.wait_for(lambda: predicate(list(chat.messages.values())), timeout_s)
            if not value:
                raise AssertionError(f"not seen after {timeout_s} s in the chat of {self.user}:\n{_shown(chat)}")
            return value

    def wait_new(self, after: Message | int, *, timeout_s: float = 120.0, chat_id: int | None = None) -> Message:
        """The first message of the bot's after another one."""
        newest = after if isinstance(after, int) else after.id
        return self.wait(
            lambda chat: next((each for each in chat if each.by_bot and each.id > newest), None),
            timeout_s,
            chat_id=chat_id,
        )

    def wait_edit(self, seen: Message, *, timeout_s: float = 120.0) -> Message:
        """The message as soon as it is another one than was seen."""
        return self.wait(
            lambda chat: next((each for each in chat if each.id == seen.id and each.edits > seen.edits), None),
            timeout_s,
            chat_id=seen.chat_id,
        )

    def _chat(self, chat_id: int | None) -> Chat:
        chat = self._chats.chats[self.id if chat_id is None else chat_id]
        if self.id not in chat.members:
            raise AssertionError(f"{self.user.first_name} is not in chat {chat.id}")
        return chat

    def _with_buttons(self, message_id: int | None, *, chat_id: int | None) -> Message:
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


def _shown(chat: Chat) -> str:
    """The end of a chat, for a failed test."""
    lines = [
        f"  {message.id} {message.sender.first_name}: {message.text!r} {message.button_texts} edits={message.edits}"
        for message in list(chat.messages.values())[-_SHOWN:]
    ]
    return "\n".join(lines) or "  (empty)"
