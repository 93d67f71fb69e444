"""A source behind a breaker: asked when that may help, and otherwise refused at once."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from calc.snapshots import Snapshot
from rates.breaker import Breaker, SourceState
from rates.chain import Source
from rates.checks import checked
from rates.errors import NotAsked, SourceError, Trouble
from rates.hooks import Hooks

log = logging.getLogger(__name__)


def log_state(source: str, state: SourceState) -> None:
    """A line for every state a source comes to; `rests` and `is well again` are the ones worth reading."""
    log.debug("source state source=%s state=%s trouble=%s until=%s", source, state.state, state.trouble, state.until)


@dataclass(frozen=True, slots=True)
class Door:
    """Another way to ask a source."""

    name: str
    fetch: Callable[[], Snapshot]


@dataclass(frozen=True, slots=True)
class SourceReport:
    """How a source is, and what is remembered of its calls; None where there was no such call yet."""

    state: SourceState
    answered_at: datetime | None
    last_trouble: Trouble | None
    troubled_at: datetime | None


@dataclass(frozen=True, slots=True)
class SourceCall:
    """One call that was made: the trouble it met, None when it went well, and how long it took."""

    source: str
    trouble: Trouble | None
    took_s: float


class Guarded:
    """The source itself to whoever asks it. Any thread may call it."""

    def __init__(
        self,
        source: Source,
        *,
        utcnow: Callable[[], datetime],
        clock: Callable[[], float] = time.monotonic,
        on_change: Hooks[SourceState] | None = None,
        on_call: Hooks[SourceCall] | None = None,
    ) -> None:
        """Both may be shared by sources: `on_change` is told of every state they come to, `on_call` of every call."""
        self._source = source
        self._on_change: Hooks[SourceState] = Hooks() if on_change is None else on_change
        self._on_call: Hooks[SourceCall] = Hooks() if on_call is None else on_call
        self._clock = clock
        self._breaker = Breaker(source.name, clock=clock, utcnow=utcnow, hooks=self._on_change)
        self._utcnow = utcnow
        self._answered_at: datetime | None = None
        self._last_trouble: tuple[Trouble, datetime] | None = None

    @property
    def name(self) -> str:
        return self._source.name

    def fetch(self) -> Snapshot:
        """Raises SourceError; NotAsked, and at once, while the source rests."""
        return self._fetch(early=False)

    @property
    def last_resort(self) -> Source:
        """The source for when no other gave a rate: after a passing trouble it is asked even though it rests."""
        return Door(self.name, lambda: self._fetch(early=True))

    def renew(self) -> None:
        """After a change of what is sent to the source: it may be asked at once, and has one probe."""
        self._breaker.renew()
        self._on_change.deliver()

    def state(self) -> SourceState:
        return self._breaker.state()

    def report(self) -> SourceReport:
        trouble, troubled_at = self._last_trouble or (None, None)
        return SourceReport(
            self._breaker.state(), answered_at=self._answered_at, last_trouble=trouble, troubled_at=troubled_at
        )

    def _fetch(self, *, early: bool) -> Snapshot:
        with self._call(early=early):
            # Checked here, too: to the breaker nonsense is a failure.
            return checked(self._source.fetch())

    @contextmanager
    def _call(self, *, early: bool) -> Iterator[None]:
        call, begun = self._breaker.enter(early=early), self._clock()
        try:
            self._on_change.deliver()
            yield
        except NotAsked:  # a source may have reasons of its own not to call
            self._breaker.abandon(call)
            raise
        except SourceError as error:
            self._on_call.put(self.name, SourceCall(self.name, error.trouble, self._clock() - begun))
            self._last_trouble = error.trouble, self._utcnow()
            if (news := self._breaker.fail(call, error)) is not None:
                log.warning("source rests source=%s trouble=%s until=%s", self.name, news.trouble, news.until)
            raise
        except BaseException:
            self._breaker.abandon(call)
            raise
        else:
            self._on_call.put(self.name, SourceCall(self.name, None, self._clock() - begun))
            self._answered_at = self._utcnow()
            if self._breaker.succeed(call):
                log.info("source is well again source=%s", self.name)
        finally:
            self._on_change.deliver()
            self._on_call.deliver()
