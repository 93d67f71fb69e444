"""Who sends the next new message: the line of all chats, in which each has a moment that is theirs."""

import math
from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass

from chat.delivery.newest import Newest


@dataclass(frozen=True, slots=True)
class Rate:
    """One call each `interval_s`, after a pause up to `burst` at once."""

    interval_s: float
    burst: int


IN_ALL = Rate(1 / 25, burst=5)
"""Telegram's bound is 30 messages a second: 25 and a burst of 5 are never more in any second.

It is meant for what a bot says to many of its own accord. An edit that somebody asked for does not count: Telegram
states no bound of all edits, and the bound of each chat holds for them."""
MOST = 30
WITHIN_S = 1.001
"""The same bound for the moments at which they do go: of those who come late for theirs too many may come at once."""
LATE_S = 1 / 5
"""How far apart they come again then: it is what the bound leaves beside 25 a second."""
NOTICES_S = 1 / 20
"""How far apart notices come again, for which nobody waits: a little more than people, or each would miss the next one.

They go when nobody is in the line and the whole burst is free: people go first."""
KEPT_S = 60.0
"""A moment that passed so long ago is nobody's any more: work that was given up, or found its answer otherwise."""

ROUNDING_S = 1e-9
"""Less than that is the rounding of floats."""

_AHEAD_S = (IN_ALL.burst - 1) * IN_ALL.interval_s


class Line:
    """Whoever calls holds the lock. A bucket of the kind GCRA, of which future moments are given out, too.

    A moment is given once, and those behind it wait for their own: who never comes costs a place and holds up nobody.
    """

    def __init__(self, *, places: int) -> None:
        self._free_at = self._late_at = self._notices_at = -math.inf
        self._kept = Newest[Hashable, float](places)
        self._gone: deque[float] = deque(maxlen=MOST)

    def take(self, now: float, by: Hashable | None) -> float:
        """0.0 for who may go; else the seconds until the moment that is kept for whoever comes by this name again.

        No moment is kept for who has no name, or where too many wait.
        """
        self._kept.let_go(lambda at: at < now - KEPT_S)
        full_until = self._full_until()
        at = None if by is None else self._kept.get(by)
        if at is None:
            at = max(now, full_until, self._free_at - _AHEAD_S)
            if at > now + ROUNDING_S and (by is None or len(self._kept) >= self._kept.most):
                return at - now
            self._give(at, now)
        elif at <= now + ROUNDING_S < full_until:
            at = self._once_more(full_until)
        if at > now + ROUNDING_S:
            self._kept[by] = at
            return at - now
        self._kept.pop(by, None)
        self._gone.append(now)
        return 0.0

    def take_what_is_left(self, now: float) -> float:
        """0.0 for who may go, since nobody is in the line; else the seconds until it is worth another try."""
        free_at = max(self._free_at, self._full_until())
        if free_at > now + ROUNDING_S:
            at = max(free_at, self._notices_at)
            self._notices_at = at + NOTICES_S
            return at - now
        self._give(now, now)
        self._gone.append(now)
        return 0.0

    def go_late(self, now: float, by: Hashable | None) -> float:
        """Of somebody whom something else has held up since they were told to go; those behind leave them room.

        Where too many were held up together it is for them as for anybody who comes by this name.
        """
        if self._full_until() > now + ROUNDING_S:
            return self.take(now, by)
        self._gone.append(now)
        return 0.0

    def _full_until(self) -> float:
        """When the bound of a second lets another one go; in the past where it does."""
        return self._gone[0] + WITHIN_S if len(self._gone) == MOST else -math.inf

    def _give(self, at: float, now: float) -> None:
        """After a wait there is no burst: the moments behind a future one lie apart."""
        self._free_at = max(self._free_at, at + _AHEAD_S if at > now else now) + IN_ALL.interval_s

    def _once_more(self, full_until: float) -> float:
        """Another moment, soon, for who was late together with many: beside those of the line, or at its end."""
        late_at, at = max(full_until, self._late_at), max(full_until, self._free_at - _AHEAD_S)
        if late_at <= at:
            self._late_at = late_at + LATE_S
            return late_at
        self._give(at, -math.inf)
        return at
