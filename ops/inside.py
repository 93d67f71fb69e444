"""The instruments with which a running bot is looked into, put together."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from ops.machine import Trend, Uptime
from ops.monitor import Monitor
from ops.profile import Allocations, Profiling

T = TypeVar("T")

Update = dict[str, Any]


class Inside:
    """Any thread may call it."""

    def __init__(self, *, slow_s: float, utcnow: Callable[[], datetime]) -> None:
        self.monitor = Monitor(slow_ms=1000 * slow_s, utcnow=utcnow)
        self.allocations = Allocations()
        self.profiling = Profiling(self.monitor.today)
        self.uptime = Uptime()
        self.memory = Trend()

    def handling(
        self, handle: Callable[[int, Update], object], step_of: Callable[[Update], str]
    ) -> Callable[[int, Update], None]:
        """The same, each update counted as a step of its name."""

        def handled(update_id: int, update: Update) -> None:
            with self.monitor.working(step_of(update)):
                handle(update_id, update)

        return handled

    def timing(self, what: str, call: Callable[..., T]) -> Callable[..., T]:
        """The same, its time put on the account of the step that its thread is at."""
        return self.monitor.timing(what, call)

    def query(self, then: Callable[[str, float], None] | None) -> Callable[[str, float], None]:
        """For the database: the time of a statement is on the account of the step, and goes to whoever counts."""

        spent = self.monitor.spent
        if then is None:
            return lambda _operation, took_s: spent("database", took_s)

        def observed(operation: str, took_s: float) -> None:
            spent("database", took_s)
            then(operation, took_s)

        return observed

    def watch(self, begins: bool) -> None:
        """Over what memory is taken for."""
        if begins:
            self.allocations.begin()
        else:
            self.allocations.end()

    def slowest(self) -> list[tuple[str, float, str]]:
        """Step, milliseconds, and what it waited for."""
        return [(slow.step, slow.took_ms, parts(slow.spent_ms, slow.took_ms)) for slow in self.monitor.slowest()]


def parts(spent_ms: Mapping[str, float], took_ms: float) -> str:
    """`telegram 120, own 3`."""
    own = {"own": took_ms - sum(spent_ms.values())}
    return ", ".join(f"{name} {value:.0f}" for name, value in sorted((dict(spent_ms) | own).items()))
