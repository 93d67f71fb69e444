"""What an operator sees while a rate has to be fetched, and when there is none."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from calc.errors import DeskError
from calc.snapshots import Feed
from chat.delivery.errors import TransportError
from tests.chat.book import USDT_RUB, Book
from tests.chat.driver import Chat, Person, open_chat


@pytest.fixture
def chat(tmp_path: Path) -> Iterator[Chat]:
    with open_chat(tmp_path, book=Book()) as chat:
        chat.book.next[Feed.USDT_RUB] = USDT_RUB
        yield chat


def ask_for_usdt(anya: Person) -> None:
    anya.send("/new")
    anya.click("RUB")
    anya.click("USDT")


def test_progress_is_shown_and_the_rate_takes_its_place(chat: Chat, anya: Person) -> None:
    ask_for_usdt(anya)
    assert "⏳ Получаю курс…" in anya.card.plain
    chat.run_beside()
    assert "Базовый курс: <b>81,66 RUB за 1 USDT</b>" in anya.card.plain
    assert chat.book.asked == [Feed.USDT_RUB]
    assert len(anya.messages) == 1


@pytest.mark.parametrize("how", ["Отмена", "/cancel"])
def test_cancel_during_a_fetch_really_cancels(chat: Chat, anya: Person, how: str) -> None:
    ask_for_usdt(anya)
    if how.startswith("/"):
        anya.send(how)
    else:
        anya.click(how)
    chat.run_beside()
    assert anya.card.text.startswith("Отменено.")
    assert len(anya.messages) == 1


def test_back_during_a_fetch_leaves_the_late_rate_without_effect(chat: Chat, anya: Person) -> None:
    ask_for_usdt(anya)
    anya.click("‹ Назад")
    chat.run_beside()
    assert "Что он получает?" in anya.card.plain


def test_a_new_quote_during_a_fetch_is_not_touched_by_the_late_rate(chat: Chat, anya: Person) -> None:
    ask_for_usdt(anya)
    anya.send("/new")
    chat.run_beside()
    assert "Что платит клиент?" in anya.card.plain


def test_a_failed_fetch_names_each_source_and_offers_to_try_again(chat: Chat, anya: Person) -> None:
    chat.book.next[Feed.USDT_RUB] = DeskError("dead")
    ask_for_usdt(anya)
    chat.run_beside()
    assert "Rapira: не ответил вовремя" in anya.card.plain
    assert "CoinGecko (индикативно): исчерпан лимит запросов" in anya.card.plain

    chat.book.next[Feed.USDT_RUB] = USDT_RUB
    anya.click("Попробовать ещё раз")
    assert "⏳ Получаю курс…" in anya.card.plain
    chat.run_beside()
    assert "Какая маржа?" in anya.card.plain


def test_a_fetch_that_breaks_in_an_unforeseen_way_still_ends_the_waiting(chat: Chat, anya: Person) -> None:
    chat.book.next[Feed.USDT_RUB] = ZeroDivisionError("unforeseen")
    ask_for_usdt(anya)
    chat.run_beside()
    assert "⚠️ Курса нет" in anya.card.plain


def test_a_wait_that_a_restart_broke_off_goes_on_by_its_button(chat: Chat, anya: Person) -> None:
    ask_for_usdt(anya)
    chat.restart()
    anya.click("Проверить")
    chat.run_beside()
    assert "Какая маржа?" in anya.card.plain


def test_text_typed_during_a_fetch_does_not_lose_the_rate(chat: Chat, anya: Person) -> None:
    ask_for_usdt(anya)
    anya.send("2")
    assert "Сначала выберите кнопкой." in anya.card.plain
    chat.run_beside()
    assert "Какая маржа?" in anya.card.plain


def at_result(chat: Chat, anya: Person) -> None:
    chat.book.held[Feed.USDT_RUB] = USDT_RUB
    ask_for_usdt(anya)
    anya.click("2 %")
    anya.send("1000")


def test_refresh_keeps_the_result_in_view_and_brings_the_new_rate(chat: Chat, anya: Person) -> None:
    at_result(chat, anya)
    chat.pass_time(minutes=1)
    chat.book.next[Feed.USDT_RUB] = replace(USDT_RUB, ask=Decimal("81.90"), fetched_at=chat.now)
    anya.click("Обновить курс")
    assert "⏳ Обновляю курс…" in anya.card.plain
    assert "Клиент получает" in anya.card.plain
    chat.run_beside()
    assert "Курс обновлён: было 81,66 RUB за 1 USDT." in anya.card.plain
    assert "База: 81,90 RUB за 1 USDT" in anya.card.plain


def test_refresh_right_after_a_fetch_asks_nobody(chat: Chat, anya: Person) -> None:
    at_result(chat, anya)
    anya.click("Обновить курс")
    chat.run_beside()
    assert chat.book.asked == []
    assert "Курс только что спрошен, он тот же." in anya.card.plain


def test_refresh_from_a_dead_source_keeps_the_rate_and_says_so(chat: Chat, anya: Person) -> None:
    at_result(chat, anya)
    chat.pass_time(minutes=1)
    chat.book.next[Feed.USDT_RUB] = DeskError("dead")
    anya.click("Обновить курс")
    chat.run_beside()
    assert "Источник не ответил, курс прежний." in anya.card.plain
    assert "База: 81,66 RUB за 1 USDT" in anya.card.plain


def test_a_screen_that_changed_meanwhile_wins_over_a_late_refresh(chat: Chat, anya: Person) -> None:
    at_result(chat, anya)
    chat.pass_time(minutes=1)
    chat.book.next[Feed.USDT_RUB] = replace(USDT_RUB, ask=Decimal("81.90"), fetched_at=chat.now)
    anya.click("Обновить курс")
    anya.click("Другая сумма")
    chat.run_beside()
    assert "Сколько RUB платит клиент?" in anya.card.plain


def test_a_refreshed_rate_at_which_the_amount_pays_out_nothing_asks_for_another(chat: Chat, anya: Person) -> None:
    at_result(chat, anya)
    anya.send("0,84")
    assert "<code>0,01 USDT</code>" in anya.card.plain
    chat.pass_time(minutes=1)
    chat.book.next[Feed.USDT_RUB] = replace(USDT_RUB, bid=Decimal("89.90"), ask=Decimal("90.00"), fetched_at=chat.now)
    anya.click("Обновить курс")
    chat.run_beside()
    assert "0,84 RUB слишком мало" in anya.card.plain
    assert "Сколько RUB платит клиент?" in anya.card.plain


def test_a_result_without_a_usable_rate_waits_for_one_and_keeps_what_was_typed(chat: Chat, anya: Person) -> None:
    at_result(chat, anya)
    chat.pass_time(hours=1)
    chat.book.next[Feed.USDT_RUB] = replace(USDT_RUB, ask=Decimal("81.90"), fetched_at=chat.now)
    anya.send("2000")
    assert "⏳ Получаю курс…" in anya.card.plain
    chat.run_beside()
    assert "<code>2 000 RUB</code>" in anya.card.plain
    assert "Маржа: 2 %" in anya.card.plain
    assert "Курс обновлён: было 81,66 RUB за 1 USDT." in anya.card.plain


def test_a_refreshed_rate_that_cannot_bear_the_margin_asks_for_another_margin(chat: Chat, anya: Person) -> None:
    at_result(chat, anya)
    anya.click("Другая маржа")
    anya.send("+40")
    chat.pass_time(minutes=1)
    chat.book.next[Feed.USDT_RUB] = replace(USDT_RUB, bid=Decimal("77.9"), ask=Decimal("78.00"), fetched_at=chat.now)
    anya.click("Обновить курс")
    chat.run_beside()
    assert "Маржа +40 слишком велика для этого курса: можно до +39." in anya.card.plain
    anya.click("2 %")
    assert "<code>1 000 RUB</code>" in anya.card.plain
    assert "База: 78,00 RUB за 1 USDT" in anya.card.plain


def test_back_from_a_wait_returns_to_the_result_it_came_from(chat: Chat, anya: Person) -> None:
    at_result(chat, anya)
    chat.pass_time(hours=1)
    chat.book.next[Feed.USDT_RUB] = DeskError("dead")
    anya.send("2000")
    chat.run_beside()
    assert "⛔ <b>По этому курсу не котируем" in anya.card.plain
    anya.click("‹ Назад")
    assert "<code>2 000 RUB</code>" in anya.card.plain
    assert "Курс устарел" in anya.card.plain


@pytest.mark.parametrize("how", ["типа", "press"])
def test_a_wait_that_nobody_works_on_any_more_is_begun_anew(chat: Chat, anya: Person, how: str) -> None:
    ask_for_usdt(anya)
    worn = anya.card.rows[0][0]["callback_data"].rpartition(":")[0] + ":0"
    chat.restart()
    if how == "press":
        anya.press(worn, anya.card)
    else:
        anya.send(how)
    chat.run_beside()
    assert "Какая маржа?" in anya.card.plain


def test_a_rate_whose_arrival_could_not_be_shown_is_asked_for_again(chat: Chat, anya: Person) -> None:
    ask_for_usdt(anya)
    chat.telegram.fail_next = TransportError("editMessageText", "ReadTimeout")
    chat.run_beside()
    assert anya.card.text.startswith("Что-то пошло не так")
    anya.click("Проверить", anya.messages[0])
    assert "Какая маржа?" in anya.messages[0].plain


def test_a_wrong_number_under_a_refresh_does_not_lose_the_refresh(chat: Chat, anya: Person) -> None:
    at_result(chat, anya)
    chat.pass_time(minutes=1)
    chat.book.next[Feed.USDT_RUB] = replace(USDT_RUB, ask=Decimal("81.90"), fetched_at=chat.now)
    anya.click("Обновить курс")
    anya.send("много")
    chat.run_beside()
    assert "База: 81,90 RUB за 1 USDT" in anya.card.plain


def test_another_amount_under_a_refresh_gets_the_refreshed_rate(chat: Chat, anya: Person) -> None:
    at_result(chat, anya)
    chat.pass_time(minutes=1)
    chat.book.next[Feed.USDT_RUB] = replace(USDT_RUB, ask=Decimal("81.90"), fetched_at=chat.now)
    anya.click("Обновить курс")
    anya.send("2000")
    chat.run_beside()
    assert "<code>2 000 RUB</code>" in anya.card.plain
    assert "База: 81,90 RUB за 1 USDT" in anya.card.plain
