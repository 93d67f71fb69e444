"""What the owners are told without having asked: one message each, in their language, in the order of their chat."""

import logging
from collections.abc import Callable, Collection
from datetime import tzinfo
from functools import partial

from telebot import TeleBot
from telebot.apihelper import ApiTelegramException

from calc.alerts import Kind, Mode
from chat.delivery.errors import TransportError
from chat.languages import Languages
from chat.texts import LANGUAGES, Texts

log = logging.getLogger(__name__)

Job = Callable[[], None]
Sentence = Callable[[Texts], str]


class Notices:
    """Any thread may call it; it never waits."""

    def __init__(
        self,
        bot: TeleBot,
        *,
        owners: Callable[[], Collection[int]],
        languages: Languages,
        in_line: Callable[[int, Job], object],
        zone: tzinfo,
        mode: Callable[[int, Kind], Mode] = lambda _owner, _kind: Mode.ON,
    ) -> None:
        """`mode` is how an owner wants to be told of a kind, `zone` the one in which moments are told.

        `in_line` runs a job in the order of a chat, later; it raises RuntimeError when the bot is stopping.
        """
        self._bot = bot
        self._owners = owners
        self._languages = languages
        self._in_line = in_line
        self._zone = zone
        self._mode = mode

    def tell(self, sentence: Sentence, kind: Kind) -> None:
        """To every owner; one who cannot be reached keeps it from no other."""
        for owner in sorted(self._owners()):
            try:
                self._in_line(owner, partial(self._send, owner, sentence, kind))
            except RuntimeError:
                log.warning("owner not told user_id=%d: the bot is stopping", owner)

    def _send(self, owner: int, sentence: Sentence, kind: Kind) -> None:
        mode = self._mode(owner, kind)
        if mode is Mode.OFF:
            return
        chosen = self._languages.language(owner)
        # Which language Telegram has for somebody it tells only with what they write.
        languages = [chosen] if chosen else list(LANGUAGES)
        text = "\n\n".join(sentence(Texts(language, self._zone)) for language in languages)
        try:
            self._bot.send_message(owner, text, disable_notification=mode is Mode.SILENT)
        except (TransportError, ApiTelegramException) as error:  # has blocked the bot, or never started it
            log.warning("owner not told user_id=%d: %s", owner, error)
