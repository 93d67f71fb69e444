"""What a stand-in was told to do wrong: which calls, how, how often or how long."""

import itertools
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """How a call fails; kinds that are a status are answered in the way of the one who is called."""

    UNAUTHORIZED = "401"
    FORBIDDEN = "403"
    CONFLICT = "409"
    TOO_MANY_REQUESTS = "429"
    BLOCKED = "451"
    SERVER_ERROR = "500"
    BAD_GATEWAY = "502"
    UNAVAILABLE = "503"
    QUOTA = "quota"
    """APILayer's 429: the month's calls are used up."""
    QUOTA_104 = "quota_104"
    """The same, told with a status of 200 and error code 104."""
    HTML = "html"
    """A page with a status of 200."""
    GARBAGE = "garbage"
    """Handled, and half of the answer is sent."""
    DRIP = "drip"
    """Handled, and the answer comes byte by byte, `delay_s` apart."""
    DELAY = "delay"
    """Handled after `delay_s`."""
    LATE = "late"
    """Handled at once, answered after `delay_s`."""
    RESET_BEFORE = "reset_before"
    """Not handled, the connection is reset."""
    RESET_AFTER = "reset_after"
    """Handled, then the connection is reset."""
    REFUSE = "refuse"
    """The nearest to a refused connection on a port that others use: reset before anything is read."""
    SILENCE = "silence"
    """Not handled and never answered."""
    CANNED = "canned"
    """Not handled; answered with the fault's own status, body and content type."""


@dataclass(frozen=True, slots=True)
class Fault:
    """`target` is `telegram`, a method, `sources` or a source; `chat_id` and `key` narrow it; None means no bound."""

    id: int
    target: str
    kind: Kind
    count: int | None
    until: float | None
    chance: float
    chat_id: int | None
    key: str | None
    retry_after: int
    delay_s: float
    status: int
    body: bytes
    content_type: str

    def concerns(self, targets: tuple[str, ...], *, chat_id: int | None, key: str | None) -> bool:
        return self.target in targets and self.chat_id in {None, chat_id} and self.key in {None, key}


class Faults:
    """The faults that are on, in the order they were added; the first that concerns a call is the one it gets.

    `kinds` says for each target what can go wrong there.
    """

    def __init__(
        self, kinds: Mapping[str, frozenset[Kind]], *, clock: Callable[[], float] = time.monotonic, seed: int = 0
    ) -> None:
        self.kinds = kinds
        self._clock = clock
        self._random = random.Random(seed)  # noqa: S311 - a test wants the same luck each time
        self._lock = threading.Lock()
        self._ids = itertools.count(1)
        self._faults: dict[int, Fault] = {}
        self._left: dict[int, int] = {}

    def add(
        self,
        target: str,
        kind: Kind | str,
        *,
        count: int | None = None,
        duration_s: float | None = None,
        chance: float = 1.0,
        chat_id: int | None = None,
        key: str | None = None,
        retry_after: int = 1,
        delay_s: float = 1.0,
        status: int = 200,
        body: bytes | str = b"",
        content_type: str = "application/json",
    ) -> Fault:
        """Turn a fault on for `count` calls or `duration_s`, or until it is cleared; `key` is a key of APILayer.

        ValueError for a target that is not there and for a kind that cannot happen to it.
        """
        if kind not in self.kinds.get(target, ()):
            raise ValueError(f"{target!r} cannot fail by {str(kind)!r}")
        fault = Fault(
            next(self._ids),
            target,
            Kind(kind),
            count,
            None if duration_s is None else self._clock() + duration_s,
            chance,
            chat_id,
            key,
            retry_after,
            delay_s,
            status,
            body.encode() if isinstance(body, str) else body,
            content_type,
        )
        with self._lock:
            self._faults[fault.id] = fault
            if count is not None:
                self._left[fault.id] = count
        return fault

    def take(self, *targets: str, chat_id: int | None = None, key: str | None = None) -> Fault | None:
        """The fault that this call gets, counted down; None for a call that goes well."""
        if not self._faults:
            return None
        with self._lock:
            self._forget_expired()
            for fault in self._faults.values():
                if fault.concerns(targets, chat_id=chat_id, key=key) and self._random.random() < fault.chance:
                    self._count_down(fault)
                    return fault
        return None

    def active(self) -> list[tuple[Fault, int | None]]:
        """Each fault that is on and how many calls it has left, None without a count."""
        with self._lock:
            self._forget_expired()
            return [(fault, self._left.get(fault.id)) for fault in self._faults.values()]

    def clear(self, target: str | None = None, *, fault_id: int | None = None) -> int:
        """Turn off all faults, those of a target, or one; returns how many were on."""
        with self._lock:
            gone = [
                fault.id
                for fault in self._faults.values()
                if target in {None, fault.target} and fault_id in {None, fault.id}
            ]
            for each in gone:
                self._forget(each)
        return len(gone)

    def _count_down(self, fault: Fault) -> None:
        if fault.count is None:
            return
        self._left[fault.id] -= 1
        if not self._left[fault.id]:
            self._forget(fault.id)

    def _forget_expired(self) -> None:
        now = self._clock()
        for fault in [each for each in self._faults.values() if each.until is not None and each.until <= now]:
            self._forget(fault.id)

    def _forget(self, fault_id: int) -> None:
        del self._faults[fault_id]
        self._left.pop(fault_id, None)
