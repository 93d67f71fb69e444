"""/report adds up what was given and accepted in a day, a week or a month of the desk."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from calc.quotes import Author, QuoteState
from calc.snapshots import Market
from desk.access import Role
from tests.chat.book import FIAT, NOW
from tests.chat.driver import COLLEAGUE, OPERATOR, STRANGER, Chat, Person, open_chat
from tests.chat.ledger import give

ACCEPTED = QuoteState.ACCEPTED
BORIS = Author(COLLEAGUE, "Boris <b>")
DAY = timedelta(days=1)


def test_a_day_is_counted_and_summed_by_currency_operator_and_direction(chat: Chat, anya: Person) -> None:
    give(chat, state=ACCEPTED)
    give(chat, "50000", state=QuoteState.DECLINED)
    give(chat, "1000", "USDT-RUB", author=BORIS, state=ACCEPTED)
    give(chat, "2000", "USDT-THB", author=BORIS)
    anya.send("/report")
    assert anya.card.plain == (
        "<b>Отчёт за 20.11.2026</b> (Москва)\n\n"
        "Котировок: 4, принято 2 (50 %)\n"
        "Сделок: 2\n"
        "Прибыль: <b>3 587,37 RUB · 43,93 USDT</b>\n\n"
        "<b>Оборот</b>\n"
        "RUB: получено 100 000, выдано 79 990\n"
        "USDT: получено 1 000, выдано 1 200,62\n\n"
        "<b>Операторы</b>\n"
        "Анна Петрова: 2, принято 1 (50 %)\n1 957,37 RUB · 23,96 USDT\n"
        "Boris &lt;b&gt;: 2, принято 1 (50 %)\n1 630 RUB · 19,97 USDT\n\n"
        "<b>Направления</b>\n"
        "RUB → USDT: 2, принято 1 (50 %)\n1 957,37 RUB · 23,96 USDT\n"
        "USDT → RUB: 1, принято 1 (100 %)\n1 630 RUB · 19,97 USDT\n"
        "USDT → THB: 1, принято 0 (0 %)"
    )


def test_the_report_is_in_the_language_of_who_asks(chat: Chat) -> None:
    give(chat, state=ACCEPTED)
    boris = Person(chat, COLLEAGUE, language="en")
    boris.send("/report")
    assert "Quotes: 1, accepted 1 (100 %)\nDeals: 1\n" in boris.card.plain


def test_nothing_is_said_to_be_nothing(anya: Person) -> None:
    anya.send("/report")
    assert anya.card.plain.endswith("\n\nКотировок и сделок нет.")


def test_days_weeks_and_months_are_reached_by_buttons(chat: Chat, anya: Person) -> None:
    give(chat, at=NOW - DAY, state=ACCEPTED)
    give(chat, at=NOW - 10 * DAY, state=ACCEPTED)
    anya.send("/report")
    card = anya.card
    assert card.buttons == ["‹ 19.11", "• День", "Неделя", "Месяц", "Таблицей"]
    anya.click("‹ 19.11")
    assert "Отчёт за 19.11.2026" in card.plain
    assert "Сделок: 1" in card.plain
    anya.click("Неделя")
    assert "Отчёт за 16.11.2026 – 22.11.2026" in card.plain
    assert "Сделок: 1" in card.plain
    anya.click("‹ 09.11 – 15.11")
    assert card.buttons[:2] == ["‹ 02.11 – 08.11", "16.11 – 22.11 ›"]
    anya.click("Месяц")
    assert "Отчёт за 01.11.2026 – 30.11.2026" in card.plain
    assert "Сделок: 2" in card.plain
    anya.click("‹ 10.2026")
    anya.click("День")
    assert "Отчёт за 31.10.2026" in card.plain
    assert len(anya.messages) == 1


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("неделя", "за 16.11.2026 – 22.11.2026"),
        ("вчера", "за 19.11.2026"),
        ("5.11", "за 05.11.2026"),
        ("год <b>", "⚠️ «год &lt;b&gt;» не период."),
    ],
)
def test_a_period_can_be_typed(anya: Person, text: str, title: str) -> None:
    anya.send(f"/report {text}")
    assert title in anya.card.plain


def test_the_day_is_that_of_the_desk(chat: Chat, anya: Person) -> None:
    late = NOW.replace(hour=21, minute=30)  # 00:30 of the next day in Moscow
    give(chat, at=late, state=ACCEPTED)
    anya.send("/report 21.11.2026")
    assert "Сделок: 1" in anya.card.plain
    chat.zone = ZoneInfo("Europe/London")
    chat.restart()
    anya.send("/report")
    assert "Отчёт за 20.11.2026</b> (London)" in anya.card.plain
    assert "Сделок: 1" in anya.card.plain


def test_a_profit_that_is_not_known_is_said_to_be_so(chat: Chat, anya: Person) -> None:
    give(chat, way="RUB-EUR", state=ACCEPTED, market=Market(fiat=FIAT))
    give(chat, "1000", "USDT-RUB", state=ACCEPTED)
    anya.send("/report")
    assert "У сделок без прибыли в USDT (1) её курс не был известен." in anya.card.plain


def test_a_deal_of_the_quote_of_yesterday_is_one_of_today(chat: Chat, anya: Person) -> None:
    give(chat, at=NOW.replace(hour=20, minute=59), state=ACCEPTED)  # 23:59, accepted at 00:02
    anya.send("/report 21.11.2026")
    assert "Котировок нет\nСделок: 1\n" in anya.card.plain
    assert "Анна Петрова: сделок 1\n1 957,37 RUB" in anya.card.plain


def test_many_operators_with_long_names_fit_into_one_message(chat: Chat, anya: Person) -> None:
    for number in range(60):
        give(chat, author=Author(5000 + number, "&" * 128), state=ACCEPTED)
    anya.send("/report")
    assert "и ещё 40" in anya.card.plain
    assert len(anya.card.text.replace("&amp;", "&")) < 4096


def test_what_the_desk_earns_is_not_for_viewers(chat: Chat, anya: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    give(chat, state=ACCEPTED)
    anya.send("/report")
    report, shown = anya.card, anya.card.text
    monkeypatch.setattr(type(chat.access), "role", lambda _access, _user_id: Role.VIEWER)
    anya.click("Неделя", report)
    assert report.text == shown
    anya.send("/report")
    assert anya.card.plain == "Здесь вы можете смотреть курсы; котировки дают операторы. Подробнее: /help"


def test_an_operator_gets_no_table(chat: Chat, anya: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(chat.access), "role", lambda _access, _user_id: Role.OPERATOR)
    chat.restart()
    give(chat, state=ACCEPTED)
    anya.send("/report")
    assert "Сделок: 1" in anya.card.plain
    assert "Таблицей" not in anya.card.buttons


def test_strangers_and_forged_buttons_get_nothing(chat: Chat, anya: Person) -> None:
    Person(chat, STRANGER).send("/report")
    assert "Отчёт" not in Person(chat, STRANGER).card.plain
    anya.send("/report")
    for arg in ("", "day", "year~2026-01-01", "day~9999-12-31"):
        anya.press(f"report:{arg}:{OPERATOR:x}::0", anya.card)
    assert anya.card.edits == 0


def test_every_button_fits_into_what_telegram_allows(anya: Person) -> None:
    anya.send("/report месяц")
    data = [each["callback_data"] for row in anya.card.rows for each in row]
    assert max(len(each.encode()) for each in data) <= 64 - 10, "an id of ten digits more than here"


def test_profits_of_a_day_are_the_sum_of_its_deals_to_the_kopeck(tmp_path: Path) -> None:
    with open_chat(tmp_path) as chat:
        quotes = [give(chat, f"{1000 + step * 777}.37", state=ACCEPTED) for step in range(40)]
        expected = sum((quote.terms.profit_rub or Decimal(0) for quote in quotes), Decimal(0))
        anya = Person(chat, OPERATOR)
        anya.send("/report")
        assert f"Прибыль: <b>{expected:,f} RUB".replace(",", " ").replace(".", ",") in anya.card.plain
