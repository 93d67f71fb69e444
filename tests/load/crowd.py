"""Many operators on one thread: whatever the bot shows to one of them wakes that one, and nobody else."""

import heapq
import itertools
import queue
import random
import time
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from sandbox.messages import Message as OnSandbox
from sandbox.stand import Sandbox
from tests.e2e.operator import Seen
from tests.load.operators import Operator

_LOOKS_EVERY_S = 0.25

Message = TypeVar("Message", bound=Seen)


class Crowd(Generic[Message]):
    """Never waits: it is told what is shown, and says when the next operator has something to do.

    `think_s` is the mean time before an operator acts, 0 for none; who has made a quote goes on until `enough`.
    """

    def __init__(
        self,
        operators: Sequence[Operator[Message]],
        *,
        think_s: float = 0.0,
        patience_s: float = 90.0,
        seed: int = 0,
    ) -> None:
        self.working: set[int] = set()
        self._operators = {operator.person.id: operator for operator in operators}
        self._think_s = think_s
        self._patience_s = patience_s
        self._random = random.Random(seed)
        self._due: list[tuple[float, int, Operator[Message], Callable[[], None]]] = []
        self._busy: set[int] = set()
        self._order = itertools.count()
        self._looks_at = 0.0
        self._enough: Callable[[Operator[Message]], bool] = lambda _: False

    def begin(self, enough: Callable[[Operator[Message]], bool], *, apart_s: float = 0.0) -> None:
        """Everybody opens a quote, one `apart_s` after the other."""
        self._enough = enough
        self.working = set(self._operators)
        for number, operator in enumerate(self._operators.values()):
            self._later(operator, operator.begin, after_s=number * apart_s)

    def heard(self, message: Message) -> None:
        """Of something that is new on a screen, or has changed."""
        operator = self._operators.get(message.chat_id)
        if operator is None or not operator.saw(message):
            return
        if operator.awaits is not None:
            self._later(operator, operator.act)
        elif self._enough(operator):
            self.working.discard(operator.person.id)
        elif operator.person.id in self.working:
            self._later(operator, operator.begin)

    def act(self) -> None:
        """What is due by now; whoever has waited for too long tries again."""
        now = time.monotonic()
        while self._due and self._due[0][0] <= now:
            _, _, ready, act = heapq.heappop(self._due)
            self._busy.discard(ready.person.id)
            act()
        if now >= self._looks_at:
            self._looks_at = now + _LOOKS_EVERY_S
            self._nudge_who_waits(now)

    def idle_s(self) -> float:
        """How long nobody does anything of their own accord."""
        until = self._due[0][0] if self._due else self._looks_at
        return min(max(until - time.monotonic(), 0.0), _LOOKS_EVERY_S)

    def _later(self, operator: Operator[Message], act: Callable[[], None], *, after_s: float = 0.0) -> None:
        """An operator has one thing in mind at a time: what it will do, it does to what it sees by then."""
        if operator.person.id in self._busy:
            return
        self._busy.add(operator.person.id)
        pause_s = after_s + self._think_s * self._random.uniform(0.5, 1.5)
        heapq.heappush(self._due, (time.monotonic() + pause_s, next(self._order), operator, act))

    def _nudge_who_waits(self, now: float) -> None:
        for number in self.working:
            operator = self._operators[number]
            if number in self._busy or operator.awaits is None:
                continue
            if now - operator.acted_at > self._patience_s + 2 * self._think_s:
                operator.nudge()


class SandboxCrowd(Crowd[OnSandbox]):
    """Before a sandbox, whose threads show the messages; it acts on the stand directly, without HTTP."""

    def __init__(
        self,
        sandbox: Sandbox,
        operators: Sequence[Operator[OnSandbox]],
        *,
        think_s: float = 0.0,
        patience_s: float = 90.0,
        seed: int = 0,
    ) -> None:
        super().__init__(operators, think_s=think_s, patience_s=patience_s, seed=seed)
        self._sandbox = sandbox
        self._events: queue.SimpleQueue[OnSandbox] = queue.SimpleQueue()

    def run(self, *, enough: Callable[[Operator[OnSandbox]], bool]) -> float:
        """Returns when every operator has made a quote and after it has `enough`; the seconds that it took."""
        unwatch = self._sandbox.chats.watch(self._notice)
        began = time.monotonic()
        try:
            self.begin(enough)
            while self.working:
                self.act()
                self._take(self.idle_s())
        finally:
            unwatch()
        return time.monotonic() - began

    def linger(self, seconds: float) -> None:
        """Goes on looking without doing anything, so that what comes too late or twice is seen."""
        unwatch, until = self._sandbox.chats.watch(self._notice), time.monotonic() + seconds
        try:
            while (left := until - time.monotonic()) > 0:
                self._take(left)
        finally:
            unwatch()

    def _take(self, timeout_s: float) -> None:
        try:
            message = self._events.get(timeout=timeout_s)
        except queue.Empty:
            return
        self.heard(message)

    def _notice(self, event: dict[str, Any]) -> None:
        """Called by the stand's threads, under its lock."""
        message = event.get("message")
        if event["kind"] == "message" and isinstance(message, OnSandbox) and message.by_bot:
            self._events.put(message)
