"""The way of an update: its button acknowledged, itself kept in the inbox, its job in line behind those of its chat."""

import json
import logging
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Protocol

from chat.delivery.confirming import LONGEST_HELD_S, Confirming, WhenKept
from chat.delivery.counts import Counts
from chat.delivery.dispatcher import Dispatcher, Postponed, key_of
from chat.delivery.suspicion import Left, judge

Update = dict[str, Any]

CAPACITY = 2_000
"""Polling waits while so many updates wait: about 5 MB, and seconds of work; the others are safe with Telegram."""

READ_AHEAD = 100
"""So many wait as they were read; of more than these the texts wait, and are read again."""

KEPT_BY_TRIES = 3
"""So often it is tried to keep what an update changed, until its done mark is kept alone."""
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 30.0

_PAGE = 1000

_to_text = json.JSONEncoder(separators=(",", ":")).encode

_logger = logging.getLogger(__name__)


class Unkept(Exception):
    """An update was handled, and neither what that changed nor that it is done could be written."""


class Inbox(Protocol):
    """Where updates are kept until they are handled; a done one is remembered, so that a repeated one is known."""

    def add(self, updates: Sequence[tuple[int, str]]) -> list[int]:
        """Keeps all of them in one transaction; returns the numbers that were not known before."""

    def is_done(self, update_id: int) -> bool:
        """Whether its handling is complete."""

    def unfinished(self, limit: int) -> list[tuple[int, str, int]]:
        """The first kept ones that are not done, in order, each with its attempts."""

    def count(self, update_ids: Sequence[int], by: int = 1) -> None:
        """Adds to the attempts of those that are not done."""

    def park(self, update_id: int, reason: str) -> bool:
        """Sets it aside for good, as it is; False when it was done already."""

    def done(self, update_id: int) -> None:
        """Marks it as handled; joins the transaction of its thread, if there is one."""


class Turnstile(Protocol):
    """Who gets in."""

    @property
    def refused(self) -> int: ...
    def admits(self, update: Update) -> bool:
        """Whether the update is to be handled."""

    def left(self, update_id: int) -> None:
        """Its handling is over, whatever came of it."""


