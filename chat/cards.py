"""The one message of a dialogue: sent once, edited from then on."""

import logging
from collections.abc import Callable

from telebot import TeleBot
from telebot.apihelper import ApiTelegramException

from chat.delivery.errors import TransportError, is_gone, is_not_modified
from chat.dialogue import Place
from chat.screens import Screen

log = logging.getLogger(__name__)


class Cards:
    """Telegram's answers that mean no harm are no errors here: an edit that changes nothing, a card that is gone."""

    def __init__(self, bot: TeleBot) -> None:
        self._bot = bot

    def send(self, place: Place, screen: Screen) -> int:
        """The id of the new message."""
        message = self._bot.send_message(
            place.chat_id, screen.text, reply_markup=screen.keyboard, message_thread_id=place.thread_id
        )
        return int(message.message_id)

    def show(self, place: Place, screen: Screen, *, card: int | None) -> int:
        """Edits the card, or sends a new one where there is none any more; the id of the message that shows it."""
        if card is not None and self.edit(place.chat_id, card, screen):
            return card
        return self.send(place, screen)

    def edit(self, chat_id: int, card: int, screen: Screen) -> bool:
        """False where the card is gone."""
        return self._edit(lambda: self._bot.edit_message_text(screen.text, chat_id, card, reply_markup=screen.keyboard))

    def strip(self, chat_id: int, card: int) -> bool:
        """Takes the buttons away and leaves the text; False where the card is gone."""
        return self._edit(lambda: self._bot.edit_message_reply_markup(chat_id, card))

    def pin(self, chat_id: int, card: int) -> None:
        """At the top of the chat, without a sound; a group may not let us, and the card does without."""
        self._try(lambda: self._bot.pin_chat_message(chat_id, card, disable_notification=True))

    def unpin(self, chat_id: int, card: int) -> None:
        self._try(lambda: self._bot.unpin_chat_message(chat_id, card))

    @staticmethod
    def _try(call: Callable[[], object]) -> None:
        try:
            call()
        except (TransportError, ApiTelegramException) as error:
            log.info("not pinned or unpinned: %s", error)

    @staticmethod
    def _edit(call: Callable[[], object]) -> bool:
        try:
            call()
        except ApiTelegramException as error:
            if is_gone(error):
                return False
            if not is_not_modified(error):
                raise
        return True


def without_buttons(text: str) -> Screen:
    return Screen(text, keyboard=None)
