import threading
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from telebot import TeleBot
from telebot.custom_filters import StateFilter
from telebot.states import State, StatesGroup
from telebot.storage import StateMemoryStorage
from telebot.types import Update

from storage.database import Database, open_database
from storage.errors import NoDialogue, NotKept
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


@pytest.fixture(params=["ours", "telebot's"])
def either(request: pytest.FixtureRequest, states: StateStorage) -> Any:
    """Ours, and the one whose promises it keeps."""
    return states if request.param == "ours" else StateMemoryStorage()


class TestWhatTelebotsOwnStoragePromises:
    def test_without_a_dialogue_there_is_nothing(self, either: Any) -> None:
        assert either.get_state(CHAT, USER) is None
        assert either.get_data(CHAT, USER) == {}
        assert either.delete_state(CHAT, USER) is False
        assert either.reset_data(CHAT, USER) is False
        assert either.save(CHAT, USER, {"a": 1}) is False
        assert either.get_data(CHAT, USER) == {}

    def test_a_state_is_its_name(self, either: Any) -> None:
        assert either.set_state(CHAT, USER, Steps.AMOUNT) is True
        assert either.get_state(CHAT, USER) == "Steps:AMOUNT"

        assert either.set_state(CHAT, USER, "Steps:RESULT") is True
        assert either.get_state(CHAT, USER) == "Steps:RESULT"

    def test_data_stays_when_the_state_moves_on(self, either: Any) -> None:
        either.set_state(CHAT, USER, Steps.AMOUNT)
        assert either.set_data(CHAT, USER, "pays", "RUB") is True

        either.set_state(CHAT, USER, Steps.RESULT)

        assert either.get_data(CHAT, USER) == {"pays": "RUB"}

    def test_data_can_be_emptied_without_the_state(self, either: Any) -> None:
        either.set_state(CHAT, USER, Steps.AMOUNT)
        either.set_data(CHAT, USER, "pays", "RUB")

        assert either.reset_data(CHAT, USER) is True

        assert (either.get_state(CHAT, USER), either.get_data(CHAT, USER)) == ("Steps:AMOUNT", {})

    def test_deleting_a_state_deletes_its_data(self, either: Any) -> None:
        either.set_state(CHAT, USER, Steps.AMOUNT)
        either.set_data(CHAT, USER, "pays", "RUB")

        assert either.delete_state(CHAT, USER) is True

        either.set_state(CHAT, USER, Steps.AMOUNT)
        assert either.get_data(CHAT, USER) == {}

    def test_saving_puts_the_new_data_in_the_place_of_the_old(self, either: Any) -> None:
        either.set_state(CHAT, USER, Steps.AMOUNT)
        either.set_data(CHAT, USER, "old", 1)

        assert either.save(CHAT, USER, {"new": 2}) is True

        assert either.get_data(CHAT, USER) == {"new": 2}

    def test_a_block_saves_what_it_changed(self, either: Any) -> None:
        either.set_state(CHAT, USER, Steps.AMOUNT)
        either.save(CHAT, USER, {"stays": 1, "goes": 2, "legs": [{"side": "ask"}]})

        with either.get_interactive_data(CHAT, USER) as data:
            data["legs"][0]["side"] = "bid"
            data["comes"] = 3
            del data["goes"]

        assert either.get_data(CHAT, USER) == {"stays": 1, "comes": 3, "legs": [{"side": "bid"}]}

    def test_a_block_without_a_dialogue_saves_nothing(self, either: Any) -> None:
        with either.get_interactive_data(CHAT, USER) as data:
            data["pays"] = "RUB"

        assert either.get_data(CHAT, USER) == {}

    @pytest.mark.parametrize(
        "other",
        [
            {"chat_id": CHAT - 1, "user_id": USER},
            {"chat_id": CHAT, "user_id": USER + 1},
            {"chat_id": CHAT, "user_id": USER, "message_thread_id": 5},
            {"chat_id": CHAT, "user_id": USER, "business_connection_id": "b"},
            {"chat_id": CHAT, "user_id": USER, "bot_id": 1},
        ],
    )
    def test_each_place_is_a_dialogue_of_its_own(self, either: Any, other: dict[str, Any]) -> None:
        either.set_state(CHAT, USER, Steps.AMOUNT)
        either.set_state(state=Steps.RESULT, **other)
        either.set_data(key="pays", value="USDT", **other)

        assert (either.get_state(CHAT, USER), either.get_data(CHAT, USER)) == ("Steps:AMOUNT", {})
        assert (either.get_state(**other), either.get_data(**other)) == ("Steps:RESULT", {"pays": "USDT"})


def test_an_update_without_a_chat_belongs_to_its_user(states: StateStorage) -> None:
    states.set_state(USER, USER, Steps.AMOUNT)

    assert states.get_state(None, USER) == "Steps:AMOUNT"
    assert states.get_state(CHAT, None) is None
    assert states.get_state(None, None) is None


@pytest.mark.parametrize("state", [1, None, State()])
def test_a_state_without_a_name_is_refused(states: StateStorage, state: Any) -> None:
    with pytest.raises(NotKept, match="the state cannot be kept"):
        states.set_state(CHAT, USER, state)


def test_data_without_a_dialogue_is_refused(states: StateStorage) -> None:
    with pytest.raises(NoDialogue) as caught:
        states.set_data(CHAT, USER, "pays", "RUB")

    assert (caught.value.chat_id, caught.value.user_id) == (CHAT, USER)


