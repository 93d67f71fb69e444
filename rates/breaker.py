"""The breaker: whether a source may be asked, by what came of the calls before."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from rates.errors import NotAsked, SourceError, Trouble
from rates.hooks import Hooks
from rates.rests import OPENS_AFTER, PASSING, SHORTEST_S, rest_s


class State(StrEnum):
    CLOSED = "closed"  # asked whenever somebody needs it
    OPEN = "open"  # not asked until its rest is over
    HALF_OPEN = "half_open"  # one call, the probe, is finding out


@dataclass(frozen=True, slots=True)
class SourceState:
    """How a source is.

    `trouble` is that of the last failure, None after a success; `since` when it began to be well, or ceased to be;
    `until` when it may be probed, None unless it is open; `failures` are those in a row.
    """

    source: str
    state: State
    trouble: Trouble | None
    since: datetime
    until: datetime | None
    failures: int


@dataclass(frozen=True, slots=True)
class Call:
    """Leave to make one call. What comes of it counts only if nothing has changed since it was given."""

    change: int
    is_early: bool


@dataclass(frozen=True, slots=True)
class _Failure:
    trouble: Trouble
    at: float
    in_a_row: int


@dataclass(frozen=True, slots=True)
class _Rest:
    """The end by the clock that measures it, and by the one that people read."""

    over_at: float
    until: datetime


class Breaker:
    """Calls nobody: it gives leave, and is told what came of it. Any thread may call it.

    Whoever got leave from `enter` tells the outcome by one of `succeed`, `fail` and `abandon`.
    """

    def __init__(
        self,
        source: str,
        *,
        clock: Callable[[], float],
        utcnow: Callable[[], datetime],
        hooks: Hooks[SourceState],
    ) -> None:
        """Rests are measured by `clock`, `utcnow` is for what people are told. Changes are put into `hooks`."""
        self._source = source
        self._clock = clock
        self._utcnow = utcnow
        self._hooks = hooks
        self._lock = threading.Lock()
        self._since = utcnow()
        self._failure: _Failure | None = None  # the last, until a success
        self._rest: _Rest | None = None  # None while closed
        self._is_probing = False
        self._failed_probes = 0
        self._changes = 0

    def enter(self, *, early: bool = False) -> Call:
        """Leave to ask the source; raises NotAsked.

        `early` is for when nothing else is left: a rest after a passing trouble does not count then, but a failure
        of the last few seconds does, even if no rest came of it.
        """
        with self._lock:
            if self._failure is None:
                return Call(self._changes, is_early=False)
            now = self._clock()
            if self._is_probing:
                raise self._not_asked(self._failure, "a probe is under way")
            if early and now - self._failure.at < SHORTEST_S:
                raise self._not_asked(self._failure, "asked a moment ago")
            if self._rest is None:
                return Call(self._changes, is_early=False)
            is_early = now < self._rest.over_at
            if is_early and not (early and self._failure.trouble in PASSING):
                raise self._not_asked(self._failure, f"resting until {_minute(self._rest.until, self._utcnow())} UTC")
            self._is_probing = True
            self._has_changed()
            return Call(self._changes, is_early=is_early)

    def succeed(self, call: Call) -> bool:
        """Whether the source has become well by it."""
        with self._lock:
            if call.change != self._changes:
                return False
            has_rested = self._rest is not None
            self._failure = self._rest = None
            self._is_probing = False
            self._failed_probes = 0
            if has_rested:
                self._since = self._utcnow()
                self._has_changed()
            return has_rested

    def fail(self, call: Call, error: SourceError) -> SourceState | None:
        """What the source has come to, if that is news: it rests, and was well until now or had another trouble."""
        with self._lock:
            if call.change != self._changes:
                return None
            was = None if self._failure is None else self._failure.trouble
            failure = self._failure = self._next_failure(error)
            is_opening = self._rest is None
            if is_opening and error.trouble in PASSING and failure.in_a_row < OPENS_AFTER:
                return None
            now = self._utcnow()
            if is_opening:
                self._since = now
            rest = self._next_rest_s(error, failure.at, is_early=call.is_early, now=now)
            self._rest = _Rest(failure.at + rest, now + timedelta(seconds=rest))
            self._is_probing = False
            self._has_changed()
            return self._state() if is_opening or error.trouble is not was else None

    def abandon(self, call: Call) -> None:
        """Nothing was learnt of the source: a probe gives its place to the next who asks."""
        with self._lock:
            if call.change == self._changes and self._is_probing:
                self._is_probing = False
                self._has_changed()

    def renew(self) -> None:
        """What is sent is not what it was, such as a key: no rest after a refusal counts, nor a call under way."""
        with self._lock:
            if self._rest is not None and self._failure is not None and self._failure.trouble not in PASSING:
                self._rest = _Rest(self._clock(), self._utcnow())
            self._is_probing = False
            self._has_changed()

    def state(self) -> SourceState:
        with self._lock:
            return self._state()

    # All below are called with the lock held.

    def _next_failure(self, error: SourceError) -> _Failure:
        in_a_row = 1 if self._failure is None else self._failure.in_a_row + 1
        return _Failure(error.trouble, self._clock(), in_a_row)

    def _next_rest_s(self, error: SourceError, failed_at: float, *, is_early: bool, now: datetime) -> float:
        if self._rest is not None:
            if is_early and error.trouble in PASSING:  # the rest goes on, or impatience would make it longer
                return max(self._rest.over_at - failed_at, SHORTEST_S)
            self._failed_probes += 1
        return rest_s(self._source, error, failed_probes=self._failed_probes, now=now)

    def _has_changed(self) -> None:
        self._changes += 1
        self._hooks.put(self._source, self._state())

    def _state(self) -> SourceState:
        resting = State.HALF_OPEN if self._is_probing else State.OPEN
        return SourceState(
            source=self._source,
            state=State.CLOSED if self._rest is None else resting,
            trouble=None if self._failure is None else self._failure.trouble,
            since=self._since,
            until=None if self._rest is None or self._is_probing else self._rest.until,
            failures=0 if self._failure is None else self._failure.in_a_row,
        )

    def _not_asked(self, failure: _Failure, detail: str) -> NotAsked:
        return NotAsked(self._source, failure.trouble, detail)


def _minute(until: datetime, now: datetime) -> str:
    """The first full minute after a rest, with its day where that is another."""
    minute = until + timedelta(seconds=59, microseconds=999_999)
    return f"{minute:%H:%M}" if minute.date() == now.date() else f"{minute:%Y-%m-%d %H:%M}"
