"""How long each step took, day by day, so that a day can be compared with the one before it over a restart."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from storage.database import Database

KEEP = """
    INSERT INTO step_days (day, step, count, p50_us, p95_us, slowest_us) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (day, step) DO UPDATE SET
        count = excluded.count, p50_us = excluded.p50_us, p95_us = excluded.p95_us, slowest_us = excluded.slowest_us
    WHERE excluded.count >= step_days.count"""
OF = "SELECT step, count, p50_us, p95_us, slowest_us FROM step_days WHERE day = ? ORDER BY step LIMIT ?"
FORGET = "DELETE FROM step_days WHERE day < ?"

MOST = 1_000


class Measured(Protocol):
    @property
    def day(self) -> date: ...
    @property
    def step(self) -> str: ...
    @property
    def count(self) -> int: ...
    @property
    def p50_ms(self) -> float: ...
    @property
    def p95_ms(self) -> float: ...
    @property
    def slowest_ms(self) -> float: ...


@dataclass(frozen=True, slots=True)
class StepDay:
    day: date
    step: str
    count: int
    p50_ms: float
    p95_ms: float
    slowest_ms: float


class StepDays:
    """Any thread may call it. Of a day that two processes saw the longer part is kept."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, days: Iterable[Measured]) -> None:
        rows = [
            (d.day.isoformat(), d.step, d.count, _whole(d.p50_ms), _whole(d.p95_ms), _whole(d.slowest_ms)) for d in days
        ]
        with self._database.write() as connection:
            connection.executemany(KEEP, rows)

    def of(self, day: date) -> Sequence[StepDay]:
        rows = self._database.read().execute(OF, (day.isoformat(), MOST)).fetchall()
        return [
            StepDay(day, step, count, p50 / 1000, p95 / 1000, slowest / 1000) for step, count, p50, p95, slowest in rows
        ]

    def forget_before(self, day: date) -> None:
        with self._database.write() as connection:
            connection.execute(FORGET, (day.isoformat(),))


def _whole(milliseconds: float) -> int:
    """Microseconds: whole numbers are the same in every database."""
    return round(milliseconds * 1000)
