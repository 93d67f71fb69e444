"""Quotes in one line: what a line shows, what it asks, and what is remembered of the answers."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from calc.directions import Currency, Direction
from calc.lines import LIST, read_line
from calc.margins import Margin
from calc.requests import Convention, Request
from calc.snapshots import Feed
from calc.team import Person as TeamPerson
from chat import formats
from chat.texts import Texts
from tests.chat.book import FIAT, USDT_RUB, Book
from tests.chat.driver import OPERATOR, Chat, Person, at_margin, at_result, open_chat

RUB_USDT, USDT_THB = Direction.parse("RUB-USDT"), Direction.parse("USDT-THB")


@pytest.mark.parametrize("line", ["/q 100000 rub usdt 2", "100к руб usdt 2%", "привет, 100к руб в тезер, маржа 2"])
def test_a_line_gives_the_result_at_once_and_says_how_it_was_understood(anya: Person, line: str) -> None:
    anya.send(line)

    assert len(anya.messages) == 1
    assert "Понято: 100 000 RUB → USDT, маржа 2 %" in anya.card.plain
    assert "Клиент платит: <code>100 000 RUB</code>" in anya.card.plain
    assert "Курс сделки: <code>83,29 RUB за 1 USDT</code>" in anya.card.plain
    assert "Карточка клиенту" in anya.card.buttons


def test_a_result_of_a_line_goes_on_like_any_other(anya: Person) -> None:
    anya.send("100к руб usdt 2%")
    anya.click("Другая маржа")
    assert "Понято: 100 000 RUB → USDT\n" in anya.card.plain
    anya.click("3 %")
    assert "Понято: 100 000 RUB → USDT, маржа 3 %" in anya.card.plain
    anya.send("50к")
    assert "Клиент платит: <code>50 000 RUB</code>" in anya.card.plain
    assert "Понято" not in anya.card.plain


def test_a_margin_that_is_missing_is_the_last_one_of_the_direction(chat: Chat, anya: Person) -> None:
    chat.memory.margins[OPERATOR, USDT_THB] = Margin(Decimal("1.5"))
    anya.send("1000 usdt в баты")

    assert "Понято: 1 000 USDT → THB, ваша прошлая маржа" in anya.card.plain
    assert "Маржа: 1,5 %" in anya.card.plain


def test_a_margin_that_is_missing_and_was_never_given_is_asked_by_its_step(chat: Chat, anya: Person) -> None:
    anya.send("1000 usdt в баты")
    assert "Какая маржа?" in anya.card.plain
    assert "Понято: 1 000 USDT → THB\n" in anya.card.plain
    anya.click("2 %")
    assert "Клиент платит: <code>1 000 USDT</code>" in anya.card.plain
    assert chat.memory.last_margin(OPERATOR, USDT_THB) == Margin(Decimal(2))


def test_the_margin_of_a_line_is_the_last_one_from_then_on(chat: Chat, anya: Person) -> None:
    anya.send("1000 usdt в баты +0.5")
    assert chat.memory.last_margin(OPERATOR, USDT_THB) == Margin(Decimal("0.5"), absolute=True)
    assert "Маржа: +0,5 THB" in anya.card.plain


def test_a_client_who_wants_an_amount_gets_exactly_that(anya: Person) -> None:
    anya.send("нужно 5000 usdt за рубли 2%")

    assert "Понято: RUB → 5 000 USDT, маржа 2 %" in anya.card.plain
    assert "Клиент платит: <code>416 450 RUB</code>" in anya.card.plain
    assert "Клиент получает ровно: <code>5 000 USDT</code>" in anya.card.plain


def test_an_agreed_rate_is_the_rate_of_the_deal_and_shows_its_margin(chat: Chat, anya: Person) -> None:
    anya.send("+10000/87.5")

    assert "Понято: 10 000 RUB → USDT, курс 87,5" in anya.card.plain
    assert "Курс сделки: <code>87,50 RUB за 1 USDT</code>" in anya.card.plain
    assert "Маржа: +5,84 RUB, после округлений 7,15 %" in anya.card.plain
    assert chat.memory.last_margin(OPERATOR, RUB_USDT) is None


def test_an_agreed_rate_that_leaves_nothing_is_told_and_a_margin_is_asked(anya: Person) -> None:
    anya.send("+10000/80")
    assert "При курсе 80 обменнику ничего не остаётся: −2,04 % от базового курса." in anya.card.plain
    anya.click("1 %")
    assert "Понято: 10 000 RUB → USDT, маржа 1 %" in anya.card.plain


def test_an_agreed_rate_stands_when_the_market_moves_under_it(chat: Chat, anya: Person) -> None:
    anya.send("+10000/87.5")
    chat.pass_time(minutes=1)
    moved = replace(USDT_RUB, close=Decimal("82.00"), bid=Decimal("81.90"), ask=Decimal("82.00"), fetched_at=chat.now)
    chat.book.next[Feed.USDT_RUB] = moved
    anya.click("Обновить курс")
    chat.run_beside()
    assert "Курс сделки: <code>87,50 RUB за 1 USDT</code>" in anya.card.plain
    assert "Маржа: +5,5 RUB" in anya.card.plain


def test_two_directions_are_asked_by_buttons(anya: Person) -> None:
    anya.send("5000 usdt за рубли 2%")
    assert "У «5000 usdt за рубли 2%» два прочтения." in anya.card.plain
    anya.click("5 000 USDT → RUB, маржа 2 %")
    assert "Клиент платит: <code>5 000 USDT</code>" in anya.card.plain


def test_what_is_in_doubt_twice_is_asked_twice(anya: Person) -> None:
    anya.send("1,500 usdt за рубли 2%")
    anya.click("RUB → … USDT")
    anya.click("RUB → 1 500 USDT, маржа 2 %")
    assert "Клиент получает ровно: <code>1 500 USDT</code>" in anya.card.plain


def test_the_target_that_is_missing_is_asked_by_buttons(anya: Person) -> None:
    anya.send("100к руб 2%")
    assert "«100к руб 2%»: какой это обмен?" in anya.card.plain
    assert len([label for label in anya.card.buttons if "→" in label]) == 8
    anya.click("100 000 RUB → THB, маржа 2 %")
    assert "<b>RUB → THB</b>" in anya.card.text


def test_dollars_for_roubles_are_asked_about_because_the_desk_takes_usdt(anya: Person) -> None:
    anya.send("1000 баксов в рубли 1%")
    assert "Вы имели в виду это?" in anya.card.plain
    anya.click("1 000 USDT → RUB, маржа 1 %")
    assert "Клиент платит: <code>1 000 USDT</code>" in anya.card.plain


def test_how_a_number_is_meant_is_asked_once_for_the_desk(chat: Chat, anya: Person) -> None:
    anya.send("1,500 usdt руб 2%")
    anya.click("1 500 USDT → RUB, маржа 2 %")
    assert chat.memory.conventions() == {",": Convention.GROUPS}
    anya.send("2,300 usdt руб 2%")
    assert "Клиент платит: <code>2 300 USDT</code>" in anya.card.plain


def test_a_convention_can_be_taken_back_where_it_decided(chat: Chat, anya: Person) -> None:
    chat.memory.remember_convention(",", Convention.GROUPS, by=TeamPerson(OPERATOR, "Аня"))
    anya.send("1,500 usdt руб 2%")
    anya.click("Прочитать иначе")
    anya.click("1,50 USDT → RUB, маржа 2 %")
    assert "Клиент платит: <code>1,50 USDT</code>" in anya.card.plain
    assert chat.memory.conventions() == {",": Convention.DECIMALS}


def test_the_convention_holds_for_the_steps_too(chat: Chat, anya: Person) -> None:
    at_margin(anya)
    anya.click("2 %")
    anya.send("1,500")
    anya.click("1 500 RUB")
    anya.send("2,500")
    assert "Клиент платит: <code>2 500 RUB</code>" in anya.card.plain
    anya.click("Другая маржа")
    anya.send("+1,500")
    assert "Маржа +1 500 слишком велика" in anya.card.plain


def test_a_list_is_asked_about_each_time(chat: Chat, anya: Person) -> None:
    anya.send("100 200 usdt руб 2%")
    anya.click("100 USDT, 200 USDT → RUB, маржа 2 %")
    assert chat.memory.conventions() == {}
    assert "<code>200 USDT</code>" in anya.card.plain


def test_several_amounts_give_one_table_and_each_can_be_seen_alone(anya: Person) -> None:
    anya.send("10к 50к 100к руб usdt 2%")

    assert "Понято: 10 000 RUB, 50 000 RUB, 100 000 RUB → USDT, маржа 2 %" in anya.card.plain
    assert "<code>10 000 RUB</code> → <code>120,06 USDT</code>" in anya.card.plain
    assert "<code>100 000 RUB</code> → <code>1 200,62 USDT</code>" in anya.card.plain
    assert "83,29 RUB за 1 USDT, прибыль 195,90 RUB" in anya.card.plain
    anya.click("50 000 RUB")
    assert "Клиент платит: <code>50 000 RUB</code>" in anya.card.plain


def test_the_clients_table_holds_amounts_and_rates_and_nothing_else(anya: Person) -> None:
    anya.send("10к 50к руб usdt 2%")
    anya.click("Карточка клиенту")
    assert anya.card.plain.splitlines() == [
        "<b>Обмен RUB → USDT</b>",
        "",
        "Q-0001: <code>10 000 RUB</code> → <code>120,06 USDT</code>",
        "Курс: <code>83,29 RUB за 1 USDT</code>",
        "Q-0002: <code>50 000 RUB</code> → <code>600,31 USDT</code>",
        "Курс: <code>83,29 RUB за 1 USDT</code>",
        "",
        "Действует до 15:19 20.11 (Москва)",
    ]


def test_a_table_names_the_profit_where_the_usdt_rate_is_unknown(tmp_path: Path) -> None:
    with open_chat(tmp_path, book=Book(FIAT)) as chat:
        anya = Person(chat, OPERATOR)
        anya.send("10к 50к руб в евро 2%")
        assert "прибыль 983,06 RUB" in anya.card.plain


def test_an_amount_unlike_the_usual_ones_is_asked_about_once(chat: Chat, anya: Person) -> None:
    for line in ("10к руб usdt 2%", "20к руб usdt", "50к руб usdt"):
        anya.send(line)
    anya.send("1м руб usdt")
    assert "1 000 000 RUB: в десять и более раз больше" in anya.card.plain
    anya.click("Да, верно")
    assert "Клиент платит: <code>1 000 000 RUB</code>" in anya.card.plain
    anya.send("1м руб usdt")
    assert "Клиент платит: <code>1 000 000 RUB</code>" in anya.card.plain


def test_the_doubt_says_which_way_each_amount_is_off(chat: Chat, anya: Person) -> None:
    chat.memory.amounts[OPERATOR, RUB_USDT, Currency.RUB] = tuple(map(Decimal, (10_000, 20_000, 50_000)))
    anya.send("1м руб usdt 2%")
    said = "1 000 000 RUB: в десять и более раз больше, чем вы здесь котировали. Всё верно?"
    assert anya.card.plain == f"<b>RUB → USDT</b>\n\n{said}"
    anya.send("500 1000 20к 500к руб usdt 2%")
    assert "500 000 RUB: в десять и более раз больше" in anya.card.plain
    assert "500 RUB, 1 000 RUB: в десять и более раз меньше" in anya.card.plain


def test_an_amount_typed_at_its_step_is_doubted_too_and_another_can_be_typed(chat: Chat, anya: Person) -> None:
    chat.memory.amounts[OPERATOR, RUB_USDT, Currency.RUB] = tuple(map(Decimal, (10_000, 20_000, 50_000)))
    at_result(anya, amount="5 000 000")
    assert "Всё верно?" in anya.card.plain
    anya.click("‹ Назад")
    assert "Сколько RUB платит клиент?" in anya.card.plain
    anya.send("50 000")
    assert "Клиент платит: <code>50 000 RUB</code>" in anya.card.plain


def test_a_doubted_amount_is_asked_about_when_its_rate_arrives_late(tmp_path: Path) -> None:
    with open_chat(tmp_path, book=Book(FIAT)) as chat:
        anya = Person(chat, OPERATOR)
        chat.memory.amounts[OPERATOR, RUB_USDT, Currency.RUB] = tuple(map(Decimal, (10_000, 20_000, 50_000)))
        chat.book.next[Feed.USDT_RUB] = USDT_RUB
        anya.send("5м руб usdt 2%")
        assert "Получаю курс" in anya.card.plain
        chat.run_beside()
        assert "Всё верно?" in anya.card.plain


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("1000", "Понято: 1 000. Нет валюты."),
        ("1,500", "Понято: 1 500 / 1,5. Нет валюты."),
        ("usdt в рубли", "Понято: USDT, RUB. Нет суммы."),
        ("100 лир в рубли", "Понято: 100, RUB. Непонятно, что значит «100 лир», поэтому ничего не посчитано."),
        ("½ <b> usdt", "Понято: USDT. Непонятно, что значит «½»"),
        ("100к руб в евро или usdt", "Валют больше двух."),
        ("500 евро в рубли", "Понято: 500, EUR, RUB. Такого обмена нет."),
        ("1000 usdt за 87500 руб", "Сумма указана с обеих сторон, а нужна одна."),
        ("1 2 3 4 5 6 7 8 9 10 11 руб usdt", "Слишком много чисел: не больше десяти сумм."),
        ("0 руб usdt", "Понято как 0 RUB, а можно от 0,01 RUB до 1 000 000 000 RUB."),
        ("привет", "Чтобы начать котировку"),
    ],
)
def test_a_line_that_is_no_quote_is_told_what_was_understood_and_what_is_missing(
    anya: Person, line: str, said: str
) -> None:
    anya.send(line)
    assert said in anya.card.plain
    assert not anya.card.buttons


def test_the_command_alone_asks_for_what_is_missing_by_buttons(anya: Person) -> None:
    anya.send("/q")
    assert anya.card.buttons == ["RUB", "USDT", "Отмена"]


def test_a_line_is_a_quote_of_its_own_at_whichever_step(anya: Person) -> None:
    for steps in ([], ["RUB"], ["RUB", "USDT"], ["RUB", "USDT", "2 %"], ["RUB", "USDT", "2 %", "10 000 RUB"]):
        anya.send("/new")
        before = anya.card
        for label in steps:
            anya.click(label)
        anya.send("1000 usdt в баты 1%")
        assert "Понято: 1 000 USDT → THB, маржа 1 %" in anya.card.plain
        assert anya.card is not before
        assert not before.buttons


def test_what_a_step_asks_for_stays_its_answer(anya: Person) -> None:
    at_margin(anya)
    anya.send("2")
    anya.send("1000 руб")
    assert "Клиент платит: <code>1 000 RUB</code>" in anya.card.plain
    anya.send("2000 руб")
    assert "Клиент платит: <code>2 000 RUB</code>" in anya.card.plain
    assert len(anya.messages) == 1


def test_at_the_amount_an_amount_of_a_third_currency_is_no_new_quote(anya: Person) -> None:
    at_margin(anya)
    anya.click("2 %")
    anya.send("100 евро")
    assert "Понято как сумма в EUR, а обмен RUB → USDT." in anya.card.plain
    assert len(anya.messages) == 1


def test_in_a_group_a_line_needs_the_command(chat: Chat) -> None:
    anya = Person(chat, OPERATOR, chat_id=-500)
    anya.send("100к руб usdt 2%")
    assert anya.messages == []
    anya.send("/q@desk_bot 100к руб usdt 2%")
    text = anya.card.text
    anya.send("200к руб usdt 2%")
    assert [each.text for each in anya.messages] == [text]


def test_a_question_goes_on_after_a_restart(chat: Chat, anya: Person) -> None:
    anya.send("1,500 usdt за рубли 2%")
    chat.restart()
    anya.click("… USDT → RUB")
    chat.restart()
    anya.click("1,50 USDT → RUB, маржа 2 %")
    chat.restart()
    anya.click("Другая сумма")
    assert "Сколько USDT платит клиент?" in anya.card.plain


def test_the_client_who_wants_to_get_an_amount_has_a_button_at_its_step(anya: Person) -> None:
    at_margin(anya)
    anya.click("2 %")
    anya.click("Клиент хочет получить сумму")
    assert "Сколько USDT клиент хочет получить ровно?" in anya.card.plain
    anya.send("1000")
    assert "Клиент платит: <code>83 290 RUB</code>" in anya.card.plain
    assert "Клиент получает ровно: <code>1 000 USDT</code>" in anya.card.plain
    anya.click("Другая сумма")
    anya.click("Клиент платит сумму")
    anya.click("10 000 RUB")
    assert "Клиент получает: <code>120,06 USDT</code>" in anya.card.plain


def test_an_amount_that_names_the_other_currency_is_on_the_other_side(anya: Person) -> None:
    at_result(anya)
    anya.send("100 usdt")
    assert "Клиент получает ровно: <code>100 USDT</code>" in anya.card.plain
    anya.send("1,500")
    anya.click("1 500 USDT")
    assert "Клиент получает ровно: <code>1 500 USDT</code>" in anya.card.plain
    anya.send("1000 руб")
    assert "Клиент платит: <code>1 000 RUB</code>" in anya.card.plain


@pytest.mark.parametrize(
    "line", ["100000 RUB -> USDT 2.5%", "RUB -> 1500.5 THB, 200 THB +0.5", "10000 RUB -> IDR @ 205.19", "1 USDT -> RUB"]
)
def test_the_echo_reads_as_the_request_that_it_echoes(line: str) -> None:
    request = read_line(line)
    assert isinstance(request, Request)
    known = {",": Convention.DECIMALS, LIST: Convention.GROUPS}
    for language in ("ru", "en"):
        assert read_line(formats.request(request, Texts(language)), conventions=known) == request


def test_a_line_whose_rate_is_refused_goes_on_to_its_result_when_it_is_quoted_anyway(chat: Chat, anya: Person) -> None:
    chat.book.jumped = (replace(USDT_RUB, close=Decimal("85.55"), bid=Decimal("85.50"), ask=Decimal("85.60")),)
    anya.send("100к руб usdt 2%")
    chat.run_beside()
    anya.click("Всё равно котировать")
    anya.send("клиент просил 1000 usdt в баты")
    assert "Понято: 100 000 RUB → USDT, маржа 2 %" in anya.card.plain
    assert "❗ Котирует всё равно Аня: клиент просил 1000 usdt в баты" in anya.card.plain


def at_amount(anya: Person) -> None:
    at_margin(anya)
    anya.click("2 %")


@pytest.mark.parametrize("open_to", [at_result, at_amount])
@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("100 лир в рубли", "⚠️ Понято: 100, RUB. Непонятно, что значит «100 лир», поэтому ничего не посчитано."),
        ("-100 руб usdt", "⚠️ Понято как −100 RUB, а можно от 0,01 RUB до 1 000 000 000 RUB."),
        ("сто тыщ рублей в юсдт", "⚠️ Понято: RUB, USDT. Нет суммы. Можно так: <code>100к руб usdt 2%"),
        ("сто тыщ", "⚠️ «сто тыщ» не читается как число."),
    ],
)
def test_a_line_that_is_none_is_told_why_in_the_middle_of_a_quote_too(
    anya: Person, open_to: Callable[[Person], None], line: str, said: str
) -> None:
    open_to(anya)
    anya.send(line)
    assert anya.card.plain.startswith(said), anya.card.plain


def test_where_a_margin_is_asked_for_only_both_sides_make_a_line(anya: Person) -> None:
    at_margin(anya)
    anya.send("2 рубля")
    assert anya.card.plain.startswith("⚠️ «2 рубля» не читается как число.")
    anya.send("сто тыщ рублей в юсдт")
    assert anya.card.plain.startswith("⚠️ Понято: RUB, USDT. Нет суммы.")


def test_an_amount_that_was_said_to_be_meant_is_not_asked_about_again_before_it_is_kept(tmp_path: Path) -> None:
    """What an update remembers is written at its end, with all else that it changes."""
    with open_chat(tmp_path, is_all_kept=True) as chat:
        anya = Person(chat, OPERATOR)
        for amount in ("10к", "20к", "50к"):
            anya.send(f"{amount} руб usdt 2%")
        anya.send("600к руб usdt 2%")
        assert "Всё верно?" in anya.card.plain

        anya.click("Да, верно")
        assert "Клиент получает" in anya.card.plain
        anya.send("600к руб usdt 2%")
        assert "Клиент получает" in anya.card.plain
