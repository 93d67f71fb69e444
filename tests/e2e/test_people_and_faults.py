"""Strangers, pairing, double taps, and a sick Telegram."""

import re
from collections.abc import Callable

import pytest

from sandbox.stand import Sandbox
from tests.e2e.bot_process import COLLEAGUE, STRANGER, Bot
from tests.e2e.operator import Operator, is_notice


@pytest.mark.usefixtures("bot")
def test_strangers_get_one_polite_line_for_messages_and_buttons_alike(sandbox: Sandbox, anna: Operator) -> None:
    stranger = sandbox.person(STRANGER)
    stranger.send("/new")
    said = stranger.wait_new(0)
    assert said.text == "This bot is for the operators of an exchange desk. Your id: 2001"

    group = sandbox.group(-500, anna.person, stranger)
    asked = anna.person.send("/new", chat_id=group)
    card = anna.person.wait_new(asked, chat_id=group)
    answer = stranger.press(card, "RUB", chat_id=group).wait_answer()
    assert answer.text == said.text
    assert answer.show_alert
    assert anna.person.message(card, chat_id=group).edits == 0


def test_the_pairing_link_in_the_log_makes_the_first_owner(
    sandbox: Sandbox, new_bot: Callable[..., Bot], anna: Operator
) -> None:
    bot = new_bot(ADMIN_IDS="").start()
    link = re.search(r"https://t\.me/quote_desk_bot\?start=(\S+)", bot.wait_for("https://t.me/"))
    assert link
    anna.open(f"/start {link[1]}")
    assert anna.text.startswith("Готово")
    late = Operator(sandbox.person(COLLEAGUE))
    late.open(f"/start {link[1]}")
    assert "Your id" in late.text
    bot.stop()
    bot.start()
    anna.open("/new")
    assert "Что платит клиент?" in anna.text


@pytest.mark.usefixtures("bot")
def test_a_double_tap_is_one_effect_and_both_taps_are_answered(sandbox: Sandbox, anna: Operator) -> None:
    anna.quote("RUB", "USDT", margin="2", amount="1000")
    seen = anna.card
    presses = [anna.person.press(seen, "Карточка клиенту") for _ in range(5)]
    for press in presses:
        press.wait_answer()
    anna.wait_for("Вы получаете")
    anna.open("/help")
    assert len([message for message in anna.person.chat() if "Вы получаете" in message.text]) == 1


@pytest.mark.usefixtures("bot")
def test_buttons_that_are_too_old_to_be_answered_are_no_errors(sandbox: Sandbox, bot: Bot, anna: Operator) -> None:
    anna.open()
    sandbox.queries.age_s = 0.0
    seen = anna.card
    anna.person.press(seen, "RUB")
    anna.person.wait_edit(seen)
    bot.stop()
    assert "ERROR" not in bot.text


@pytest.mark.usefixtures("bot")
def test_a_press_on_a_card_of_48_hours_ago_is_answered_calmly(bot: Bot, anna: Operator) -> None:
    anna.open()
    seen = anna.card
    anna.person.press_data(seen, seen.buttons[0].value, accessible=False).wait_answer()
    anna.person.wait_edit(seen)
    assert "Что он получает?" in anna.text
    assert "ERROR" not in bot.text


@pytest.mark.parametrize(
    ("method", "kind"),
    [
        ("editMessageText", "502"),
        ("editMessageText", "429"),
        ("editMessageText", "reset_before"),
        ("editMessageText", "reset_after"),
        ("editMessageText", "garbage"),
        ("getUpdates", "502"),
        ("getUpdates", "409"),
        ("getUpdates", "429"),
        ("getUpdates", "garbage"),
        ("getUpdates", "reset_before"),
        ("answerCallbackQuery", "reset_before"),
    ],
)
def test_a_sick_telegram_delays_a_quote_and_spoils_none(
    sandbox: Sandbox, bot: Bot, anna: Operator, method: str, kind: str
) -> None:
    anna.open()
    sandbox.faults.add(method, kind, count=2 if method != "editMessageText" else 1)
    anna.press("RUB")
    anna.press("USDT")
    anna.type("2")
    anna.type("1000")
    assert "Клиент получает: 12 USDT" in anna.text
    assert len([message for message in anna.person.chat() if message.by_bot and not is_notice(message)]) == 1
    assert "Traceback" not in bot.text
