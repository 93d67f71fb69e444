"""What is SQLite's own: the file, connections that threads share, WAL."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from storage.database import open_database
from storage.errors import DatabaseClosed, DatabaseUnusable
from storage.operators import Operators
from storage.sqlite import MOST_READERS, SqliteDatabase, open_sqlite, use_wal


def in_a_thread(work: Callable[[], object]) -> None:
    """In a thread that has ended when this returns; what it raises fails the test as a warning."""
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[SqliteDatabase]:
    database = open_sqlite(f"sqlite:///{tmp_path}/desk.db", lambda: None)
    yield database
    database.close()


class Mishap(Exception):
    """Something in the middle of a write."""


def test_folder_and_file_are_made(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/new/folders/desk.db")

    assert (tmp_path / "new/folders/desk.db").is_file()
    database.close()


def test_a_path_with_three_slashes_is_relative(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    open_database("sqlite:///data/desk.db").close()

    assert (tmp_path / "data/desk.db").is_file()


@pytest.mark.parametrize(
    ("pragma", "value"), [("journal_mode", "wal"), ("synchronous", 1), ("foreign_keys", 1), ("busy_timeout", 5000)]
)
def test_every_connection_is_set_up(database: SqliteDatabase, pragma: str, value: object) -> None:
    found: list[object] = []

    in_a_thread(lambda: found.extend(database.read().execute(f"PRAGMA {pragma}").fetchone()))

    assert found == [value]


@pytest.mark.parametrize("path", ["", ":memory:"])
def test_a_database_has_to_be_a_file(path: str) -> None:
    with pytest.raises(DatabaseUnusable, match="has to be a file"):
        open_database(f"sqlite:///{path}")


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file, not a folder")

    with pytest.raises(DatabaseUnusable, match=f"cannot use the database {tmp_path}/taken/desk.db: ") as caught:
        open_database(f"sqlite:///{tmp_path}/taken/desk.db")

    assert caught.value.path == f"{tmp_path}/taken/desk.db"


def test_a_folder_in_the_place_of_the_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnusable, match="unable to open database file"):
        open_database(f"sqlite:///{tmp_path}")


def test_a_file_that_is_no_database_is_an_error_and_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    path.write_text("important notes " * 100)

    with pytest.raises(DatabaseUnusable, match="not a database"):
        open_database(f"sqlite:///{path}")

    assert path.read_text() == "important notes " * 100


@pytest.fixture
def in_the_way(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """Another process that reads a file which is not in WAL yet."""
    other = sqlite3.connect(tmp_path / "desk.db", isolation_level=None)
    other.execute("CREATE TABLE held (it INTEGER)")
    other.execute("BEGIN")
    other.execute("SELECT it FROM held").fetchone()
    yield other
    other.close()


@pytest.fixture
def hasty(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that SQLite tells "database is locked" at once."""
    connection = sqlite3.connect(tmp_path / "desk.db", isolation_level=None, timeout=0)
    yield connection
    connection.close()


def test_wal_is_tried_again_when_another_process_was_in_the_way(
    in_the_way: sqlite3.Connection, hasty: sqlite3.Connection
) -> None:
    hasty.set_trace_callback(lambda statement: in_the_way.rollback() if statement == "COMMIT" else None)

    use_wal(hasty)

    assert hasty.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_wal_is_not_tried_for_ever(in_the_way: sqlite3.Connection, hasty: sqlite3.Connection) -> None:
    tried: list[str] = []

    def always_at_the_wrong_moment(statement: str) -> None:
        tried.append(statement)
        in_the_way.rollback()
        if statement.startswith("PRAGMA"):
            in_the_way.execute("BEGIN")
            in_the_way.execute("SELECT it FROM held").fetchone()

    hasty.set_trace_callback(always_at_the_wrong_moment)

    with pytest.raises(sqlite3.OperationalError, match="in the way of WAL"):
        use_wal(hasty)

    assert tried.count("PRAGMA journal_mode = WAL") == 5


def connections(database: SqliteDatabase) -> int:
    return len(database._connections)


def test_threads_that_come_one_after_the_other_share_a_connection_to_read_and_one_to_write(
    database: SqliteDatabase,
) -> None:
    for _ in range(20):
        in_a_thread(lambda: Operators(database).set_language(1, "en"))
        in_a_thread(lambda: Operators(database).language(1))

    assert connections(database) == 2


def test_who_reads_while_another_writes_has_another_connection_and_sees_what_was_before(
    database: SqliteDatabase,
) -> None:
    seen: list[object] = []

    with database.write():
        Operators(database).set_language(1, "en")
        in_a_thread(lambda: seen.append(Operators(database).language(1)))
        assert Operators(database).language(1) == "en"
    in_a_thread(lambda: seen.append(Operators(database).language(1)))

    assert seen == [None, "en"]
    assert connections(database) == 2


def test_many_readers_at_once_wait_for_a_few_connections_and_hold_up_no_writer(database: SqliteDatabase) -> None:
    seen: list[object] = []
    with ExitStack() as at_work:
        for _ in range(MOST_READERS):
            at_work.enter_context(database.lent())
        waiting = [threading.Thread(target=lambda: seen.append(Operators(database).language(1))) for _ in range(16)]
        for thread in waiting:
            thread.start()
        in_a_thread(lambda: Operators(database).set_language(1, "en"))
    for thread in waiting:
        thread.join()

    assert seen == ["en"] * 16
    assert connections(database) == MOST_READERS + 1


