"""Answers a pressed button on receipt, so that it stops spinning even while all workers are busy."""

import logging
import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from telebot.apihelper import ApiTelegramException

from chat.delivery.errors import NotServing, TransportError, is_too_old

CallbackQuery = dict[str, Any]

LONGEST_TEXT = 200
"""Telegram refuses a longer one."""
SPINS_S = 30.0
"""Later than this nobody looks at the button any more."""
NOT_SERVING_S = 0.5

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Toast:
    """What the one who pressed is shown: nothing, a line that fades, or an alert that has to be closed."""

    text: str | None = None
    alert: bool = False


class AnswerCallback(Protocol):
    """`Calls.answer`, or what does the same."""

    def __call__(self, callback_query_id: str, text: str | None = None, show_alert: bool | None = None) -> object: ...


def _silently(_query: CallbackQuery) -> Toast | None:
    return Toast()


class Acknowledger:
    """Two daemon threads, `acknowledger-1` and `-2`, that start at once; any thread may call.

    `toast_for(query)` says what to show on a raw callback query. It is asked by whoever submits, before the press has
    had any effect: afterwards every press would look like one of an older screen. None leaves the answer to the
    query's handler, for a press can be answered only once; when it raises, the query is answered without a word.
    """

    def __init__(
        self,
        answer: AnswerCallback,
        toast_for: Callable[[CallbackQuery], Toast | None] = _silently,
        *,
        threads: int = 2,
        capacity: int = 1000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Of more than `capacity` waiting queries the oldest are dropped: their buttons have stopped by themselves."""
        self._answer = answer
        self._toast_for = toast_for
        self._clock = clock
        self._capacity = capacity
        self._queries: queue.SimpleQueue[tuple[str, Toast] | None] = queue.SimpleQueue()
        self._changed = threading.Condition()
        self._unanswered = 0
        self._owed: set[str] = set()
        self._stopping = False
        self._dropped = 0
        self._failed = 0
        self._threads = [
            threading.Thread(target=self._serve, name=f"acknowledger-{number}", daemon=True)
            for number in range(1, threads + 1)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def threads(self) -> list[threading.Thread]:
        return self._threads

    @property
    def dropped(self) -> int:
        """Queries that never got their turn."""
        return self._dropped

    @property
    def failed(self) -> int:
        """Queries whose answer did not reach Telegram."""
        return self._failed

    def submit(self, query: CallbackQuery) -> None:
        """Queues a raw callback query for its answer; never waits for Telegram, never raises."""
        toast, number = self._toast(query), query.get("id")
        if toast is not None and isinstance(number, str):
            self._line_up(number, toast)

    def owes(self, number: str) -> bool:
        """Whether a query was submitted, and its answer is not over yet."""
        return number in self._owed

    def stop_spinning(self, number: str) -> None:
        """Answers what an earlier process may have owed, without a word: what there was to say was of that moment."""
        self._line_up(number, Toast())

    def _line_up(self, number: str, toast: Toast) -> None:
        with self._changed:
            if self._queries.qsize() >= self._capacity and not self._stopping:
                with suppress(queue.Empty):
                    oldest = self._queries.get_nowait()
                    self._owed.discard(oldest[0] if oldest else "")
                    self._dropped += 1
                    self._unanswered -= 1
            self._unanswered += 1
            self._owed.add(number)
            self._queries.put((number, toast))

    def stop(self, timeout_s: float) -> bool:
        """Answers what waits and ends; False when the time ran out first."""
        with self._changed:
            self._stopping = True
            for _ in self._threads:
                self._queries.put(None)
            self._changed.notify_all()
        return self.idle(timeout_s)

    def idle(self, timeout_s: float | None = None) -> bool:
        """Waits until every query has its answer; False when the time ran out first."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._unanswered, timeout_s)

    def _serve(self) -> None:
        while (taken := self._queries.get()) is not None:
            failed = 0
            try:
                self._acknowledge(*taken)
            except TransportError as error:
                failed = 1
                _logger.warning("callback not answered: %s", error)
            except Exception:  # the edge of a thread
                failed = 1
                _logger.exception("callback not answered")
            finally:
                with self._changed:
                    self._owed.discard(taken[0])
                    self._failed += failed
                    self._unanswered -= 1
                    if not self._unanswered:
                        self._changed.notify_all()

    def _acknowledge(self, number: str, toast: Toast) -> None:
        """While no process is known to serve, which may be this one in a moment, the button spins on."""
        until = self._clock() + SPINS_S
        while not self._is_answered(number, toast):
            with self._changed:
                if self._stopping or self._clock() >= until:
                    raise NotServing("answerCallbackQuery")
                self._changed.wait(NOT_SERVING_S)

    def _is_answered(self, number: str, toast: Toast) -> bool:
        try:
            self._answer(number, text=toast.text[:LONGEST_TEXT] if toast.text else None, show_alert=toast.alert or None)
        except NotServing:
            return False
        except ApiTelegramException as error:
            if not is_too_old(error):
                raise
        return True

    def _toast(self, query: CallbackQuery) -> Toast | None:
        try:
            return self._toast_for(query)
        except Exception:  # whatever a stranger's query holds, the button has to stop spinning
            _logger.exception("no words for a callback")
            return Toast()
