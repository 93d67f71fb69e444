"""A new message is sent once, however often its update is handled and wherever the process was killed."""

import json
from collections.abc import Hashable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chat.delivery.answers import Answer
from chat.delivery.dispatcher import Postponed
from chat.delivery.effects import Effects
from chat.delivery.errors import TransportError
from chat.delivery.once import PROBES, SEARCH_MAY_TAKE_S, SentOnce
from storage.database import Database, open_database
from storage.journal import Journal
from tests.clocks import Clock

ANNA = 42
URL = "https://api.telegram.org/bot1:x/"
KEYBOARD = json.dumps({"inline_keyboard": [[{"text": "RUB", "callback_data": "1"}]]})


class Killed(BaseException):
    """The process ended here."""


class Telegram:
    """One chat: messages by number, the bot's with their text and other people's with None."""

    def __init__(self) -> None:
        self.chat: dict[int, str | None] = {}
        self.calls: list[str] = []
        self.fails_before: BaseException | None = None
        self.fails_after: BaseException | None = None
        self.refuses: int | None = None

    def __call__(self, _verb: str, url: str, *, params: dict[str, Any] | None = None, **_: Any) -> Answer:
        method, params = url.rsplit("/", 1)[-1], params or {}
        self.calls.append(method)
        if self.fails_before is not None:
            raise self._take("fails_before")
        if self.refuses is not None:
            return refusal(self.refuses, "refused")
        if method == "editMessageText":
            return self._edit(params["message_id"], params["text"])
        self.chat[number := max(self.chat, default=0) + 1] = params["text"]
        if self.fails_after is not None:
            raise self._take("fails_after")
        return done({"message_id": number, "date": 1, "chat": {"id": ANNA, "type": "private"}})

    def hears(self, *, count: int = 1) -> dict[str, Any]:
        """Somebody writes; the update that tells it."""
        for _ in range(count):
            self.chat[number := max(self.chat, default=0) + 1] = None
        return {"message": {"message_id": number, "chat": {"id": ANNA}}}

    def says(self) -> list[str]:
        return [text for text in self.chat.values() if text is not None]

    def _edit(self, number: int, text: str) -> Answer:
        said = self.chat.get(number)
        if said is None:
            return refusal(400, "Bad Request: message to edit not found")
        if said == text:
            return refusal(400, "Bad Request: message is not modified: it is the same")
        self.chat[number] = text
        return done({"message_id": number})

    def _take(self, name: str) -> BaseException:
        failure: BaseException = getattr(self, name)
        setattr(self, name, None)
        return failure


class Limited:
    """Limits that admit nobody while they are `full`."""

    def __init__(self, telegram: Telegram) -> None:
        self.admitted = self.at_once = telegram
        self.full = False
        self.were_held_up = 0
        self.asked: list[Hashable] = []

    def admit(self, _url: str, _params: dict[str, Any] | None, *, by: Hashable) -> None:
        self.asked.append(by)
        if self.full:
            raise Postponed(0.1)

    def held_up(self, _url: str, *, by: Hashable) -> None:
        self.were_held_up += 1
        if self.full:
            raise Postponed(0.1)


def done(result: object) -> Answer:
    return Answer(200, "OK", "", {"ok": True, "result": result})


def refusal(code: int, description: str) -> Answer:
    return Answer(code, "", "", {"ok": False, "error_code": code, "description": description})


@pytest.fixture
def telegram() -> Telegram:
    return Telegram()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = open_database(f"sqlite:///{tmp_path}/desk.db")
    yield database
    database.close()


@pytest.fixture
def once(telegram: Telegram, database: Database) -> SentOnce:
    return process(telegram, database)


def process(telegram: Telegram, database: Database, limited: Limited | None = None) -> SentOnce:
    """As after a start: nothing in memory."""
    return SentOnce(telegram, Journal(database), Effects(), limited=limited)


def send(once: SentOnce, text: str = "What does the client pay?", **params: Any) -> int:
    params = {"chat_id": str(ANNA), "text": text, "reply_markup": KEYBOARD} | params
    answer = once("post", URL + "sendMessage", params=params)
    assert answer.error_code is None
    return int(answer.payload["result"]["message_id"])


