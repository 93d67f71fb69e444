import gzip
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from storage.backup import back_up, examine, packed_copy, put_in_place, restore
from storage.database import Database, open_database
from storage.errors import BackupFailed, DatabaseUnusable, NotABackup, SchemaTooNew
from storage.migrations import MIGRATIONS
from storage.operators import Operators
from storage.places import path_of, staged
from tests.storage.conftest import Clock, in_a_file


@pytest.fixture
def url(tmp_path: Path) -> str:
    return in_a_file(tmp_path)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "desk.db"


@pytest.fixture
def closed(url: str, path: Path) -> Path:
    """A database that nobody has open."""
    database = open_database(url)
    Operators(database).set_language(1, "en")
    database.close()
    return path


def language(path: Path) -> str | None:
    database = open_database(f"sqlite:///{path}")
    try:
        return Operators(database).language(1)
    finally:
        database.close()


@pytest.mark.parametrize("name", ["copy.db", "copy.db.gz"])
def test_a_copy_made_while_the_desk_writes_is_whole_and_comes_back(
    database: Database, url: str, tmp_path: Path, name: str
) -> None:
    operators, begun, enough = Operators(database), threading.Event(), threading.Event()

    def write() -> None:
        user_id = 0
        while not enough.is_set():
            user_id += 1
            operators.set_language(user_id, "ru")
            begun.set()

    writer = threading.Thread(target=write)
    writer.start()
    assert begun.wait(30)
    examined = back_up(url, tmp_path / name)
    enough.set()
    writer.join()

    elsewhere = f"sqlite:///{tmp_path}/other/desk.db"
    restored = restore(elsewhere, tmp_path / name)
    assert (restored.is_in_place, restored.before, restored.examined.version) == (True, None, len(MIGRATIONS))
    assert examined.size > 0
    assert language(tmp_path / "other" / "desk.db") == "ru"
    assert sorted(each.name for each in tmp_path.iterdir()) == [name, "data", "other"]


def test_the_drill_a_lost_database_comes_back_from_its_copy_and_nothing_is_deleted(
    closed: Path, url: str, tmp_path: Path, clock: Clock
) -> None:
    back_up(url, tmp_path / "copy.db.gz")
    closed.write_bytes(b"the disk had a bad day " * 1000)

    restored = restore(url, tmp_path / "copy.db.gz", now=clock)

    assert restored.before == closed.with_name("desk.db.before-20261121-093000")
    assert restored.before.read_bytes().startswith(b"the disk had a bad day")
    assert language(closed) == "en"


def test_a_database_in_use_is_left_alone_until_the_next_start(
    database: Database, url: str, path: Path, tmp_path: Path
) -> None:
    operators = Operators(database)
    operators.set_language(1, "en")
    back_up(url, tmp_path / "copy.db")
    operators.set_language(1, "ru")

    assert restore(url, tmp_path / "copy.db").is_in_place is False

    assert operators.language(1) == "ru"
    database.close()
    assert language(path) == "en"
    [before] = path.parent.glob("desk.db.before-*")
    assert language(before) == "ru"


def test_what_the_desk_wrote_last_goes_with_the_database_and_not_into_the_copy(
    closed: Path, url: str, tmp_path: Path, clock: Clock
) -> None:
    back_up(url, tmp_path / "copy.db")
    killed = tmp_path / "killed.db"
    with closing(sqlite3.connect(closed)) as connection:
        connection.execute("UPDATE operators SET language = 'ru'")
        connection.commit()
        for side in ("", "-wal"):  # as a process leaves them that is killed
            killed.with_name(killed.name + side).write_bytes(closed.with_name(closed.name + side).read_bytes())
    killed.replace(closed)
    killed.with_name("killed.db-wal").replace(closed.with_name("desk.db-wal"))

    before = restore(url, tmp_path / "copy.db", now=clock).before

    assert before is not None
    assert (language(closed), language(before)) == ("en", "ru")


def test_a_restore_that_was_broken_off_is_finished_by_the_next_start(closed: Path, url: str, tmp_path: Path) -> None:
    back_up(url, staged(closed))
    closed.replace(tmp_path / "moved.db")
    closed.with_name("desk.db-wal").write_bytes(b"left over")

    assert language(closed) == "en"
    assert not staged(closed).exists()
    assert put_in_place(closed) is None


