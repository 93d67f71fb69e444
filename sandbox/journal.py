"""Every call that reached a stand-in, with its times, for tests and measurements."""

import json
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from sandbox.server import Response

_NEWEST = 200_000


@dataclass(frozen=True, slots=True)
class Call:
    """`at` is when it came, by the monotonic clock; `status` is 0 where the connection was cut instead of an answer.

    `refusal` is the body of an answer other than 200.
    """

    at: float
    took_s: float
    name: str
    parameters: Mapping[str, Any]
    status: int
    refusal: bytes

    @property
    def description(self) -> str:
        """Telegram's words for a refusal; nothing for an answer that is not its JSON."""
        try:
            return str(json.loads(self.refusal)["description"])
        except (ValueError, KeyError, TypeError):
            return ""

    @property
    def chat_id(self) -> int | None:
        """The chat the call was about, where it named one by number."""
        try:
            return int(self.parameters["chat_id"])
        except (KeyError, ValueError):
            return None


class Journal:
    """Keeps the newest calls and counts all; any thread may read and write."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self._changed = threading.Condition()
        self._calls: deque[Call] = deque(maxlen=_NEWEST)
        self._counts: Counter[str] = Counter()

    def record(self, name: str, parameters: Mapping[str, Any], *, at: float, response: Response | None) -> None:
        status = 0 if response is None else response.status
        refusal = b"" if response is None or status == HTTPStatus.OK else response.body
        call = Call(at, self.clock() - at, name, parameters, status, refusal)
        with self._changed:
            self._calls.append(call)
            self._counts[name] += 1
            self._changed.notify_all()

    def calls(self, name: str | None = None, *, chat_id: int | None = None) -> list[Call]:
        """The calls of a method or a source, oldest first; all of them without a name."""
        with self._changed:
            calls = list(self._calls)
        return [
            call
            for call in calls
            if (name is None or call.name == name) and (chat_id is None or call.chat_id == chat_id)
        ]

    def count(self, name: str) -> int:
        with self._changed:
            return self._counts[name]

    def wait(self, name: str, *, count: int = 1, timeout_s: float = 120.0) -> None:
        """Return when the calls by that name are at least so many in all; AssertionError after the time."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._counts[name] >= count, timeout_s):
                raise AssertionError(f"{self._counts[name]} calls of {name} after {timeout_s} s, not {count}")
