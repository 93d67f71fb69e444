"""What owners are told of the bot itself: a rival, updates that pile up, memory, the disk; and when that is over."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from chat.formats import Size, count

MANY = 100
"""So many updates wait only when something is wrong: a desk sends a few a second."""
TWICE = 2
"""Looks in a row: two deployments may overlap for a moment, and a burst be gone at the next look."""


@dataclass(frozen=True, slots=True)
class Reading:
    """`grown` are the bytes before and now where memory grows; `nearly_full` what is left of a disk where it is."""

    has_rival: bool
    waiting: int
    grown: tuple[int, int] | None
    nearly_full: int | None


class SelfWatch:
    """`look` is called by one thread, every few seconds."""

    def __init__(
        self,
        read: Callable[[], Reading],
        tell: Callable[[str, Mapping[str, object] | None], object],
    ) -> None:
        """`tell` says each beginning and each end once, `Alarms.trouble_seen`."""
        self._read = read
        self._tell = tell
        self._rival_seen = self._grew = self._waited = 0

    def look(self) -> None:
        reading = self._read()
        self._rival_seen = self._rival_seen + 1 if reading.has_rival else 0
        if self._rival_seen in (0, TWICE):
            self._tell("rival", {} if self._rival_seen else None)
        self._look_at_queue(reading.waiting)
        before, now = reading.grown or (0, 0)
        self._tell("memory", {"before": Size(before), "now": Size(now)} if reading.grown else None)
        left = reading.nearly_full
        self._tell("disk", None if left is None else {"free": Size(left)})

    def _look_at_queue(self, waiting: int) -> None:
        self._grew = self._grew + 1 if waiting >= max(MANY, self._waited) else 0
        self._waited = waiting
        if self._grew >= TWICE:
            self._tell("inbox", {"waiting": count(waiting)})
        elif waiting < MANY // 2:
            self._tell("inbox", None)
