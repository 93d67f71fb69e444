import sqlite3
from pathlib import Path

import pytest

from storage.condition import condition
from storage.database import Database
from storage.errors import DatabaseUnusable
from storage.migrations import MIGRATIONS
from tests.storage.conftest import in_a_file


@pytest.fixture
def url(tmp_path: Path) -> str:
    return in_a_file(tmp_path)


def test_a_database_in_use_is_seen_and_left_as_it_is(database: Database, url: str) -> None:
    found = condition(url)

    assert (found.version, found.known_version) == (len(MIGRATIONS), len(MIGRATIONS))
    assert found.size > 0
    assert found.free
    assert database.read().execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_none_is_there_before_the_first_start_and_none_is_made(url: str, tmp_path: Path) -> None:
    found = condition(url)

    assert (found.version, found.size) == (None, 0)
    assert list(tmp_path.iterdir()) == []


def test_a_broken_one_is_told(database: Database, url: str, tmp_path: Path) -> None:
    database.close()
    (tmp_path / "data" / "desk.db").write_bytes(b"important notes" * 1000)

    with pytest.raises(DatabaseUnusable, match="not a database"):
        condition(url)


def test_one_that_another_program_keeps_to_itself_is_told(database: Database, url: str, tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "data" / "desk.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(DatabaseUnusable, match="locked"):
        condition(url, patience_s=0.0)
    other.close()


def test_a_server_that_is_not_there_is_told_without_the_password() -> None:
    with pytest.raises(DatabaseUnusable, match="Connection refused") as caught:
        condition("postgresql://desk:hunter2@127.0.0.1:1/desk")
    assert "hunter2" not in str(caught.value)
