"""When a call goes out: within Telegram's limits, never against its 429, and again when the network let it down."""

import logging
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

from chat.delivery.answers import Answer
from chat.delivery.dispatcher import Postponed
from chat.delivery.effects import Effects
from chat.delivery.errors import TransportError, retry_after_s
from chat.delivery.limits import Limits
from chat.delivery.newest import Newest
from chat.delivery.sender import Send

BESIDE_S = 30.0
"""How long a call on behalf of no update or job waits at most, in its own thread, and once more when it got a 429."""
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 30.0
GIVEN_UP_AFTER_S = 3600.0
"""For so long an update is tried again while Telegram is in trouble; later its answer is of no use to anybody."""

SPINNING_S = 5.0
"""For so long somebody may still look at a button that spins."""

_UNLIMITED = ("answer", "get", "set", "deleteMyCommands", "deleteWebhook", "sendChatAction")
_TOO_MANY_REQUESTS = 429
_SERVER_ERRORS = range(500, 600)
_TROUBLES = 2_000
"""Of more at once the oldest are new ones again: tried for another hour, from the shortest pause on."""
_FORGOTTEN_AFTER_S = 2 * GIVEN_UP_AFTER_S
"""What is still tried has been given up by then; this one was done in another way, or nobody wants it any more."""

_logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Trouble:
    since: float
    pause_s: float = FIRST_PAUSE_S


