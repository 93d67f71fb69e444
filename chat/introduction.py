"""What the bot does once beside its first poll: takes a webhook away, learns its own name, publishes its menus."""

import logging
import threading
from collections.abc import Callable, Iterable

from telebot import TeleBot
from telebot.apihelper import ApiTelegramException

from chat.delivery.errors import TransportError

log = logging.getLogger(__name__)

LONGEST_PAUSE_S = 60.0
TOO_MANY_REQUESTS, SERVER_ERROR = 429, 500


class Introduction:
    """A daemon thread, `introduction`, that ends when all is done. Nothing waits for it, and no failure is fatal."""

    def __init__(
        self,
        bot: TeleBot,
        *,
        pairing_code: Callable[[], str | None],
        menus: Callable[[], Iterable[Callable[[], object]]],
        stop: threading.Event | None = None,
    ) -> None:
        """`menus` are the calls that publish them."""
        self._bot = bot
        self._pairing_code = pairing_code
        self._menus = menus
        self._stop = stop or threading.Event()
        self._username: str | None = None
        self._shares = True

    @property
    def username(self) -> str | None:
        """The bot's own; None until Telegram has told it."""
        return self._username

    @property
    def shares(self) -> bool:
        """Whether the bot can be called in other chats; taken for granted until Telegram has told it."""
        return self._shares

    def start(self) -> threading.Thread:
        thread = threading.Thread(target=self.run, name="introduction", daemon=True)
        thread.start()
        return thread

    def run(self) -> None:
        """Each step is tried until Telegram takes it, with growing pauses; a refusal (4xx) is left at that."""
        steps: list[Callable[[], object]] = [self._bot.delete_webhook, self._learn_name, *self._menus()]
        for step in steps:
            pause_s = 1.0
            while not self._stop.is_set() and not self._done(step) and not self._stop.wait(pause_s):
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    def _done(self, step: Callable[[], object]) -> bool:
        try:
            step()
        except TransportError as error:
            log.info("introduction waits: %s", error)
            return False
        except ApiTelegramException as error:
            if error.error_code == TOO_MANY_REQUESTS or error.error_code >= SERVER_ERROR:
                log.info("introduction waits: %s", error.description)
                return False
            log.warning("introduction refused: %s", error.description)
        return True

    def _learn_name(self) -> None:
        me = self._bot.get_me()
        self._username, self._shares = me.username, me.supports_inline_queries is not False
        log.info("running as @%s", self._username)
        if not self._shares:
            log.warning(
                "inline mode is off, so cards cannot be sent to clients from here: "
                "/setinline and /setinlinefeedback at BotFather"
            )
        code = self._pairing_code()
        if code is not None:
            log.warning(
                "nobody owns this bot yet; the first to open this link will: https://t.me/%s?start=%s",
                self._username,
                code,
            )
