"""What one person is told without having asked: one message in their own chat, in their language, in its order."""

import logging
from collections.abc import Callable
from functools import partial

from telebot import TeleBot
from telebot.apihelper import ApiTelegramException

from chat.delivery.errors import TransportError
from chat.texts import LANGUAGES, Texts

log = logging.getLogger(__name__)

Job = Callable[[], None]


class Personal:
    """Any thread may call it; it never waits. One who has blocked the bot, or never started it, is left at that."""

    def __init__(
        self, bot: TeleBot, *, language: Callable[[int], str | None], in_line: Callable[[int, Job], object]
    ) -> None:
        """`in_line` runs a job in the order of a chat, later; it raises RuntimeError when the bot is stopping.

        `language` is that of a person, None where it is not known.
        """
        self._bot = bot
        self._language = language
        self._in_line = in_line

    def tell(self, user_id: int, sentence: Callable[[Texts], str]) -> None:
        try:
            self._in_line(user_id, partial(self._send, user_id, sentence))
        except RuntimeError:
            log.warning("not told user_id=%d: the bot is stopping", user_id)

    def _send(self, user_id: int, sentence: Callable[[Texts], str]) -> None:
        known = self._language(user_id)
        languages = [known] if known else list(LANGUAGES)
        try:
            self._bot.send_message(user_id, "\n\n".join(sentence(Texts(language)) for language in languages))
        except (TransportError, ApiTelegramException) as error:
            log.warning("not told user_id=%d: %s", user_id, error)
