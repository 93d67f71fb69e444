"""What a thread does to dialogues while it collects: seen by itself at once, written all together or not at all."""

import threading
from decimal import Decimal
from typing import Any

import pytest
from telebot.states import State, StatesGroup

from calc.directions import Currency, Direction
from calc.margins import Margin
from storage.database import Database
from storage.errors import NoDialogue
from storage.operators import Operators
from storage.states import StateStorage
from tests.storage.conftest import Clock, only_sqlite, trace

CHAT, USER = -1_001_234_567_890, 7


class Steps(StatesGroup):
    AMOUNT = State()
    RESULT = State()


class Mishap(Exception):
    """Something in the middle of a block."""


@pytest.fixture
def states(database: Database, clock: Clock) -> StateStorage:
    return StateStorage(database, now=clock)


@pytest.fixture
def stored(database: Database, clock: Clock) -> StateStorage:
    """What is in the database, whatever the other one collects."""
    return StateStorage(database, now=clock)


def test_reads_see_what_was_collected_and_the_database_does_not(states: StateStorage, stored: StateStorage) -> None:
    with states.collect() as changes:
        states.set_state(CHAT, USER, Steps.AMOUNT)
        states.set_data(CHAT, USER, "pays", "RUB")
        with states.get_interactive_data(CHAT, USER) as data:
            data["gets"] = "IDR"

        assert states.get_state(CHAT, USER) == "Steps:AMOUNT"
        assert states.get_data(CHAT, USER) == {"pays": "RUB", "gets": "IDR"}
        assert stored.get_state(CHAT, USER) is None
        changes.apply()
        assert stored.get_data(CHAT, USER) == {"pays": "RUB", "gets": "IDR"}


def test_collected_changes_can_be_written_after_the_block(states: StateStorage, stored: StateStorage) -> None:
    with states.collect() as changes:
        states.set_state(CHAT, USER, Steps.AMOUNT)
    assert stored.get_state(CHAT, USER) is None

    changes.apply()

    assert stored.get_state(CHAT, USER) == "Steps:AMOUNT"


def test_what_is_not_applied_is_gone(states: StateStorage) -> None:
    with states.collect():
        states.set_state(CHAT, USER, Steps.AMOUNT)

    assert states.get_state(CHAT, USER) is None


def test_an_exception_drops_what_was_collected(states: StateStorage, stored: StateStorage) -> None:
    def half_way() -> None:
        with states.collect() as changes:
            kept.append(changes)
            states.set_state(CHAT, USER, Steps.AMOUNT)
            raise Mishap

    kept: list[Any] = []
    with pytest.raises(Mishap):
        half_way()
    kept[0].apply()

    assert stored.get_state(CHAT, USER) is None
    assert states.set_state(CHAT, USER, Steps.AMOUNT)
    assert stored.get_state(CHAT, USER) == "Steps:AMOUNT"


def test_a_collected_deletion_deletes_the_row(states: StateStorage, stored: StateStorage) -> None:
    states.set_state(CHAT, USER, Steps.AMOUNT)

    with states.collect() as changes:
        assert states.delete_state(CHAT, USER) is True
        assert states.delete_state(CHAT, USER) is False
        assert states.get_state(CHAT, USER) is None
        assert stored.get_state(CHAT, USER) == "Steps:AMOUNT"
        changes.apply()

    assert stored.get_state(CHAT, USER) is None


def test_a_dialogue_opened_and_closed_in_one_block_is_never_written(states: StateStorage, database: Database) -> None:
    with states.collect() as changes:
        states.set_state(CHAT, USER, Steps.AMOUNT)
        states.delete_state(CHAT, USER)
        changes.apply()

    assert database.read().execute("SELECT count(*) FROM dialogues").fetchone() == (0,)


def test_data_without_a_dialogue_is_refused_here_too(states: StateStorage) -> None:
    with states.collect(), pytest.raises(NoDialogue):
        states.set_data(CHAT, USER, "pays", "RUB")


@only_sqlite  # which can be watched at its work
def test_each_dialogue_is_written_by_one_statement_in_one_transaction(states: StateStorage, database: Database) -> None:
    executed: list[str] = []
    with states.collect() as changes:
        for user_id in (1, 2):
            states.set_state(CHAT, user_id, Steps.AMOUNT)
            states.set_data(CHAT, user_id, "pays", "RUB")
            states.set_data(CHAT, user_id, "gets", "IDR")
        trace(database, executed.append)
        changes.apply()
        changes.apply()
    trace(database, None)

    assert [statement.split()[0] for statement in executed if "SELECT" not in statement] == [
        "BEGIN", "INSERT", "INSERT", "COMMIT",
    ]  # fmt: skip


def test_applying_joins_the_transaction_around_it(
    states: StateStorage, stored: StateStorage, database: Database
) -> None:
    def fail_after_applying() -> None:
        with states.collect() as changes:
            states.set_state(CHAT, USER, Steps.AMOUNT)
        with database.write():
            changes.apply()
            raise Mishap

    with pytest.raises(Mishap):
        fail_after_applying()

    assert stored.get_state(CHAT, USER) is None


