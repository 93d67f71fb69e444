"""Quotes in one line, sent and pressed as an operator would, on the real process."""

from fractions import Fraction

import pytest

from tests.e2e.bot_process import Bot
from tests.e2e.operator import NBSP, Operator, figure

pytestmark = pytest.mark.usefixtures("bot")


def ask(anna: Operator, line: str, part: str) -> None:
    """Sends a line and waits for a card with this part: right after the start a rate may be on its way yet."""
    anna.open(line)
    anna.wait_for(part)


@pytest.mark.parametrize("line", ["/q 100000 rub usdt 2", "100к руб usdt 2%", "привет, 100к руб в тезер, маржа 2%"])
def test_a_line_is_a_result(anna: Operator, line: str) -> None:
    ask(anna, line, "Понято: 100 000 RUB → USDT, маржа 2 %")
    assert figure(anna.text, "Клиент получает") == Fraction("1200.62")


def test_a_line_without_a_margin_takes_the_last_one(anna: Operator) -> None:
    ask(anna, "1000 usdt в баты +0.5", "Понято")
    anna.open("2000 usdt в баты")
    assert "Понято: 2 000 USDT → THB, ваша прошлая маржа" in anna.text
    assert "Маржа: +0,5 THB" in anna.text


def test_a_client_who_wants_an_amount_gets_it(anna: Operator) -> None:
    ask(anna, "нужно 5000 usdt за рубли 2%", "Понято")
    assert figure(anna.text, "Клиент получает ровно") == 5000
    assert figure(anna.text, "Клиент платит") == 5000 * figure(anna.text, "Курс сделки")


def test_an_agreed_rate_shows_which_margin_it_is(anna: Operator) -> None:
    ask(anna, "+10000/87.5", "Понято")
    assert figure(anna.text, "Курс сделки") == Fraction("87.5")
    assert figure(anna.text, "после округлений") == Fraction("7.15")


def test_two_readings_are_asked_by_buttons_and_the_desk_remembers(bot: Bot, anna: Operator) -> None:
    anna.open("1,500 usdt в рубли 2%")
    anna.press("1 500 USDT → RUB, маржа 2 %".replace(" ", NBSP, 2))
    anna.wait_for("Понято")
    assert figure(anna.text, "Клиент платит") == 1500
    bot.settle(2)
    bot.kill()
    bot.start()
    ask(anna, "2,500 usdt в рубли 2%", "Понято: 2 500 USDT")
    assert figure(anna.text, "Клиент платит") == 2500


def test_several_amounts_are_one_table(anna: Operator) -> None:
    ask(anna, "10к 50к 100к руб usdt 2%", "Понято")
    assert anna.text.count("прибыль") == 3
    assert "100 000 RUB → 1 200,62 USDT" in anna.text


def test_an_amount_far_from_the_usual_is_asked_about_once(anna: Operator) -> None:
    for amount in ("10к", "20к", "50к"):
        ask(anna, f"{amount} руб usdt 2%", f"Понято: {amount.replace('к', ' 000')} RUB")
    anna.open("600к руб usdt 2%")
    assert "Всё верно?" in anna.text
    anna.press("Да, верно")
    assert figure(anna.text, "Клиент платит") == 600_000
    anna.open("600к руб usdt 2%")
    assert figure(anna.text, "Клиент платит") == 600_000


def test_the_guided_flow_turns_round_for_a_client_who_wants_an_amount(anna: Operator) -> None:
    anna.open()
    anna.press("RUB")
    anna.press("USDT")
    anna.type("2")
    anna.press("Клиент хочет получить сумму")
    anna.type("1000")
    assert figure(anna.text, "Клиент получает ровно") == 1000
    assert figure(anna.text, "Клиент платит") == Fraction("83290")
