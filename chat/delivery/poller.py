"""How updates come in: one long poll after another, each of which confirms what may be forgotten by then."""

import logging
import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from telebot import apihelper
from telebot.apihelper import ApiTelegramException

from chat.delivery.confirming import Confirming, WhenKept
from chat.delivery.errors import NotServing, TokenRefused, TransportError, retry_after_s
from chat.delivery.head_start import LONG_POLL_S

Update = dict[str, Any]

CONFLICT_PAUSE_S = 2.0
CONFIRM_S = 1
HELD_PAUSE_S = 0.25
"""How long others wait at most while an update that Telegram has to keep is handled: polls bring it back at once."""
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 10.0
AWAY_PAUSE_S = 0.5
"""While the database is away, or nobody knows who serves: both are back from one moment to the next."""

_CONNECT_S = 5
_REFUSED = (401, 404)  # 404 is Telegram's word for a token of a wrong shape
_CONFLICT = 409
_LARGEST_ID = 2**63 - 1  # what a database's integer holds

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Polling:
    """How polling goes, for health. The moments are the clock's; None before the first of their kind."""

    heard_at: float | None = None  # when a batch, an empty one too, was last taken in
    trouble: str | None = None  # the last one, over or not
    trouble_at: float | None = None
    failures: int = 0  # in a row, 0 while all is well
    has_rival: bool = False  # by the last poll: another program polls with this token, and takes updates from this one


