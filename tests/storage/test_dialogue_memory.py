"""Dialogues that are known without asking the database say what it would say, whatever becomes of a transaction."""

import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.afterwards import Afterwards
from storage.database import Database, open_database
from storage.dialogue_memory import RIVAL_S, DialogueMemory
from storage.dialogues import Dialogue
from storage.states import StateStorage
from tests.storage.conftest import Clock

CHAT, USER = -1_001_234_567_890, 7
KEY = (CHAT, USER, 0, "", 0)


class Mishap(Exception):
    """Something in the middle of a transaction."""


@pytest.fixture
def afterwards(database: Database) -> Afterwards:
    return Afterwards(database)


@pytest.fixture
def states(afterwards: Afterwards, clock: Clock) -> StateStorage:
    return StateStorage(afterwards, copies=DialogueMemory(afterwards), now=clock)


@pytest.fixture
def stored(afterwards: Afterwards, clock: Clock) -> StateStorage:
    """What is in the database."""
    return StateStorage(afterwards, now=clock)


def behind_its_back(database: Afterwards) -> None:
    """A change that the memory does not hear of, to see what it knows by itself."""
    with database.write() as connection:
        connection.execute("DELETE FROM dialogues WHERE user_id = ?", (USER,))


def test_what_was_written_or_read_is_known_and_what_is_not_there_too(
    states: StateStorage, stored: StateStorage, afterwards: Afterwards
) -> None:
    assert states.get_state(CHAT, USER) is None
    stored.set_state(CHAT, USER, "first")
    assert states.get_state(CHAT, USER) is None, "known from before"

    states.set_state(CHAT, USER, "second")
    behind_its_back(afterwards)

    assert states.get_state(CHAT, USER) == "second"
    assert stored.get_state(CHAT, USER) is None


def test_a_transaction_that_was_taken_back_changes_nothing(states: StateStorage, afterwards: Afterwards) -> None:
    states.set_state(CHAT, USER, "first")

    def fail() -> None:
        with afterwards.write():
            states.set_state(CHAT, USER, "second")
            assert states.get_state(CHAT, USER) == "second", "in the transaction itself"
            raise Mishap

    with pytest.raises(Mishap):
        fail()

    assert states.get_state(CHAT, USER) == "first"


def test_others_see_a_change_when_it_is_committed_and_not_before(states: StateStorage, afterwards: Afterwards) -> None:
    states.set_state(CHAT, USER, "first")
    seen = list[str | None]()

    def look() -> None:
        other = threading.Thread(target=lambda: seen.append(states.get_state(CHAT, USER)))
        other.start()
        other.join()

    with afterwards.write():
        states.set_state(CHAT, USER, "second")
        look()
    look()

    assert seen == ["first", "second"]


def test_what_was_read_before_a_change_and_comes_after_it_is_not_kept(
    states: StateStorage, afterwards: Afterwards
) -> None:
    memory = DialogueMemory(afterwards)

    def slow() -> Dialogue:
        with afterwards.write() as connection:
            memory.changed(connection, {KEY: Dialogue("second", "{}")})
        return Dialogue("first", "{}")

    assert memory.read(KEY, slow) == Dialogue("first", "{}")
    assert memory.read(KEY, lambda: None) == Dialogue("second", "{}")


def test_of_two_changes_in_one_transaction_the_last_is_known(states: StateStorage, afterwards: Afterwards) -> None:
    with afterwards.write():
        states.set_state(CHAT, USER, "first")
        states.set_state(CHAT, USER, "second")
    behind_its_back(afterwards)

    assert states.get_state(CHAT, USER) == "second"


def test_of_two_whose_last_was_taken_back_the_database_is_asked(states: StateStorage, afterwards: Afterwards) -> None:
    def fail() -> None:
        with afterwards.write():
            states.set_state(CHAT, USER, "second")
            raise Mishap

    with afterwards.write():
        states.set_state(CHAT, USER, "first")
        with pytest.raises(Mishap):
            fail()

    assert states.get_state(CHAT, USER) == "first"


def test_of_two_transactions_the_later_one_counts_though_it_is_over_before_the_first_is(afterwards: Afterwards) -> None:
    """A thread may have to wait between its commit and the end of its block, and others go on."""
    memory, first, second = DialogueMemory(afterwards), Dialogue("first", "{}"), Dialogue("second", "{}")

    def overtake(_committed: bool) -> None:
        with afterwards.write() as connection:
            memory.changed(connection, {KEY: second})

    with afterwards.write() as connection:
        afterwards.when_over(overtake)
        memory.changed(connection, {KEY: first})

    assert memory.read(KEY, lambda: second) == second


def test_beside_a_rival_the_database_is_asked_until_that_one_has_been_gone_for_long(
    afterwards: Afterwards, stored: StateStorage
) -> None:
    now = 0.0
    memory = DialogueMemory(afterwards, clock=lambda: now)
    states = StateStorage(afterwards, copies=memory)
    states.set_state(CHAT, USER, "first")

    memory.rival_seen()
    stored.set_state(CHAT, USER, "second")
    assert states.get_state(CHAT, USER) == "second"
    states.set_state(CHAT, USER, "third")
    stored.set_state(CHAT, USER, "fourth")
    assert states.get_state(CHAT, USER) == "fourth"

    now = RIVAL_S
    assert states.get_state(CHAT, USER) == "fourth"
    behind_its_back(afterwards)
    assert states.get_state(CHAT, USER) == "fourth"


def test_what_is_forgotten_there_is_forgotten_here(states: StateStorage, clock: Clock) -> None:
    states.set_state(CHAT, USER, "first")
    clock.forward(days=31)

    assert states.forget_older_than(clock.moment) == 1

    assert states.get_state(CHAT, USER) is None


def test_it_has_a_bound_and_keeps_what_was_used_last(afterwards: Afterwards) -> None:
    memory = DialogueMemory(afterwards, most=2)
    asked = list[int]()

    def read(number: int) -> None:
        def load() -> None:
            asked.append(number)

        memory.read((number, number, 0, "", 0), load)

    for number in (1, 2, 1, 3, 1, 2):
        read(number)

    assert asked == [1, 2, 3, 2]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Afterwards]:
    database = open_database(f"sqlite:///{tmp_path_factory.mktemp('memory')}/desk.db")
    yield Afterwards(database)
    database.close()


@given(st.lists(st.tuples(st.sampled_from(["set", "delete", "fail", "read"]), st.integers(1, 3)), max_size=30))
def test_whatever_happens_it_says_what_the_database_says(kept: Afterwards, deeds: list[tuple[str, int]]) -> None:
    states, stored = StateStorage(kept, copies=DialogueMemory(kept, most=2)), StateStorage(kept)

    def fail(user: int) -> None:
        with kept.write():
            states.set_state(CHAT, user, "never")
            raise Mishap

    for place, (deed, user) in enumerate(deeds):
        if deed == "set":
            states.set_state(CHAT, user, f"state {place}")
        elif deed == "delete":
            states.delete_state(CHAT, user)
        elif deed == "fail":
            with pytest.raises(Mishap):
                fail(user)
        assert states.get_state(CHAT, user) == stored.get_state(CHAT, user)
    for user in (1, 2, 3):
        states.delete_state(CHAT, user)
