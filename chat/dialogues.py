"""The dialogues as TeleBot's state handling keeps them: the step is the state, the rest is its data."""

import logging
import threading
from typing import Any, Protocol, cast

from telebot import TeleBot

from chat.delivery.newest import Newest
from chat.dialogue import Dialogue, Place, from_data, to_data

log = logging.getLogger(__name__)

KEY = "dialogue"
AT_HAND = 500
"""Dialogues, of a kilobyte or two each, that need not be read out of their text again."""


class Kept(Protocol):
    """The bot's state storage: state and text, and the data that a text stands for."""

    def text(
        self, chat_id: int, user_id: int, message_thread_id: int | None, bot_id: int, /
    ) -> tuple[str, str] | None: ...
    def put(  # noqa: PLR0917  # the order of telebot's own
        self,
        chat_id: int,
        user_id: int,
        state: str,
        data: dict[str, Any],
        message_thread_id: int | None,
        bot_id: int,
        /,
    ) -> str: ...
    def data_of(self, text: str, /) -> dict[str, Any]: ...


class Dialogues:
    """Load, save, forget. One update of a chat at a time, so nobody saves in between; any thread may load.

    A dialogue that an older or a newer version wrote counts as none: its card is closed, and a new one is a tap away.
    What is kept is the text. The dialogue that a text was made of, or read into, is at hand for when the same text is
    found there again.
    """

    def __init__(self, bot: TeleBot) -> None:
        self._bot = bot
        self._kept = cast("Kept", bot.current_states)
        self._bot_id = bot.bot_id or 0
        self._lock = threading.Lock()
        self._at_hand = Newest[Place, tuple[str, str, Dialogue]](AT_HAND)

    def load(self, place: Place) -> Dialogue | None:
        kept = self._kept.text(place.chat_id, place.user_id, place.thread_id, self._bot_id)
        if kept is None:
            return None
        state, text = kept
        with self._lock:
            known = self._at_hand.get(place)
        if known is not None and known[:2] == kept:
            return known[2]
        try:
            dialogue = from_data(state, self._kept.data_of(text)[KEY])
        except (KeyError, TypeError, ValueError) as error:
            log.warning("dialogue of another version is given up: %r", error)
            return None
        self._remember(place, kept, dialogue)
        return dialogue

    def step(self, place: Place) -> str | None:
        """Of any dialogue, one that another version wrote included; None where none is open."""
        kept = self._kept.text(place.chat_id, place.user_id, place.thread_id, self._bot_id)
        return None if kept is None else kept[0]

    def save(self, place: Place, dialogue: Dialogue) -> None:
        data = {KEY: to_data(dialogue)}
        text = self._kept.put(place.chat_id, place.user_id, dialogue.step, data, place.thread_id, self._bot_id)
        self._remember(place, (dialogue.step, text), dialogue)

    def forget(self, place: Place) -> None:
        self._bot.delete_state(place.user_id, place.chat_id, message_thread_id=place.thread_id)

    def _remember(self, place: Place, kept: tuple[str, str], dialogue: Dialogue) -> None:
        with self._lock:
            self._at_hand.put(place, (*kept, dialogue))