def test_an_exception_leaves_a_block_and_nothing_is_saved(states: StateStorage) -> None:
    states.set_state(CHAT, USER, Steps.AMOUNT)

    def half_way() -> None:
        with states.get_interactive_data(CHAT, USER) as data:
            data["pays"] = "RUB"
            raise Mishap

    with pytest.raises(Mishap):
        half_way()

    assert states.get_data(CHAT, USER) == {}


def test_a_block_with_a_value_that_cannot_be_kept_saves_nothing(states: StateStorage) -> None:
    states.set_state(CHAT, USER, Steps.AMOUNT)

    def give_a_float() -> None:
        with states.get_interactive_data(CHAT, USER) as data:
            data.update(pays="RUB", amount=1.5)

    with pytest.raises(NotKept, match=r"data\['amount'\] cannot be kept: a float"):
        give_a_float()

    assert states.get_data(CHAT, USER) == {}


def test_a_block_notices_a_change_of_type(states: StateStorage) -> None:
    states.set_state(CHAT, USER, Steps.AMOUNT)
    states.save(CHAT, USER, {"flag": 1})

    with states.get_interactive_data(CHAT, USER) as data:
        data["flag"] = True

    assert states.get_data(CHAT, USER)["flag"] is True


def test_a_block_leaves_what_others_changed_meanwhile(states: StateStorage) -> None:
    states.set_state(CHAT, USER, Steps.AMOUNT)

    with states.get_interactive_data(CHAT, USER) as data:
        data["mine"] = 1
        states.set_data(CHAT, USER, "theirs", 2)

    assert states.get_data(CHAT, USER) == {"theirs": 2, "mine": 1}


@only_sqlite  # which can be watched at its work
def test_a_block_that_only_reads_writes_nothing(states: StateStorage, database: Database) -> None:
    states.set_state(CHAT, USER, Steps.AMOUNT)
    executed: list[str] = []
    trace(database, executed.append)

    with states.get_interactive_data(CHAT, USER):
        pass

    assert len(executed) == 1


def test_money_and_moments_come_back_exactly_after_a_restart(url: str) -> None:
    data = {"rate": Decimal("205.190"), "taken": datetime(2026, 11, 21, 9, 30, 0, 5, tzinfo=UTC), "legs": [None, True]}
    before = open_database(url)
    StateStorage(before).set_state(CHAT, USER, Steps.RESULT)
    StateStorage(before).save(CHAT, USER, data)
    before.close()

    database = open_database(url)
    after = StateStorage(database)

    assert after.get_state(CHAT, USER) == "Steps:RESULT"
    assert str(after.get_data(CHAT, USER)) == str(data)
    database.close()


def test_changing_what_was_read_changes_nothing_kept(states: StateStorage) -> None:
    states.set_state(CHAT, USER, Steps.AMOUNT)
    states.get_data(CHAT, USER)["pays"] = "RUB"

    assert states.get_data(CHAT, USER) == {}


def test_dialogues_that_nobody_touched_are_forgotten(states: StateStorage, clock: Clock) -> None:
    states.set_state(CHAT, 1, Steps.AMOUNT)
    states.set_state(CHAT, 2, Steps.AMOUNT)
    clock.forward(days=1)
    limit = clock.moment
    states.set_data(CHAT, 2, "pays", "RUB")

    assert states.forget_older_than(limit) == 1

    assert (states.get_state(CHAT, 1), states.get_state(CHAT, 2)) == (None, "Steps:AMOUNT")


def test_sixteen_threads_writing_to_one_dialogue_lose_nothing(states: StateStorage) -> None:
    states.set_state(CHAT, USER, Steps.AMOUNT)
    start = threading.Barrier(16)

    def work(number: int) -> None:
        start.wait()
        for step in range(10):
            states.set_data(CHAT, USER, f"set {number} {step}", step)
            with states.get_interactive_data(CHAT, USER) as data:
                data[f"block {number} {step}"] = step
            with states.collect() as changes:
                states.set_data(CHAT, USER, f"collected {number} {step}", step)
                changes.apply()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(states.get_data(CHAT, USER)) == 16 * 10 * 3


class TestThroughTelebot:
    @pytest.fixture
    def bot(self, states: StateStorage) -> TeleBot:
        bot = TeleBot("42:token", threaded=False, state_storage=states)
        bot.add_custom_filter(StateFilter(bot))
        return bot

    def message(self, text: str) -> Update:
        user = {"id": USER, "is_bot": False, "first_name": "Anya"}
        chat = {"id": USER, "type": "private"}
        message = {"message_id": 1, "date": 0, "chat": chat, "from": user, "text": text}
        update: Update = Update.de_json({"update_id": 1, "message": message})
        return update

    def test_a_handler_is_found_by_the_kept_state_and_reads_its_data(self, bot: TeleBot) -> None:
        heard: list[tuple[str, Any]] = []

        def on_amount(message: Any) -> None:
            with bot.retrieve_data(USER) as data:  # type: ignore[union-attr]  # telebot calls it a dict
                heard.append((message.text, data["rate"]))

        bot.register_message_handler(on_amount, state=Steps.AMOUNT)
        bot.set_state(USER, Steps.AMOUNT)
        bot.add_data(USER, rate=Decimal("85.30"))

        bot.process_new_updates([self.message("1000")])
        bot.set_state(USER, Steps.RESULT)
        bot.process_new_updates([self.message("2000")])

        assert heard == [("1000", Decimal("85.30"))]
        assert bot.get_state(USER) == "Steps:RESULT"

    def test_data_can_be_reset_and_a_state_deleted(self, bot: TeleBot) -> None:
        bot.set_state(USER, Steps.AMOUNT)
        bot.add_data(USER, pays="RUB")

        assert bot.reset_data(USER) is True
        assert bot.delete_state(USER) is True
        assert bot.get_state(USER) is None
