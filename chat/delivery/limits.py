"""How often Telegram lets a bot speak: in all, in one chat and in one group, kept before Telegram has to say so."""

import threading
import time
from collections.abc import Callable, Hashable

from chat.delivery.line import ROUNDING_S, Line, Rate
from chat.delivery.newest import Newest

PLACES = 10_000
"""Chats whose last calls are remembered while they count: a minute later a chat is as good as one never spoken in."""

MESSAGES = Rate(1.0, burst=3)
IN_A_CHAT = Rate(1.0, burst=10)
"""Messages and edits together, as Telegram counts them. A quote takes five; of edits beyond this the last is made."""
IN_A_GROUP = Rate(6.0, burst=10)
"""The same for Telegram's 20 a minute: 10 and a burst of 10 are never more in any minute."""
NOTICES = 2
"""What may wait, such as countdowns, gets one part in so many of the burst of a chat or a group: people go first."""


class Limits:
    """Any thread may call; nothing waits here. The buckets are of the kind GCRA: each is one moment."""

    def __init__(
        self, *, is_on: bool = True, clock: Callable[[], float] = time.monotonic, places: int = PLACES
    ) -> None:
        """Switched off they let everything pass, and Telegram's 429 is all that holds anybody up."""
        self._is_on = is_on
        self._clock = clock
        self._lock = threading.Lock()
        self._free_at = Newest[Hashable, float](places)
        self._line = Line(places=places)
        self._blocked_until = Newest[int, float](places)

    def take(self, place: int, *, edit: bool, urgent: bool = True, by: Hashable | None = None, again: int = 0) -> float:
        """Takes a place for one call and returns 0.0, or the seconds until there is one.

        What one chat bears is taken as it comes, for a chat is served one call at a time. For a new message that only
        the bound of all holds up, a moment is kept for whoever it is `by`: people go in the order in which they came.

        `again` is how many calls the same work makes again before it comes back: in a chat that is full the wait is one
        for them, too, or each time they would take the place that it was for.
        """
        if not self._is_on:
            return 0.0
        share = 1 if urgent else NOTICES
        buckets: list[tuple[Hashable, Rate, int, int]] = [(("chat", place), IN_A_CHAT, IN_A_CHAT.burst // share, again)]
        if place < 0:
            buckets.append((("group", place), IN_A_GROUP, IN_A_GROUP.burst // share, again))
        if not edit:
            buckets.append((("messages", place), MESSAGES, MESSAGES.burst, 0))
        with self._lock:
            now = self._clock()
            wait_s = max(0.0, self._blocked_until.get(place, now) - now)
            for key, rate, burst, more in buckets:
                wait_s = max(wait_s, self._wait_s(key, rate, burst, now, again=more))
            if not wait_s and not urgent:
                wait_s = self._line.take_what_is_left(now)
            elif not wait_s and not edit:
                wait_s = self._line.take(now, by)
            if not wait_s:
                self._free_at.let_go(lambda free_at: free_at <= now)
                for key, rate, *_ in buckets:
                    self._free_at.put(key, max(self._free_at.get(key, now), now) + rate.interval_s)
            return wait_s

    def held_up(self, by: Hashable | None = None) -> float:
        """Of one that has its place and goes only now: it counts in this second, too.

        0.0, or the seconds until there is room for it, where too many were held up together.
        """
        if not self._is_on:
            return 0.0
        with self._lock:
            return self._line.go_late(self._clock(), by)

    def block(self, place: int, seconds: float) -> None:
        """Telegram asked for so much silence in this place; the others are not concerned."""
        with self._lock:
            now = self._clock()
            self._blocked_until.let_go(lambda until: until <= now)
            until = now + seconds
            self._blocked_until.put(place, max(until, self._blocked_until.get(place, until)))

    def _wait_s(self, key: Hashable, rate: Rate, burst: int, now: float, *, again: int) -> float:
        wait_s = self._free_at.get(key, now) - now - (burst - 1) * rate.interval_s
        return wait_s + min(again, burst - 1) * rate.interval_s if wait_s > ROUNDING_S else 0.0
