"""Processes of one desk, each with a lease that the test minds: two kinds of lease, and a clock that is ticked."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Generic, TypeVar

from storage.database import Database, open_database
from storage.lease import Lease, Lost
from storage.operators import Operators
from storage.postgres_lease import PostgresLease
from storage.redis_lease import KEY_MS, RedisLease
from storage.redis_wire import RedisWire
from tests.clocks import Clock
from tests.storage.redis_desk import DESK, DirectLink

WITHIN_S = 60.0
KEY = f"{DESK}:lease"
LASTING_MS = 3_600_000
"""So long a lease lasts by the clock of the server, which goes on while a busy machine stands still."""


OneLease = TypeVar("OneLease", bound=Lease)


class Process(Generic[OneLease]):
    """A lease that is minded by the test, and a database behind it."""

    def __init__(self, url: str, make: Callable[[Lost], OneLease]) -> None:
        self.told: list[str] = []
        self.lease = make(self.told.append)
        self.database: Database = open_database(url, fence=self.lease.fence)

    def step(self) -> float:
        return self.lease.step()

    def give_up(self) -> None:
        self.lease.give_up()

    def write(self, language: str) -> None:
        Operators(self.database).set_language(1, language)

    def language(self) -> str | None:
        return Operators(self.database).language(1)

    def forget_key(self) -> None:
        """As when what it has in Redis has run out, where it has anything there."""

    def end(self) -> None:
        self.lease.close()
        self.database.close()


class PostgresProcess(Process[PostgresLease]):
    def __init__(self, url: str, clock: Clock) -> None:
        super().__init__(url, lambda lost: PostgresLease(url, lost=lost, clock=clock))


class RedisProcess(Process[RedisLease]):
    def __init__(self, url: str, wire: RedisWire, clock: Clock) -> None:
        self.link = DirectLink(wire, lasting={KEY_MS: LASTING_MS})
        path = Path(url.removeprefix("sqlite:///"))
        super().__init__(
            url,
            lambda lost: RedisLease(path, self.link, desk=DESK, lost=lost, clock=clock),  # type: ignore[arg-type]  # the link is as good
        )
        self._wire = wire

    def step(self) -> float:
        pause_s = super().step()
        self.link.flush()
        return pause_s

    def give_up(self) -> None:
        super().give_up()
        self.link.flush()

    def forget_key(self) -> None:
        self._wire.call("DEL", KEY)


OneProcess = TypeVar("OneProcess", bound=Process[PostgresLease] | Process[RedisLease])


@contextmanager
def several(make: Callable[..., OneProcess]) -> Iterator[Callable[..., OneProcess]]:
    """As many as are asked for; all of them end."""
    made: list[OneProcess] = []

    def process(**options: str) -> OneProcess:
        made.append(make(**options))
        return made[-1]

    yield process
    for each in made:
        each.end()


def wait_until(found: Callable[[], bool], process: Process[PostgresLease] | Process[RedisLease]) -> None:
    """Steps until it is so: a session that is ended lets go of its lock a moment later."""
    never = threading.Event()
    for _ in range(int(WITHIN_S / 0.02)):
        process.step()
        if found():
            return
        never.wait(0.02)
    raise AssertionError(process.lease.state())
