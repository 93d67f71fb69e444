"""The way of an update: its button acknowledged, itself kept in the inbox, its job in line behind those of its chat."""

import json
import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Protocol

from chat.delivery.dispatcher import Dispatcher, key_of

Update = dict[str, Any]

CAPACITY = 2_000
"""Polling waits while so many updates wait: about 5 MB, and seconds of work; the others are safe with Telegram."""

_PAGE = 1000

_logger = logging.getLogger(__name__)


class Inbox(Protocol):
    """Where updates are kept until they are handled; a done one is remembered, so that a repeated one is known."""

    def add(self, updates: Sequence[tuple[int, str]]) -> list[int]:
        """Keeps all of them in one transaction; returns the numbers that were not known before."""

    def unfinished(self, limit: int) -> list[tuple[int, str]]:
        """The first kept ones that are not done, in order."""

    def done(self, update_id: int) -> None:
        """Marks it as handled; joins the transaction of its thread, if there is one."""


class Intake:
    """What the poller hands its batches to; a new update becomes one job, a known one nothing.

    `handle(update_id, update)` does the work and marks the update done itself, in the transaction in which it writes
    the dialogue's state: only it knows that transaction, and between two of them a crash would do the work twice.
    When it raises, its transaction is gone, and the update is marked done here: it has had its turn, and to repeat it
    after later ones of its chat would be out of order. So an update is repeated only when the process died over it.
    """

    def __init__(
        self,
        inbox: Inbox,
        handle: Callable[[int, Update], object],
        *,
        dispatcher: Dispatcher,
        acknowledge: Callable[[Update], object],
        capacity: int = CAPACITY,
    ) -> None:
        """`acknowledge` gets the raw callback query, `Acknowledger.submit`."""
        self._inbox = inbox
        self._handle = handle
        self._dispatcher = dispatcher
        self._acknowledge = acknowledge
        self._capacity = capacity

    def resume(self) -> int:
        """Puts what an earlier process left unfinished in line, before polling begins; returns how many."""
        limit = _PAGE
        while len(kept := self._inbox.unfinished(limit)) == limit:
            limit *= 4
        for update_id, text in kept:
            update = _kept(text)
            # The answer may not have gone out before the process ended; a second one does no harm.
            if isinstance(query := update.get("callback_query"), dict):
                self._acknowledge(query)
            self._submit(update_id, text, key=key_of(update))
        return len(kept)

    def accept(self, updates: Sequence[Update]) -> None:
        """Returns when the batch is kept and in line, and there is room for another one."""
        for update in updates:
            if isinstance(query := update.get("callback_query"), dict):
                self._acknowledge(query)
        kept = [(update["update_id"], json.dumps(update, separators=(",", ":"))) for update in updates]
        new = set(self._inbox.add(kept))
        for update, (update_id, text) in zip(updates, kept, strict=True):
            if update_id in new:
                new.remove(update_id)
                self._submit(update_id, text, key=key_of(update))
        self._dispatcher.wait_for_room(self._capacity)

    def _submit(self, update_id: int, text: str, *, key: int) -> None:
        # The text waits instead of what it is read into, which takes almost three times the memory.
        self._dispatcher.submit(key, partial(self._work, update_id, text))

    def _work(self, update_id: int, text: str) -> None:
        try:
            self._handle(update_id, json.loads(text))
        except Exception:  # the edge of an update
            _logger.exception("update failed update_id=%d", update_id)
            self._inbox.done(update_id)


def _kept(text: str) -> Update:
    """Empty for a text that cannot be read: its job will say what is wrong with it."""
    try:
        update = json.loads(text)
    except ValueError:
        return {}
    return update if isinstance(update, dict) else {}