def test_another_thread_collects_nothing(states: StateStorage, stored: StateStorage) -> None:
    with states.collect():
        thread = threading.Thread(target=states.set_state, args=(CHAT, USER, Steps.AMOUNT))
        thread.start()
        thread.join()

        assert stored.get_state(CHAT, USER) == "Steps:AMOUNT"


def test_what_another_thread_wrote_meanwhile_stays(states: StateStorage, stored: StateStorage) -> None:
    states.set_state(CHAT, USER, Steps.AMOUNT)

    with states.collect() as changes:
        states.set_data(CHAT, USER, "mine", 1)
        stored.set_data(CHAT, USER, "theirs", 2)
        stored.set_state(CHAT, USER, Steps.RESULT)
        changes.apply()

    assert stored.get_data(CHAT, USER) == {"mine": 1, "theirs": 2}
    assert stored.get_state(CHAT, USER) == "Steps:RESULT"


def test_a_dialogue_that_was_closed_meanwhile_stays_closed(states: StateStorage, stored: StateStorage) -> None:
    states.set_state(CHAT, USER, Steps.AMOUNT)

    with states.collect() as changes:
        states.set_data(CHAT, USER, "rate", Decimal("85.30"))
        stored.delete_state(CHAT, USER)
        changes.apply()

    assert stored.get_state(CHAT, USER) is None


def test_a_block_inside_a_block_is_a_mistake(states: StateStorage) -> None:
    with states.collect(), pytest.raises(RuntimeError, match="collecting changes already"), states.collect():
        pass


def test_a_whole_dialogue_takes_the_place_of_what_was_there(states: StateStorage, stored: StateStorage) -> None:
    states.set_state(CHAT, USER, Steps.AMOUNT)
    states.set_data(CHAT, USER, "old", 1)

    with states.collect() as changes:
        text = states.put(CHAT, USER, "Steps:RESULT", {"rate": Decimal("85.30")}, None, 0)
        assert states.text(CHAT, USER, None, 0) == ("Steps:RESULT", text)
        assert states.data_of(text) == {"rate": Decimal("85.30")}
        states.set_data(CHAT, USER, "more", 2)
        assert stored.get_data(CHAT, USER) == {"old": 1}
        changes.apply()

    assert stored.get_state(CHAT, USER) == "Steps:RESULT"
    assert stored.get_data(CHAT, USER) == {"rate": Decimal("85.30"), "more": 2}


def test_a_whole_dialogue_is_written_at_once_outside_of_a_block(states: StateStorage, stored: StateStorage) -> None:
    assert stored.text(CHAT, USER, None, 0) is None

    states.put(CHAT, USER, "Steps:RESULT", {"rate": Decimal("85.30")}, None, 0)

    assert stored.get_data(CHAT, USER) == {"rate": Decimal("85.30")}


def test_a_whole_dialogue_that_is_closed_in_the_same_block_is_gone(states: StateStorage, stored: StateStorage) -> None:
    states.set_state(CHAT, USER, Steps.AMOUNT)

    with states.collect() as changes:
        states.put(CHAT, USER, "Steps:RESULT", {}, None, 0)
        states.delete_state(CHAT, USER)
        changes.apply()

    assert stored.get_state(CHAT, USER) is None


@only_sqlite  # which can be watched at its work
def test_a_block_reads_a_dialogue_once_and_a_whole_one_is_written_unread(
    states: StateStorage, database: Database
) -> None:
    states.set_state(CHAT, USER, Steps.AMOUNT)
    executed: list[str] = []
    trace(database, executed.append)
    with states.collect() as changes:
        states.text(CHAT, USER, None, 0)
        states.get_state(CHAT, USER)
        states.put(CHAT, USER, "Steps:RESULT", {}, None, 0)
        states.text(CHAT, USER, None, 0)
        changes.apply()
    trace(database, None)

    assert [statement.split()[0] for statement in executed] == ["SELECT", "BEGIN", "INSERT", "COMMIT"]


def test_what_else_is_to_be_written_is_written_with_the_changes_or_not_at_all(
    states: StateStorage, database: Database
) -> None:
    operators = Operators(database, also=states.also)
    direction, margin = Direction.parse("RUB-USDT"), Margin.parse("2%")

    with states.collect():
        operators.remember_margin(USER, direction, margin)
    assert operators.last_margin(USER, direction) is None

    with states.collect() as changes:
        operators.remember_margin(USER, direction, margin)
        operators.remember_amounts(USER, direction, Currency.RUB, [Decimal(1000)])
        assert operators.last_margin(USER, direction) is None
        changes.apply()
    assert operators.last_margin(USER, direction) == margin
    assert operators.last_amounts(USER, direction, Currency.RUB) == (Decimal(1000),)

    operators.remember_margin(USER, direction, Margin.parse("3%"))
    assert operators.last_margin(USER, direction) == Margin.parse("3%")
