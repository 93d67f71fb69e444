"""What is PostgreSQL's own: a server that goes away and comes back, and connections that break."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg_pool import ConnectionPool, PoolTimeout

from storage.database import open_database
from storage.errors import DatabaseAway, DatabaseUnusable
from storage.operators import Operators
from storage.postgres import PostgresDatabase, open_postgres
from tests.postgres import PostgresServer, postgres_server


@pytest.fixture(scope="module")
def server(postgres: PostgresServer) -> Iterator[PostgresServer]:
    """One of its own, which may be stopped; `postgres` says whether there is one to be had."""
    with postgres_server() as server:
        yield server


@pytest.fixture
def database(server: PostgresServer) -> Iterator[PostgresDatabase]:
    database = open_postgres(server.database(), lambda: None)
    yield database
    database.close()


def break_all(database: PostgresDatabase) -> None:
    """As a server does that is restarted: every connection there is ends."""
    with database.session() as session:
        session.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        with pytest.raises(psycopg.OperationalError):
            session.execute("SELECT pg_terminate_backend(pg_backend_pid())")


def test_connections_that_broke_in_the_pool_disturb_nobody(database: PostgresDatabase) -> None:
    Operators(database).set_language(1, "en")

    break_all(database)

    assert Operators(database).language(1) == "en"
    break_all(database)
    Operators(database).set_language(1, "ru")
    assert Operators(database).language(1) == "ru"


def breaking(monkeypatch: pytest.MonkeyPatch, what: str, *, times: int) -> list[str]:
    """The statements that begin with `what` and met a connection that breaks."""
    real: Any = psycopg.Connection.execute
    met: list[str] = []

    def execute(self: Any, statement: str, *values: Any) -> Any:
        if statement.startswith(what) and len(met) < times:
            met.append(statement)
            raise psycopg.OperationalError("server closed the connection unexpectedly")
        return real(self, statement, *values)

    monkeypatch.setattr(psycopg.Connection, "execute", execute)
    return met


def test_a_read_whose_connection_breaks_is_made_again(
    database: PostgresDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    Operators(database).set_language(1, "en")
    met = breaking(monkeypatch, "SELECT language", times=1)

    assert Operators(database).language(1) == "en"
    assert len(met) == 1


def test_a_read_is_not_made_for_ever(database: PostgresDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    met = breaking(monkeypatch, "SELECT language", times=9)

    with pytest.raises(DatabaseAway, match="server closed the connection unexpectedly"):
        Operators(database).language(1)
    assert len(met) == 2


def test_what_is_no_read_is_not_made_twice(database: PostgresDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    met = breaking(monkeypatch, "DELETE", times=9)

    with pytest.raises(DatabaseAway):
        database.read().execute("DELETE FROM operators WHERE user_id = ?", (1,))
    assert len(met) == 1
    with pytest.raises(NotImplementedError):
        database.read().executemany("DELETE FROM operators WHERE user_id = ?", [(1,)])


def test_a_write_whose_connection_breaks_is_told_and_nothing_of_it_stays(database: PostgresDatabase) -> None:
    def write_over_a_broken_connection() -> None:
        with database.write():
            Operators(database).set_language(1, "en")
            break_all(database)

    with pytest.raises(DatabaseAway):
        write_over_a_broken_connection()

    assert Operators(database).language(1) is None
    Operators(database).set_language(1, "ru")
    assert Operators(database).language(1) == "ru"


def test_a_transaction_in_which_a_statement_failed_is_never_taken_for_written(database: PostgresDatabase) -> None:
    def swallow() -> None:
        with database.write() as connection:
            connection.execute("INSERT INTO operators (user_id, language) VALUES (?, ?)", (1, "en"))
            with pytest.raises(psycopg.errors.UndefinedTable):
                connection.execute("SELECT 1 FROM nowhere")

    with pytest.raises(psycopg.errors.InFailedSqlTransaction):
        swallow()
    assert Operators(database).language(1) is None


def test_one_writer_at_a_time_of_all_processes(server: PostgresServer) -> None:
    url = server.database()
    one, other = open_postgres(url, lambda: None), open_postgres(url, lambda: None)
    begun, order = threading.Event(), list[str]()

    def wait_for_the_first() -> None:
        begun.wait()
        with other.write():
            order.append(str(Operators(other).language(1)))

    thread = threading.Thread(target=wait_for_the_first)
    thread.start()
    with one.write():
        Operators(one).set_language(1, "en")
        begun.set()
        order.append("written")
    thread.join()
    assert order == ["written", "en"]
    one.close()
    other.close()


def test_a_server_that_was_restarted_is_found_again_and_that_is_two_lines(
    database: PostgresDatabase, server: PostgresServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    Operators(database).set_language(1, "en")
    server.stop(mode="immediate")
    with pytest.raises(DatabaseAway):
        Operators(database).set_language(1, "ru")
    with pytest.raises(DatabaseAway, match="does not answer: no connection within 5 s"):
        Operators(database).language(1)
    with pytest.raises(DatabaseAway):
        database.recover()
    server.start()
    database.recover()
    assert Operators(database).language(1) == "en"
    told = [record.getMessage().partition(":")[0] for record in caplog.records]
    assert told == ["database does not answer", "database answers again"]


def test_of_many_who_wait_for_a_server_that_stays_away_each_makes_one_attempt(
    database: PostgresDatabase, server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts: list[float] = []
    real: Any = ConnectionPool.connection

    def connection(self: Any, timeout: float) -> Any:
        attempts.append(timeout)
        return real(self, timeout)

    server.stop(mode="immediate")
    with pytest.raises(DatabaseAway):
        Operators(database).set_language(1, "en")
    database._away_since = float("-inf")  # for longer than anybody has patience
    monkeypatch.setattr(ConnectionPool, "connection", connection)
    for _ in range(3):
        with pytest.raises(DatabaseAway):
            Operators(database).set_language(1, "en")
    server.start()
    assert len(attempts) == 3
    Operators(database).set_language(1, "ru")


def test_a_statement_that_takes_too_long_says_nothing_about_the_server(database: PostgresDatabase) -> None:
    def take_long() -> None:
        with database.write() as connection:
            connection.execute("SET LOCAL statement_timeout = 1")
            connection.execute("SELECT pg_sleep(20)")

    with pytest.raises(psycopg.errors.QueryCanceled):
        take_long()
    Operators(database).set_language(1, "en")


def test_a_session_that_the_server_ended_says_that_it_is_away(database: PostgresDatabase) -> None:
    """As one whose process was frozen in mid-transaction; the server's word for it is of another kind."""

    def freeze() -> None:
        with database.write() as connection:
            connection.execute("SET LOCAL idle_in_transaction_session_timeout = 1")
            threading.Event().wait(0.2)
            connection.execute("SELECT 1")

    with pytest.raises(DatabaseAway):
        freeze()


def test_a_server_that_is_not_there_stops_the_start_with_one_line_and_without_the_password() -> None:
    with pytest.raises(DatabaseUnusable) as caught:
        open_database("postgresql://desk:hunter2@127.0.0.1:1/desk?connect_timeout=1")
    assert "PostgreSQL" in str(caught.value)
    assert "Connection refused" in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_server_that_is_there_at_the_last_moment_is_waited_for(
    server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    real: Any = ConnectionPool.open

    def open_late(self: Any, **_: object) -> None:
        real(self, wait=False)
        raise PoolTimeout("not yet")

    monkeypatch.setattr(ConnectionPool, "open", open_late)
    database = open_postgres(server.database(), lambda: None)
    assert Operators(database).language(1) is None
    database.close()


def test_without_the_driver_the_start_says_what_to_install() -> None:
    program = """
import sys
sys.modules["psycopg"] = None
from storage.database import open_database
from storage.errors import DatabaseUnusable
try:
    open_database("postgresql://desk@127.0.0.1/desk")
except DatabaseUnusable as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]
    )
    assert done.stdout.strip().endswith("its driver is missing: pip install -r requirements-postgres.txt")
