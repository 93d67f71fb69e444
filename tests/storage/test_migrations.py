import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.database import open_database
from storage.errors import SchemaTooNew
from storage.migrations import MIGRATIONS, migrate, schema_version
from tests.storage.conftest import Clock

ROOT = Path(__file__).parents[2]
NEXT = (
    "ALTER TABLE operators ADD COLUMN zone TEXT NOT NULL DEFAULT 'UTC'",
    "UPDATE operators SET zone = 'Europe/Moscow' WHERE language = 'ru'",
)
BROKEN = ("CREATE TABLE half_made (it TEXT)", "CREATE NONSENSE")


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(tmp_path / "desk.db", isolation_level=None)
    yield connection
    connection.close()


def tables(connection: sqlite3.Connection) -> set[str]:
    return {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def test_an_empty_database_gets_every_version(connection: sqlite3.Connection, clock: Clock) -> None:
    assert schema_version(connection) == 0

    assert migrate(connection, now=clock) == len(MIGRATIONS)

    rows = connection.execute("SELECT version, applied_at FROM schema_versions").fetchall()
    assert rows == [(number, "2026-11-21T09:30:00.000000+00:00") for number in range(1, len(MIGRATIONS) + 1)]
    assert {"dialogues", "inbox", "operators", "last_margins", "members", "snapshots"} <= tables(connection)


def test_nothing_is_written_to_a_current_database(connection: sqlite3.Connection) -> None:
    migrate(connection)
    executed: list[str] = []
    connection.set_trace_callback(executed.append)

    migrate(connection)

    assert executed
    assert all(statement.startswith("SELECT") for statement in executed)


def test_an_older_database_keeps_its_data(connection: sqlite3.Connection) -> None:
    migrate(connection, MIGRATIONS)
    connection.execute("INSERT INTO operators (user_id, language) VALUES (1, 'ru'), (2, 'en')")

    assert migrate(connection, [*MIGRATIONS, NEXT]) == len(MIGRATIONS) + 1

    rows = connection.execute("SELECT user_id, language, zone FROM operators").fetchall()
    assert rows == [(1, "ru", "Europe/Moscow"), (2, "en", "UTC")]


def test_a_database_of_version_1_gets_counts_of_calls_and_keeps_its_data(connection: sqlite3.Connection) -> None:
    migrate(connection, MIGRATIONS[:1])
    connection.execute("INSERT INTO operators (user_id, language) VALUES (1, 'ru')")
    connection.execute("INSERT INTO snapshots (feed, source, fetched_at) VALUES ('fiat', 'cbr', 'then')")

    assert migrate(connection) == len(MIGRATIONS)

    assert connection.execute("SELECT user_id, language FROM operators").fetchall() == [(1, "ru")]
    assert connection.execute("SELECT feed, source, fetched_at FROM snapshots").fetchall() == [("fiat", "cbr", "then")]
    assert {"key_calls", "quota_warnings"} <= tables(connection)


def test_a_database_of_version_2_gets_a_history_and_keeps_its_data(connection: sqlite3.Connection) -> None:
    migrate(connection, MIGRATIONS[:2])
    connection.execute("INSERT INTO snapshots (feed, source, fetched_at) VALUES ('fiat', 'cbr', 'then')")

    assert migrate(connection) == len(MIGRATIONS)

    assert connection.execute("SELECT feed, source, fetched_at FROM snapshots").fetchall() == [("fiat", "cbr", "then")]
    assert {"history", "history_marks"} <= tables(connection)


def test_a_newer_database_is_refused_and_left_alone(url: str) -> None:
    database = open_database(url)
    database.read().execute("INSERT INTO schema_versions (version, applied_at) VALUES (900, 'later')")
    database.close()

    with pytest.raises(SchemaTooNew, match="schema version 900, this program knows versions up to") as caught:
        open_database(url)

    assert (caught.value.found, caught.value.known) == (900, len(MIGRATIONS))


def test_a_step_that_fails_leaves_nothing_of_itself(connection: sqlite3.Connection) -> None:
    with pytest.raises(sqlite3.OperationalError):
        migrate(connection, [*MIGRATIONS, BROKEN])

    assert schema_version(connection) == len(MIGRATIONS)
    assert "half_made" not in tables(connection)
    assert not connection.in_transaction


def test_a_first_step_that_fails_leaves_an_empty_database(connection: sqlite3.Connection) -> None:
    with pytest.raises(sqlite3.OperationalError):
        migrate(connection, [BROKEN])

    assert tables(connection) == set()


def test_a_database_whose_making_was_cut_off_is_made_from_the_start(connection: sqlite3.Connection) -> None:
    connection.execute("CREATE TABLE schema_versions (version BIGINT NOT NULL PRIMARY KEY, applied_at TEXT NOT NULL)")

    assert schema_version(connection) == 0


def test_a_step_that_another_process_made_meanwhile_is_not_made_twice(
    connection: sqlite3.Connection, tmp_path: Path
) -> None:
    other = sqlite3.connect(tmp_path / "desk.db", isolation_level=None)

    def the_other_is_faster(statement: str) -> None:
        if statement == "BEGIN IMMEDIATE":
            migrate(other)

    connection.set_trace_callback(the_other_is_faster)

    assert migrate(connection) == len(MIGRATIONS)
    assert connection.execute("SELECT count(*) FROM schema_versions").fetchone() == (len(MIGRATIONS),)
    other.close()


def test_processes_that_start_at_once_all_find_the_schema(url: str) -> None:
    program = f"""
import pathlib, sys
from storage.database import open_database
print("ready", flush=True)
sys.stdin.readline()
open_database({url!r}).close()
"""
    starts = [
        subprocess.Popen(
            [sys.executable, "-c", program], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    for process in starts:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in starts:
        process.communicate("go\n", timeout=30)

    assert [process.returncode for process in starts] == [0, 0, 0, 0]


def test_owners_who_were_kept_before_there_was_a_team_came_through_the_pairing_link(
    connection: sqlite3.Connection,
) -> None:
    before = next(number for number, step in enumerate(MIGRATIONS) if any("RENAME TO members" in each for each in step))
    migrate(connection, MIGRATIONS[:before])
    connection.execute("INSERT INTO owners (user_id, added_at) VALUES (1001, 'then')")

    migrate(connection)

    rows = connection.execute("SELECT user_id, role, most_rub, least_percent, paired FROM members").fetchall()
    assert rows == [(1001, "owner", None, None, 1)]
