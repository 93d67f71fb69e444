"""The parts together: a real TeleBot and real HTTP sessions against a small server on this machine."""

import json
import logging
import socket
import threading
import traceback
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest
import requests
from telebot import TeleBot
from telebot.storage import StateMemoryStorage
from telebot.types import CallbackQuery, Message, Update

from chat.delivery.acknowledger import Acknowledger, Toast
from chat.delivery.dispatcher import Dispatcher
from chat.delivery.errors import TransportError
from chat.delivery.intake import Intake
from chat.delivery.poller import Poller, telegram_updates
from chat.delivery.sender import TelegramSender
from rates.http import Posts
from tests.chat.delivery.memory_inbox import MemoryInbox
from tests.chat.telegram import installed

TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
PATIENCE_S = 60.0
OPERATOR = {"id": 42, "is_bot": False, "first_name": "Ann"}
CARD = {"message_id": 5, "date": 1, "chat": {"id": 42, "type": "private"}, "text": "Margin?"}
USUAL: dict[str, object] = {"getUpdates": [], "sendMessage": CARD, "editMessageText": CARD}
RESET, GARBAGE = b"", b"<html>502 Bad Gateway</html>"


class LocalTelegram:
    """Answers from a script for each method, and then with the method's usual result."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, str]]] = []
        self.script: dict[str, list[object]] = {}
        local = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                _, bot, method = self.path.split("/")
                assert bot == f"bot{TOKEN}"
                local.calls.append((method, {name: values[0] for name, values in parse_qs(body).items()}))
                told = local.script.get(method)
                answer = told.pop(0) if told else USUAL.get(method, True)
                if not isinstance(answer, bytes):
                    answer = json.dumps({"ok": True, "result": answer}).encode()
                if answer == RESET:
                    self.close_connection = True
                    return
                self.send_response(502 if answer == GARBAGE else 200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                """A test's output is for its failures."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def made(self, method: str) -> list[dict[str, str]]:
        return [form for name, form in self.calls if name == method]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class NoPauses(threading.Event):
    """An Event nobody waits on for long."""

    def wait(self, timeout: float | None = None) -> bool:
        return self.is_set()


@pytest.fixture
def telegram() -> Iterator[LocalTelegram]:
    telegram = LocalTelegram()
    yield telegram
    telegram.close()


@pytest.fixture
def bot_at() -> Iterator[Callable[[str], TeleBot]]:
    """Makes a TeleBot that calls the server at a base URL through a TelegramSender."""
    with requests.Session() as calls, requests.Session() as polls:
        calls.trust_env = polls.trust_env = False
        installations = []

        def bot_at(url: str) -> TeleBot:
            installation = installed(TelegramSender(Posts(calls), Posts(polls), stop=NoPauses()), base_url=url)
            installation.__enter__()
            installations.append(installation)
            return TeleBot(TOKEN, threaded=False, state_storage=StateMemoryStorage())

        yield bot_at
        for installation in installations:
            installation.__exit__(None, None, None)


@pytest.fixture
def bot(telegram: LocalTelegram, bot_at: Callable[[str], TeleBot]) -> TeleBot:
    return bot_at(telegram.url)


def test_the_longest_text_arrives_whole_and_in_the_body(telegram: LocalTelegram, bot: TeleBot) -> None:
    sent = bot.send_message(42, "Ж" * 4096, disable_notification=True)

    assert sent.message_id == 5
    assert telegram.calls == [
        ("sendMessage", {"chat_id": "42", "text": "Ж" * 4096, "disable_notification": "True"}),
    ]


@pytest.mark.parametrize("answer", [RESET, GARBAGE], ids=["reset", "502"])
def test_an_edit_goes_on_until_it_is_answered_and_a_send_does_not(
    answer: bytes, telegram: LocalTelegram, bot: TeleBot
) -> None:
    telegram.script = {"editMessageText": [answer, answer], "sendMessage": [answer]}

    bot.edit_message_text("1 000 RUB", 42, 5)
    with pytest.raises(TransportError) as caught:
        bot.send_message(42, "1 000 RUB")

    assert not caught.value.unsent
    assert len(telegram.made("editMessageText")) == 3
    assert len(telegram.made("sendMessage")) == 1


def test_a_send_that_found_no_server_says_so_and_keeps_the_token(
    bot_at: Callable[[str], TeleBot], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "chat")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and does not listen
        bot = bot_at(f"http://127.0.0.1:{taken.getsockname()[1]}")

        with pytest.raises(TransportError, match=r"^sendMessage: ConnectionError$") as caught:
            bot.send_message(42, "1 000 RUB")

    assert caught.value.unsent
    assert len(caplog.records) == 2
    assert TOKEN not in "".join(traceback.format_exception(caught.value)) + caplog.text


def test_an_operator_presses_and_types_and_each_is_handled_once_and_confirmed_after(
    telegram: LocalTelegram, bot: TeleBot
) -> None:
    pressed = {"id": "9", "from": OPERATOR, "chat_instance": "1", "data": "margin:2", "message": CARD}
    typed = {"message_id": 6, "date": 2, "chat": CARD["chat"], "from": OPERATOR, "text": "1000"}
    batch: list[dict[str, Any]] = [{"update_id": 7, "callback_query": pressed}, {"update_id": 8, "message": typed}]
    telegram.script["getUpdates"] = [batch, batch]

    def ask_amount(_query: CallbackQuery) -> None:
        bot.edit_message_text("Amount?", 42, 5)

    def show_result(message: Message) -> None:
        bot.edit_message_text(f"{message.text} RUB", message.chat.id, 5)

    bot.register_callback_query_handler(ask_amount, func=lambda _query: True)
    bot.register_message_handler(show_result, content_types=["text"])
    inbox = MemoryInbox()

    def handle(update_id: int, update: dict[str, Any]) -> None:
        bot.process_new_updates([Update.de_json(update)])
        inbox.done(update_id)

    dispatcher = Dispatcher(workers=4)
    acknowledger = Acknowledger(bot.answer_callback_query, lambda _query: Toast("2 %"))
    intake = Intake(inbox, handle, dispatcher=dispatcher, acknowledge=acknowledger.submit)
    poller = Poller(telegram_updates(TOKEN, ["message", "callback_query"]), intake.accept)

    for _ in range(3):
        poller.step()

    assert dispatcher.idle(PATIENCE_S)
    assert acknowledger.stop(PATIENCE_S)
    assert dispatcher.stop(PATIENCE_S) == []
    assert [form["text"] for form in telegram.made("editMessageText")] == ["Amount?", "1000 RUB"]
    assert {form["callback_query_id"] for form in telegram.made("answerCallbackQuery")} == {"9"}
    assert inbox.finished == [7, 8]
    assert [form.get("offset") for form in telegram.made("getUpdates")] == [None, "9", "9"]
    assert poller.polling.failures == 0
