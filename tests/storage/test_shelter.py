import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from storage import shelter
from storage.operators import Operators
from storage.shelter import LARGEST, take_shelter
from storage.sqlite import open_sqlite

MANY = 5_000
"""Rows that take new pages."""


class Disk:
    """A database whose disk can be full: SQLite is told that the file may not grow."""

    def __init__(self, path: Path, elsewhere: Path) -> None:
        self.path, self.elsewhere = path, elsewhere
        self.database = open_sqlite(f"sqlite:///{path}", lambda: None, [elsewhere / "not there", elsewhere])
        self.operators = Operators(self.database)

    def fill(self) -> None:
        with self.database.write() as connection:
            (pages,) = connection.execute("PRAGMA page_count").fetchone()
            connection.execute(f"PRAGMA max_page_count = {pages}")

    def write(self, user_id: int) -> None:
        """As much as goes onto no full disk."""
        with self.database.write() as connection:
            for more in range(MANY):
                connection.execute(
                    "INSERT INTO operators (user_id, language) VALUES (?, 'ru')", (user_id * 1_000_000 + more,)
                )

    def write_on_full(self, user_id: int) -> None:
        self.fill()
        with pytest.raises(sqlite3.OperationalError, match="full"):
            self.write(user_id)

    def known(self) -> list[int]:
        rows = self.database.read().execute("SELECT DISTINCT user_id / 1000000 FROM operators ORDER BY 1").fetchall()
        return [number for (number,) in rows]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    (tmp_path / "elsewhere").mkdir()
    disk = Disk(tmp_path / "desk.db", tmp_path / "elsewhere")
    yield disk
    disk.database.close()


def in_a_thread(work: Callable[[], object]) -> None:
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


def test_on_a_full_disk_one_transaction_fails_and_the_next_go_on_elsewhere(disk: Disk) -> None:
    disk.write(1)
    disk.write_on_full(2)
    assert (disk.database.is_home, disk.database.trouble) == (False, "database or disk is full")

    disk.write(3)
    in_a_thread(lambda: disk.write(4))

    assert disk.known() == [1, 3, 4]
    assert [each.name.startswith("desk.db-") for each in disk.elsewhere.iterdir()]


def test_what_was_written_elsewhere_comes_home_and_leaves_nothing_behind(disk: Disk) -> None:
    disk.write(1)
    disk.write_on_full(2)
    disk.write(3)

    disk.database.recover()
    disk.write(4)

    assert (disk.database.is_home, disk.database.trouble) == (True, None)
    assert disk.known() == [1, 3, 4]
    assert list(disk.elsewhere.iterdir()) == []
    disk.database.recover()
    assert Disk(disk.path, disk.elsewhere).known() == [1, 3, 4]


def test_while_the_disk_takes_nothing_nothing_changes(disk: Disk) -> None:
    disk.write(1)
    disk.write_on_full(2)
    disk.write(3)
    other = sqlite3.connect(disk.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    other.execute("UPDATE operators SET language = 'en'")

    with pytest.MonkeyPatch.context() as hasty:
        hasty.setattr(shelter, "PATIENCE_S", 0.0)
        disk.database.recover()

    assert not disk.database.is_home
    assert disk.known() == [1, 3]
    other.close()


def test_a_stop_brings_it_home(disk: Disk) -> None:
    disk.write(1)
    disk.write_on_full(2)
    disk.write(3)

    disk.database.close()

    assert list(disk.elsewhere.iterdir()) == []
    assert Disk(disk.path, disk.elsewhere).known() == [1, 3]


def test_where_it_cannot_be_brought_home_it_is_kept_elsewhere(disk: Disk) -> None:
    disk.write(1)
    disk.write_on_full(2)
    disk.write(3)
    [sheltered] = [each for each in disk.elsewhere.iterdir() if not each.name.endswith(("-wal", "-shm"))]
    disk.path.unlink()
    disk.path.mkdir()

    disk.database.close()

    assert Disk(sheltered, disk.elsewhere).known() == [1, 3]


def test_without_another_place_it_stays_where_it_is(tmp_path: Path) -> None:
    disk = Disk(tmp_path / "desk.db", tmp_path / "nowhere")
    disk.write(1)
    disk.write_on_full(2)

    assert (disk.database.is_home, disk.database.trouble) == (True, "database or disk is full")
    assert disk.known() == [1]
    disk.database.close()


def test_a_full_disk_that_an_inner_write_meets_is_looked_into_once(disk: Disk) -> None:
    def write_within() -> None:
        with disk.database.write():
            disk.write(2)

    disk.write(1)
    disk.fill()
    with pytest.raises(sqlite3.OperationalError, match="full"):
        write_within()
    write_within()

    assert disk.known() == [1, 2]


def test_an_error_of_the_statement_is_no_trouble_of_the_disk(disk: Disk) -> None:
    database = disk.database

    def twice() -> None:
        with database.write() as connection:
            connection.execute("INSERT INTO conventions VALUES (',', 'decimal')")
            connection.execute("INSERT INTO conventions VALUES (',', 'decimal')")

    with pytest.raises(sqlite3.IntegrityError):
        twice()

    assert (database.is_home, database.trouble) == (True, None)


def test_a_damaged_database_is_told_once_and_stays(disk: Disk, caplog: pytest.LogCaptureFixture) -> None:
    disk.write(1)
    disk.database.close()
    content = bytearray(disk.path.read_bytes())
    content[-4096 * 12 : -4096 * 4] = b"\x55" * 4096 * 8
    disk.path.write_bytes(content)
    damaged = Disk(disk.path, disk.elsewhere)

    for _ in range(2):
        with pytest.raises(sqlite3.DatabaseError), damaged.database.write() as connection:
            connection.execute("UPDATE operators SET language = 'en'")

    assert damaged.database.is_home
    assert "malformed" in str(damaged.database.trouble)
    assert caplog.text.count("the database is damaged, put a copy back") == 1
    damaged.database.close()


def test_a_large_one_and_one_that_finds_no_room_stay(tmp_path: Path, disk: Disk) -> None:
    large = tmp_path / "large.db"
    with large.open("wb") as file:
        file.truncate(LARGEST + 1)
    with disk.database.lent() as connection:
        assert take_shelter(connection, large, [tmp_path]) is None
        assert take_shelter(connection, disk.path, []) is None


def test_a_copy_that_cannot_be_made_leaves_nothing(tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "broken.db", isolation_level=None)
    (tmp_path / "broken.db").write_bytes(b"important notes" * 1000)
    (tmp_path / "elsewhere").mkdir()

    assert take_shelter(other, tmp_path / "broken.db", [tmp_path / "elsewhere"]) is None

    assert list((tmp_path / "elsewhere").iterdir()) == []
    other.close()