def test_the_writer_takes_no_place_of_a_reader(database: SqliteDatabase) -> None:
    lent = threading.Semaphore(0)

    def lend() -> None:
        with suppress(DatabaseClosed), database.lent():
            lent.release()
            may_end.wait(30)

    may_end = threading.Event()
    with database.write():
        readers = [threading.Thread(target=lend) for _ in range(MOST_READERS)]
        for thread in readers:
            thread.start()
        at_work = [lent.acquire(timeout=30) for _ in readers]
    may_end.set()
    database.close()
    for thread in readers:
        thread.join(30)
    assert at_work == [True] * MOST_READERS


def test_who_waits_for_a_connection_is_told_of_the_end(database: SqliteDatabase) -> None:
    told: list[str] = []

    def read() -> None:
        try:
            Operators(database).language(1)
        except DatabaseClosed as error:
            told.append(type(error).__name__)

    with ExitStack() as at_work:
        for _ in range(MOST_READERS):
            at_work.enter_context(database.lent())
        waiting = threading.Thread(target=read)
        waiting.start()
        database.close()
        waiting.join()
    assert told == ["DatabaseClosed"]


def test_rows_that_nobody_has_looked_at_hold_up_nobody_and_show_no_past(database: SqliteDatabase) -> None:
    Operators(database).set_language(1, "en")
    rows = database.read().execute("SELECT language FROM operators")
    Operators(database).set_language(1, "ru")

    assert Operators(database).language(1) == "ru"
    assert rows.fetchall() == [("en",)]
    assert connections(database) == 2


def test_a_statement_that_fails_gives_its_connection_back(database: SqliteDatabase) -> None:
    for _ in range(3):
        with pytest.raises(sqlite3.OperationalError):
            database.read().execute("SELECT nothing FROM nowhere")

    assert connections(database) == 1


def test_many_rows_are_written_in_a_transaction_alone(database: SqliteDatabase) -> None:
    with pytest.raises(NotImplementedError):
        database.read().executemany("SELECT 1", [])


def test_a_transaction_that_the_database_gave_up_itself_ends_with_the_first_error(database: SqliteDatabase) -> None:
    def fill_the_disk() -> None:
        with database.write(), database.write() as connection:
            connection.execute("ROLLBACK")  # as SQLite does by itself then
            raise Mishap

    with pytest.raises(Mishap):
        fill_the_disk()

    Operators(database).set_language(1, "en")
    assert Operators(database).language(1) == "en"


def test_after_closing_nothing_is_read_or_written(database: SqliteDatabase) -> None:
    reader = database.read()
    database.close()

    with pytest.raises(DatabaseClosed):
        database.read()
    with pytest.raises(DatabaseClosed):
        reader.execute("SELECT 1")
    with pytest.raises(DatabaseClosed), database.write():
        pass
    assert connections(database) == 0
    database.close()


def test_a_connection_at_work_is_closed_when_its_work_is_done(database: SqliteDatabase) -> None:
    """Closed under a statement, SQLite would take the whole process with it."""
    with database.lent() as at_work:
        database.close(wait_s=0.01)

        assert at_work.execute("SELECT 1").fetchone() == (1,)
    with pytest.raises(sqlite3.ProgrammingError, match="closed database"):
        at_work.execute("SELECT 1")
    assert connections(database) == 0


def test_closing_waits_for_a_read_that_is_under_way(database: SqliteDatabase) -> None:
    reads, may_end = threading.Event(), threading.Event()

    def read() -> None:
        with database.lent():
            reads.set()
            may_end.wait(30)

    reader = threading.Thread(target=read)
    reader.start()
    assert reads.wait(30)
    closing = threading.Thread(target=lambda: database.close(wait_s=30))
    closing.start()
    may_end.set()
    closing.join(30)
    reader.join(30)

    assert connections(database) == 0


def test_what_ends_after_the_closing_is_not_written(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/desk.db"
    database = open_sqlite(url, lambda: None)

    def write() -> None:
        with database.write() as connection:
            connection.execute("INSERT INTO operators (user_id, language) VALUES (1, 'en')")
            in_a_thread(lambda: database.close(wait_s=0.01))

    with pytest.raises(DatabaseClosed):
        write()
    again = open_sqlite(url, lambda: None)

    assert Operators(again).language(1) is None
    again.close()


def test_a_transaction_whose_end_is_refused_is_taken_back_and_the_next_one_goes_on(database: SqliteDatabase) -> None:
    def break_off() -> None:
        with database.write() as connection:
            connection.execute("INSERT INTO child VALUES (1, 7)")

    with database.write() as connection:
        connection.execute("CREATE TABLE parent (id INTEGER PRIMARY KEY)")
        connection.execute("CREATE TABLE child (id INTEGER, of REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED)")

    with pytest.raises(sqlite3.IntegrityError):
        break_off()

    Operators(database).set_language(1, "en")
    assert database.read().execute("SELECT count(*) FROM child").fetchone() == (0,)
