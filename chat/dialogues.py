"""The dialogues as TeleBot's state handling keeps them: the step is the state, the rest is its data."""

from typing import Any

from telebot import TeleBot

from chat.dialogue import Dialogue, Place, from_data, to_data

KEY = "dialogue"


class Dialogues:
    """Load, save, forget. One update of a chat at a time, so nobody saves in between."""

    def __init__(self, bot: TeleBot) -> None:
        self._bot = bot

    def load(self, place: Place) -> Dialogue | None:
        state: str | None = self._bot.get_state(place.user_id, place.chat_id, message_thread_id=place.thread_id)
        if state is None:
            return None
        where = {"chat_id": place.chat_id, "message_thread_id": place.thread_id}
        with self._bot.retrieve_data(place.user_id, **where) as data:  # type: ignore[arg-type, union-attr] # mistyped there
            return from_data(state, data[KEY])

    def save(self, place: Place, dialogue: Dialogue) -> None:
        self._bot.set_state(place.user_id, dialogue.step, place.chat_id, message_thread_id=place.thread_id)
        data: dict[str, Any] = {KEY: to_data(dialogue)}
        self._bot.add_data(place.user_id, place.chat_id, message_thread_id=place.thread_id, **data)

    def forget(self, place: Place) -> None:
        self._bot.delete_state(place.user_id, place.chat_id, message_thread_id=place.thread_id)
