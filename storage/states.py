"""Dialogue states for TeleBot, kept in the database: what its memory storage promises, with nothing lost or hidden."""

import json
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from types import TracebackType
from typing import Any

from telebot.states import State
from telebot.storage.base_storage import StateStorageBase

from storage.database import Database
from storage.dialogues import Changes, Copies, Dialogue, Dialogues, Edit, Key, Write
from storage.errors import NoDialogue, NotKept
from storage.moments import utc_now
from storage.packing import pack, to_json, unpack


class StateStorage(StateStorageBase):
    """Any thread may call it; TeleBot hands over the names and the order of these arguments.

    Values in the data are JSON's own types (no floats), Decimals and aware datetimes; NotKept refuses everything else.
    What is read is a copy: changing it changes nothing until it is saved.
    """

    def __init__(
        self, database: Database, *, copies: Copies | None = None, now: Callable[[], datetime] = utc_now
    ) -> None:
        super().__init__()
        self._dialogues = Dialogues(database, now=now, copies=copies)

    def collect(self) -> AbstractContextManager[Changes]:
        """Within the block nothing this thread writes reaches the database before `changes.apply()`."""
        return self._dialogues.collect()

    def also(self, write: Write) -> bool:
        """Within such a block: `write(connection)` is done with the changes. Outside of any it is not, and False."""
        return self._dialogues.also(write)

    def text(self, chat_id: int, user_id: int, message_thread_id: int | None, bot_id: int) -> tuple[str, str] | None:
        """The state and the data as they are kept; None where no dialogue is open."""
        dialogue = self._dialogues.read(_key(chat_id, user_id, None, message_thread_id, bot_id))
        return None if dialogue is None else (dialogue.state, dialogue.data)

    @staticmethod
    def data_of(text: str) -> dict[str, Any]:
        """What such a text stands for."""
        data: dict[str, Any] = unpack(json.loads(text))
        return data

    def put(  # noqa: PLR0917  # the order of the others
        self,
        chat_id: int,
        user_id: int,
        state: str,
        data: dict[str, Any],
        message_thread_id: int | None,
        bot_id: int,
    ) -> str:
        """State and data, in the place of whatever was there; the data as they are kept."""
        text = to_json(pack(data))
        self._dialogues.put(_key(chat_id, user_id, None, message_thread_id, bot_id), Dialogue(state, text))
        return text

    def forget_older_than(self, moment: datetime) -> int:
        """Deletes the dialogues that nobody has changed since; returns how many."""
        return self._dialogues.forget_older_than(moment)

    def set_state(  # noqa: PLR0917  # TeleBot's own order
        self,
        chat_id: int | None,
        user_id: int | None,
        state: State | str,
        business_connection_id: str | None = None,
        message_thread_id: int | None = None,
        bot_id: int | None = None,
    ) -> bool:
        """Opens a dialogue, or moves the one that is open on with its data as it is."""
        name = state.name if isinstance(state, State) else state
        if type(name) is not str:
            raise NotKept("the state", what=f"a {type(name).__name__}")
        key = _key(chat_id, user_id, business_connection_id, message_thread_id, bot_id)
        self._dialogues.change(key, lambda dialogue: Dialogue(name, dialogue.data if dialogue else "{}"))
        return True

    def get_state(
        self,
        chat_id: int | None,
        user_id: int | None,
        business_connection_id: str | None = None,
        message_thread_id: int | None = None,
        bot_id: int | None = None,
    ) -> str | None:
        """None where no dialogue is open."""
        dialogue = self._dialogues.read(_key(chat_id, user_id, business_connection_id, message_thread_id, bot_id))
        return dialogue.state if dialogue else None

    def delete_state(
        self,
        chat_id: int | None,
        user_id: int | None,
        business_connection_id: str | None = None,
        message_thread_id: int | None = None,
        bot_id: int | None = None,
    ) -> bool:
        """Whether a dialogue was open; its data goes with it."""
        key = _key(chat_id, user_id, business_connection_id, message_thread_id, bot_id)
        return self._dialogues.change(key, lambda _: None)

    def set_data(  # noqa: PLR0917  # TeleBot's own order
        self,
        chat_id: int | None,
        user_id: int | None,
        key: str,
        value: Any,
        business_connection_id: str | None = None,
        message_thread_id: int | None = None,
        bot_id: int | None = None,
    ) -> bool:
        """Sets one value; raises NoDialogue where no dialogue is open."""
        edit = _lay_over(pack({key: value}))
        if not self._dialogues.change(_key(chat_id, user_id, business_connection_id, message_thread_id, bot_id), edit):
            raise NoDialogue(chat_id, user_id=user_id)
        return True

    def get_data(
        self,
        chat_id: int | None,
        user_id: int | None,
        business_connection_id: str | None = None,
        message_thread_id: int | None = None,
        bot_id: int | None = None,
    ) -> dict[str, Any]:
        """Empty where no dialogue is open."""
        dialogue = self._dialogues.read(_key(chat_id, user_id, business_connection_id, message_thread_id, bot_id))
        return self.data_of(dialogue.data) if dialogue else {}

    def reset_data(
        self,
        chat_id: int | None,
        user_id: int | None,
        business_connection_id: str | None = None,
        message_thread_id: int | None = None,
        bot_id: int | None = None,
    ) -> bool:
        """Empties the data and leaves the state; False where no dialogue is open."""
        return self.save(chat_id, user_id, {}, business_connection_id, message_thread_id, bot_id)

    def save(  # noqa: PLR0917  # TeleBot's own order
        self,
        chat_id: int | None,
        user_id: int | None,
        data: dict[str, Any],
        business_connection_id: str | None = None,
        message_thread_id: int | None = None,
        bot_id: int | None = None,
    ) -> bool:
        """Puts `data` in the place of the old; False where no dialogue is open, and nothing is saved then."""
        text = to_json(pack(data))
        key = _key(chat_id, user_id, business_connection_id, message_thread_id, bot_id)
        return self._dialogues.change(key, lambda dialogue: dialogue and replace(dialogue, data=text))

    def get_interactive_data(
        self,
        chat_id: int | None,
        user_id: int | None,
        business_connection_id: str | None = None,
        message_thread_id: int | None = None,
        bot_id: int | None = None,
    ) -> "InteractiveData":
        key = _key(chat_id, user_id, business_connection_id, message_thread_id, bot_id)
        return InteractiveData(self._dialogues, key)


