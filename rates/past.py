"""What the fiat rates were before the first start, fetched once and without haste; none of it is a rate of now."""

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol

from calc.snapshots import FiatTable
from rates.checks import checked_past
from rates.errors import SourceError, Trouble
from rates.rests import PASSING
from rates.sources.cbr import MOSCOW

log = logging.getLogger(__name__)

FIRST_S = 5.0
"""After the start; the rates of now go first."""
PAUSE_S = 1.0
"""Between two calls. Ninety days are some 65 tables, so it is over in a minute or two."""
MOST_FAILURES = 3
"""In a row; whoever fails so often is left alone until the next start."""
ASK_AGAIN_AFTER = timedelta(days=30)
"""A source that counts calls is not asked sooner, however often the bot is started."""
A_DAY = timedelta(days=1)


class Bank(Protocol):
    """Has a table for each day, and counts no calls."""

    def past(self, day: date) -> FiatTable:
        """Raises SourceError."""


class Series(Protocol):
    """Has all tables of a time in one call, which it counts. Both raise SourceError."""

    def check_spare(self) -> None: ...
    def past(self, first: date, last: date) -> Sequence[FiatTable]: ...


class History(Protocol):
    """Where the past is kept, and how far back it goes, for longer than a process lives."""

    def reached(self) -> datetime | None:
        """None before anything was filled in."""

    def fill(self, snapshots: Iterable[FiatTable], *, reached: datetime) -> None: ...
    def asked(self) -> datetime | None:
        """When the source that counts was asked."""

    def ask(self, now: datetime) -> None: ...


class Backfill:
    """Goes back from today, table by table, and after a restart from where it was; at its end it is over for good.

    Runs on a daemon thread of its own, or by `step`.
    """

    def __init__(
        self, bank: Bank, series: Series | None, history: History, *, days: int, utcnow: Callable[[], datetime]
    ) -> None:
        """`series` is asked when the bank, which may be closed to foreign hosts, gives nothing."""
        self._bank = bank
        self._series = series
        self._history = history
        self._days = timedelta(days=days)
        self._utcnow = utcnow
        self._next: date | None = None
        self._tables = 0
        self._failures = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="backfill", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout_s: float = 0.5) -> None:
        """Nothing further is asked or kept; a call under way is given `timeout_s` to end."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def step(self) -> float | None:
        """One call; the seconds until the next, None when there is none."""
        first = _moscow_day(self._utcnow()) - self._days
        day = self._next or self._newest()
        if day < first:
            log.debug("past of fiat known since=%s", first)
            return None
        try:
            table = checked_past(self._bank.past(day), _midnight(day))
        except SourceError as error:
            return self._after(error, day=day, first=first)
        if self._stopping.is_set():
            return None
        in_force = _moscow_day(table.as_of or _midnight(day))
        self._history.fill([table], reached=_midnight(in_force))
        self._tables += 1
        self._failures = 0
        return self._go_on_before(in_force, first)

    def _newest(self) -> date:
        reached = self._history.reached()
        return _moscow_day(self._utcnow()) if reached is None else _moscow_day(reached) - A_DAY

    def _go_on_before(self, day: date, first: date) -> float | None:
        """A table is in force until the next one, so the days between have none of their own and are not asked for."""
        self._next = day - A_DAY
        if self._next >= first:
            return PAUSE_S
        self._history.fill([], reached=_midnight(min(day, first)))
        log.info("past of fiat filled in tables=%d since=%s", self._tables, first)
        return None

    def _after(self, error: SourceError, *, day: date, first: date) -> float | None:
        log.warning("past of fiat not told day=%s %s", day, error)
        self._failures += 1
        if self._failures < MOST_FAILURES:
            if error.trouble is Trouble.GARBAGE and (self._tables or day > first):
                return self._go_on_before(day, first)  # asked again it would be the same
            if error.trouble in PASSING - {Trouble.GARBAGE}:
                return PAUSE_S * 2.0**self._failures
        if self._series is not None and not self._tables:
            self._ask(self._series, first)
        return None

    def _ask(self, series: Series, first: date) -> None:
        now = self._utcnow()
        asked = self._history.asked()
        if self._stopping.is_set() or (asked is not None and now - asked < ASK_AGAIN_AFTER):
            return
        last = min(self._newest(), now.astimezone(UTC).date() - A_DAY)  # today is not over
        try:
            series.check_spare()
            self._history.ask(now)  # before the call: one that kills the process is not made again
            tables = [table for table in series.past(min(first, last), last) if _is_good(table)]
        except SourceError as error:
            log.warning("past of fiat not told since=%s %s", first, error)
            return
        if tables and not self._stopping.is_set():
            self._history.fill(tables, reached=_midnight(first))
            log.info("past of fiat filled in tables=%d since=%s source=%s", len(tables), first, tables[0].source)

    def _run(self) -> None:
        pause_s: float | None = FIRST_S
        try:
            while pause_s is not None and not self._stopping.wait(pause_s):
                pause_s = self.step()
        except Exception:  # the edge of a thread; it goes on at the next start
            log.exception("past of fiat not filled in")


def _is_good(table: FiatTable) -> bool:
    try:
        checked_past(table, table.as_of or table.fetched_at)
    except SourceError as error:
        log.warning("day left out %s", error)
        return False
    return True


def _moscow_day(moment: datetime) -> date:
    return moment.astimezone(MOSCOW).date()


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), MOSCOW).astimezone(UTC)
