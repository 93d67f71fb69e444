"""The one message of a dialogue: sent once, edited from then on; and files, which are sent and left."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO

from telebot import TeleBot
from telebot.apihelper import ApiTelegramException
from telebot.types import InputFile, Message

from chat.delivery.calls import Calls
from chat.delivery.errors import TransportError, is_gone, is_not_modified
from chat.delivery.late_edits import Owner, card_of
from chat.dialogue import Place
from chat.screens import Screen

log = logging.getLogger(__name__)

UPLOAD_MAY_TAKE_S = 45
"""For the sending of a whole file, and again for Telegram's answer; a handler is given up after a minute."""


@dataclass(frozen=True, slots=True)
class File:
    """What is sent as a file or a picture; Telegram shows a file's name."""

    name: str
    content: bytes = field(repr=False)

    def upload(self) -> InputFile:
        """Anew for each call, since a call reads it to its end; telebot would print bytes into its log."""
        return InputFile(BytesIO(self.content), self.name)


class Cards:
    """Telegram's answers that mean no harm are no errors here: an edit that changes nothing, a card that is gone."""

    def __init__(self, bot: TeleBot) -> None:
        self._bot = bot
        self._calls = Calls(bot)

    def send(self, place: Place, screen: Screen) -> int:
        """The id of the new message."""
        return self._calls.send_text(place.chat_id, screen.text, keyboard=screen.keyboard, thread_id=place.thread_id)

    def send_file(self, place: Place, file: File, said: Screen) -> int:
        """The text of the screen, at most 1024 characters, stands below the file; the id of the new message."""
        return self._upload(self._bot.send_document, place, file, said)

    def send_picture(self, place: Place, picture: File, said: Screen) -> int:
        """A PNG or a JPEG, seen in the chat, with the text of the screen below it; the id of the new message."""
        return self._upload(self._bot.send_photo, place, picture, said)

    def show(self, place: Place, screen: Screen, *, card: int | None) -> int:
        """Edits the card, or sends a new one where there is none any more; the id of the message that shows it."""
        if card is not None:
            with card_of(Owner(place.user_id, place.thread_id)):
                is_there = self.edit(place.chat_id, card, screen)
            if is_there:
                return card
        return self.send(place, screen)

    def edit(self, chat_id: int, card: int, screen: Screen) -> bool:
        """False where the card is gone."""
        return self._edit(
            lambda: self._calls.edit_text(screen.text, chat_id=chat_id, message_id=card, keyboard=screen.keyboard)
        )

    def edit_inline(self, inline_message_id: str, screen: Screen) -> bool:
        """The same for a message that somebody sent through the bot into a chat of their own."""
        return self._edit(
            lambda: self._calls.edit_text(screen.text, inline_message_id=inline_message_id, keyboard=screen.keyboard)
        )

    def strip(self, chat_id: int, card: int) -> bool:
        """Takes the buttons away and leaves the text; False where the card is gone."""
        return self._edit(lambda: self._calls.take_keyboard(chat_id, card))

    def pin(self, chat_id: int, card: int) -> None:
        """At the top of the chat, without a sound; a group may not let us, and the card does without."""
        self._try(lambda: self._bot.pin_chat_message(chat_id, card, disable_notification=True))

    def unpin(self, chat_id: int, card: int) -> None:
        self._try(lambda: self._bot.unpin_chat_message(chat_id, card))

    @staticmethod
    def _upload(send: Callable[..., Message], place: Place, file: File, said: Screen) -> int:
        message = send(
            place.chat_id,
            file.upload(),
            caption=said.text,
            reply_markup=said.keyboard,
            message_thread_id=place.thread_id,
            timeout=UPLOAD_MAY_TAKE_S,
        )
        return int(message.message_id)

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
