"""Which of the fetched snapshots the desk goes by: a jump is held until something else speaks for it."""

import logging
import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from calc.jumps import is_jump, largest_move, speaks_for
from calc.snapshots import Feed, Snapshot
from rates.errors import NotConfirmed
from rates.hooks import Hooks

log = logging.getLogger(__name__)

NEXT_FETCH = timedelta(seconds=5)
"""A fetch sooner than this after a jump is part of the same moment, and confirms nothing."""


class Acceptance:
    """Any thread may call it; of one feed, one thread at a time does."""

    def __init__(self, on_accept: Hooks[Snapshot]) -> None:
        """`on_accept` is told of every snapshot that is taken, by the name of its feed, outside the lock."""
        self._on_accept = on_accept
        self._lock = threading.Lock()
        self._accepted: dict[Feed, Snapshot] = {}
        self._unchanged_since: dict[Feed, datetime] = {}
        self._held: dict[Feed, Snapshot] = {}

    def restore(self, snapshot: Snapshot) -> None:
        """What an earlier process had accepted; nobody is told."""
        with self._lock:
            self._accept(snapshot)

    def examine(self, snapshot: Snapshot, *, ask_another: Callable[[], Snapshot | None]) -> None:
        """Whether it is to be accepted: else holds it, and raises NotConfirmed.

        A jump is accepted when it is the second fetch in a row that finds the market there, or when another source
        does; `ask_another` may wait for one, and gives None where there is none.
        """
        with self._lock:
            accepted, held = self._accepted.get(snapshot.feed), self._held.get(snapshot.feed)
        if accepted is None or not is_jump(accepted, snapshot):
            if held is not None:
                log.warning("jump gone feed=%s source=%s", snapshot.feed, snapshot.source)
        elif _is_confirmed(snapshot, held):
            log.warning("jump confirmed feed=%s source=%s by=the next fetch", snapshot.feed, snapshot.source)
        else:
            other = ask_another()
            if other is None or not speaks_for(other, snapshot, against=accepted):
                self._hold(snapshot, held, accepted=accepted)
                raise NotConfirmed(snapshot, accepted=accepted)
            log.warning("jump confirmed feed=%s source=%s by=%s", snapshot.feed, snapshot.source, other.source)

    def accept(self, snapshot: Snapshot) -> None:
        """Nothing is held any more, so whoever answers for it has to have the snapshot by now."""
        with self._lock:
            self._accept(snapshot)
            self._on_accept.put(snapshot.feed, snapshot)
        self._on_accept.deliver()

    def held(self) -> tuple[Snapshot, ...]:
        """Jumps that nothing has confirmed yet, one of a feed at the most."""
        with self._lock:
            return tuple(self._held.values())

    def unchanged_since(self) -> Mapping[Feed, datetime]:
        """When the values that are accepted now were first fetched."""
        with self._lock:
            return dict(self._unchanged_since)

    def _accept(self, snapshot: Snapshot) -> None:
        feed, before = snapshot.feed, self._accepted.get(snapshot.feed)
        self._held.pop(feed, None)
        self._accepted[feed] = snapshot
        if before is None or largest_move(before, snapshot).part:
            self._unchanged_since[feed] = snapshot.fetched_at

    def _hold(self, snapshot: Snapshot, held: Snapshot | None, *, accepted: Snapshot) -> None:
        """The first of several that agree stays: the time until the next fetch counts from it."""
        if held is None or is_jump(held, snapshot):
            with self._lock:
                self._held[snapshot.feed] = snapshot
            move = largest_move(accepted, snapshot)
            log.warning(
                "jump held feed=%s source=%s %s=%s was=%s",
                snapshot.feed,
                snapshot.source,
                move.what,
                move.after,
                move.before,
            )


def _is_confirmed(snapshot: Snapshot, held: Snapshot | None) -> bool:
    return held is not None and snapshot.fetched_at - held.fetched_at >= NEXT_FETCH and not is_jump(held, snapshot)
