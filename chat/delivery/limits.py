"""How often Telegram lets a bot speak: in all, in one chat and in one group, kept before Telegram has to say so."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass

PLACES = 10_000
"""Chats whose last calls are remembered; of more, those that were quiet for the longest are as good as new."""


@dataclass(frozen=True, slots=True)
class Rate:
    """One call each `interval_s`, after a pause up to `burst` at once."""

    interval_s: float
    burst: int


IN_ALL = Rate(1 / 25, burst=5)
"""Telegram's bound is 30 messages a second: 25 and a burst of 5 are never more in any second.

It is meant for what a bot says to many of its own accord. An edit that somebody asked for does not count: Telegram
states no bound of all edits, and the bound of each chat holds for them."""
NOTICES = 1
"""What may wait takes a place only when so much of the burst would do: people go first.

For the same reason countdowns and boards leave people half of the burst of a chat, and of a group."""
MESSAGES = Rate(1.0, burst=3)
IN_A_CHAT = Rate(1.0, burst=10)
"""Messages and edits together, as Telegram counts them. A quote takes five; of edits beyond this the last is made."""
IN_A_GROUP = Rate(6.0, burst=10)
"""The same for Telegram's 20 a minute: 10 and a burst of 10 are never more in any minute."""


class Limits:
    """Any thread may call; nothing waits here. The buckets are of the kind GCRA: each is one moment."""

    def __init__(
        self, *, is_on: bool = True, clock: Callable[[], float] = time.monotonic, places: int = PLACES
    ) -> None:
        """Switched off they let everything pass, and Telegram's 429 is all that holds anybody up."""
        self._is_on = is_on
        self._clock = clock
        self._places = places
        self._lock = threading.Lock()
        self._free_at: OrderedDict[Hashable, float] = OrderedDict()
        self._blocked_until: OrderedDict[int, float] = OrderedDict()

    def take(self, place: int, *, edit: bool, urgent: bool = True) -> float:
        """Takes a place for one call and returns 0.0, or takes none and returns the seconds until there is one."""
        if not self._is_on:
            return 0.0
        share = 1 if urgent else 2
        buckets: list[tuple[Hashable, Rate, int]] = [(("chat", place), IN_A_CHAT, IN_A_CHAT.burst // share)]
        if place < 0:
            buckets.append((("group", place), IN_A_GROUP, IN_A_GROUP.burst // share))
        if not edit:
            buckets.append((("messages", place), MESSAGES, MESSAGES.burst))
        if not edit or not urgent:
            buckets.append(("all", IN_ALL, IN_ALL.burst if urgent else NOTICES))
        with self._lock:
            now = self._clock()
            wait_s = max(0.0, self._blocked_until.get(place, now) - now)
            for key, rate, burst in buckets:
                wait_s = max(wait_s, self._wait_s(key, rate, burst, now))
            if not wait_s:
                for key, rate, _ in buckets:
                    self._free_at[key] = max(self._free_at.pop(key, now), now) + rate.interval_s
                while len(self._free_at) > self._places:
                    self._free_at.popitem(last=False)
            return wait_s

    def block(self, place: int, seconds: float) -> None:
        """Telegram asked for so much silence in this place; the others are not concerned."""
        with self._lock:
            until = self._clock() + seconds
            self._blocked_until[place] = max(until, self._blocked_until.pop(place, until))
            if len(self._blocked_until) > self._places:
                self._blocked_until.popitem(last=False)

    def _wait_s(self, key: Hashable, rate: Rate, burst: int, now: float) -> float:
        wait_s = self._free_at.get(key, now) - now - (burst - 1) * rate.interval_s
        return wait_s if wait_s > 1e-9 else 0.0  # noqa: PLR2004  less than that is the rounding of floats
