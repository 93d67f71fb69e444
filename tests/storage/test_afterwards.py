"""What is beside the database hears when a transaction is over, and what became of it, with either database."""

from collections.abc import Iterator

import pytest

from storage.afterwards import Afterwards
from storage.database import open_database

FILL = "INSERT INTO conventions (separator, meaning) VALUES (?, ?)"
READ = "SELECT separator FROM conventions LIMIT 5"


class Failed(Exception):
    pass


@pytest.fixture
def database(url: str) -> Iterator[Afterwards]:
    database = Afterwards(open_database(url))
    yield database
    database.close()


def kept(database: Afterwards) -> list[str]:
    return [separator for (separator,) in database.read().execute(READ)]


def test_it_is_told_after_the_commit_and_not_before(database: Afterwards) -> None:
    told: list[tuple[bool, list[str], bool]] = []
    with database.write() as connection:
        database.when_over(lambda committed: told.append((committed, kept(database), database.is_writing)))
        connection.execute(FILL, (",", "decimal"))
        assert database.is_writing
        assert told == []
    assert told == [(True, [","], False)]


def test_what_is_undone_is_told_so(database: Afterwards) -> None:
    told: list[bool] = []

    def fail() -> None:
        with database.write() as connection:
            database.when_over(told.append)
            connection.execute(FILL, (",", "decimal"))
            raise Failed

    with pytest.raises(Failed):
        fail()
    assert told == [False]
    assert kept(database) == []
    with database.write():
        assert database.is_writing
    assert told == [False]


def test_an_inner_block_is_over_with_the_outer_one(database: Afterwards) -> None:
    told: list[str] = []
    with database.write():
        database.when_over(lambda committed: told.append(f"outer {committed}"))
        with database.write() as connection:
            database.when_over(lambda committed: told.append(f"inner {committed}"))
            connection.execute(FILL, (",", "decimal"))
        assert told == []
    assert told == ["outer True", "inner True"]


def test_an_inner_block_that_is_undone_alone_is_told_at_once(database: Afterwards) -> None:
    told: list[str] = []

    def fail() -> None:
        with database.write() as connection:
            database.when_over(lambda committed: told.append(f"inner {committed}"))
            connection.execute(FILL, (",", "decimal"))
            raise Failed

    with database.write() as connection:
        database.when_over(lambda committed: told.append(f"outer {committed}"))
        connection.execute(FILL, (".", "decimal"))
        with pytest.raises(Failed):
            fail()
        assert told == ["inner False"]
    assert told == ["inner False", "outer True"]
    assert kept(database) == ["."]


def test_everything_else_is_the_database_itself(database: Afterwards) -> None:
    database.recover()
    assert (database.is_home, database.trouble) == (True, None)
