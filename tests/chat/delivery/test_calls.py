"""The short way of a call: the same words to Telegram as telebot's own way, and the same errors."""

from collections.abc import Callable
from typing import Any

import pytest
from telebot import TeleBot
from telebot.apihelper import ApiTelegramException
from telebot.storage import StateMemoryStorage
from telebot.types import InlineKeyboardButton, InlineKeyboardMarkup

from chat.delivery.answers import Answer
from chat.delivery.calls import Calls
from tests.chat.telegram import installed

TEXT = "<b>Курс</b> 87.01"
KEYBOARD = InlineKeyboardMarkup([[InlineKeyboardButton("RUB", callback_data="s:12345678:RUB")]])
CARD = {"message_id": 5, "date": 1, "chat": {"id": 42, "type": "private"}, "text": TEXT}


class Recording:
    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.answer: dict[str, Any] = {"ok": True, "result": CARD}

    def __call__(self, _verb: str, url: str, *, params: dict[str, Any], **_: Any) -> Answer:
        self.calls.append((url, dict(params)))
        return Answer(200, "OK", "", self.answer)


def bot(**look: Any) -> TeleBot:
    return TeleBot("1:x", threaded=False, state_storage=StateMemoryStorage(), **look)


LOOKS: list[dict[str, Any]] = [{"parse_mode": "HTML", "disable_web_page_preview": True}, {}]
SAME: dict[str, tuple[Callable[[Calls], object], Callable[[TeleBot], object]]] = {
    "a message": (
        lambda calls: calls.send_text(42, TEXT, keyboard=KEYBOARD, thread_id=None),
        lambda bot: bot.send_message(42, TEXT, reply_markup=KEYBOARD),
    ),
    "a message in a topic": (
        lambda calls: calls.send_text(-100, TEXT, keyboard=None, thread_id=7),
        lambda bot: bot.send_message(-100, TEXT, message_thread_id=7),
    ),
    "an edit": (
        lambda calls: calls.edit_text(TEXT, chat_id=42, message_id=5, keyboard=KEYBOARD),
        lambda bot: bot.edit_message_text(TEXT, 42, 5, reply_markup=KEYBOARD),
    ),
    "an edit that takes the buttons": (
        lambda calls: calls.edit_text(TEXT, chat_id=42, message_id=5, keyboard=None),
        lambda bot: bot.edit_message_text(TEXT, 42, 5),
    ),
    "an edit of what was sent inline": (
        lambda calls: calls.edit_text(TEXT, inline_message_id="AbC", keyboard=KEYBOARD),
        lambda bot: bot.edit_message_text(TEXT, inline_message_id="AbC", reply_markup=KEYBOARD),
    ),
    "the buttons alone": (
        lambda calls: calls.take_keyboard(42, 5),
        lambda bot: bot.edit_message_reply_markup(42, 5),
    ),
    "a silent answer": (
        lambda calls: calls.answer("777"),
        lambda bot: bot.answer_callback_query("777"),
    ),
    "an answer with words": (
        lambda calls: calls.answer("777", text="Уже занято", show_alert=True),
        lambda bot: bot.answer_callback_query("777", text="Уже занято", show_alert=True),
    ),
}


@pytest.mark.parametrize("look", LOOKS, ids=["the bot's look", "no look"])
@pytest.mark.parametrize(("ours", "telebots"), SAME.values(), ids=SAME)
def test_telegram_hears_what_telebot_would_say(
    ours: Callable[[Calls], object], telebots: Callable[[TeleBot], object], look: dict[str, Any]
) -> None:
    said = Recording()
    with installed(said):
        ours(Calls(bot(**look)))
        telebots(bot(**look))

    assert said.calls[0] == said.calls[1]


def test_it_is_said_to_the_server_that_telebot_would_call() -> None:
    said = Recording()
    with installed(said, base_url="http://127.0.0.1:8081"):
        Calls(bot()).answer("777")

    assert said.calls[0][0] == "http://127.0.0.1:8081/bot1:x/answerCallbackQuery"


def test_a_new_message_tells_its_number() -> None:
    with installed(Recording()):
        assert Calls(bot()).send_text(42, TEXT, keyboard=None, thread_id=None) == 5


def test_a_refusal_is_telebots_exception() -> None:
    said = Recording()
    said.answer = {"ok": False, "error_code": 403, "description": "Forbidden: bot was blocked by the user"}

    with installed(said), pytest.raises(ApiTelegramException, match="bot was blocked") as caught:
        Calls(bot()).send_text(42, TEXT, keyboard=None, thread_id=None)

    assert (caught.value.error_code, caught.value.function_name) == (403, "sendMessage")
