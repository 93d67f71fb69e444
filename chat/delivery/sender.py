"""The HTTP side of every Bot API call: bounded waits, careful repeats, and a token that stays inside."""

import logging
import random
import threading
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Protocol

from telebot import apihelper

from chat.delivery.answers import Answer, Response, read
from chat.delivery.errors import NotServing, TransportError
from chat.delivery.repeats import (
    PAUSES_S,
    REPEAT_WITHIN_S,
    is_repeatable,
    was_never_sent,
)

Timeout = tuple[float, float]
"""Seconds to connect, and seconds of silence while reading."""

CALL_TIMEOUT: Timeout = (5, 10)
ANSWER_TIMEOUT: Timeout = (3, 5)
"""For answerCallbackQuery and its kind: later than this nobody looks at the button any more."""
UPLOAD_TIMEOUT: Timeout = (60, 60)
"""The first of the two bounds the sending of the whole body as well; nothing else is longer than a packet or two."""
POLL_TIMEOUT: Timeout = (5, 60)

Send = Callable[..., Answer]
"""What telebot calls for each call of its own (`apihelper.CUSTOM_REQUEST_SENDER`)."""

_GET_UPDATES = "getUpdates"

_logger = logging.getLogger(__name__)


class Session(Protocol):
    """What is needed of an HTTP session; whatever it raises for a failed call is an OSError, as in requests."""

    def post(
        self,
        url: str,
        data: dict[str, Any] | None = None,
        *,
        files: dict[str, Any] | None,
        timeout: Timeout,
        proxies: dict[str, str] | None,
        within_s: float,
    ) -> Response:
        """`timeout` bounds the connecting and each silence; a call is over `within_s` even if bytes go on dripping."""


class TelegramSender:
    """Takes the place of telebot's own requests (`apihelper.CUSTOM_REQUEST_SENDER`); any thread may call.

    Every call is a POST with its parameters in the body. It returns an Answer, a refusal by Telegram included, which
    telebot raises as ApiTelegramException; or it raises TransportError. getUpdates is never repeated here: that is the
    poller's.
    """

    def __init__(
        self,
        calls: Session,
        polls: Session,
        *,
        stop: threading.Event | None = None,
        may_send: Callable[[], object] = lambda: None,
        serves: Callable[[], bool] = lambda: True,
        never_sent: Callable[[OSError], bool] = was_never_sent,
        clock: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """`polls` serves getUpdates alone; `stop`, once set, ends every pause and with it the repeating.

        `may_send` is asked before each attempt, and raises in a thread that must have no effect any more. While this
        process is not the one that `serves`, a call counts as one that found no way to Telegram.
        """
        self._calls = calls
        self._polls = polls
        self._stop = stop or threading.Event()
        self._may_send = may_send
        self._serves = serves
        self._never_sent = never_sent
        self._clock = clock
        self._jitter = jitter

    def __call__(
        self,
        _verb: str,
        url: str,
        /,
        *,
        params: dict[str, Any] | None = None,
        files: dict[str, Any] | None = None,
        timeout: Timeout = CALL_TIMEOUT,
        proxies: dict[str, str] | None = None,
    ) -> Answer:
        method = url.rsplit("/", 1)[-1]
        session = self._polls if method == _GET_UPDATES else self._calls
        timeout = bounded(timeout, method, with_files=bool(files))
        within_s = timeout[0] + timeout[1]

        def attempt() -> Answer | TransportError:
            self._may_send()
            if not self._serves():
                return NotServing(method)
            try:
                response = session.post(url, params, files=files, timeout=timeout, proxies=proxies, within_s=within_s)
                return read(response, method)
            except OSError as error:
                return TransportError(method, type(error).__name__, unsent=self._never_sent(error))

        # The first attempt reads the files to their end, so a second would send none of them.
        once = method == _GET_UPDATES or bool(files)
        outcome = attempt() if once else self._repeated(attempt, method)
        if isinstance(outcome, TransportError):
            raise outcome  # outside of the except, so that the error with the URL in it is not chained to this one
        return outcome

    def _repeated(self, attempt: Callable[[], Answer | TransportError], method: str) -> Answer | TransportError:
        started = self._clock()
        outcome = attempt()
        if isinstance(outcome, Answer) and outcome.payload["ok"]:
            return outcome
        for longest_s in PAUSES_S:
            if not is_repeatable(outcome, method):
                break
            pause_s = longest_s * (1 + self._jitter()) / 2
            if self._clock() - started + pause_s > REPEAT_WITHIN_S or self._stop.wait(pause_s):
                break
            _logger.info("telegram call repeated method=%s pause_s=%.2f", method, pause_s)
            outcome = attempt()
        return outcome


@lru_cache(maxsize=100)
def bounded(timeout: Timeout, method: str, *, with_files: bool) -> Timeout:
    """The timeout asked for, cut to what suits the method; telebot's own are 15 and 30 s for everything."""
    if method == _GET_UPDATES:
        longest = POLL_TIMEOUT
    elif with_files:
        longest = UPLOAD_TIMEOUT
    elif method.startswith("answer"):
        longest = ANSWER_TIMEOUT
    else:
        longest = CALL_TIMEOUT
    return min(timeout[0], longest[0]), min(timeout[1], longest[1])


def install(sender: Send, *, base_url: str | None = None) -> None:
    """From now on all of telebot's calls go through the sender, to the Bot API server at `base_url` (None: Telegram's).

    telebot knows one sender and one server per process. A bot that ends leaves them in place: a thread that is still
    at work would otherwise call Telegram itself, by telebot's own way.
    """
    knobs: Any = apihelper  # telebot writes them down as None
    knobs.CUSTOM_REQUEST_SENDER = sender
    # With it telebot would make urllib3 write file names without quotes, which ends them at a space.
    knobs.format_header_param = None
    if base_url is not None:
        base = base_url.rstrip("/")
        knobs.API_URL = base + "/bot{0}/{1}"
        knobs.FILE_URL = base + "/file/bot{0}/{1}"
