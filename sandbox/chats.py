"""The chats of the stand-in: what was said in them, who waits for what happens there, and who watches."""

import itertools
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from sandbox.errors import ApiError
from sandbox.formatted import Formatted
from sandbox.keyboards import inline_rows
from sandbox.messages import Media, Message, User

_NAMES = {"first_name", "last_name", "username"}

_PAIRS = 10**12
"""The numbers of chats of two people, far from those of people and groups; the bot never hears them."""

Watcher = Callable[[dict[str, Any]], None]


class Chat:
    """One chat; all of it is guarded by the lock of the chats it belongs to, on which `changed` waits too."""

    def __init__(
        self, chat_id: int, *, kind: str, title: str, lock: threading.RLock, message_ids: Iterator[int]
    ) -> None:
        self.id = chat_id
        self.kind = kind
        self.title = title
        self.user: User | None = None
        self.members: set[int] = set()
        self.messages: dict[int, Message] = {}
        self.actions: list[tuple[float, str]] = []
        self.pinned: list[int] = []
        self.writable = False
        self.closed_with: str | None = None
        self.changed = threading.Condition(lock)
        self._message_ids = message_ids

    @property
    def instance(self) -> str:
        """What Telegram calls chat_instance: the same for all presses in a chat, and no id."""
        return str(-(abs(self.id) * 7_919 + 1_000_003))

    def json(self) -> dict[str, Any]:
        if self.user is None:
            return {"id": self.id, "title": self.title, "type": self.kind}
        names = {name: value for name, value in self.user.json().items() if name in _NAMES}
        return {"id": self.id, **names, "type": self.kind}

    def next_id(self) -> int:
        return next(self._message_ids)


class Chats:
    """All chats; any thread may call, and holds `lock` where several steps belong together.

    As with Telegram the messages of all private chats are numbered together, and those of a group by themselves.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        first_message_id: int = 1,
    ) -> None:
        self.lock = threading.RLock()
        self.clock = clock
        self.chats: dict[int, Chat] = {}
        self.inline: dict[str, tuple[int, int]] = {}
        self.wall = wall
        self._first_message_id = first_message_id
        self._private_ids = itertools.count(first_message_id)
        self._watchers: list[Watcher] = []

    def add_user(self, user: User) -> Chat:
        """A user's private chat with the bot."""
        with self.lock:
            chat = self._add(user.id, kind="private", title=user.first_name)
            chat.user = user
            chat.members = {user.id}
            return chat

    def add_group(self, chat_id: int, *, title: str, kind: str, members: set[int]) -> Chat:
        with self.lock:
            chat = self._add(chat_id, kind=kind, title=title)
            chat.members = members
            chat.writable = True
            return chat

    def add_pair(self, one: User, other: User) -> Chat:
        """A chat of two people, in which the bot is not: it cannot write there, and hears nothing."""
        with self.lock:
            chat_id = _PAIRS + (one.id * 1_000_003 + other.id) % _PAIRS
            chat = self._add(chat_id, kind="pair", title=f"{one.first_name}, {other.first_name}")
            chat.members = {one.id, other.id}
            return chat

    def _add(self, chat_id: int, *, kind: str, title: str) -> Chat:
        ids = self._private_ids if kind == "private" else itertools.count(self._first_message_id)
        chat = Chat(chat_id, kind=kind, title=title, lock=self.lock, message_ids=ids)
        self.chats[chat_id] = chat
        return chat

    def reachable(self, chat_id: int | str) -> Chat:
        """The chat if the bot may write there; ApiError in Telegram's words if not."""
        chat = self.chats.get(chat_id) if isinstance(chat_id, int) else None
        if chat is None or not chat.writable:
            raise ApiError(400, "Bad Request: chat not found")
        if chat.closed_with is not None:
            raise ApiError(403, chat.closed_with)
        return chat

    def post(
        self,
        chat: Chat,
        sender: User,
        *,
        said: Formatted,
        markup: Mapping[str, Any] | None = None,
        reply_to: int | None = None,
        media: Media | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> Message:
        """A new message at the end of a chat."""
        with self.lock:
            message = Message(
                chat.next_id(),
                chat.id,
                sender,
                int(self.wall()),
                self.clock(),
                said.text,
                said.html,
                said.entities,
                markup,
                inline_rows(markup),
                reply_to=reply_to,
                media=media,
                extra=extra or {},
            )
            return self._put(chat, message)

    def change(
        self, chat: Chat, message: Message, *, said: Formatted | None, markup: Mapping[str, Any] | None
    ) -> Message:
        """Another message in its place; without `said` only the keyboard changes, and nobody sees it as edited."""
        with self.lock:
            changed = replace(
                message, markup=markup, rows=inline_rows(markup), edits=message.edits + 1, at=self.clock()
            )
            if said is not None:
                changed = replace(
                    changed, text=said.text, html=said.html, entities=said.entities, edit_date=int(self.wall())
                )
            return self._put(chat, changed)

    def _put(self, chat: Chat, message: Message) -> Message:
        chat.messages[message.id] = message
        chat.changed.notify_all()
        self.tell("message", chat.id, message=message)
        return message

    def remove(self, chat: Chat, message_id: int) -> None:
        with self.lock:
            del chat.messages[message_id]
            if message_id in chat.pinned:
                chat.pinned.remove(message_id)
            chat.changed.notify_all()
            self.tell("deleted", chat.id, message_id=message_id)

    def act(self, chat: Chat, action: str) -> None:
        with self.lock:
            chat.actions.append((self.clock(), action))
            chat.changed.notify_all()
            self.tell("action", chat.id, action=action)

    def message_json(self, chat: Chat, message: Message) -> dict[str, Any]:
        """Telegram's object, with the message it replies to if that is still there."""
        whole = message.json(chat.json())
        replied = chat.messages.get(message.reply_to) if message.reply_to is not None else None
        if replied is not None:
            whole["reply_to_message"] = replied.json(chat.json())
        return whole

    def watch(self, watcher: Watcher) -> Callable[[], None]:
        """Call the watcher with each event from now on, until what is returned is called."""
        with self.lock:
            self._watchers.append(watcher)
        return lambda: self._unwatch(watcher)

    def tell(self, kind: str, chat_id: int, **what: Any) -> None:
        """Let those who watch know."""
        if self._watchers:
            with self.lock:
                for watcher in self._watchers:
                    watcher({"kind": kind, "chat": chat_id, **what})

    def _unwatch(self, watcher: Watcher) -> None:
        with self.lock:
            self._watchers.remove(watcher)
