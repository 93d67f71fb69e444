"""The dialogues as TeleBot's state handling keeps them: the step is the state, the rest is its data."""

import logging
from typing import Any

from telebot import TeleBot

from chat.dialogue import Dialogue, Place, from_data, to_data

log = logging.getLogger(__name__)

KEY = "dialogue"


class Dialogues:
    """Load, save, forget. One update of a chat at a time, so nobody saves in between.

    A dialogue that an older or a newer version wrote counts as none: its card is closed, and a new one is a tap away.
    """

    def __init__(self, bot: TeleBot) -> None:
        self._bot = bot

    def load(self, place: Place) -> Dialogue | None:
        state: str | None = self._bot.get_state(place.user_id, place.chat_id, message_thread_id=place.thread_id)
        if state is None:
            return None
        where = {"chat_id": place.chat_id, "message_thread_id": place.thread_id}
        with self._bot.retrieve_data(place.user_id, **where) as data:  # type: ignore[arg-type, union-attr] # mistyped there
            try:
                return from_data(state, data[KEY])
            except (KeyError, TypeError, ValueError) as error:
                log.warning("dialogue of another version is given up: %r", error)
                return None

    def save(self, place: Place, dialogue: Dialogue) -> None:
        self._bot.set_state(place.user_id, dialogue.step, place.chat_id, message_thread_id=place.thread_id)
        data: dict[str, Any] = {KEY: to_data(dialogue)}
        self._bot.add_data(place.user_id, place.chat_id, message_thread_id=place.thread_id, **data)

    def forget(self, place: Place) -> None:
        self._bot.delete_state(place.user_id, place.chat_id, message_thread_id=place.thread_id)
