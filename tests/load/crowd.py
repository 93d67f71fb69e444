"""Many operators on one thread: whatever the bot shows to one of them wakes that one, and nobody else."""

import heapq
import itertools
import queue
import random
import time
from collections.abc import Callable, Sequence
from typing import Any

from sandbox.messages import Message
from sandbox.stand import Sandbox
from tests.load.operators import Operator

_LOOKS_EVERY_S = 0.25


class Crowd:
    """Acts on the stand directly, without HTTP; `think_s` is the mean time before an operator acts, 0 for none."""

    def __init__(
        self,
        sandbox: Sandbox,
        operators: Sequence[Operator],
        *,
        think_s: float = 0.0,
        patience_s: float = 30.0,
        seed: int = 0,
    ) -> None:
        self._sandbox = sandbox
        self._operators = {operator.person.id: operator for operator in operators}
        self._think_s = think_s
        self._patience_s = patience_s
        self._random = random.Random(seed)
        self._events: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._due: list[tuple[float, int, Operator, Callable[[], None]]] = []
        self._busy: set[int] = set()
        self._order = itertools.count()
        self._looks_at = 0.0

    def run(self, *, enough: Callable[[Operator], bool]) -> float:
        """Returns when every operator has made a quote and after it has `enough`; the seconds that it took."""
        unwatch = self._sandbox.chats.watch(self._heard)
        began = time.monotonic()
        working = set(self._operators)
        try:
            for operator in self._operators.values():
                self._later(operator, operator.begin)
            while working:
                self._step(enough, working)
        finally:
            unwatch()
        return time.monotonic() - began

    def linger(self, seconds: float) -> None:
        """Goes on looking without doing anything, so that what comes too late or twice is seen."""
        unwatch, until = self._sandbox.chats.watch(self._heard), time.monotonic() + seconds
        try:
            while (left := until - time.monotonic()) > 0:
                self._take(left)
        finally:
            unwatch()

    def _step(self, enough: Callable[[Operator], bool], working: set[int]) -> None:
        now = time.monotonic()
        while self._due and self._due[0][0] <= now:
            _, _, ready, act = heapq.heappop(self._due)
            self._busy.discard(ready.person.id)
            act()
        if not self._due or self._due[0][0] > time.monotonic():
            until = self._due[0][0] - time.monotonic() if self._due else _LOOKS_EVERY_S
            operator = self._take(min(max(until, 0.0), _LOOKS_EVERY_S))
            if operator is not None and operator.awaits is not None:
                self._later(operator, operator.act)
            elif operator is not None and enough(operator):
                working.discard(operator.person.id)
            elif operator is not None:
                self._later(operator, operator.begin)
        self._nudge_who_waits(working)

    def _take(self, timeout_s: float) -> Operator | None:
        """The operator who has something to do about what just appeared; None for nobody."""
        try:
            message = self._events.get(timeout=timeout_s)
        except queue.Empty:
            return None
        operator = self._operators.get(message.chat_id)
        return operator if operator is not None and operator.saw(message) else None

    def _later(self, operator: Operator, act: Callable[[], None]) -> None:
        """An operator has one thing in mind at a time: what it will do, it does to what it sees by then."""
        if operator.person.id in self._busy:
            return
        self._busy.add(operator.person.id)
        pause_s = self._think_s * self._random.uniform(0.5, 1.5)
        heapq.heappush(self._due, (time.monotonic() + pause_s, next(self._order), operator, act))

    def _nudge_who_waits(self, working: set[int]) -> None:
        now = time.monotonic()
        if now < self._looks_at:
            return
        self._looks_at = now + _LOOKS_EVERY_S
        for number in working:
            operator = self._operators[number]
            if number in self._busy or operator.awaits is None:
                continue
            if now - operator.acted_at > self._patience_s + 2 * self._think_s:
                operator.nudge()

    def _heard(self, event: dict[str, Any]) -> None:
        """Called by the stand's threads, under its lock."""
        message = event.get("message")
        if event["kind"] == "message" and isinstance(message, Message) and message.by_bot:
            self._events.put(message)
