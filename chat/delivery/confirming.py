"""When Telegram is told to forget an update: as soon as the database has it, or when its handling is complete."""

import threading
from collections.abc import Callable, Collection, Iterable
from typing import Protocol

LONGEST_HELD_S = 30.0
"""An update that has to wait longer is left to the inbox alone: kept by Telegram, too, it would hold up all others."""


class Confirming(Protocol):
    """What the intake tells of updates, and the poller asks; any thread may call."""

    def is_known(self, update_id: int) -> bool:
        """Whether this process was handed it already; False is no promise, the inbox decides."""

    def taken(self, update_ids: Iterable[int]) -> None:
        """They are in the inbox, and their handling begins."""

    def done(self, update_id: int) -> None:
        """Its handling is complete, or it will never be."""

    def offset(self, behind: int) -> int:
        """What the next poll may confirm up to, where `behind` follows the last update that came in."""

    def wait(self, timeout_s: float) -> None:
        """Returns when a poll would not bring back at once what is here already, or when the time is over."""


class WhenKept:
    """For a disk that lasts: an update that is in the database is Telegram's no more."""

    def is_known(self, _update_id: int) -> bool:
        return False

    def taken(self, update_ids: Iterable[int]) -> None:
        """Nothing to remember."""

    def done(self, update_id: int) -> None:
        """Nothing to remember."""

    def offset(self, behind: int) -> int:
        return behind

    def wait(self, _timeout_s: float) -> None:
        return


class WhenDone:
    """For a disk that is wiped: Telegram is the queue, the offset stays at the lowest update that is not done.

    Telegram gives everything from there on again with each poll, a hundred at most, so the done ones above the offset
    are remembered; below it nothing can come back.
    """

    def __init__(self, late: Callable[[], Collection[int]] = frozenset) -> None:
        """`late` are updates whose handling is complete, but for an edit that waits until it may go out."""
        self._late = late
        self._changed = threading.Condition()
        self._unfinished: set[int] = set()
        self._finished: set[int] = set()

    def is_known(self, update_id: int) -> bool:
        with self._changed:
            return update_id in self._unfinished or update_id in self._finished

    def taken(self, update_ids: Iterable[int]) -> None:
        with self._changed:
            self._unfinished.update(update_ids)

    def done(self, update_id: int) -> None:
        with self._changed:
            self._unfinished.discard(update_id)
            self._finished.add(update_id)
            self._changed.notify_all()

    def offset(self, behind: int) -> int:
        with self._changed:
            offset = min({behind}.union(self._unfinished, self._late()))
            self._finished = {update_id for update_id in self._finished if update_id >= offset}
            return offset

    def wait(self, timeout_s: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: not (self._unfinished or self._late()), timeout_s)


class WhenSafe(WhenDone):
    """For a disk that lasts, as long as it does: while `lasts` says no, Telegram keeps what is not done, too."""

    def __init__(self, lasts: Callable[[], bool]) -> None:
        super().__init__()
        self._lasts = lasts

    def is_known(self, update_id: int) -> bool:
        return not self._lasts() and super().is_known(update_id)

    def offset(self, behind: int) -> int:
        held = super().offset(behind)
        return behind if self._lasts() else held

    def wait(self, timeout_s: float) -> None:
        if not self._lasts():
            super().wait(timeout_s)