class InteractiveData:
    """`with bot.retrieve_data(...) as data`: what the block changed is saved at its end, key by key.

    An exception in the block leaves it as it is, and nothing is saved. Keys that another thread changed meanwhile stay.
    Where no dialogue is open at the end nothing is saved, as with TeleBot's own.
    """

    def __init__(self, dialogues: Dialogues, key: Key) -> None:
        self._dialogues = dialogues
        self._key = key
        dialogue = dialogues.read(key)
        self._before: dict[str, Any] = json.loads(dialogue.data) if dialogue else {}
        self._data: dict[str, Any] = unpack(self._before)

    def __enter__(self) -> dict[str, Any]:
        return self._data

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is not None:
            return
        after = pack(self._data)
        changed = {key: tree for key, tree in after.items() if self._differs(key, tree)}
        removed = self._before.keys() - after.keys()
        if changed or removed:
            self._dialogues.change(self._key, _lay_over(changed, removed))

    def _differs(self, key: str, tree: Any) -> bool:
        """As text: to Python True is 1."""
        return key not in self._before or to_json(self._before[key]) != to_json(tree)


def _lay_over(changed: dict[str, Any], removed: Collection[str] = ()) -> Edit:
    def edit(dialogue: Dialogue | None) -> Dialogue | None:
        if dialogue is None:
            return None
        data = {key: tree for key, tree in json.loads(dialogue.data).items() if key not in removed}
        return replace(dialogue, data=to_json(data | changed))

    return edit


def _key(
    chat_id: int | None,
    user_id: int | None,
    business_connection_id: str | None,
    message_thread_id: int | None,
    bot_id: int | None,
) -> Key:
    """An inline query has no chat, its user stands for it; a reaction count has no user either."""
    chat = chat_id if chat_id is not None else user_id
    return chat or 0, user_id or 0, message_thread_id or 0, business_connection_id or "", bot_id or 0
