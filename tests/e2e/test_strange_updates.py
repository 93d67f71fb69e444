"""Floods, and what Telegram must not even be asked for, all the way from Telegram to the chats."""

from collections.abc import Callable

import pytest

from sandbox.stand import Sandbox
from tests.e2e.bot_process import COLLEAGUE, OPERATOR, STRANGER, Bot
from tests.e2e.operator import Operator


@pytest.mark.usefixtures("bot")
def test_a_strangers_flood_costs_one_line(sandbox: Sandbox, anna: Operator) -> None:
    flooder = sandbox.person(STRANGER)
    for number in range(300):
        flooder.send(f"hello {number}")
    anna.open("/help")
    assert [each.text for each in flooder.chat() if each.by_bot] == [
        "This bot is for the operators of an exchange desk. Your id: 2001"
    ]
    assert len(sandbox.journal.calls("sendMessage", chat_id=STRANGER)) == 1


@pytest.mark.usefixtures("bot")
def test_an_operator_who_rushes_is_told_once_and_another_one_is_served(sandbox: Sandbox, anna: Operator) -> None:
    """Boris sends more than the bot can do while Telegram keeps it waiting."""
    sandbox.faults.add("sendMessage", "delay", delay_s=2.0, chat_id=COLLEAGUE, count=1)
    boris = sandbox.person(COLLEAGUE)
    for _ in range(120):
        boris.send("/cancel")
    anna.quote("RUB", "USDT", margin="2", amount="1000")
    boris.wait(lambda chat: [each for each in chat if each.text.startswith("Too much at once")])
    assert len([each for each in boris.chat() if each.text.startswith("Too much at once")]) == 1


def test_what_the_desk_has_no_use_for_is_not_asked_for(sandbox: Sandbox, anna: Operator, bot: Bot) -> None:
    anna.open("/help")
    for kind in ("edited_message", "channel_post", "message_reaction", "business_message", "poll_answer"):
        assert sandbox.inject(kind, {"from": {"id": OPERATOR}}) is None
    assert "Traceback" not in bot.text


def test_an_operator_who_blocked_the_bot_comes_back_to_the_same_quote(
    sandbox: Sandbox, new_bot: Callable[..., Bot], anna: Operator
) -> None:
    bot = new_bot().start()
    anna.open("/new")
    card = anna.card
    anna.person.send("/help")
    anna.person.block()
    anna.person.unblock()
    anna.person.press(card, "RUB").wait_answer()
    anna.wait_for("Что он получает?")
    assert "Traceback" not in bot.text
