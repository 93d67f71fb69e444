"""One update from its raw form to its effects: handled by TeleBot, kept in one transaction, never raising."""

import logging
import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Protocol

from telebot import TeleBot
from telebot.types import Update

from chat.delivery.dispatcher import key_of
from chat.texts import Texts, language_of

log = logging.getLogger(__name__)


class Changes(Protocol):
    """What a handler wrote to its dialogue, not yet in the database."""

    def apply(self) -> None: ...


class Updates:
    """Any worker may call it. What a handler changed is kept when it ends well and dropped when it raises."""

    def __init__(
        self,
        bot: TeleBot,
        *,
        collect: Callable[[], AbstractContextManager[Changes]],
        finish: Callable[[Changes | None, int], None],
    ) -> None:
        """`finish` keeps the changes (None: nothing) and marks the update done, in one transaction."""
        self._bot = bot
        self._collect = collect
        self._finish = finish

    def handle(self, update_id: int, update: dict[str, Any]) -> None:
        """An update whose handler raised is done all the same; the person is told, with a code that the log has too."""
        changes = self._run(lambda: self._bot.process_new_updates([Update.de_json(update)]), update)
        self._finish(changes, update_id)
        log.debug("update handled update_id=%d", update_id)

    def run(self, job: Callable[[], None], *, chat_id: int) -> None:
        """Work that no update began, such as a rate that arrived; its changes are kept like a handler's."""
        changes = self._run(job, {"job": {"chat": {"id": chat_id}}})
        if changes is not None:
            changes.apply()

    def _run(self, job: Callable[[], None], about: dict[str, Any]) -> Changes | None:
        try:
            with self._collect() as changes:
                job()
        except Exception:  # the outermost edge of an update
            incident = secrets.token_hex(3)
            log.exception("update failed incident=%s update_id=%s", incident, about.get("update_id"))
            self._tell(about, incident)
            return None
        return changes

    def _tell(self, about: dict[str, Any], incident: str) -> None:
        language_code = next(
            (each["from"].get("language_code") for each in about.values() if isinstance(each, dict) and "from" in each),
            None,
        )
        try:
            self._bot.send_message(key_of(about), Texts(language_of(language_code))("incident", incident=incident))
        except Exception:  # noqa: BLE001 - the same edge: Telegram may be what failed
            log.warning("nobody could be told of incident=%s", incident)
