"""Charts, quotes, reports and tables on the real bot, by sending and pressing as an operator would."""

import csv
import io
from collections.abc import Callable
from fractions import Fraction

import pytest

from sandbox.messages import Media
from sandbox.stand import Sandbox
from tests.e2e.bot_process import Bot
from tests.e2e.operator import Operator, figure


def media_of(anna: Operator, part: str) -> Media:
    """What came with the message that says this."""
    message = anna.wait_for(part)
    found = message.media or next(each.media for each in anna.person.chat() if each.media)
    assert found is not None
    return found


def give(anna: Operator, amount: str) -> None:
    """A quote for a client."""
    anna.open(f"{amount} руб usdt 2%")
    anna.wait_for("Понято")
    anna.press("Карточка клиенту")


def test_a_chart_is_a_picture_of_what_the_bot_has_seen(
    sandbox: Sandbox, new_bot: Callable[..., Bot], anna: Operator
) -> None:
    bot = new_bot(PRELOAD_INTERVAL="1").start()
    sandbox.journal.wait("rapira", count=2)
    anna.open("/chart")
    anna.person.press(anna.card, "USDT/RUB")
    picture = media_of(anna, "мин 81,65, макс 81,65, сейчас 81,65")
    assert (picture.field, picture.content_type) == ("photo", "image/png")
    anna.person.press(anna.card, "90 д")
    anna.wait_for("USDT/RUB, 90 д")
    assert "ERROR" not in bot.text


@pytest.mark.usefixtures("bot")
def test_quotes_are_reported_and_taken_out_as_a_table(bot: Bot, anna: Operator) -> None:
    bot.wait_for("order book seen")  # a result from before it is not handed over, but shown anew
    for amount in ("100к", "50к"):
        give(anna, amount)
    anna.open("/report неделя")
    assert figure(anna.text, "Котировок") == 2
    assert "Сделок: 0" in anna.text
    anna.press("День")
    assert "RUB → USDT: 2, принято 0 (0 %)" in anna.text
    anna.open("/export")
    anna.press("Сегодня")
    anna.press("CSV")
    table = media_of(anna, ", 2")
    assert table.file_name.startswith("quotes-20")
    lines = list(csv.reader(io.StringIO(table.content.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert [line[0] for line in lines] == ["№", "Q-0001", "Q-0002"]
    assert lines[1][4:8] == ["100000", "RUB", "1200,62", "USDT"]
    assert [line[8] for line in lines[1:]] == ["83,29", "83,29"]
    bot.stop()
    assert "ERROR" not in bot.text


def test_quotes_are_looked_up_and_repeated(bot: Bot, anna: Operator) -> None:
    bot.wait_for("order book seen")  # a result from before it is not handed over, but shown anew
    for amount in ("100к", "50к"):
        give(anna, amount)
    anna.open("/quotes")
    assert "Q-0002" in anna.text
    assert "50 000 RUB → 600,31 USDT" in anna.text
    anna.press("Q-0001")
    assert figure(anna.text, "Клиент получает") == Fraction("1200.62")
    anna.press("‹ К списку")
    anna.open("/quotes 600,31 usdt")
    anna.press("Q-0002")
    anna.person.press(anna.card, "↻ Повторить")
    anna.wait_for("Понято: 50 000 RUB → USDT, маржа 2 %")
    anna.open("/quotes Q-0002")
    assert figure(anna.text, "Клиент платит") == 50_000
    assert "ERROR" not in bot.text


def test_the_day_begins_in_the_zone_of_the_desk(new_bot: Callable[..., Bot], anna: Operator) -> None:
    bot = new_bot(DESK_TIMEZONE="Pacific/Kiritimati").start()
    give(anna, "100к")
    anna.open("/report")
    assert "(Kiritimati)" in anna.text
    assert figure(anna.text, "Котировок") == 1
    bot.settle(3)
    bot.stop()
    again = new_bot(DESK_TIMEZONE="Pacific/Pago_Pago").start()
    anna.open("/report")
    assert "(Pago Pago)" in anna.text
    assert figure(anna.text, "Котировок") == 1
    assert "ERROR" not in bot.text + again.text
