"""Where dialogues are found sooner than in the database: what a copy is told, and what the database knows of copies."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime

import pytest

from storage.afterwards import Afterwards
from storage.connections import Connection
from storage.database import open_database
from storage.dialogue_copies import BEGIN, KNOWN, NAME, forsake, from_text, to_text
from storage.dialogues import Dialogue, Key
from storage.errors import RedisAway, RedisUnusable
from storage.states import StateStorage

ANNA: Key = (1, 1, 0, "", 0)


class Copies:
    """Has what it was told of, and nothing else."""

    def __init__(self) -> None:
        self.known: dict[Key, Dialogue | None] = {}
        self.cleared = 0

    def read(self, key: Key, load: Callable[[], Dialogue | None]) -> Dialogue | None:
        return self.known[key] if key in self.known else load()

    def changed(self, connection: Connection, dialogues: Mapping[Key, Dialogue | None]) -> None:
        self.known |= dialogues

    def clear(self) -> None:
        self.cleared += 1


@pytest.fixture
def database(url: str) -> Iterator[Afterwards]:
    database = Afterwards(open_database(url))
    yield database
    database.close()


def test_a_copy_is_told_of_each_change_and_asked_first(database: Afterwards) -> None:
    copies = Copies()
    states = StateStorage(database, copies=copies)
    assert states.get_state(1, 1) is None
    states.set_state(1, 1, "amount")
    assert copies.known == {ANNA: Dialogue("amount", "{}")}
    copies.known[ANNA] = Dialogue("elsewhere", "{}")
    assert states.get_state(1, 1) == "elsewhere"
    states.delete_state(1, 1)
    assert copies.known == {ANNA: None}
    assert states.forget_older_than(datetime(2100, 1, 1, tzinfo=UTC)) == 0
    assert copies.cleared == 1


def test_changes_that_are_collected_are_told_when_they_are_written(database: Afterwards) -> None:
    copies = Copies()
    states = StateStorage(database, copies=copies)
    with states.collect() as changes:
        states.set_state(1, 1, "amount")
        states.set_data(1, 1, "pays", "RUB")
        assert copies.known == {}
        changes.apply()
    assert copies.known == {ANNA: Dialogue("amount", '{"pays":"RUB"}')}


@pytest.mark.parametrize("dialogue", [None, Dialogue("Quote:amount", '{"имя": "Анна", "x": [1, "2"]}')])
def test_a_copy_is_written_and_read(dialogue: Dialogue | None) -> None:
    assert from_text(to_text(dialogue)) == dialogue


def test_copies_are_forsaken_once(database: Afterwards) -> None:
    forsake(database)
    with database.write() as connection:
        connection.execute(BEGIN, (NAME, "token"))
    assert database.read().execute(KNOWN, (NAME,)).fetchone() is not None
    forsake(database)
    assert database.read().execute(KNOWN, (NAME,)).fetchone() is None


def test_what_is_wrong_with_redis_is_said_in_one_line() -> None:
    assert str(RedisAway("it does not answer")) == "Redis is away: it does not answer"
    assert str(RedisUnusable("its package is missing")) == "cannot use Redis: its package is missing"
