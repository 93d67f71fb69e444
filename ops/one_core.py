"""The process on one core at a time, as long as there is one with room for it.

Python runs one thread at a time. Where the system spreads them, each takes over on another core, which has to be woken
first and whose caches hold nothing of what the one before worked with. Where all cores have other work to do, the
system's own choice is the better one.
"""

import logging
import os
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

log = logging.getLogger(__name__)

ROOM = 0.25
"""Others may take so much of a core, and there is still room on it."""

SHORTEST_S = 0.5
"""The system counts in hundredths of a second: what was within less says little."""

ROUNDS = 20
"""So often it is looked for threads that have begun since, of which each round finds fewer: those are moved by then."""

_TASKS, _STAT = Path("/proc/self/task"), Path("/proc/stat")
_IDLE = slice(3, 5)
"""Of the times of a core, as proc(5) has them: it does nothing, or waits for a disk."""


class System(Protocol):
    """What is asked of the operating system; any of it may raise an OSError, or not be there at all."""

    def allowed(self) -> Collection[int]:
        """The cores that the process may use."""

    def busy_s(self) -> Mapping[int, float]:
        """How long each core has been in use, whoever used it."""

    def own_s(self) -> float:
        """How long this process has used any."""

    def use(self, cores: Collection[int]) -> None:
        """For all threads that there are, and those that they begin."""


class Linux:
    def allowed(self) -> Collection[int]:
        return os.sched_getaffinity(0)

    def busy_s(self) -> Mapping[int, float]:
        rows = (line.split() for line in _STAT.read_text(encoding="ascii").splitlines())
        times = {name: [int(ticks) for ticks in told[:8]] for name, *told in rows if name.startswith("cpu")}
        del times["cpu"]  # all of them
        a_second = os.sysconf("SC_CLK_TCK")
        return {int(name[3:]): (sum(each) - sum(each[_IDLE])) / a_second for name, each in times.items()}

    def own_s(self) -> float:
        return time.process_time()

    def use(self, cores: Collection[int]) -> None:
        put_all(
            lambda: (int(task.name) for task in _TASKS.iterdir()),
            lambda thread: os.sched_setaffinity(thread, cores),
        )


def put_all(threads: Callable[[], Iterable[int]], put: Callable[[int], object]) -> None:
    """Puts each of the `threads` somewhere, those included that one which was not there yet has begun meanwhile."""
    there: set[int] = set()
    for _ in range(ROUNDS):
        new = set(threads()) - there
        if not new:
            return
        for thread in new:
            with suppress(ProcessLookupError):  # it has just ended
                put(thread)
        there |= new


@dataclass(frozen=True, slots=True)
class _Seen:
    at: float
    own_s: float
    busy_s: Mapping[int, float]


class OneCore:
    """`look()` is called about once a second, by one thread."""

    def __init__(self, system: System | None = None, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._system = system or Linux()
        self._clock = clock
        self._before: _Seen | None = None
        self._allowed: Collection[int] = ()
        self._is_let = True
        self.core: int | None = None
        """The one that all threads are on; None: on any that they may use."""

    def look(self) -> None:
        """Does nothing where there is but one core, or where the system lets nobody choose."""
        if self._is_let:
            try:
                self._look()
            except (AttributeError, LookupError, OSError) as error:  # only Linux has it all, and not in every container
                self._is_let = False
                self._let_go()
                log.info("threads are left on any core: %r", error)

    def _let_go(self) -> None:
        """A core that nobody looks at any more may be the busiest soon."""
        self.core = None
        if self._allowed:
            with suppress(OSError):
                self._system.use(self._allowed)

    def _look(self) -> None:
        before, now = self._before, _Seen(self._clock(), self._system.own_s(), self._system.busy_s())
        if before is None:
            self._before, self._allowed = now, self._system.allowed()
            self._is_let = len(self._allowed) > 1
            return
        if (took_s := now.at - before.at) < SHORTEST_S:
            return
        self._before = now
        busy = {core: (now.busy_s[core] - before.busy_s[core]) / took_s for core in self._allowed}
        core = best(busy, own=(now.own_s - before.own_s) / took_s, core=self.core)
        if core != self.core:
            self._system.use(self._allowed if core is None else {core})
            self.core = core
            log.debug("threads on core=%s", "any" if core is None else core)


def best(busy: Mapping[int, float], *, own: float, core: int | None) -> int | None:
    """The core to be on; None: any of them.

    `busy` is which part of the time each was in use, `own` which part this process was at work: on `core`, or spread.
    """
    if sum(busy.values()) < own / 2:
        return None  # a container that tells nothing of its cores
    ours = dict.fromkeys(busy, own / len(busy)) if core is None else {core: own}
    others = {each: share - ours.get(each, 0.0) for each, share in busy.items()}
    if core is not None and others[core] <= ROOM:
        return core
    quietest = min(others, key=lambda each: others[each])
    return quietest if others[quietest] <= ROOM else None
