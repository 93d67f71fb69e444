"""The stand-in that is made to be fast does what the Bot API does, as far as bots under load use it."""

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
import requests

from sandbox.stand import Sandbox
from tests.load.fast_people import Person, Shown
from tests.load.fast_telegram import TOKEN, FastTelegram

ANNA = 10_001
MARKUP = json.dumps({"inline_keyboard": [[{"text": "RUB", "callback_data": "source:RUB"}]]})


class Desk:
    """The stand-in on a thread of its own; `does` is done on that thread, as a crowd would."""

    def __init__(self, delay_s: float = 0.0) -> None:
        self.seen: list[Shown] = []
        self.telegram = FastTelegram(self.seen.append, delay_s=delay_s)
        self.anna = self.telegram.person(ANNA)
        self._acts: list[tuple[Callable[[], object], Future[object]]] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def call(self, method: str, **parameters: object) -> Any:
        """The answer's body."""
        url = f"{self.telegram.loop.url}/bot{TOKEN}/{method}"
        return requests.post(url, data=parameters, timeout=30).json()

    def does(self, act: Callable[[], object]) -> Any:
        done: Future[object] = Future()
        self._acts.append((act, done))
        return done.result(30)

    def updates(self, offset: int | None = None, timeout: int = 10) -> Any:
        return self.call("getUpdates", offset="" if offset is None else offset, timeout=timeout)["result"]

    def end(self) -> None:
        self._over.set()
        self._thread.join()
        self.telegram.loop.close()

    def _serve(self) -> None:
        while not self._over.is_set():
            self.telegram.loop.step(0.01)
            while self._acts:
                act, done = self._acts.pop(0)
                done.set_result(act())
            self.telegram.flush()


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.end()


@pytest.fixture
def anna(desk: Desk) -> Person:
    return desk.anna


def test_an_update_comes_until_it_is_confirmed(desk: Desk, anna: Person) -> None:
    desk.does(lambda: anna.send("/admin_bot"))
    first, again = desk.updates(), desk.updates()
    assert first == again
    (update,) = first
    assert update["message"]["text"] == "/admin_bot"
    assert update["message"]["entities"] == [{"offset": 0, "length": 10, "type": "bot_command"}]
    desk.does(lambda: anna.send("2"))
    (later,) = desk.updates(offset=update["update_id"] + 1)
    assert later["message"]["text"] == "2"
    assert desk.updates(offset=later["update_id"] + 1, timeout=0) == []


def test_a_poll_waits_for_the_next_update(desk: Desk, anna: Person) -> None:
    with ThreadPoolExecutor(1) as pool:
        polled = pool.submit(desk.updates, timeout=50)
        while desk.telegram.polled_at is None:
            desk.does(lambda: None)
        desk.does(lambda: anna.send("1000"))
        (update,) = polled.result(30)
    assert update["message"]["text"] == "1000"


def test_at_most_a_hundred_updates_come_at_once(desk: Desk, anna: Person) -> None:
    desk.does(lambda: [anna.send(f"{number}") for number in range(101)])
    first = desk.updates()
    assert len(first) == 100
    assert len(desk.updates(offset=first[-1]["update_id"] + 1)) == 1


def test_a_message_is_shown_and_its_buttons_are_pressed_as_they_stand(desk: Desk, anna: Person) -> None:
    sent = desk.call("sendMessage", chat_id=ANNA, text="<b>Что</b> платит?", parse_mode="HTML", reply_markup=MARKUP)
    message = sent["result"]
    assert (message["text"], message["entities"]) == ("Что платит?", [{"offset": 0, "length": 3, "type": "bold"}])
    assert message["reply_markup"] == json.loads(MARKUP)
    press = desk.does(lambda: anna.press(desk.seen[0], "RUB"))
    (update,) = desk.updates()
    query = update["callback_query"]
    assert (query["id"], query["data"], query["message"]["message_id"]) == (
        press.id,
        "source:RUB",
        message["message_id"],
    )
    assert desk.telegram.unanswered == {press.id}
    for _ in range(2):
        assert desk.call("answerCallbackQuery", callback_query_id=press.id)["result"] is True
    assert (desk.telegram.unanswered, desk.telegram.answered_twice) == (set(), 1)


def test_what_is_not_on_the_screen_cannot_be_pressed(desk: Desk, anna: Person) -> None:
    desk.call("sendMessage", chat_id=ANNA, text="Что платит клиент?", reply_markup=MARKUP)
    with pytest.raises(AssertionError, match="no button 'EUR'"):
        anna.press(desk.seen[0], "EUR")