def handle(once: SentOnce, update: dict[str, Any], *texts: str, update_id: int = 7) -> list[int]:
    with once.handling(update_id, update):
        return [send(once, text) for text in texts]


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


def test_killed_before_the_answer_came_the_message_that_arrived_is_found(
    telegram: Telegram, once: SentOnce, database: Database
) -> None:
    update = telegram.hears()
    telegram.fails_after = Killed()
    with pytest.raises(Killed):
        handle(once, update, "card")
    telegram.hears(count=3)

    again = process(telegram, database)

    assert handle(again, update, "card") == [2]
    assert telegram.says() == ["card"]
    assert again.found == 1


def test_a_message_is_found_behind_many_that_came_in_before_it_and_were_not_handled_yet(
    telegram: Telegram, once: SentOnce, database: Database
) -> None:
    update = telegram.hears()
    for other in [telegram.hears() for _ in range(2 * PROBES)]:
        once.came(other)
    telegram.fails_after = Killed()
    with pytest.raises(Killed):
        handle(once, update, "card")

    again = process(telegram, database)

    assert len(handle(again, update, "card")) == 1
    assert telegram.says() == ["card"]
    assert again.found == 1


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


def test_a_message_that_was_looked_for_in_vain_is_not_looked_for_again_while_it_waits(
    telegram: Telegram, database: Database
) -> None:
    update = telegram.hears()
    telegram.fails_before = Killed()
    with pytest.raises(Killed):
        handle(process(telegram, database), update, "card")
    limited = Limited(telegram)
    limited.full = True
    once = process(telegram, database, limited)
    for _ in range(3):
        with pytest.raises(Postponed):
            handle(once, update, "card")
    limited.full = False

    handle(once, update, "card")

    assert telegram.calls[1:] == ["editMessageText"] * PROBES + ["sendMessage"]
    assert telegram.says() == ["card"]


def test_a_message_sent_again_is_found_behind_the_numbers_of_now(telegram: Telegram, database: Database) -> None:
    """Its first answer was lost and it was not there; the second is lost, too, many messages later."""
    update = telegram.hears()
    telegram.fails_before = Killed()
    with pytest.raises(Killed):
        handle(process(telegram, database), update, "card")
    once = process(telegram, database)
    for other in [telegram.hears() for _ in range(2 * PROBES)]:
        once.came(other)
    telegram.fails_after = Killed()
    with pytest.raises(Killed):
        handle(once, update, "card")

    again = process(telegram, database)
    handle(again, update, "card")

    assert telegram.says() == ["card"]
    assert again.found == 1


@pytest.mark.parametrize(
    "update",
    [{}, {"message": None}, {"message": {"chat": 7}}, {"message": {"chat": {"id": "7"}, "message_id": None}}],
    ids=str,
)
def test_an_update_of_another_shape_tells_nothing(once: SentOnce, update: dict[str, Any]) -> None:
    once.came(update)


def test_killed_before_it_arrived_the_message_is_sent(telegram: Telegram, once: SentOnce, database: Database) -> None:
    update = telegram.hears()
    telegram.fails_before = Killed()
    with pytest.raises(Killed):
        handle(once, update, "card")

    again = process(telegram, database)
    handle(again, update, "card")

    assert telegram.says() == ["card"]
    assert telegram.calls[1:] == ["editMessageText"] * PROBES + ["sendMessage"]
    assert again.in_doubt == 1


def test_looking_for_a_message_touches_no_other(telegram: Telegram, once: SentOnce, database: Database) -> None:
    update = telegram.hears()
    telegram.fails_before = Killed()
    with pytest.raises(Killed):
        handle(once, update, "card")
    send(once, "notice")
    telegram.hears()

    handle(process(telegram, database), update, "card")

    assert telegram.says() == ["notice", "card"]


def test_after_a_restart_the_search_begins_behind_the_newest_message_known(
    telegram: Telegram, once: SentOnce, database: Database
) -> None:
    telegram.hears(count=30)
    send(once, "card")
    pressed = {"callback_query": {"message": {"message_id": 3, "chat": {"id": ANNA}}}}
    telegram.fails_after = Killed()
    with pytest.raises(Killed):
        handle(process(telegram, database), pressed, "client's card")

    assert handle(process(telegram, database), pressed, "client's card") == [32]
    assert telegram.says() == ["card", "client's card"]


