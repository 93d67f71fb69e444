"""The desk's margins on the real bot, set and used by sending and pressing, by two people, and after a restart."""

from fractions import Fraction

from sandbox.stand import Sandbox
from tests.e2e.bot_process import COLLEAGUE, Bot
from tests.e2e.operator import NBSP, Operator, figure


def label(text: str) -> str:
    return text.replace(" ", NBSP)


def test_tiers_that_one_owner_builds_are_what_the_other_quotes_at(sandbox: Sandbox, bot: Bot, anna: Operator) -> None:
    boris = Operator(sandbox.person(COLLEAGUE))
    boris.open("100000 rub usdt 4%")
    boris.wait_for("Understood as")

    anna.open("/margins")
    for press in ("Маржа обменника", "RUB → USDT", "1,2 %", "+ Ступень"):
        anna.press(press)
    for bound, margin in (("< 1 000 000 RUB", "2 %"), ("< 100 000 RUB", "3 %")):
        anna.press(label(bound))
        anna.press(margin)
        if "3 %" not in anna.text:
            anna.press("+ Ступень")
    assert "< 100 000 RUB: 3 %, < 1 000 000 RUB: 2 %, от 1 000 000 RUB: 1,2 %" in anna.text

    boris.open("100000 rub usdt")
    assert "Understood as: 100 000 RUB → USDT, the desk's margin" in boris.text
    assert "Margin: 2 % (desk, < 1 000 000 RUB), after rounding" in boris.text
    assert figure(boris.text, "Client gets") == Fraction("1200.62")
    boris.open("50k 100k 2m rub usdt")
    assert [line.split(" %")[0] for line in boris.text.splitlines() if "profit" in line] == ["3", "2", "1.2"]
    boris.open("need 1180 usdt for rub")
    assert "Margin: 3 % (desk, < 100 000 RUB)" in boris.text

    bot.kill()
    bot.start()
    boris.open("/new")
    for press in ("RUB", "USDT", "By the desk: 3 / 2 / 1.2 %"):
        boris.press(press)
    boris.type("99999.99")
    assert "Margin: 3 % (desk, < 100 000 RUB)" in boris.text

    anna.open("/margins rub usdt 2.5%")
    boris.press("Card for the client")
    assert "↻ The desk's margin was changed" in boris.text
    assert "Margin: 2.5 % (desk)" in boris.text
    (choice,) = boris.person.ask_inline("50k rub usdt").wait_answer().choices
    assert "margin 2.5 %, the desk's" in choice.description.replace(NBSP, " ")
    assert "ERROR" not in bot.text


def test_a_floor_is_set_and_holds(sandbox: Sandbox, bot: Bot, anna: Operator) -> None:
    anna.open("100к руб usdt 0.3%")
    anna.wait_for("Понято")
    anna.open("/margins rub usdt 2%")
    anna.open("/margins порог 3 запретить")
    assert "маржа 2 % и порог 3 % не сходятся" in anna.text
    anna.press("0,5 %")
    anna.press("запретить")
    assert "0,5 %, запретить" in anna.text
    anna.open("100к руб usdt 0.3%")
    assert "❗ После округлений 0,3 %, порог обменника 0,5 %." in anna.text
    anna.open("/margins порог -1")
    assert "Понято как −1 %, а можно от 0 % до 50 %" in anna.text
    assert "ERROR" not in bot.text