class Intake:
    """What the poller hands its batches to; a new update becomes one job, a known one nothing.

    `handle(update_id, update)` does the work and marks the update done itself, in the transaction in which it writes
    the dialogue's state: only it knows that transaction, and between two of them a crash would do the work twice.
    When it raises, its transaction is gone, and the update is marked done here: it has had its turn, and to repeat it
    after later ones of its chat would be out of order. So an update is repeated only when the process died over it,
    or when the database took nothing: then its chat waits, and it is handled again before what follows it.
    """

    def __init__(
        self,
        inbox: Inbox,
        handle: Callable[[int, Update], object],
        *,
        dispatcher: Dispatcher,
        acknowledge: Callable[[Update], object],
        tell: Callable[[Update, str], object] = lambda _update, _incident: None,
        confirming: Confirming | None = None,
        turnstile: Turnstile | None = None,
        pass_on: Callable[[Update], object] | None = None,
        came: Callable[[Update], object] = lambda _update: None,
        capacity: int = CAPACITY,
    ) -> None:
        """`acknowledge` gets the raw callback query, `Acknowledger.submit`.

        `tell(update, incident)` says to whoever sent it that it will not be handled; it returns at once.
        `turnstile` decides before anything is done or written which updates are left aside; None: none is.
        `pass_on` gets the raw inline queries, `Passing.take`: they are kept nowhere, since no later answer helps.
        `came` is told of every new update, before any is handled.
        """
        self._inbox = inbox
        self._handle = handle
        self._dispatcher = dispatcher
        self._acknowledge = acknowledge
        self._tell = tell
        self._confirming = confirming or WhenKept()
        self._turnstile = turnstile
        self._pass_on = pass_on
        self._came = came
        self._capacity = capacity
        self._counted: set[int] = set()
        self._unkept: dict[int, int] = {}
        self._in_doubt: set[int] = set()
        self._counts = Counts()

    def snapshot(self) -> dict[str, int]:
        """Updates since the start that "failed", were "not kept", left "without changes", or were "parked"."""
        return self._counts.snapshot()

    def resume(self) -> int:
        """Puts what an earlier process left unfinished in line, before polling begins; returns how many.

        What may have killed that process is handled first, one at a time, and waited for; what has killed three is
        parked. Raises RuntimeError when a stop begins meanwhile.
        """
        left = self._left()
        for each in left:
            self._came(_kept(each.text))
        verdict = judge(left)
        self._confirming.taken(each.update_id for each in left)
        for each in verdict.parked:
            self._park(each.update_id, each.text, "the process ended over it three times", secrets.token_hex(3))
        self._count(verdict.heads)
        for each in verdict.alone:
            self._handle_alone(each)
        for each in verdict.others:
            self._resume(each)
        return len(left)

    def accept(self, updates: Sequence[Update]) -> None:
        """Returns when the batch is kept and in line, and there is room for another one."""
        fresh: dict[int, Update] = {}
        for update in updates:
            update_id: int = update["update_id"]
            if update_id in fresh or self._confirming.is_known(update_id):
                continue
            self._came(update)
            if self._turnstile is not None and not self._turnstile.admits(update):
                self._confirming.done(update_id)
            elif self._pass_on is not None and isinstance(query := update.get("inline_query"), dict):
                self._pass_on(query)
                self._confirming.done(update_id)
            else:
                fresh[update_id] = update
        again = self._in_doubt & fresh.keys()
        for update_id, update in fresh.items():
            if update_id not in again:
                self._answer(update)
        texts = {update_id: _to_text(update) for update_id, update in fresh.items()}
        new = self._keep(texts)
        self._confirming.taken(texts)
        for update_id in sorted(again):  # what kept the batch from us may have kept the answer from Telegram
            self._answer(fresh[update_id])
        for update_id, text in texts.items():
            if update_id in new:
                self._submit(update_id, text, key=key_of(fresh[update_id]), update=fresh[update_id])
            else:
                self._over(update_id)  # by an earlier process; what that one left was resumed before
        self._dispatcher.wait_for_room(self._capacity)

    def _keep(self, texts: dict[int, str]) -> set[int]:
        """Those that are to be handled. Where a batch comes again because its end was not heard of, it may be there."""
        in_doubt, self._in_doubt = self._in_doubt, self._in_doubt | texts.keys()
        new = set(self._inbox.add(list(texts.items())))
        new |= {each for each in texts if each in in_doubt and not self._inbox.is_done(each)}
        self._in_doubt.clear()
        return new

    def _over(self, update_id: int) -> None:
        self._confirming.done(update_id)
        if self._turnstile is not None:
            self._turnstile.left(update_id)

    def _left(self) -> list[Left]:
        limit = _PAGE
        while len(kept := self._inbox.unfinished(limit)) == limit:
            limit *= 4
        return [Left(update_id, text, key_of(_kept(text)), attempts) for update_id, text, attempts in kept]

    def _handle_alone(self, left: Left) -> None:
        self._count([left.update_id])
        _logger.warning("update handled alone, a process may have ended over it update_id=%d", left.update_id)
        self._resume(left)
        if not self._dispatcher.settle():
            self._acquit(left.update_id)
            raise RuntimeError("stopped while an update was handled alone")

    def _count(self, update_ids: list[int]) -> None:
        self._inbox.count(update_ids)
        self._counted.update(update_ids)

    def _acquit(self, update_id: int) -> None:
        """Takes back what this process counted: it has not ended over this update."""
        if update_id in self._counted:
            self._counted.discard(update_id)
            self._inbox.count([update_id], by=-1)

    def _resume(self, left: Left) -> None:
        self._answer(_kept(left.text))  # it may have had no answer before the process ended; a second does no harm
        self._submit(left.update_id, left.text, key=left.key)

    def _answer(self, update: Update) -> None:
        if isinstance(query := update.get("callback_query"), dict):
            self._acknowledge(query)

    def _submit(self, update_id: int, text: str, *, key: object, update: Update | None = None) -> None:
        # Where many wait the text waits alone: what it is read into takes almost three times the memory.
        read = [update] if update is not None and self._dispatcher.waiting() < READ_AHEAD else []
        self._dispatcher.submit(
            key,
            partial(self._work, update_id, text, read),
            on_given_up=partial(self._park, update_id, text, "its handler hung"),
        )

    def _work(self, update_id: int, text: str, read: list[Update]) -> None:
        comes_again_soon = False
        try:
            self._handle_or_fail(update_id, text, read)
        except Postponed as postponed:
            comes_again_soon = postponed.wait_s <= LONGEST_HELD_S
            with suppress(Exception):  # a database in trouble: then it is handled alone once more than it had to be
                self._acquit(update_id)  # it may wait through any number of starts
            raise
        finally:
            if not comes_again_soon:
                self._over(update_id)

    def _handle_or_fail(self, update_id: int, text: str, read: list[Update]) -> None:
        """`read` holds the update for the first time that it is handled, or nothing."""
        try:
            self._handle(update_id, read.pop() if read else json.loads(text))
        except Unkept as error:
            self._counts.add("not kept")
            tries = self._unkept.get(update_id, 0)
            _logger.warning("update not kept update_id=%d tries=%d", update_id, tries + 1, exc_info=error)
            if tries < KEPT_BY_TRIES:
                raise self._put_off(update_id) from None
            self._done(update_id)
            self._tell_of_loss(update_id, text)
        except Exception:  # the edge of an update
            self._counts.add("failed")
            _logger.exception("update failed update_id=%d", update_id)
            self._done(update_id)
        self._unkept.pop(update_id, None)

    def _done(self, update_id: int) -> None:
        """Raises Postponed while the database does not take even that: repeated later it would be out of order."""
        try:
            self._inbox.done(update_id)
        except Exception:
            self._counts.add("not kept")
            _logger.exception("update not marked as done update_id=%d", update_id)
            raise self._put_off(update_id) from None

    def _tell_of_loss(self, update_id: int, text: str) -> None:
        self._counts.add("without changes")
        incident = secrets.token_hex(3)
        _logger.error("update left without its changes update_id=%d incident=%s", update_id, incident)
        self._tell(_kept(text), incident)

    def _put_off(self, update_id: int) -> Postponed:
        tries = self._unkept[update_id] = self._unkept.get(update_id, 0) + 1
        return Postponed(min(FIRST_PAUSE_S * 2.0 ** min(tries - 1, 10), LONGEST_PAUSE_S))

    def _park(self, update_id: int, text: str, reason: str, incident: str) -> None:
        try:
            if self._inbox.park(update_id, reason):
                self._counts.add("parked")
                _logger.error("update parked update_id=%d incident=%s reason=%s", update_id, incident, reason)
                self._tell(_kept(text), incident)
        finally:
            self._over(update_id)


def _kept(text: str) -> Update:
    """Empty for a text that cannot be read: its job says what is wrong with it."""
    try:
        update = json.loads(text)
    except ValueError:
        return {}
    return update if isinstance(update, dict) else {}
