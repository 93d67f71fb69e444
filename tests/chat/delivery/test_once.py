"""A new message is sent once, however often its update is handled and wherever the process was killed."""

from collections.abc import Hashable
from typing import Any

import pytest

from chat.delivery.dispatcher import Postponed
from chat.delivery.effects import Effects
from chat.delivery.once import PROBES, SentOnce
from storage.database import Database
from storage.journal import Journal
from tests.chat.delivery.lossy_telegram import ANNA, URL, Killed, Limited, Telegram, handle, process, send
from tests.clocks import Clock


def test_a_repeated_update_sends_nothing_again(telegram: Telegram, once: SentOnce, database: Database) -> None:
    update = telegram.hears()
    first = handle(once, update, "card", "result")

    assert handle(process(telegram, database), update, "card", "result") == first
    assert telegram.says() == ["card", "result"]
    assert telegram.calls == ["sendMessage"] * 2


def test_other_updates_send_their_own_messages(telegram: Telegram, once: SentOnce) -> None:
    handle(once, telegram.hears(), "card")
    handle(once, telegram.hears(), "card", update_id=8)

    assert telegram.says() == ["card", "card"]


def test_calls_on_behalf_of_no_update_are_each_sent(telegram: Telegram, once: SentOnce) -> None:
    assert send(once, "notice") != send(once, "notice")
    assert once.sent == 2


def test_a_repeated_update_that_has_something_else_to_say_says_it_in_the_same_message(
    telegram: Telegram, once: SentOnce, database: Database
) -> None:
    update = telegram.hears()
    handle(once, update, "rate of 12:04")

    again = process(telegram, database)
    handle(again, update, "rate of 12:05")
    handle(again, update, "rate of 12:05")

    assert telegram.says() == ["rate of 12:05"]
    assert telegram.calls == ["sendMessage", "editMessageText"]
    assert again.repeated == 2


def test_a_message_that_waited_for_its_place_is_found_where_it_came_out(telegram: Telegram, database: Database) -> None:
    """It is written down when it is admitted: its number then is far behind those of when it was to be sent first."""
    limited = Limited(telegram)
    once = process(telegram, database, limited)
    update = telegram.hears()
    limited.full = True
    with pytest.raises(Postponed):
        handle(once, update, "card")
    assert Journal(database).find("update 7", 0) is None
    for other in [telegram.hears() for _ in range(2 * PROBES)]:
        once.came(other)
    limited.full = False
    telegram.fails_after = Killed()
    with pytest.raises(Killed):
        handle(once, update, "card")

    again = process(telegram, database, Limited(telegram))

    assert len(handle(again, update, "card")) == 1
    assert telegram.says() == ["card"]
    assert again.found == 1


class Crowded(Limited):
    """Limits that admitted too many before a disk stood still."""

    def __init__(self, telegram: Telegram) -> None:
        super().__init__(telegram)
        self.full = True

    def admit(self, _url: str, _params: dict[str, Any] | None, *, by: Hashable) -> None:
        self.asked.append(by)


class Slow(Journal):
    """Of a disk that stands still when it is written to."""

    def __init__(self, database: Database, clock: Clock, *, takes_s: float) -> None:
        super().__init__(database)
        self._clock, self._takes_s = clock, takes_s

    def begin(self, *args: Any, **named: Any) -> None:
        super().begin(*args, **named)
        self._clock.now += self._takes_s


@pytest.mark.parametrize(("takes_s", "held_up"), [(0.9, 0), (1.1, 1)])
def test_what_a_disk_has_held_up_for_long_is_counted_when_it_goes(
    telegram: Telegram, database: Database, takes_s: float, held_up: int
) -> None:
    limited, clock = Limited(telegram), Clock()
    once = SentOnce(telegram, Slow(database, clock, takes_s=takes_s), Effects(), limited=limited, clock=clock)

    handle(once, telegram.hears(), "card")

    assert limited.were_held_up == held_up
    assert telegram.says() == ["card"]


def test_one_that_comes_with_too_many_others_then_is_sent_when_there_is_room(
    telegram: Telegram, database: Database
) -> None:
    limited, clock, update = Crowded(telegram), Clock(), telegram.hears()
    once = SentOnce(telegram, Slow(database, clock, takes_s=1.1), Effects(), limited=limited, clock=clock)
    with pytest.raises(Postponed):
        handle(once, update, "card")
    assert telegram.calls == []

    limited.full = False
    handle(once, update, "card")

    assert telegram.calls == ["sendMessage"], "it surely was not sent, so it is not looked for"


def test_each_message_waits_by_a_name_that_is_the_same_when_its_update_is_repeated(
    telegram: Telegram, database: Database
) -> None:
    limited = Limited(telegram)
    once = process(telegram, database, limited)
    handle(once, telegram.hears(), "card")
    limited.full = True
    for _ in range(2):
        with pytest.raises(Postponed):
            handle(once, {}, "card", "result")

    assert limited.asked == [("update 7", 0), ("update 7", 1), ("update 7", 1)]


def test_a_message_that_is_known_takes_no_place_among_the_new_ones(telegram: Telegram, database: Database) -> None:
    update = telegram.hears()
    known = handle(process(telegram, database), update, "rate of 12:04")
    limited = Limited(telegram)
    limited.full = True

    assert handle(process(telegram, database, limited), update, "rate of 12:05") == known
    assert telegram.says() == ["rate of 12:05"]
    assert limited.asked == []


@pytest.mark.parametrize(
    "update",
    [{}, {"message": None}, {"message": {"chat": 7}}, {"message": {"chat": {"id": "7"}, "message_id": None}}],
    ids=str,
)
def test_an_update_of_another_shape_tells_nothing(once: SentOnce, update: dict[str, Any]) -> None:
    once.came(update)


@pytest.mark.parametrize("method", ["editMessageText", "answerCallbackQuery", "sendChatAction", "getMe"])
def test_other_calls_pass(telegram: Telegram, once: SentOnce, method: str) -> None:
    params = {"chat_id": ANNA, "text": "card", "message_id": 1}
    for _ in range(2):
        with once.handling(7, {}):
            once("post", URL + method, params=params)

    assert telegram.calls == [method] * 2


def test_buttons_of_a_repeated_update_have_the_same_names() -> None:
    effects = Effects()

    def token(origin: str) -> str:
        with effects.of(origin):
            return effects.token()

    assert token("update 7") == token("update 7") != token("update 8")
    assert effects.token() != effects.token()
    assert effects.origin is None
