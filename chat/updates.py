"""One update from its raw form to its effects: handled, kept in one transaction, never raising."""

import logging
import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Protocol

from telebot import TeleBot
from telebot.apihelper import ApiTelegramException

from calc.errors import NotNow
from chat.delivery.counts import Counts
from chat.delivery.dispatcher import Postponed
from chat.delivery.errors import is_closed_to_us
from chat.delivery.intake import Unkept
from chat.texts import Texts

log = logging.getLogger(__name__)

NOT_NOW_S = 1.0
"""Until what could not be done is tried again."""


class Changes(Protocol):
    """What a handler wrote to its dialogue, not yet in the database."""

    def apply(self) -> None: ...
    def write(self, connection: Any, /) -> None:
        """The same inside a transaction."""


@dataclass(frozen=True, slots=True)
class Addressee:
    """Who is told when something goes wrong, where, and in which language."""

    chat_id: int
    thread_id: int | None
    language: str


class Updates:
    """Any worker may call it. What a handler changed is kept when it ends well and dropped when it raises."""

    def __init__(
        self,
        bot: TeleBot,
        answer: Callable[[dict[str, Any]], None],
        *,
        collect: Callable[[], AbstractContextManager[Changes]],
        finish: Callable[[Changes | None, int, str], None],
        is_done: Callable[[int], bool] = lambda _update_id: False,
        language: Callable[[int, str | None], str],
        handling: Callable[[int, dict[str, Any]], AbstractContextManager[None]] = lambda _id, _update: nullcontext(),
        owes: Callable[[str], bool] = lambda _press: False,
    ) -> None:
        """`answer` does what a raw update asks for.

        `finish` keeps the changes (None: nothing) and marks the update done, in one transaction; it is told the press
        that `owes` an answer yet, "" for none.

        `is_done` tells whether that was so, where its end was not heard of.

        `language` is that of a user with a Telegram `language_code`. `handling` surrounds the work on an update, so
        that what it sends counts as sent when it is handled again.
        """
        self._bot = bot
        self._answer = answer
        self._collect = collect
        self._finish = finish
        self._is_done = is_done
        self._in_doubt: set[int] = set()
        self._language = language
        self._handling = handling
        self._owes = owes
        self._counts = Counts()

    def snapshot(self) -> dict[str, int]:
        """Since the start: handlers and jobs that "failed", and people who were left "untold" of it."""
        return self._counts.snapshot()

    def handle(self, update_id: int, update: dict[str, Any]) -> None:
        """An update whose handler raised is done all the same; the person is told, with a code that the log has too.

        Raises Unkept when that could not be written, and Postponed when nothing can be at the moment, so that it is
        handled again.
        """
        if update_id in self._in_doubt and self._was_done(update_id):
            return
        with self._handling(update_id, update):
            changes = self._run(lambda: self._answer(update), lambda: self._addressee(update))
        try:
            self._finish(changes, update_id, press if self._owes(press := _press_of(update)) else "")
        except NotNow as error:
            self._in_doubt.add(update_id)
            raise self._put_off(error) from None
        except Exception as error:
            raise Unkept from error

    def run(self, job: Callable[[], None], to: Addressee) -> None:
        """Work that no update began, such as a rate that arrived; its changes are kept like a handler's."""
        changes = self._run(job, lambda: to)
        if changes is not None:
            self.try_again(changes.apply)

    def try_again(self, job: Callable[[], None]) -> None:
        """Work whose effects are its own; raises Postponed where it cannot be done at the moment."""
        try:
            job()
        except NotNow as error:
            raise self._put_off(error) from None

    def apologise(self, update: dict[str, Any], incident: str) -> None:
        """Tells whoever sent an update that it could not be handled; the log has the same code."""
        self._apologise(lambda: self._addressee(update), incident)

    def apologise_to(self, to: Addressee, incident: str) -> None:
        """The same for work that no update began."""
        self._apologise(lambda: to, incident)

    def slow_down(self, update: dict[str, Any]) -> None:
        """Tells whoever sent an update that it was one too many."""
        try:
            if (to := self._addressee(update)) is not None:
                self._bot.send_message(to.chat_id, Texts(to.language)("rushing"), message_thread_id=to.thread_id)
        except Exception:  # noqa: BLE001 - an edge too: the update is as it came
            self._counts.add("untold")
            log.warning("an operator could not be told that some updates were left aside")

    def _run(self, job: Callable[[], None], addressee: Callable[[], Addressee | None]) -> Changes | None:
        try:
            with self._collect() as changes:
                job()
        except NotNow as error:
            raise self._put_off(error) from None
        except Exception as error:  # the outermost edge of an update
            if isinstance(error, ApiTelegramException) and is_closed_to_us(error):
                log.info("nobody to answer: %s", error.description)
                return None
            self._counts.add("failed")
            incident = secrets.token_hex(3)
            log.exception("update failed incident=%s", incident)
            self._apologise(addressee, incident)
            return None
        return changes

    def _was_done(self, update_id: int) -> bool:
        try:
            was_done = self._is_done(update_id)
        except NotNow as error:
            raise self._put_off(error) from None
        self._in_doubt.discard(update_id)
        return was_done

    def _put_off(self, error: NotNow) -> Postponed:
        self._counts.add("put off")
        log.debug("put off: %s", error)  # whoever noticed it has said so
        return Postponed(NOT_NOW_S)

    def _apologise(self, addressee: Callable[[], Addressee | None], incident: str) -> None:
        try:
            to = addressee()
            if to is not None:
                text = Texts(to.language)("incident", incident=incident)
                self._bot.send_message(to.chat_id, text, message_thread_id=to.thread_id)
        except Exception:  # noqa: BLE001 - the same edge: Telegram, or the update, may be what failed
            self._counts.add("untold")
            log.warning("nobody could be told of incident=%s", incident)

    def _addressee(self, update: dict[str, Any]) -> Addressee | None:
        """Whoever wrote or pressed; None for an update of another kind."""
        chosen = update.get("chosen_inline_result")
        if chosen is not None:
            sender = chosen["from"]
            return Addressee(sender["id"], None, self._language(sender["id"], sender.get("language_code")))
        said = update.get("message") or update.get("callback_query")
        if said is None:
            return None
        sender, message = said["from"], said.get("message", said)
        thread_id = message.get("message_thread_id") if message.get("is_topic_message") else None
        language = self._language(sender["id"], sender.get("language_code"))
        return Addressee(message["chat"]["id"], thread_id, language)


def _press_of(update: dict[str, Any]) -> str:
    query = update.get("callback_query")
    return str(query.get("id", "")) if isinstance(query, dict) else ""
