"""What `--check` finds on a server, and the way of a copy there and back by the server's own programs."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from calc.directions import DIRECTIONS
from calc.quotes import Author
from storage.condition import condition
from storage.database import open_database
from storage.errors import DatabaseUnusable, SchemaTooNew
from storage.migrations import MIGRATIONS
from storage.operators import Operators
from storage.postgres_lease import PostgresLease
from storage.quotes import Quotes
from tests.postgres import USER, PostgresServer, programs
from tests.storage.test_quotes import terms

GIVEN_AT = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
TERMS = terms(DIRECTIONS[0])
ANNA = Author(1001, "Анна Петрова")


@pytest.fixture
def url(postgres: PostgresServer) -> str:
    return postgres.database()


def test_a_server_tells_what_it_is_how_large_and_who_serves(url: str) -> None:
    before = condition(url)
    assert (before.version, before.served_by) == (None, None)
    assert before.path.startswith("PostgreSQL ")
    assert before.path.endswith(" at 127.0.0.1/postgres")
    database = open_database(url)
    assert condition(url).served_by == "nobody serves"
    lease = PostgresLease(url, lost=lambda _why: None, holder="dyno-1:4")
    lease.step()

    found = condition(url)

    assert (found.version, found.known_version, found.free) == (len(MIGRATIONS), len(MIGRATIONS), None)
    assert found.size > 0
    assert found.served_by is not None
    assert found.served_by.startswith("dyno-1:4 serves, seen ")
    lease.give_up()
    assert condition(url).served_by == "nobody serves"
    database.close()


def test_a_later_schema_and_one_that_is_read_only_are_told(url: str) -> None:
    database = open_database(url)
    with database.write() as connection:
        connection.execute("INSERT INTO schema_versions (version, applied_at) VALUES (?, ?)", (999, "later"))
    database.close()

    with pytest.raises(SchemaTooNew):
        condition(url)
    with pytest.raises(DatabaseUnusable, match="it takes nothing"):
        condition(url + "%20-cdefault_transaction_read_only%3Don")


@pytest.fixture
def databases(postgres: PostgresServer) -> Iterator[tuple[str, str]]:
    """Two whole ones, for a copy is one of a whole database."""
    names = [f"drill_{os.getpid()}_{number}" for number in (1, 2)]
    urls = [f"postgresql://{USER}@127.0.0.1:{postgres.port}/{name}" for name in ("postgres", *names)]
    with psycopg.connect(urls[0], autocommit=True) as connection:
        for name in names:
            connection.execute(f"CREATE DATABASE {name}")
        yield urls[1], urls[2]
        for name in names:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def run(program: str, *arguments: str) -> None:
    places = (str(programs()), os.environ["PATH"])
    found = shutil.which(program, path=os.pathsep.join(places))
    if found is None:
        pytest.skip(f"{program} is not installed here")
    done = subprocess.run([found, *arguments], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr


def give(url: str, token: str) -> int:
    database = open_database(url)
    try:
        return (
            Quotes(database)
            .add(
                token,
                author=ANNA,
                client="Иван",
                terms=TERMS,
                given_at=GIVEN_AT,
                valid_until=GIVEN_AT + timedelta(minutes=15),
            )
            .number
        )
    finally:
        database.close()


def test_a_copy_made_by_the_servers_own_programs_is_the_whole_desk(databases: tuple[str, str], tmp_path: Path) -> None:
    """The README's drill: dumped while it is in use, put into an empty database, and over one that has something."""
    source, target = databases
    copy = str(tmp_path / "desk.dump")
    number = give(source, "first")
    in_use = open_database(source)
    Operators(in_use).set_language(1001, "en")
    run("pg_dump", "--format=custom", f"--file={copy}", source)
    in_use.close()

    for _ in range(2):
        run("pg_restore", "--clean", "--if-exists", "--no-owner", f"--dbname={target}", copy)

        restored = open_database(target)
        kept = Quotes(restored).find(number)
        assert kept is not None
        assert (kept.client, kept.terms, kept.given_at) == ("Иван", TERMS, GIVEN_AT)
        assert Operators(restored).language(1001) == "en"
        restored.close()
        assert give(target, "after the copy") != number
