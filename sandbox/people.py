"""A person in Telegram, driven by a test or by the page: writes, presses what is on the screen, blocks the bot."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.chats import Chat
from sandbox.formatted import plain, utf16_length
from sandbox.messages import Media, Message
from sandbox.queries import Answer, Queries, Query
from sandbox.screens import Screen

_COMMAND = re.compile(r"(?<![\w/])/[A-Za-z0-9_]{1,32}(?:@\w+)?")
_BLOCKED = "Forbidden: bot was blocked by the user"


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

    def wait_answer(self, *, timeout_s: float = 120.0) -> Answer:
        """What the bot answered to the press; AssertionError after the time."""
        return self._queries.wait_answered(self.id, timeout_s=timeout_s)


class Person(Screen):
    """One user; every method may name a group in `chat_id`, otherwise it is about the private chat with the bot."""

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
            seen = message if isinstance(message, Message) else self._with_buttons(message, chat_id=chat_id)
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

    def asked(self, query_id: str) -> Press:
        """What this person asked before; ValueError when it was somebody else."""
        query = self._telegram.queries.asked(query_id)
        if query.user_id != self.id:
            raise ValueError(f"{self.user.first_name} has not asked {query_id}")
        return Press(query, self._telegram.queries)

    def choose(self, asked: Press, result: int | str = 0, *, chat_id: int | None = None) -> Message:
        """Tap a result, by its place or its id: it is sent into a chat as one's own, through the bot.

        The bot hears of it when it asked for that, and can change the message later where it has buttons.
        """
        answer = asked.wait_answer()
        choice = (
            answer.choices[result]
            if isinstance(result, int)
            else next(each for each in answer.choices if each.id == result)
        )
        with self._chats.lock:
            chat = self._chat(chat_id)
            via = {"via_bot": self._telegram.bot.json()}
            message = self._chats.post(chat, self.user, said=choice.said, markup=choice.markup, extra=via)
            chosen = {"result_id": choice.id, "from": self.user.json(), "query": asked.query.data}
            if message.rows:
                inline_id = f"AgAA{chat.id}x{message.id}"
                self._chats.inline[inline_id] = chat.id, message.id
                chosen["inline_message_id"] = inline_id
            self._telegram.updates.push("chosen_inline_result", chosen)
            if chat.kind != "pair":
                self._tell(chat, "message", message)
            return message

    def block(self) -> None:
        """Block the bot: from now on what it sends here is refused."""
        self._set_closed(_BLOCKED, "member", "kicked")

    def unblock(self) -> None:
        self._set_closed(None, "kicked", "member")

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
            chat.writable = chat.kind != "pair"
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
        if chat.kind in {"private", "pair"}:
            return chat.kind == "private"
        command = _COMMAND.match(message.text)
        if command is not None:
            _, _, name = command.group().partition("@")
            return name in {"", self._telegram.bot.username}
        replied = chat.messages.get(message.reply_to) if message.reply_to is not None else None
        return replied is not None and replied.by_bot

    def _tell(self, chat: Chat, kind: str, message: Message) -> None:
        self._telegram.updates.push(kind, self._chats.message_json(chat, message))

    def _set_closed(self, closed_with: str | None, before: str, after: str) -> None:
        with self._chats.lock:
            chat = self._chat(None)
            chat.closed_with = closed_with
            bot = self._telegram.bot.json()
            update = {
                "chat": chat.json(),
                "from": self.user.json(),
                "date": int(self._chats.wall()),
                "old_chat_member": {"user": bot, "status": before},
                "new_chat_member": {"user": bot, "status": after},
            }
            self._telegram.updates.push("my_chat_member", update)
