"""A database of its own for each test, and a clock that moves when it is told to."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from storage.database import Database, open_database
from storage.sqlite import MOST_READERS, SqliteDatabase
from tests.postgres import PostgresServer


class Clock:
    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, **units: float) -> None:
        self.moment += timedelta(**units)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Every promise of this room holds with either database; `only_sqlite` marks what is SQLite's own."""
    if request.param == "postgres":
        server: PostgresServer = request.getfixturevalue("postgres")
        return server.database()
    return in_a_file(tmp_path)


def in_a_file(folder: Path) -> str:
    return f"sqlite:///{folder / 'data' / 'desk.db'}"


only_sqlite = pytest.mark.parametrize("url", ["sqlite"], indirect=True)


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    database = open_database(url)
    yield database
    database.close()


def trace(database: Database, seen: Callable[[str], object] | None) -> None:
    """Has `seen` called with each statement from now on, of one thread; None: no more. With SQLite alone."""
    assert isinstance(database, SqliteDatabase)
    for idle in (database._idle, database._idle_writer):
        connection = database._take(idle, MOST_READERS + 1)
        connection.set_trace_callback(seen)
        database.give_back(connection)