@pytest.mark.parametrize(
    "content",
    [b"", b"important notes" * 1000, gzip.compress(b"important notes" * 1000)],
    ids=["empty", "text", "packed text"],
)
def test_what_is_no_database_is_refused_and_nothing_is_changed(
    closed: Path, url: str, tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "notes"
    file.write_bytes(content)

    with pytest.raises(NotABackup, match=f"{file} cannot be used"):
        restore(url, file)

    assert [each.name for each in closed.parent.iterdir()] == ["desk.db"]
    assert language(closed) == "en"


def test_a_damaged_copy_is_refused(closed: Path, url: str, tmp_path: Path) -> None:
    back_up(url, tmp_path / "copy.db")
    content = bytearray((tmp_path / "copy.db").read_bytes())
    content[4096 * 3 : 4096 * 6] = b"\x55" * 4096 * 3
    (tmp_path / "copy.db").write_bytes(content)

    with pytest.raises(NotABackup):
        restore(url, tmp_path / "copy.db")


def test_a_packed_copy_that_ends_early_is_refused(closed: Path, url: str, tmp_path: Path) -> None:
    content, _ = packed_copy(url, tmp_path)
    (tmp_path / "half.db.gz").write_bytes(content[: len(content) // 2])

    with pytest.raises(BackupFailed, match=r"half\.db\.gz"):
        restore(url, tmp_path / "half.db.gz")

    assert sorted(each.name for each in tmp_path.iterdir()) == ["data", "half.db.gz"]


def test_a_copy_of_a_later_version_is_refused(closed: Path, url: str, tmp_path: Path) -> None:
    back_up(url, tmp_path / "copy.db")
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        copy.execute("INSERT INTO schema_versions VALUES (999, 'later')")
        copy.commit()

    with pytest.raises(SchemaTooNew):
        restore(url, tmp_path / "copy.db")


def test_a_database_of_another_program_is_refused(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "other.db")) as other:
        other.execute("CREATE TABLE notes (text TEXT)")

    with pytest.raises(NotABackup, match="no database of this bot"):
        examine(tmp_path / "other.db")


def test_where_there_is_no_database_there_is_no_copy(url: str, tmp_path: Path, path: Path) -> None:
    with pytest.raises(BackupFailed, match=f"there is no {path}"):
        back_up(url, tmp_path / "copy.db")

    assert list(tmp_path.iterdir()) == []


def test_the_database_is_no_place_for_its_own_copy(closed: Path, url: str) -> None:
    with pytest.raises(BackupFailed, match="the database itself"):
        back_up(url, closed)


def test_a_copy_that_cannot_be_written_leaves_the_older_one(closed: Path, url: str, tmp_path: Path) -> None:
    (tmp_path / "copy.db").write_bytes(b"the copy of yesterday")
    (tmp_path / "copy.db.part").mkdir()

    with pytest.raises(BackupFailed):
        back_up(url, tmp_path / "copy.db")

    assert (tmp_path / "copy.db").read_bytes() == b"the copy of yesterday"


def test_a_broken_database_is_told_and_not_copied(closed: Path, url: str, tmp_path: Path) -> None:
    closed.write_bytes(b"the disk had a bad day " * 1000)

    with pytest.raises(BackupFailed, match="not a database"):
        back_up(url, tmp_path / "copy.db")


def test_a_missing_copy_is_told_by_its_name(closed: Path, url: str, tmp_path: Path) -> None:
    with pytest.raises(BackupFailed, match=r"gone\.db: No such file"):
        restore(url, tmp_path / "gone.db")


def test_a_packed_copy_leaves_no_file(closed: Path, url: str, tmp_path: Path) -> None:
    content, examined = packed_copy(url, tmp_path)

    assert gzip.decompress(content).startswith(b"SQLite format 3")
    assert examined.size == len(gzip.decompress(content))
    assert [each.name for each in tmp_path.iterdir()] == ["data"]


def test_a_database_that_is_no_file_says_what_copies_it() -> None:
    with pytest.raises(DatabaseUnusable, match="pg_dump --format=custom") as caught:
        path_of("postgresql://desk:marked-secret@127.0.0.1/desk")
    assert "marked-secret" not in str(caught.value)