class Poller:
    """Fetches batches and hands them to `accept`; only what `accept` took moves the offset on, as `confirming` allows.

    `fetch(offset, timeout_s)` is one getUpdates, with None for the first. `accept(updates)` has to have kept the batch
    when it returns, for the next fetch may tell Telegram to forget it; if it raises, the batch comes again.
    `first` is called once, before any poll, in the same thread. `on_end` is called when `run` is over, whatever the
    reason; `failure` then holds it, None after a stop.
    """

    def __init__(
        self,
        fetch: Callable[[int | None, int], object],
        accept: Callable[[Sequence[Update]], None],
        *,
        confirming: Confirming | None = None,
        first: Callable[[], object] = lambda: None,
        on_end: Callable[[], None] = lambda: None,
        rival_seen: Callable[[], object] = lambda: None,
        stop: threading.Event | None = None,
        clock: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
        comes_back: Callable[[Exception], bool] = lambda _error: False,
    ) -> None:
        """`comes_back` is true of an error of `accept` that says what it waits for: it is told in its own words."""
        self._fetch = fetch
        self._accept = accept
        self._confirming = confirming or WhenKept()
        self._first = first
        self._on_end = on_end
        self._rival_seen = rival_seen
        self._stop = stop or threading.Event()
        self._clock = clock
        self._jitter = jitter
        self._comes_back = comes_back
        self._behind: int | None = None
        self._confirmed: int | None = None
        self._polling = Polling()
        self._failure: BaseException | None = None
        self._asked_at: float | None = None
        self._thread = threading.Thread(target=self.run, name="poller", daemon=True)

    @property
    def polling(self) -> Polling:
        return self._polling

    @property
    def failure(self) -> BaseException | None:
        return self._failure

    @property
    def ended_by(self) -> str | None:
        """The failure in one line."""
        if isinstance(self._failure, TokenRefused):
            return str(self._failure)
        return None if self._failure is None else f"polling has ended: {type(self._failure).__name__}"

    @property
    def thread(self) -> threading.Thread:
        return self._thread

    @property
    def asks_for_s(self) -> float:
        """How long the poll under way has been going; 0 between two."""
        asked_at = self._asked_at
        return 0.0 if asked_at is None else self._clock() - asked_at

    def start(self) -> None:
        """Runs in a daemon thread of its own, `poller`."""
        self._thread.start()

    def stop(self) -> None:
        """Takes nothing in from now on; returns at once. A long poll under way is abandoned: its batch comes again."""
        self._stop.set()

    def run(self) -> None:
        """Polls until stopped, or until the token is refused."""
        try:
            self._first()
            while not self._stop.is_set():
                self.step()
        except TokenRefused as failure:
            self._failure = failure
        except BaseException as failure:  # the edge of the thread: whoever minds `on_end` ends the process
            if not self._stop.is_set():  # after a stop it is what `first` needs that has stopped
                self._failure = failure
                _logger.exception("polling ended")
        finally:
            self._on_end()

    def step(self) -> None:
        """One long poll. After a trouble it pauses, and the next step asks the same again. Raises TokenRefused."""
        try:
            offset = self._offset()
            fetched = self._ask(offset)
            self._confirmed = offset
            if not self._stop.is_set():
                self._take_in(fetched)
                self._confirming.wait(HELD_PAUSE_S)
        except ApiTelegramException as error:
            if error.error_code in _REFUSED:
                raise TokenRefused(error.error_code) from None
            has_rival = error.error_code == _CONFLICT
            if has_rival:
                self._rival_seen()
            self._rest(f"{error.error_code} {error.description}", self._pause_after_s(error), has_rival=has_rival)
        except NotServing as error:
            self._rest(str(error), AWAY_PAUSE_S)
        except TransportError as error:
            self._rest(str(error), self._backoff_s())
        except Exception as error:  # noqa: BLE001  logged in _rest; a locked database leaves the batch to Telegram
            if self._comes_back(error):
                self._rest(str(error), AWAY_PAUSE_S)
            else:
                self._rest(type(error).__name__, self._backoff_s(), error=error)

    def confirm(self, timeout_s: float) -> None:
        """After a stop: tells Telegram what it may forget, if it was not told yet; waits no longer than it may.

        What Telegram does not hear of comes again, and is handled twice where no inbox knows it any more.
        """
        offset = self._offset()
        if offset != self._confirmed:
            last = threading.Thread(target=self._confirm, args=[offset], name="confirm", daemon=True)
            last.start()
            last.join(timeout_s)

    def _confirm(self, offset: int | None) -> None:
        try:
            self._fetch(offset, CONFIRM_S)
        except (ApiTelegramException, TransportError) as error:
            _logger.warning("what is done was not confirmed: %s", error)

    def _ask(self, offset: int | None) -> object:
        self._asked_at = self._clock()
        try:
            return self._fetch(offset, LONG_POLL_S)
        finally:
            self._asked_at = None

    def _offset(self) -> int | None:
        return None if self._behind is None else self._confirming.offset(self._behind)

    def _take_in(self, fetched: object) -> None:
        if not isinstance(fetched, list):
            raise TransportError("getUpdates", f"{type(fetched).__name__} instead of a list")
        updates = [item for item in fetched if _is_readable(item)]
        if updates:
            self._accept(updates)
            self._behind = max(update["update_id"] for update in updates) + 1
        elif fetched and self._behind is not None and self._offset() == self._behind:
            self._behind += 1  # first in the queue, so that is its number; if not, the next good one confirms it
        if len(updates) < len(fetched):
            _logger.error("updates skipped as unreadable count=%d", len(fetched) - len(updates))
        if fetched and not updates:
            raise TransportError("getUpdates", "nothing readable")
        self._go_on()

    def _go_on(self) -> None:
        before = self._polling
        self._polling = replace(before, heard_at=self._clock(), failures=0, has_rival=False)
        if before.failures:
            _logger.info("polling is well again failures=%d", before.failures)

    def _rest(self, trouble: str, pause_s: float, *, has_rival: bool = False, error: Exception | None = None) -> None:
        if self._stop.is_set():
            return  # what it was handed to has stopped too
        before = self._polling
        self._polling = Polling(before.heard_at, trouble, self._clock(), before.failures + 1, has_rival)
        is_news = not before.failures or before.trouble != trouble
        level = logging.WARNING if is_news else logging.DEBUG  # an hour without network is one line, not hundreds
        _logger.log(level, "polling pauses: %s pause_s=%.1f", trouble, pause_s, exc_info=error)
        self._stop.wait(pause_s)

    def _pause_after_s(self, error: ApiTelegramException) -> float:
        if error.error_code == _CONFLICT:
            return max(CONFLICT_PAUSE_S, self._backoff_s())
        asked_s = retry_after_s(error.result_json)
        return self._backoff_s() if asked_s is None else asked_s

    def _backoff_s(self) -> float:
        """Doubles with each failure in a row; jitter takes up to half of it away, never below the first."""
        doublings = min(self._polling.failures, 10)
        longest_s = min(FIRST_PAUSE_S * 2.0**doublings, LONGEST_PAUSE_S)
        return max(FIRST_PAUSE_S, longest_s * (1 + self._jitter()) / 2)


def telegram_updates(token: str, kinds: Sequence[str]) -> Callable[[int | None, int], object]:
    """The `fetch` that asks Telegram for these kinds of updates, raw.

    The kinds go with every call: Telegram remembers the last ones it was told, another program's too.
    A connection that died is noticed 5 s after the long poll should have ended.
    """

    def fetch(offset: int | None, timeout_s: int) -> object:
        return apihelper.get_updates(
            token, offset=offset, timeout=_CONNECT_S, allowed_updates=list(kinds), long_polling_timeout=timeout_s
        )

    return fetch


def _is_readable(item: object) -> bool:
    number = item.get("update_id") if isinstance(item, dict) else None
    return isinstance(number, int) and not isinstance(number, bool) and 0 <= number <= _LARGEST_ID