def test_an_edit_changes_the_message_and_dates_it(desk: Desk) -> None:
    number = desk.call("sendMessage", chat_id=ANNA, text="one")["result"]["message_id"]
    edited = desk.call("editMessageText", chat_id=ANNA, message_id=number, text="two", reply_markup=MARKUP)["result"]
    assert (edited["message_id"], edited["text"]) == (number, "two")
    assert edited["edit_date"] >= edited["date"]
    assert [(each.id, each.text) for each in desk.seen] == [(number, "one"), (number, "two")]
    without = desk.call("editMessageReplyMarkup", chat_id=ANNA, message_id=number)["result"]
    assert "reply_markup" not in without
    assert desk.seen[-1].rows == ()


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"chat_id": ANNA, "message_id": 1, "text": "one"}, "message is not modified"),
        ({"chat_id": ANNA, "message_id": 99, "text": "one"}, "message to edit not found"),
        ({"chat_id": 7, "message_id": 1, "text": "one"}, "chat not found"),
    ],
)
def test_an_edit_that_telegram_refuses_is_refused(desk: Desk, parameters: dict[str, object], words: str) -> None:
    desk.call("sendMessage", chat_id=ANNA, text="one")
    refused = desk.call("editMessageText", **parameters)
    assert refused["ok"] is False
    assert refused["error_code"] == 400
    assert words in refused["description"]
    assert len(desk.seen) == 1


def test_what_it_does_not_know_is_done(desk: Desk) -> None:
    assert desk.call("setMyCommands", commands="[]") == {"ok": True, "result": True}
    assert desk.call("getMe")["result"]["is_bot"] is True


def test_the_sources_tell_the_same_rates_as_on_the_sandbox(desk: Desk) -> None:
    url = desk.telegram.source_urls["RAPIRA_URL"] + "/open/market/rates"
    rates = requests.get(url, timeout=30).json()["data"]
    assert [str(each["askPrice"]) for each in rates if each["symbol"] == "USDT/RUB"] == ["81.66"]
    assert desk.telegram.source_calls == 1


def test_an_answer_that_is_late_still_did_its_work_at_once() -> None:
    desk = Desk(delay_s=0.3)
    try:
        with ThreadPoolExecutor(1) as pool:
            sent = pool.submit(desk.call, "sendMessage", chat_id=ANNA, text="one")
            while not desk.seen:
                desk.does(lambda: None)
            assert sent.result(30)["ok"] is True
        (message,) = desk.seen
        assert message.text == "one"
    finally:
        desk.end()


def test_what_it_tells_has_the_fields_that_the_sandbox_tells(desk: Desk, anna: Person) -> None:
    with Sandbox() as sandbox:
        other = sandbox.person(ANNA)

        def careful(method: str, **parameters: object) -> Any:
            return requests.post(
                f"{sandbox.telegram_url}/bot{sandbox.token}/{method}", data=parameters, timeout=30
            ).json()

        other.send("/start")  # a bot may not write to somebody first
        (begun,) = careful("getUpdates", timeout=10)["result"]
        for call in (desk.call, careful):
            call("sendMessage", chat_id=ANNA, text="<b>Что</b> платит?", parse_mode="HTML", reply_markup=MARKUP)
        desk.does(lambda: (anna.send("/admin_bot"), anna.press(desk.seen[0], "RUB")))
        other.send("/admin_bot")
        other.press(None, "RUB")
        fast, slow = desk.updates(), careful("getUpdates", offset=begun["update_id"] + 1, timeout=10)["result"]
        number = slow[1]["callback_query"]["message"]["message_id"]
        edited = {"chat_id": ANNA, "text": "Что он получает?", "reply_markup": MARKUP}
        answers = [
            desk.call("editMessageText", message_id=desk.seen[0].id, **edited),
            careful("editMessageText", message_id=number, **edited),
        ]
    assert fields(fast) == fields(slow)
    assert fields(answers[0]) == fields(answers[1])


def fields(value: object) -> object:
    """The names in a piece of JSON and the kinds of what they hold, but for how a person is called."""
    if isinstance(value, dict):
        return {name: fields(each) for name, each in sorted(value.items()) if name not in {"username", "last_name"}}
    if isinstance(value, list):
        return [fields(each) for each in value]
    return type(value).__name__
