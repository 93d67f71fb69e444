"""One writer at a time, all or nothing, and an end for everybody, with either database."""

import threading
from collections.abc import Callable

import pytest

from storage.connections import Connection
from storage.database import Database, open_database
from storage.errors import DatabaseClosed, UnsupportedDatabase


def in_a_thread(work: Callable[[], object]) -> None:
    """In a thread that has ended when this returns; what it raises fails the test as a warning."""
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


class Mishap(Exception):
    """Something in the middle of a write."""


def add_and_fail(database: Database, user_id: int) -> None:
    with database.write() as connection:
        add(connection, user_id)
        raise Mishap


def languages(database: Database) -> list[tuple[int, str]]:
    return database.read().execute("SELECT user_id, language FROM operators ORDER BY user_id").fetchall()


def add(connection: Connection, user_id: int) -> None:
    connection.execute("INSERT INTO operators (user_id, language) VALUES (?, 'ru')", (user_id,))


def test_a_write_is_seen_by_others_when_it_is_complete(database: Database) -> None:
    seen: list[list[tuple[int, str]]] = []

    with database.write() as connection:
        add(connection, 1)
        mine = languages(database)
        in_a_thread(lambda: seen.append(languages(database)))
    in_a_thread(lambda: seen.append(languages(database)))

    assert mine == [(1, "ru")]
    assert seen == [[], [(1, "ru")]]


def test_an_exception_takes_the_whole_write_back(database: Database) -> None:
    with pytest.raises(Mishap):
        add_and_fail(database, 1)

    assert languages(database) == []


def test_a_write_inside_a_write_is_committed_with_it(database: Database) -> None:
    def fail_after_an_inner_write() -> None:
        with database.write():
            with database.write() as inner:
                add(inner, 1)
            raise Mishap

    with pytest.raises(Mishap):
        fail_after_an_inner_write()

    assert languages(database) == []


def test_a_failed_inner_write_takes_back_its_own_part_alone(database: Database) -> None:
    with database.write() as outer:
        add(outer, 1)
        with pytest.raises(Mishap):
            add_and_fail(database, 2)
        add(outer, 3)

    assert languages(database) == [(1, "ru"), (3, "ru")]


def test_sixteen_writing_threads_lose_nothing(database: Database) -> None:
    with database.write() as connection:
        connection.execute("CREATE TABLE counter (n BIGINT)")
        connection.execute("INSERT INTO counter VALUES (0)")
    start = threading.Barrier(16)

    def count() -> None:
        start.wait()
        for _ in range(50):
            with database.write() as connection:
                (n,) = connection.execute("SELECT n FROM counter").fetchone()
                connection.execute("UPDATE counter SET n = ?", (n + 1,))

    threads = [threading.Thread(target=count) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert database.read().execute("SELECT n FROM counter").fetchone() == (800,)


def test_closing_does_not_wait_for_ever_for_a_write_that_hangs(url: str) -> None:
    database = open_database(url)
    writing, closed = threading.Event(), threading.Event()
    raised: list[Exception] = []

    def hang() -> None:
        try:
            with database.write() as connection:
                add(connection, 1)
                writing.set()
                closed.wait()
        except Exception as error:  # noqa: BLE001  # each driver has its own for a connection that was closed
            raised.append(error)

    thread = threading.Thread(target=hang)
    thread.start()
    writing.wait()
    database.close(wait_s=0.01)
    closed.set()
    thread.join()

    again = open_database(url)
    assert languages(again) == []
    assert len(raised) == 1
    again.close()


def test_a_thread_that_may_not_write_any_more_does_not_and_holds_up_nobody(url: str) -> None:
    refused = PermissionError("too late")
    may_not: set[str] = set()

    def may_write() -> None:
        if threading.current_thread().name in may_not:
            raise refused

    database = open_database(url, may_write=may_write)
    errors: list[BaseException] = []

    def write() -> None:
        try:
            with database.write() as connection:
                connection.execute("INSERT INTO operators (user_id, language) VALUES (1, 'ru')")
        except PermissionError as error:
            errors.append(error)

    may_not.add("late")
    late = threading.Thread(target=write, name="late")
    late.start()
    late.join()
    assert errors == [refused]
    assert database.read().execute("SELECT user_id FROM operators").fetchall() == []

    write()

    assert database.read().execute("SELECT user_id FROM operators").fetchall() == [(1,)]
    database.close()


def test_after_closing_nothing_is_read_or_written(database: Database) -> None:
    database.read().execute("SELECT 1").fetchall()
    database.close()

    with pytest.raises(DatabaseClosed):
        database.read().execute("SELECT 1")
    with pytest.raises(DatabaseClosed), database.write():
        pass
    database.close()


def test_two_who_start_at_once_make_one_schema(url: str) -> None:
    start = threading.Barrier(4)
    opened: list[Database] = []

    def open_it() -> None:
        start.wait()
        opened.append(open_database(url))

    threads = [threading.Thread(target=open_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    rows = [each.read().execute("SELECT count(*), max(version) FROM schema_versions").fetchone() for each in opened]
    for each in opened:
        each.close()
    assert len(rows) == 4
    assert all(count == version for count, version in rows)


def test_a_percent_sign_and_a_question_in_a_value_come_back(database: Database) -> None:
    with database.write() as connection:
        connection.execute("INSERT INTO operators (user_id, language) VALUES (?, ?)", (1, "100 %s? %"))

    assert languages(database) == [(1, "100 %s? %")]


@pytest.mark.parametrize("address", ["mysql://desk:secret@host/desk", "sqlite:", "sqlite://desk.db", "desk.db", ""])
def test_another_kind_of_url_is_refused_without_showing_its_password(address: str) -> None:
    with pytest.raises(UnsupportedDatabase) as caught:
        open_database(address)

    assert "secret" not in str(caught.value)
    assert "sqlite:///relative/path" in str(caught.value)
    assert "postgresql://" in str(caught.value)