class Outgoing:
    """Stands before the sender; any thread may call.

    A call on behalf of an update or a job that has to wait raises Postponed, however short the wait: the worker is free
    for other chats, and the work begins anew at the moment that is kept for it. All other calls wait in their thread,
    behind those of people.
    """

    def __init__(
        self,
        send: Send,
        limits: Limits,
        effects: Effects,
        *,
        stop: threading.Event | None = None,
        clock: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._send = send
        self._limits = limits
        self._effects = effects
        self._stop = stop or threading.Event()
        self._clock = clock
        self._jitter = jitter
        self._lock = threading.Lock()
        self._troubles = Newest[tuple[str, str], _Trouble](_TROUBLES)
        self._counts: Counter[str] = Counter()

    def __call__(self, verb: str, url: str, /, *, params: dict[str, Any] | None = None, **more: Any) -> Answer:
        self.admit(url, params, by=(self._effects.origin, "unnumbered"))
        if (place := _limited_place(url, params)) is not None:
            self._effects.called(place)
        return self.admitted(verb, url, params=params, **more)

    def admit(self, url: str, params: dict[str, Any] | None, *, by: Hashable) -> None:
        """Returns when the call may go out: it is to be made then, as `admitted`.

        Raises Postponed otherwise; the work that begins anew comes again `by` the same name, or lines up behind others.
        """
        if (place := _limited_place(url, params)) is not None:
            self._admit(url.rsplit("/", 1)[-1], place, by, begun=self._clock())

    def held_up(self, url: str, *, by: Hashable) -> None:
        """A call that was admitted goes out only now; raises Postponed where it comes with too many others."""
        begun = self._clock()
        while wait_s := self._limits.held_up(by):
            self._wait(url.rsplit("/", 1)[-1], wait_s, begun=begun)

    def admitted(self, verb: str, url: str, /, *, params: dict[str, Any] | None = None, **more: Any) -> Answer:
        """A call that was admitted, or that has no limit."""
        method, place = url.rsplit("/", 1)[-1], place_of(params)
        if place is None and method.startswith("edit"):  # of a message that a person sent through the bot
            return self.at_once(verb, url, params=params, **more)
        if method.startswith(_UNLIMITED) or place is None:
            return self._unlimited(method, lambda: self._send(verb, url, params=params, **more))
        begun = self._clock()
        while (answer := self.at_once(verb, url, params=params, **more)).error_code == _TOO_MANY_REQUESTS:
            # Only a call on behalf of nobody is here: the others were postponed.
            wait_s = retry_after_s(answer.payload) or FIRST_PAUSE_S
            if more.get("files") or self._clock() - begun + wait_s > BESIDE_S:
                self._count("given up")
                break
            self._wait(method, wait_s, begun=begun)
            self._admit(method, place, None, begun=begun)
        return answer

    def _admit(self, method: str, place: int, by: Hashable, *, begun: float) -> None:
        effects, is_edit = self._effects, method.startswith(("edit", "delete"))
        while wait_s := self._limits.take(
            place, edit=is_edit, urgent=effects.is_urgent, by=by, again=effects.calls(place)
        ):
            self._wait(method, wait_s, begun=begun)

    def _unlimited(self, method: str, call: Callable[[], Answer]) -> Answer:
        """A button spins until it is answered, so that the short silence that Telegram asks for is waited out, once."""
        answer = self._counted(method, call)
        asked_s = retry_after_s(answer.payload) if answer.error_code == _TOO_MANY_REQUESTS else None
        if (
            method.startswith("answer")
            and asked_s is not None
            and asked_s <= SPINNING_S
            and not self._stop.wait(asked_s)
        ):
            return self._counted(method, call)
        return answer

    def at_once(self, verb: str, url: str, /, *, params: dict[str, Any] | None = None, **more: Any) -> Answer:
        """The call without the limits; what Telegram's trouble does to it is the same."""
        method, origin = url.rsplit("/", 1)[-1], self._effects.origin
        try:
            answer = self._counted(method, lambda: self._send(verb, url, params=params, **more))
        except TransportError as error:
            self._postpone(origin, method, str(error), unsent=error.unsent)
            raise
        if answer.error_code == _TOO_MANY_REQUESTS:
            asked_s = retry_after_s(answer.payload)
            self._blocked(place_of(params), FIRST_PAUSE_S if asked_s is None else asked_s, origin=origin)
        elif answer.error_code in _SERVER_ERRORS:
            self._postpone(origin, method, f"{method}: {answer.error_code}", unsent=False)
        elif origin is not None and self._troubles:
            with self._lock:
                self._troubles.pop((origin, method), None)
        return answer

    def snapshot(self) -> dict[str, int]:
        """Calls by method and result ("sendMessage ok"), and how many were limited, held, postponed or given up."""
        with self._lock:
            return dict(self._counts)

    def _wait(self, method: str, wait_s: float, *, begun: float) -> None:
        self._count("waits")
        if self._effects.origin is not None:
            raise Postponed(wait_s)
        if self._clock() - begun + wait_s > BESIDE_S:
            self._count("given up")
            raise TransportError(method, "no place within Telegram's limits", unsent=True)
        if self._stop.wait(wait_s):
            raise TransportError(method, "stopping", unsent=True)

    def _blocked(self, place: int | None, seconds: float, *, origin: str | None) -> None:
        self._count("429")
        _logger.warning("telegram asks for silence chat_id=%s seconds=%.0f", place, seconds)
        if place is not None:
            self._limits.block(place, seconds)
        if origin is not None:
            raise Postponed(seconds)

    def _postpone(self, origin: str | None, method: str, trouble: str, *, unsent: bool) -> None:
        """Returns when it is of no use: the trouble is then the caller's."""
        if origin is None:
            return
        with self._lock:
            # Work that is begun anew does well again what went well before, which says nothing about the rest of it.
            now = self._clock()
            self._troubles.let_go(lambda trouble: now - trouble.since > _FORGOTTEN_AFTER_S)
            known = self._troubles.get((origin, method))
            if known is None:
                known = _Trouble(now)
                self._troubles.put((origin, method), known)
            given_up = now - known.since > GIVEN_UP_AFTER_S
            pause_s = known.pause_s * (1 + self._jitter()) / 2
            known.pause_s = min(2 * known.pause_s, LONGEST_PAUSE_S)
            if given_up:
                del self._troubles[origin, method]
        self._count("given up" if given_up else "postponed")
        if given_up:
            _logger.error("given up after an hour: %s origin=%s", trouble, origin)
            return
        _logger.warning("tried again later: %s origin=%s pause_s=%.1f", trouble, origin, pause_s)
        raise Postponed(pause_s, unsent=unsent) from None

    def _counted(self, method: str, call: Callable[[], Answer]) -> Answer:
        result = "unanswered"
        try:
            answer = call()
            result = "ok" if answer.error_code is None else str(answer.error_code)
        finally:
            self._count(f"{method} {result}")
        return answer

    def _count(self, what: str) -> None:
        with self._lock:
            self._counts[what] += 1


def _limited_place(url: str, params: dict[str, Any] | None) -> int | None:
    """The chat whose limits a call is within; None where it has none."""
    return None if url.rsplit("/", 1)[-1].startswith(_UNLIMITED) else place_of(params)


def place_of(params: dict[str, Any] | None) -> int | None:
    """The chat a call is about; None where it is about none, or names it."""
    try:
        return int((params or {})["chat_id"])
    except (KeyError, TypeError, ValueError):
        return None
