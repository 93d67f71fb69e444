"""Inline queries: worthless within seconds, so kept nowhere, answered beside the chats, and only the newest of each."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from chat.delivery.late_edits import Submit

InlineQuery = dict[str, Any]

LASTS_S = 10.0
"""After so long nobody waits for the answer: whoever typed has typed on, or given up."""

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many came, how many gave way to a newer one of the same person, and how many waited for too long."""

    came: int = 0
    overtaken: int = 0
    late: int = 0


class Passing:
    """Any thread may call. Of each person one query is at work and one waits, whoever types how fast ever."""

    def __init__(
        self,
        answer: Callable[[InlineQuery], object],
        submit: Submit,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._answer = answer
        self._submit = submit
        self._clock = clock
        self._lock = threading.Lock()
        self._newest: dict[int, tuple[InlineQuery, float]] = {}
        self._counts = Counts()

    @property
    def counts(self) -> Counts:
        return self._counts

    def take(self, query: InlineQuery) -> None:
        """Puts a raw inline query in line, in the place of an older one; returns at once. One without a sender is
        none that Telegram sends."""
        sender = query.get("from")
        user_id = sender.get("id") if isinstance(sender, dict) else None
        if not isinstance(user_id, int):
            return
        with self._lock:
            overtakes = user_id in self._newest
            self._newest[user_id] = query, self._clock()
            before = self._counts
            self._counts = Counts(before.came + 1, before.overtaken + overtakes, before.late)
        if not overtakes:
            self._submit(("inline", user_id), partial(self._work, user_id))

    def _work(self, user_id: int) -> None:
        with self._lock:
            query, came_at = self._newest.pop(user_id)
            is_late = self._clock() - came_at > LASTS_S
            before = self._counts
            self._counts = Counts(before.came, before.overtaken, before.late + is_late)
        if not is_late:
            self._answer(query)