def test_where_nothing_is_known_of_a_chat_nothing_is_looked_for(telegram: Telegram, database: Database) -> None:
    pressed = {"callback_query": {"message": {"message_id": 3, "chat": {"id": ANNA}}}}
    telegram.fails_before = Killed()
    with pytest.raises(Killed):
        handle(process(telegram, database), pressed, "card")

    handle(process(telegram, database), pressed, "card")

    assert telegram.calls == ["sendMessage"] * 2


def test_a_keyboard_that_no_edit_takes_is_not_looked_for(
    telegram: Telegram, once: SentOnce, database: Database
) -> None:
    telegram.fails_before = Killed()
    update = telegram.hears()
    for each in (once, process(telegram, database)):
        with each.handling(7, update):
            if telegram.fails_before:
                with pytest.raises(Killed):
                    send(each, reply_markup='{"force_reply": true}')
            else:
                send(each, reply_markup='{"force_reply": true}')

    assert telegram.calls == ["sendMessage"] * 2


def test_the_answer_of_a_message_in_doubt_may_be_lost_again(
    telegram: Telegram, once: SentOnce, database: Database
) -> None:
    update = telegram.hears()
    for _ in range(3):
        telegram.fails_after = TransportError("sendMessage", "ReadTimeout")
        with pytest.raises(TransportError):
            handle(once, update, "card")
        telegram.chat.popitem()  # it had not arrived

    handle(process(telegram, database), update, "card")

    assert telegram.says() == ["card"]


@pytest.mark.parametrize("code", [403, 429])
def test_a_refused_message_was_surely_not_sent(telegram: Telegram, once: SentOnce, code: int) -> None:
    update = telegram.hears()
    telegram.refuses = code
    with once.handling(7, update):
        assert once("post", URL + "sendMessage", params={"chat_id": ANNA, "text": "card"}).error_code == code
    telegram.refuses = None

    handle(once, update, "card")

    assert telegram.calls == ["sendMessage"] * 2


def test_a_message_that_never_left_was_surely_not_sent(telegram: Telegram, once: SentOnce) -> None:
    update = telegram.hears()
    telegram.fails_before = TransportError("sendMessage", "ConnectionRefusedError", unsent=True)
    with pytest.raises(TransportError):
        handle(once, update, "card")

    handle(once, update, "card")

    assert telegram.calls == ["sendMessage"] * 2


def test_a_server_error_leaves_it_in_doubt(telegram: Telegram, once: SentOnce) -> None:
    update = telegram.hears()
    telegram.refuses = 502
    with once.handling(7, update):
        once("post", URL + "sendMessage", params={"chat_id": ANNA, "text": "card"})
    telegram.refuses = None

    handle(once, update, "card")

    assert telegram.calls[1] == "editMessageText"


def test_a_search_by_slow_calls_ends_before_its_handler_looks_hung(telegram: Telegram, database: Database) -> None:
    update, takes_s = telegram.hears(), 4.0
    telegram.fails_before = Killed()
    with pytest.raises(Killed):
        handle(process(telegram, database), update, "card")
    clock = iter([number * takes_s for number in range(PROBES + 1)])

    handle(SentOnce(telegram, Journal(database), Effects(), clock=lambda: next(clock)), update, "card")

    assert telegram.calls[1:] == ["editMessageText"] * int(SEARCH_MAY_TAKE_S / takes_s + 1) + ["sendMessage"]
    assert telegram.says() == ["card"]


def test_a_search_that_meets_another_trouble_ends(telegram: Telegram, once: SentOnce) -> None:
    update = telegram.hears()
    telegram.fails_after = Killed()
    with pytest.raises(Killed):
        handle(once, update, "card")
    telegram.refuses = 403

    with once.handling(7, update):
        once("post", URL + "sendMessage", params={"chat_id": ANNA, "text": "card"})

    assert telegram.calls == ["sendMessage", "editMessageText", "sendMessage"]


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
