"""A quote's life on the real bot: given, counted down, decided once, and guarded, through kills and by two at once."""

import re
import sqlite3
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from sandbox.messages import Message
from sandbox.stand import Sandbox
from tests.e2e.bot_process import COLLEAGUE, Bot
from tests.e2e.operator import NBSP, Operator, is_notice

GIVE = "Карточка клиенту"


def plain(message: Message) -> str:
    return message.text.replace(NBSP, " ")


def told(anna: Operator, message: Message, part: str, *, timeout_s: float = 120.0) -> Message:
    """The message, when it says so."""
    return anna.person.wait(
        lambda chat: next((each for each in chat if each.id == message.id and part in plain(each)), None), timeout_s
    )


def kinds(folder: Path) -> list[str]:
    """What the audit has, in its order."""
    with sqlite3.connect(folder / "desk.db") as connection:
        return [kind for (kind,) in connection.execute("SELECT kind FROM audit ORDER BY number")]


def given(anna: Operator) -> Message:
    """The card of a quote, which was the result before."""
    anna.quote("RUB", "USDT", margin="2", amount="100000")
    result = anna.card
    anna.person.press(result, GIVE).wait_answer()
    return told(anna, result, "Q-0001 · ещё")


def test_a_quote_is_given_and_accepted_with_two_taps(bot: Bot, anna: Operator, tmp_path: Path) -> None:
    card = given(anna)
    assert "ещё 15 мин, до " in plain(card)
    anna.wait_for("Вы получаете: 1 200,62 USDT")
    anna.person.press(card, "✓ Принята").wait_answer()
    card = told(anna, card, "Q-0001 · принята: Анна")
    assert "✓ Принята" not in card.button_texts
    assert kinds(tmp_path) == ["quote.given", "quote.accepted"]
    assert "Traceback" not in bot.text


@pytest.mark.parametrize("fault", ["silence", "late"])
def test_killed_between_the_tap_and_its_answer_the_quote_is_given_once(
    sandbox: Sandbox, bot: Bot, anna: Operator, tmp_path: Path, fault: str
) -> None:
    anna.quote("RUB", "USDT", margin="2", amount="100000")
    bot.settle(5)
    result = anna.card
    sandbox.faults.add("editMessageText", fault, count=1, delay_s=60)
    anna.person.press(result, GIVE)
    anna.wait_for("Вы получаете: 1 200,62 USDT")
    if fault == "late":  # Telegram has done it and does not say so
        told(anna, result, "Q-0001 · ещё")
    else:
        sandbox.journal.wait("editMessageText", count=5)
    bot.kill()
    sandbox.faults.clear()
    bot.start()
    bot.settle(6)
    card = told(anna, result, "Q-0001 · ещё")
    assert "✓ Принята" in card.button_texts
    assert len([each for each in anna.person.chat() if each.by_bot and not is_notice(each)]) == 2
    assert kinds(tmp_path) == ["quote.given"]


def test_killed_between_the_acceptance_and_its_answer_it_is_one_acceptance(
    sandbox: Sandbox, bot: Bot, anna: Operator, tmp_path: Path
) -> None:
    card = given(anna)
    bot.settle(6)
    edits = sandbox.journal.count("editMessageText")
    sandbox.faults.add("editMessageText", "silence", count=1)
    anna.person.press(card, "✓ Принята")
    sandbox.journal.wait("editMessageText", count=edits + 1)
    bot.kill()
    sandbox.faults.clear()
    bot.start()
    told(anna, card, "Q-0001 · принята: Анна")
    assert kinds(tmp_path) == ["quote.given", "quote.accepted"]


def test_two_operators_who_accept_at_once_make_one_acceptance(
    sandbox: Sandbox, bot: Bot, anna: Operator, tmp_path: Path
) -> None:
    card = given(anna)
    boris = Operator(sandbox.person(COLLEAGUE))
    boris.open("Q-0001")
    theirs = boris.card
    presses = [anna.person.press(card, "✓ Принята"), boris.person.press(theirs, "✓ Accepted")]
    for press in presses:
        press.wait_answer()
    card, theirs = told(anna, card, "принята: "), told(boris, theirs, "accepted: ")
    assert plain(card).splitlines()[0].split(": ")[1] == plain(theirs).splitlines()[0].split(": ")[1]
    assert kinds(tmp_path) == ["quote.given", "quote.accepted"]


def test_a_card_counts_down_through_a_kill_and_expires_without_a_press(
    sandbox: Sandbox, new_bot: Callable[..., Bot], anna: Operator, tmp_path: Path
) -> None:
    bot = new_bot(QUOTE_VALID_MINUTES="0.5").start()
    card = given(anna)
    anna.person.wait(
        lambda chat: [each for each in chat if each.id == card.id and re.search("ещё 0:[012]", plain(each))]
    )
    anna.open("/new")
    bot.kill()
    bot.start()
    card = told(anna, card, "Q-0001 · истекла в ", timeout_s=120)
    assert card.button_texts == ["Новый курс"]
    assert kinds(tmp_path) == ["quote.given", "quote.expired"]
    anna.person.press(card, "Новый курс").wait_answer()
    anna.wait_for("Вместо Q-0001")
    assert "Traceback" not in bot.text


def test_a_market_that_moves_against_an_open_quote_is_told_once_and_the_quote_is_quoted_anew(
    sandbox: Sandbox, new_bot: Callable[..., Bot], anna: Operator
) -> None:
    bot = new_bot(PRELOAD_INTERVAL="1").start()
    card = given(anna)
    sandbox.market.set(ask=Decimal("83.50"))
    warning = anna.wait_for("Q-0001: 1,99 % → −0,2", timeout_s=120)
    assert warning.button_texts == ["Новый курс", "Держать", "Закрыть"]
    sandbox.market.set(ask=Decimal("83.51"))
    calls = sandbox.journal.count("rapira")
    sandbox.journal.wait("rapira", count=calls + 2)
    bot.kill()
    bot.start()
    calls = sandbox.journal.count("rapira")
    sandbox.journal.wait("rapira", count=calls + 2)
    assert len([each for each in anna.person.chat() if "Q-0001: 1,99 %" in plain(each)]) == 1
    anna.person.press(warning, "Новый курс").wait_answer()
    anna.wait_for("Вместо Q-0001")
    told(anna, card, "теперь Q-0002")
    told(anna, warning, "теперь Q-0002")
    assert "Traceback" not in bot.text
