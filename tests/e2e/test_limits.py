"""A chat that Telegram holds back, one who is faster than Telegram allows, and a Telegram that is away for a while."""

from collections.abc import Callable

import pytest

from sandbox.stand import Sandbox
from tests.e2e.bot_process import COLLEAGUE, OPERATOR, Bot
from tests.e2e.operator import Operator, is_notice

HELD_S = 20
"""Longer than another one takes for a quote, also on a crowded machine."""


def said(anna: Operator) -> list[str]:
    return [message.text for message in anna.person.chat() if message.by_bot and not is_notice(message)]


def test_silence_for_one_chat_delays_nobody_else_and_its_last_screen_arrives(
    sandbox: Sandbox, new_bot: Callable[..., Bot], anna: Operator
) -> None:
    """Two workers: a chat that kept one of them for so long would be felt."""
    bot = new_bot(WORKERS="2").start()
    boris = Operator(sandbox.person(COLLEAGUE))
    anna.open()
    boris.open()
    sandbox.faults.add("editMessageText", "429", count=1, chat_id=OPERATOR, retry_after=HELD_S)
    seen = anna.card
    anna.person.press(seen, "RUB").wait_answer()
    bot.wait_for("edit is late")
    anna.person.send("это придёт следом")

    for label in ("RUB", "USDT", "2 %"):
        boris.press(label)
    boris.type("1000")
    assert "Client gets" in boris.text
    calls = sandbox.journal.calls("editMessageText", chat_id=OPERATOR)
    assert [call.status for call in calls] == [429], "Anna was still held while Boris quoted"

    anna.person.wait_edit(seen, timeout_s=120)
    calls = sandbox.journal.calls("editMessageText", chat_id=OPERATOR)
    assert [call.status for call in calls] == [429, 200]
    assert calls[1].at - calls[0].at >= HELD_S
    assert "Сначала выберите кнопкой." in anna.text
    assert "incident" not in bot.text


def test_a_held_screen_arrives_after_a_restart(sandbox: Sandbox, bot: Bot, anna: Operator) -> None:
    anna.open()
    sandbox.faults.add("editMessageText", "429", count=1, retry_after=3600)
    seen = anna.card
    anna.person.press(seen, "RUB").wait_answer()
    bot.settle(2)
    bot.kill()
    bot.start()
    anna.person.wait_edit(seen)
    anna.press("USDT")
    assert "RUB → USDT" in anna.text


def test_more_messages_than_telegram_allows_are_sent_in_order_and_in_time(
    sandbox: Sandbox, bot: Bot, anna: Operator
) -> None:
    begun = sandbox.journal.clock()  # the first may come here later than it was sent
    for _ in range(5):
        anna.person.send("/help")
    bot.settle(5)

    calls = [call.at for call in sandbox.journal.calls("sendMessage")]
    assert len(said(anna)) == len(calls) == 5
    assert calls[4] - begun >= 1.9
    assert "ERROR" not in bot.text


@pytest.mark.parametrize("kind", ["reset_before", "502"])
def test_telegram_away_for_some_seconds_a_quote_begun_meanwhile_is_answered_afterwards(
    sandbox: Sandbox, bot: Bot, anna: Operator, kind: str
) -> None:
    sandbox.faults.add("sendMessage", kind)
    sent = anna.person.send("/new")
    bot.wait_for("tried again later", count=2)
    sandbox.faults.clear()
    anna.person.wait_new(sent)
    bot.settle(1)

    assert len(said(anna)) == 1
    anna.press("RUB")
    assert "Что он получает?" in anna.text


def test_a_message_whose_answer_was_cut_off_is_there_once(sandbox: Sandbox, bot: Bot, anna: Operator) -> None:
    sandbox.faults.add("sendMessage", "reset_after", count=1)
    anna.open("/new")
    bot.settle(1)

    assert len(said(anna)) == 1
    assert sandbox.journal.count("sendMessage") == 1
    anna.press("RUB")


def test_one_who_has_blocked_the_bot_ends_it_calmly(bot: Bot, anna: Operator) -> None:
    anna.person.send("/new")
    anna.person.block()
    bot.settle(1)
    anna.person.unblock()
    anna.open("/new")

    assert "Traceback" not in bot.text
