"""A small team on the real bot: let in by a link, at work, and out of it in the middle of a quote."""

import re
from collections.abc import Callable

import pytest

from sandbox.stand import Sandbox
from tests.e2e.bot_process import COLLEAGUE, STRANGER, Bot
from tests.e2e.operator import NBSP, Operator


@pytest.fixture
def bot(new_bot: Callable[..., Bot]) -> Bot:
    """Running, with Anna as the only owner."""
    return new_bot(ADMIN_IDS="1001").start()


@pytest.fixture
def boris(sandbox: Sandbox) -> Operator:
    return Operator(sandbox.person(COLLEAGUE))


def code_of(anna: Operator, role: str) -> str:
    """What a fresh link hands over."""
    anna.open("/team")
    anna.press("Создать ссылку")
    newest = anna.person.last().id
    anna.person.press(anna.card, role).wait_answer()
    message = anna.person.wait(
        lambda chat: next((each for each in chat if each.id > newest and "start=join_" in each.text), None)
    )
    found = re.search(r"https://t\.me/quote_desk_bot\?start=(\S+)", message.text)
    assert found
    return found[1]


def test_of_two_who_open_a_link_at_once_one_gets_in_and_is_out_again_in_mid_quote(
    sandbox: Sandbox, bot: Bot, anna: Operator, boris: Operator
) -> None:
    both = [boris, Operator(sandbox.person(STRANGER))]
    for each in both:
        each.open("/start")
    code = code_of(anna, "Оператор")
    for each in both:
        each.person.send(f"/start {code}")
    said = [each.person.wait(lambda chat: next((m for m in chat if "/start join_" in m.text), None)) for each in both]
    answers = [each.person.wait_new(message).text for each, message in zip(both, said, strict=True)]
    won = [each for each, answer in zip(both, answers, strict=True) if "Your role at this desk: operator" in answer]
    assert len(won) == 1
    assert sum("This link holds no more" in answer for answer in answers) == 1
    boris = won[0]

    boris.quote("RUB", "USDT", margin="2", amount="1000")
    assert "Client gets: 12 USDT" in boris.text
    seen = boris.card

    anna.open("/team")
    anna.press("Boris" if boris.person.id == COLLEAGUE else "Stranger")
    anna.press("Убрать")
    anna.press("Да")
    boris.wait_for("You are not in the team")
    answer = boris.person.press(seen, "Card for the client").wait_answer()
    assert answer.show_alert
    assert "operators of an exchange desk" in str(answer.text)
    assert not [each for each in boris.person.chat() if "You pay" in each.text]
    bot.kill()
    bot.start()
    boris.open(f"/start {code}")
    assert "link holds no more" in boris.text
    assert "ERROR" not in bot.text


def test_a_viewer_sees_the_rates_and_is_told_that_quoting_is_for_operators(
    bot: Bot, anna: Operator, boris: Operator
) -> None:
    boris.open(f"/start {code_of(anna, 'Зритель')}")
    boris.open("/rates")
    assert "81.66" in boris.text.replace(",", ".")
    boris.open("/new")
    assert boris.text == "You may look at the rates here; quoting is for operators. More: /help"
    bot.kill()
    bot.start()
    boris.open("100k rub usdt 2%")
    assert boris.text.startswith("You may look at the rates here")
    anna.open("/team")
    assert "• Boris: зритель" in anna.text.replace(NBSP, " ")
    assert "ERROR" not in bot.text


def test_beyond_the_limits_a_second_person_approves_that_very_quote(bot: Bot, anna: Operator, boris: Operator) -> None:
    boris.open(f"/start {code_of(anna, 'Оператор')}")
    anna.open("/team")
    anna.press("Boris")
    anna.press("Лимит суммы")
    anna.press(f"100{NBSP}000{NBSP}RUB")
    assert "Без второго человека: до 100 000 RUB" in anna.text

    boris.quote("RUB", "USDT", margin="2", amount="100k")
    assert boris.card.rows[0][0].text == "Card for the client"
    boris.type("1m")
    assert "Beyond your limit of 100 000 RUB" in boris.text
    assert boris.card.rows[0][0].text == "Ask for approval"
    boris.press("Ask for approval")
    assert "Waiting for approval" in boris.text
    card = boris.card

    request = anna.wait_for("Boris просит одобрить")
    assert "Клиент платит: 1 000 000 RUB" in request.text.replace(NBSP, " ")
    bot.wait_for("approval shown id=A-0001 user_id=1001")
    bot.kill()
    bot.start()
    anna.press("Одобрить")
    assert "✓ Одобрено: Анна." in anna.text
    assert not anna.card.rows
    boris.wait_for("✅ Анна approved: 1 000 000 RUB → USDT, margin 2 %.")
    boris.person.wait(
        lambda chat: next((each for each in chat if each.id == card.id and "Approved by" in each.text), None)
    )
    boris.press("Card for the client")
    boris.wait_for("You pay: 1 000 000 RUB")

    boris.open("1m rub usdt 2%")
    assert boris.card.rows[0][0].text == "Ask for approval", "one approval is for one client"
    boris.press("Ask for approval")
    anna.wait_for("(A-0002)")
    anna.press("Отказать")
    boris.wait_for("❗ Анна did not approve")
    assert "ERROR" not in bot.text
