"""How long statements take is told to whoever wants to know, with either database."""

from collections.abc import Iterator

import pytest

from storage.database import Database, open_database
from storage.timed import TimedDatabase, first_word

FILL = "INSERT INTO conventions (separator, meaning) VALUES (?, ?)"
READ = "SELECT separator FROM conventions LIMIT 5"


class Told:
    def __init__(self, url: str) -> None:
        self.words: list[str] = []
        self.database: Database = open_database(url, observe=self._tell)

    def _tell(self, word: str, seconds: float) -> None:
        assert 0 <= seconds < 60
        self.words.append(word)


@pytest.fixture
def told(url: str) -> Iterator[Told]:
    told = Told(url)
    yield told
    told.database.close()


def test_every_statement_is_told_by_its_first_word_and_the_transaction_around_it(told: Told) -> None:
    with told.database.write() as connection:
        connection.executemany(FILL, [(",", "a"), (".", "b")])
        connection.execute("DELETE FROM conventions WHERE separator = ?", (".",))
    rows = told.database.read().execute(READ).fetchall()

    told.database.recover()
    assert (told.database.is_home, told.database.trouble) == (True, None)
    assert [tuple(row) for row in rows] == [(",",)]
    assert told.words == ["begin", "insert", "delete", "commit", "select"]


def test_a_transaction_in_a_transaction_is_one(told: Told) -> None:
    with told.database.write(), told.database.write() as inner:
        inner.execute(FILL, (",", "a"))

    assert told.words == ["begin", "insert", "commit"]


def test_what_fails_is_told_too_and_is_undone(told: Told) -> None:
    def fail() -> None:
        with told.database.write() as connection:
            connection.execute(FILL, (",", "a"))
            connection.execute("DELETE FROM nowhere WHERE x = ?", (1,))

    with pytest.raises(Exception, match="nowhere"):
        fail()

    assert told.words == ["begin", "insert", "delete", "commit"]
    assert told.database.read().execute(READ).fetchall() == []


def test_a_turn_that_never_came_is_no_commit() -> None:
    class Refusing:
        def write(self) -> None:
            raise RuntimeError("this thread was given up")

    words: list[str] = []
    database = TimedDatabase(Refusing(), lambda word, _: words.append(word), clock=lambda: 1.0)  # type: ignore[arg-type]  # one method is enough

    with pytest.raises(RuntimeError), database.write():
        pass

    assert words == []


def test_where_nobody_wants_to_know_it_is_the_database_itself(url: str) -> None:
    database = open_database(url)
    database.close()

    assert not isinstance(database, TimedDatabase)


def test_the_first_word_is_small_whatever_stands_before_it() -> None:
    assert first_word("\n    INSERT INTO x") == "insert"
    assert first_word("") == ""
