"""Margins of the desk in quotes: the tier of each amount, what the card says of it, changes, and the floor."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from calc.directions import Direction
from calc.floors import Floor, Policy
from calc.margins import Margin
from calc.quotes import Author
from calc.snapshots import Feed
from calc.tiers import Ladder
from desk.access import Role
from desk.margins import Whose
from tests.chat.book import USDT_RUB
from tests.chat.driver import COLLEAGUE, OPERATOR, Chat, Person, at_margin, open_chat
from tests.chat.telegram import NBSP

RUB_USDT, USDT_THB = Direction.parse("RUB-USDT"), Direction.parse("USDT-THB")
OWNER = 1009
TIERS = "<100000 3%, <1000000 2%, 1.2%"


@pytest.fixture
def chat(tmp_path: Path) -> Iterator[Chat]:
    with open_chat(tmp_path) as chat:
        yield chat


@pytest.fixture
def anya(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> Person:
    """An operator who is no owner."""
    roles = {OPERATOR: Role.OPERATOR}
    monkeypatch.setattr(type(chat.access), "role", lambda _, user_id: roles.get(user_id, Role.OWNER))
    return Person(chat, OPERATOR)


def set_margin(chat: Chat, ladder: str | None, *, whose: Whose = Whose.DESK, direction: Direction = RUB_USDT) -> None:
    wanted = None if ladder is None else Ladder.parse(ladder)
    by = Author(OPERATOR if whose is Whose.OWN else OWNER, "")
    chat.front.margins.set_ladders(whose, [direction], lambda _: wanted, by=by)


def set_floor(chat: Chat, percent: str, policy: Policy = Policy.BLOCK) -> None:
    chat.front.margins.set_floors([RUB_USDT], lambda _: Floor(Decimal(percent), policy), by=Author(OWNER, ""))


@pytest.mark.parametrize(
    ("amount", "margin"),
    [
        ("99 999,99", "Маржа: 3 % (обменник, &lt; 100 000 RUB), после округлений 3"),
        ("100к", "Маржа: 2 % (обменник, &lt; 1 000 000 RUB), после округлений"),
        ("1м", "Маржа: 1,2 % (обменник, от 1 000 000 RUB), после округлений 1,2 %"),
    ],
)
def test_a_line_without_a_margin_has_that_of_the_desk_for_its_amount(
    chat: Chat, anya: Person, amount: str, margin: str
) -> None:
    set_margin(chat, TIERS)
    anya.send(f"{amount} руб usdt")
    assert "RUB → USDT, маржа обменника" in anya.card.plain
    assert margin in anya.card.plain


def test_one_margin_for_all_amounts_names_no_bound(chat: Chat, anya: Person) -> None:
    set_margin(chat, "2%")
    anya.send("100к руб usdt")
    assert "Маржа: 2 % (обменник), после округлений" in anya.card.plain


def test_a_typed_margin_goes_before_the_own_that_before_the_desks_and_that_before_the_last(
    chat: Chat, anya: Person
) -> None:
    chat.memory.margins[OPERATOR, RUB_USDT] = Margin(Decimal("0.7"))
    anya.send("100к руб usdt")
    assert "ваша прошлая маржа" in anya.card.plain
    set_margin(chat, TIERS)
    anya.send("100к руб usdt")
    assert "Маржа: 2 % (обменник" in anya.card.plain
    set_margin(chat, "1.5%", whose=Whose.OWN)
    anya.send("100к руб usdt")
    assert "Понято: 100 000 RUB → USDT, ваша маржа" in anya.card.plain
    assert "Маржа: 1,5 % (ваша), после округлений" in anya.card.plain
    anya.send("100к руб usdt 4%")
    assert "Маржа: 4 %, после округлений" in anya.card.plain


def test_a_margin_of_the_desk_is_not_remembered_as_given(chat: Chat, anya: Person) -> None:
    set_margin(chat, TIERS)
    anya.send("100к руб usdt")
    assert chat.memory.margins == {}


def test_each_row_of_a_table_has_the_margin_of_its_own_tier(chat: Chat, anya: Person) -> None:
    set_margin(chat, TIERS)
    anya.send("50к 100к 2м руб usdt")
    rows = [line for line in anya.card.plain.splitlines() if "прибыль" in line]
    assert [row.split(",")[0] for row in rows] == ["3 %", "2 %", "1"]
    assert "Маржа обменника: &lt; 100 000 RUB: 3 %, &lt; 1 000 000 RUB: 2 %, от 1 000 000 RUB: 1,2 %" in anya.card.plain
    anya.click("100 000 RUB")
    assert "Маржа: 2 % (обменник" in anya.card.plain


def test_an_exact_amount_has_the_tier_of_what_is_paid_for_it(chat: Chat, anya: Person) -> None:
    set_margin(chat, TIERS)
    anya.send("нужно 1180 usdt за рубли")
    assert "Маржа: 3 % (обменник, &lt; 100 000 RUB)" in anya.card.plain
    anya.send("нужно 5000 usdt за рубли")
    assert "Маржа: 2 % (обменник, &lt; 1 000 000 RUB)" in anya.card.plain


def test_in_the_steps_the_tier_is_chosen_once_the_amount_is_known(chat: Chat, anya: Person) -> None:
    set_margin(chat, TIERS)
    at_margin(anya)
    assert "Маржа обменника: &lt; 100 000 RUB: 3 %, &lt; 1 000 000 RUB: 2 %, от 1 000 000 RUB: 1,2 %" in anya.card.plain
    anya.click("По обменнику: 3 / 2 / 1,2 %")
    assert "Маржа обменника и курс сделки, RUB за 1 USDT:\n&lt; 100 000 RUB: 3 % → <b>84,11</b>" in anya.card.plain
    assert "от 1 000 000 RUB: 1,2 % → <b>82,64</b>" in anya.card.plain
    anya.click("500 000 RUB")
    assert "Маржа: 2 % (обменник, &lt; 1 000 000 RUB)" in anya.card.plain
    anya.send("50к")
    assert "Маржа: 3 % (обменник, &lt; 100 000 RUB)" in anya.card.plain
    anya.click("Другая маржа")
    anya.click("1 %")
    assert "Маржа: 1 %, после округлений" in anya.card.plain
    anya.click("Другая маржа")
    anya.click("По обменнику: 3 / 2 / 1,2 %")
    assert "Маржа: 3 % (обменник" in anya.card.plain


def test_the_way_back_leads_to_the_margin_and_to_the_direction(chat: Chat, anya: Person) -> None:
    set_margin(chat, TIERS)
    at_margin(anya)
    anya.click("По обменнику: 3 / 2 / 1,2 %")
    anya.click("500 000 RUB")
    anya.click("‹ Назад")
    assert "Маржа обменника и курс сделки, RUB за 1 USDT:" in anya.card.plain
    anya.click("‹ Назад")
    assert "Какая маржа?" in anya.card.plain
    anya.click("‹ Назад")
    assert "Что он получает?" in anya.card.plain


def test_absolute_margins_are_in_the_units_of_the_shown_rate(chat: Chat, anya: Person) -> None:
    set_margin(chat, "<1000 +0.5, +0.3", direction=USDT_THB)
    at_margin(anya, "USDT", "THB")
    anya.click("По обменнику: +0,5 / +0,3")
    assert "&lt; 1 000 USDT: +0,5 THB → <b>31,547</b>" in anya.card.plain
    anya.send("1000")
    assert "Маржа: +0,3 THB (обменник, от 1 000 USDT)" in anya.card.plain


def test_a_change_reaches_a_result_that_stands_open(chat: Chat, anya: Person) -> None:
    set_margin(chat, TIERS)
    anya.send("100к руб usdt")
    set_margin(chat, "2.5%")
    anya.click("Карточка клиенту")
    assert len(anya.messages) == 1, "the client's card was not sent"
    assert "↻ Маржа обменника изменена: была &lt; 100 000 RUB: 3 %" in anya.card.plain
    assert "теперь 2,5 %" in anya.card.plain
    assert "Маржа: 2,5 % (обменник)" in anya.card.plain
    anya.click("Карточка клиенту")
    assert len(anya.messages) == 2


def test_a_table_that_went_out_at_other_margins_is_not_the_one_that_stands_there(chat: Chat, anya: Person) -> None:
    set_margin(chat, TIERS)
    anya.send("50к 100к руб usdt")
    table = anya.card
    anya.click("Карточка клиенту")
    assert "Q-0001" in table.buttons
    set_margin(chat, "5%")
    anya.click("Обновить курс", table)
    chat.run_beside()
    assert "5 %" in table.plain
    assert "Q-0001" not in table.buttons
    anya.click("Карточка клиенту", table)
    assert chat.quotes.find(4).terms.margin == Margin(Decimal(5))


def test_a_change_reaches_a_step_that_stands_open(chat: Chat, anya: Person) -> None:
    set_margin(chat, "2%")
    at_margin(anya)
    set_margin(chat, "2.5%")
    anya.click("По обменнику: 2 %")
    assert "2,5 % → <b>83,70</b>" in anya.card.plain
    set_margin(chat, "3%")
    anya.send("100к")
    assert "↻ Маржа обменника изменена: была 2,5 %, теперь 3 %." in anya.card.plain
    assert "Маржа: 3 % (обменник)" in anya.card.plain


def test_a_change_reaches_a_quote_that_waits_for_its_rate(chat: Chat, anya: Person) -> None:
    set_margin(chat, "2%")
    anya.send("100к руб usdt")
    chat.pass_time(minutes=1)
    chat.book.next[Feed.USDT_RUB] = replace(USDT_RUB, fetched_at=chat.now)
    anya.click("Обновить курс")
    set_margin(chat, "3%")
    chat.run_beside()
    assert "теперь 3 %." in anya.card.plain
    assert "Маржа: 3 % (обменник)" in anya.card.plain


@pytest.mark.parametrize("act", ["Карточка клиенту", "Другая сумма"])
def test_a_margin_that_is_taken_away_is_asked_for(chat: Chat, anya: Person, act: str) -> None:
    set_margin(chat, TIERS)
    anya.send("100к руб usdt")
    set_margin(chat, None)
    anya.click(act)
    assert "⚠️ Маржу обменника убрали. Выберите маржу." in anya.card.plain
    anya.click("2 %")
    assert "Клиент платит: <code>100 000 RUB</code>" in anya.card.plain


def test_a_margin_that_is_taken_away_is_no_button_any_more(chat: Chat, anya: Person) -> None:
    set_margin(chat, TIERS)
    at_margin(anya)
    set_margin(chat, None)
    anya.click("По обменнику: 3 / 2 / 1,2 %")
    assert "Какая маржа?" in anya.card.plain
    assert "По обменнику: 3 / 2 / 1,2 %" not in anya.card.buttons


def test_a_margin_that_is_taken_away_is_no_matter_to_who_chooses_another(chat: Chat, anya: Person) -> None:
    set_margin(chat, TIERS)
    anya.send("100к руб usdt")
    anya.click("Другая маржа")
    set_margin(chat, None)
    anya.click("2 %")
    assert "убрали" not in anya.card.plain
    assert "Маржа: 2 %, после округлений" in anya.card.plain


def test_a_margin_that_the_rate_does_not_bear_any_more_has_no_rate(chat: Chat, anya: Person) -> None:
    set_margin(chat, "2%")
    at_margin(anya)
    anya.click("По обменнику: 2 %")
    too_much = {RUB_USDT: Ladder.parse("+60")}
    chat.kept_margins.set_ladders(None, too_much, by=Author(OWNER, ""), at=chat.now)
    anya.click("Клиент хочет получить сумму")
    assert "+60 RUB" in anya.card.plain.splitlines()
    anya.send("1000")
    assert "⚠️ Маржа +60 слишком велика для этого курса" in anya.card.plain


def test_a_quote_of_the_desks_margin_outlives_a_restart(chat: Chat, anya: Person) -> None:
    set_margin(chat, TIERS)
    anya.send("100к руб usdt")
    chat.restart()
    anya.send("50к")
    assert "Маржа: 3 % (обменник, &lt; 100 000 RUB)" in anya.card.plain


def test_a_floor_that_blocks_gives_no_quote(chat: Chat, anya: Person) -> None:
    set_floor(chat, "0.5")
    anya.send("100к руб usdt 0.3%")
    assert "⛔ <b>После округлений 0,29 %, порог обменника 0,5 %: такая котировка не даётся.</b>" in anya.card.plain
    assert "Клиент платит" not in anya.card.plain
    assert "Карточка клиенту" not in anya.card.buttons
    anya.click("Другая маржа")
    anya.click("1 %")
    assert "Карточка клиенту" in anya.card.buttons


def test_a_floor_that_blocks_tells_no_rate_before_the_amount_either(chat: Chat, anya: Person) -> None:
    set_floor(chat, "0.5")
    at_margin(anya)
    anya.send("0,3")
    assert "⛔" in anya.card.plain
    assert "Курс сделки" not in anya.card.plain
    set_margin(chat, "<1000 0.3%, 2%", whose=Whose.DESK, direction=USDT_THB)
    chat.front.margins.set_floors([USDT_THB], lambda _: Floor(Decimal("0.2"), Policy.BLOCK), by=Author(OWNER, ""))
    at_margin(anya, "USDT", "THB")
    anya.click("По обменнику: 0,3 / 2 %")
    assert "&lt; 1 000 USDT: 0,3 % → <b>31,951</b>" in anya.card.plain


def test_tiers_under_a_floor_that_came_later_tell_no_rate(chat: Chat, anya: Person) -> None:
    set_margin(chat, "<100000 0.3%, 2%", whose=Whose.OWN)
    set_floor(chat, "0.5")
    at_margin(anya)
    anya.click("Моя: 0,3 / 2 %")
    assert "&lt; 100 000 RUB: 0,3 %" in anya.card.plain.splitlines()
    assert "от 100 000 RUB: 2 % → <b>83,29</b>" in anya.card.plain


def test_a_floor_holds_for_an_agreed_rate(chat: Chat, anya: Person) -> None:
    set_floor(chat, "0.5")
    anya.send("+10000/81.8")
    assert "⛔" in anya.card.plain
    assert "Карточка клиенту" not in anya.card.buttons
    anya.send("+10000/83")
    assert "Карточка клиенту" in anya.card.buttons


def test_a_floor_that_warns_says_so_and_lets_the_quote_go(chat: Chat, anya: Person) -> None:
    set_floor(chat, "0.5", Policy.WARN)
    anya.send("100к руб usdt 0.3%")
    assert "❗ После округлений 0,29 %, порог обменника 0,5 %." in anya.card.plain
    assert "Клиент платит: <code>100 000 RUB</code>" in anya.card.plain
    anya.click("Карточка клиенту")
    assert len(anya.messages) == 2


def test_a_floor_that_is_off_says_nothing(chat: Chat, anya: Person) -> None:
    set_floor(chat, "0.5", Policy.OFF)
    anya.send("100к руб usdt 0.3%")
    assert "порог" not in anya.card.plain


def test_an_owner_is_warned_where_others_are_blocked(chat: Chat, anya: Person) -> None:
    set_floor(chat, "0.5")
    boris = Person(chat, COLLEAGUE)
    boris.send("100к руб usdt 0.3%")
    assert "❗ После округлений 0,29 %, порог обменника 0,5 %." in boris.card.plain
    boris.click("Карточка клиенту")
    assert len(boris.messages) == 2


def test_a_floor_reaches_a_result_that_stands_open(chat: Chat, anya: Person) -> None:
    anya.send("100к руб usdt 0.3%")
    set_floor(chat, "0.5")
    anya.click("Карточка клиенту")
    assert len(anya.messages) == 1
    assert "⛔" in anya.card.plain


@pytest.mark.parametrize("policy", [Policy.BLOCK, Policy.WARN])
def test_in_a_table_the_floor_is_for_each_amount(chat: Chat, anya: Person, policy: Policy) -> None:
    set_margin(chat, "<100000 0.3%, 2%", whose=Whose.OWN)
    set_floor(chat, "0.5", policy)
    anya.send("50к 100к руб usdt")
    lines = anya.card.plain.splitlines()
    assert sum("порог обменника" in line for line in lines) == 1
    assert ("Карточка клиенту" in anya.card.buttons) is (policy is Policy.WARN)
    assert any("<code>100 000 RUB</code> → " in line for line in lines)
    assert any("<code>50 000 RUB</code> → " in line for line in lines) is (policy is Policy.WARN)


def test_everybody_has_the_buttons_they_chose(chat: Chat, anya: Person) -> None:
    half, one = Margin(Decimal("0.5"), absolute=True), Margin(Decimal("1.25"))
    chat.front.margins.set_buttons([RUB_USDT], (half, one), by=Author(OPERATOR, ""))
    at_margin(anya)
    assert {"+0,5", "1,25\N{NO-BREAK SPACE}%"} <= set(anya.card.buttons)
    assert "3\N{NO-BREAK SPACE}%" not in anya.card.buttons
    anya.click("+0,5")
    assert "Маржа: +0,5 RUB" in anya.card.plain


def test_rates_that_are_shown_in_different_units_name_them(chat: Chat, anya: Person) -> None:
    set_margin(chat, "<1000 0.1%, 10%", direction=Direction.parse("USDT-USD"))
    chat.book.held[Feed.USDT_RUB] = replace(USDT_RUB, close=Decimal(86), bid=Decimal(86), ask=Decimal("86.1"))
    at_margin(anya, "USDT", "USD")
    anya.click("По обменнику: 0,1 / 10 %")
    assert "Маржа обменника и курс сделки:\n" in anya.card.plain
    assert "&lt; 1 000 USDT: 0,1 % → <b>1,0425 USD за 1 USDT</b>" in anya.card.plain
    assert "USDT за 1 USD</b>" in anya.card.plain


def test_a_floor_that_came_later_keeps_a_quote_from_being_given_anew(chat: Chat, anya: Person) -> None:
    anya.send("100к руб usdt 0.3%")
    quote = anya.card
    anya.click("Карточка клиенту")
    set_floor(chat, "0.5")
    anya.click("Новый курс", quote)
    assert "⛔ <b>После округлений 0,29 %, порог обменника 0,5 %: такая котировка не даётся.</b>" in quote.plain
    assert chat.quotes.successor(1) is None
    set_floor(chat, "0.5", Policy.WARN)
    anya.click("Новый курс", quote)
    assert chat.quotes.successor(1) is not None


def test_in_another_chat_a_line_has_the_margins_of_the_desk(chat: Chat, anya: Person) -> None:
    set_margin(chat, TIERS)
    assert anya.ask_inline("50к 100к руб usdt").notes == [
        "84,11 RUB за 1 USDT · маржа 3 %, обменника",
        "83,29 RUB за 1 USDT · маржа 2 %, обменника",
    ]
    set_margin(chat, "1.5%", whose=Whose.OWN)
    assert anya.ask_inline("100к руб usdt").notes == ["82,88 RUB за 1 USDT · маржа 1,5 %, ваша"]


def test_in_another_chat_the_floor_holds_as_well(chat: Chat, anya: Person) -> None:
    set_floor(chat, "0.5")
    choices = anya.ask_inline("100к руб usdt 0.3%")
    assert choices.notes == []
    assert choices.hint is not None
    assert choices.hint.replace(NBSP, " ") == "⛔ Остаётся 0,29 %, порог обменника 0,5 %"
    set_floor(chat, "0.5", Policy.WARN)
    assert len(anya.ask_inline("100к руб usdt 0.3%").notes) == 1


def test_a_quote_under_a_floor_that_warns_says_so_on_its_card(chat: Chat, anya: Person) -> None:
    anya.send("100к руб usdt 0.3%")
    quote = anya.card
    anya.click("Карточка клиенту")
    assert "порог" not in quote.plain
    set_floor(chat, "0.5", Policy.WARN)
    anya.click("Новый курс", quote)
    warning = "❗ После округлений 0,29 %, порог обменника 0,5 %."
    assert warning in anya.card.plain
    set_floor(chat, "0.5")
    chat.pass_time(minutes=1)
    chat.look()
    assert warning in anya.card.plain, "it was given all the same"
    anya.click("✓ Принята", anya.card)
    assert warning not in anya.card.plain
