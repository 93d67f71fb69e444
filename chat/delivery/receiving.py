"""The receiving side put together: poller, inbox, dispatcher and watchdog, how they end and who notices."""

import logging
import threading
from collections.abc import Callable, Collection, Iterable
from contextlib import AbstractContextManager
from typing import Protocol

from chat.delivery.confirming import Confirming, WhenDone, WhenSafe
from chat.delivery.dispatcher import Dispatcher
from chat.delivery.intake import Inbox, Intake, Turnstile, Update
from chat.delivery.poller import Poller
from chat.delivery.watchdog import Watchdog

CONFIRMING_MAY_TAKE_S = 1.0
HANDLERS_MAY_TAKE_S = 5.0
"""How long a stop waits for handlers; an update that was not finished is in the inbox, or still with Telegram."""
SILENT_S = 120.0
"""How long the poller and the watchdog may be without a sign of life; a poll is over within 25 s."""

_logger = logging.getLogger(__name__)


class Process(Protocol):
    """What everything here lives and ends with."""

    @property
    def stopping(self) -> threading.Event: ...
    def stop(self, failure: str | None = None) -> None: ...
    def at_end(self, close: Callable[[float], object], *, at_most_s: float) -> None: ...
    def expect(self, check: Callable[[], str | None]) -> None: ...
    def expect_alive(self, threads: Callable[[], Iterable[threading.Thread]]) -> None: ...


class Receiving:
    """From a poll to a handler's turn. `watch` is called once a second from the start on, by a thread of its own."""

    def __init__(
        self,
        fetch: Callable[[int | None, int], object],
        handle: Callable[[int, Update], object],
        *,
        inbox: Inbox,
        kept_by: str,
        chats: Dispatcher,
        handler_timeout_s: float,
        exclusively: Callable[[], AbstractContextManager[object]],
        acknowledge: Callable[[Update], object],
        tell: Callable[[Update, str], object],
        process: Process,
        late: Callable[[], Collection[int]] = frozenset,
        lasts: Callable[[], bool] = lambda: True,
        turnstile: Turnstile | None = None,
        pass_on: Callable[[Update], object] | None = None,
        came: Callable[[Update], object] = lambda _update: None,
        comes_back: Callable[[Exception], bool] = lambda _error: False,
        rival_seen: Callable[[], object] = lambda: None,
    ) -> None:
        """The parts are described where they are: Poller, Intake, Watchdog; `kept_by` is "telegram" or "database".

        `late` are updates whose handling is complete, but for an edit that waits.

        `lasts` says whether what the inbox keeps would still be there after an end of the process.
        """
        self._kept_by = kept_by
        self._turnstile = turnstile
        self._chats = chats
        self._process = process
        confirming: Confirming = WhenDone(late) if kept_by == "telegram" else WhenSafe(lasts)
        self._intake = Intake(
            inbox,
            handle,
            dispatcher=chats,
            acknowledge=acknowledge,
            tell=tell,
            confirming=confirming,
            turnstile=turnstile,
            pass_on=pass_on,
            came=came,
        )
        self._poller = Poller(
            fetch,
            self._intake.accept,
            confirming=confirming,
            first=self._resume,
            on_end=lambda: process.stop(self._poller.ended_by),
            stop=process.stopping,
            comes_back=comes_back,
            rival_seen=rival_seen,
        )
        self._watchdog = Watchdog(
            chats,
            after_s=handler_timeout_s,
            most=len(chats.threads),
            exclusively=exclusively,
            fail=process.stop,
        )

    @property
    def poller(self) -> Poller:
        return self._poller

    def snapshot(self) -> dict[str, int]:
        """Plain counts since the start: updates as the intake counts them, and jobs that failed."""
        return self._intake.snapshot() | {"jobs failed": self._chats.failed}

    @property
    def turned_away(self) -> int:
        """Updates that were left aside."""
        return 0 if self._turnstile is None else self._turnstile.refused

    def watch(self) -> None:
        self._watchdog.look()

    def start(self) -> None:
        """Resumes and polls, in the poller's thread; the process ends when polling or a worker does."""
        process, poller = self._process, self._poller
        if self._kept_by == "telegram":
            process.at_end(poller.confirm, at_most_s=CONFIRMING_MAY_TAKE_S)
        process.at_end(self._chats.stop, at_most_s=HANDLERS_MAY_TAKE_S)
        process.expect_alive(lambda: [poller.thread, *self._chats.threads])
        process.expect(lambda: "polling hangs: a poll does not end" if poller.asks_for_s > SILENT_S else None)
        process.expect(lambda: "a writer does not end" if self._watchdog.quiet_s > SILENT_S else None)
        poller.start()

    def _resume(self) -> None:
        resumed = self._intake.resume()
        _logger.info("polling workers=%d inbox=%s resumed=%d", len(self._chats.threads), self._kept_by, resumed)
