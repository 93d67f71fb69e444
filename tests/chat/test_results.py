"""What a result is worth: the rate it holds, and the card that goes to the client."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from calc.directions import Currency
from calc.snapshots import Feed
from chat.delivery.errors import TransportError
from tests.chat.book import FIAT, USDT_RUB
from tests.chat.driver import OPERATOR, Chat, Person, at_margin, at_result, open_chat


def test_a_result_that_is_cancelled_can_still_be_read(anya: Person) -> None:
    at_result(anya)
    anya.click("Отмена")
    assert "Клиент получает" in anya.card.plain
    assert anya.card.text.endswith("Отменено. Новая котировка: /new")


def test_a_result_that_no_dialogue_knows_any_more_can_still_be_read(chat: Chat, anya: Person) -> None:
    at_result(anya)
    with chat.database.write() as connection:
        connection.execute("DELETE FROM dialogues")
    chat.restart()
    anya.click("Другая сумма")
    assert "Клиент получает" in anya.card.plain
    assert not anya.card.buttons


def test_the_client_card_holds_amounts_rate_validity_and_number_and_nothing_else(anya: Person) -> None:
    at_result(anya)
    result = anya.card
    anya.click("Карточка клиенту")

    assert anya.card.plain.splitlines() == [
        "<b>Обмен RUB → USDT</b>",
        "",
        "Вы платите: <code>1 000 RUB</code>",
        "Вы получаете: <code>12 USDT</code>",
        "Курс: <code>83,29 RUB за 1 USDT</code>",
        "",
        "Действует до 15:19 20.11 (Москва)",
        "Котировка Q-0001",
    ]
    assert anya.card.buttons == ["Клиенту", "Скопировать"]
    assert "Карточка клиенту" not in result.buttons


def test_a_second_tap_sends_no_second_client_card(anya: Person) -> None:
    at_result(anya)
    result = anya.card
    data = result.rows[0][0]["callback_data"]
    anya.press(data, result)
    anya.press(data, result)
    assert len(anya.messages) == 2


def test_no_client_card_goes_out_with_a_rate_that_moved_on(chat: Chat, anya: Person) -> None:
    at_result(anya)
    chat.pass_time(minutes=20)
    chat.book.held[USDT_RUB.feed] = replace(USDT_RUB, ask=Decimal("82.10"), fetched_at=chat.now)
    anya.click("Карточка клиенту")

    assert len(anya.messages) == 1
    assert "Курс обновлён: было 81,66 RUB за 1 USDT." in anya.card.plain
    anya.click("Карточка клиенту")
    assert "Курс: <code>83,74 RUB за 1 USDT</code>" in anya.card.plain


def test_a_client_card_goes_out_when_the_renewed_rate_is_the_same(chat: Chat, anya: Person) -> None:
    at_result(anya)
    chat.pass_time(minutes=20)
    chat.book.held[USDT_RUB.feed] = replace(USDT_RUB, fetched_at=chat.now)
    anya.click("Карточка клиенту")
    assert "Вы получаете" in anya.card.plain


def test_a_rate_that_aged_during_the_dialogue_is_taken_anew_and_the_card_says_so(chat: Chat, anya: Person) -> None:
    at_margin(anya)
    anya.click("2 %")
    chat.pass_time(minutes=10)
    chat.book.held[USDT_RUB.feed] = replace(USDT_RUB, ask=Decimal("82.10"), fetched_at=chat.now)
    anya.send("1000")

    assert "Курс обновлён: было 81,66 RUB за 1 USDT." in anya.card.plain
    assert "База: 82,10 RUB за 1 USDT" in anya.card.plain


def test_profit_says_when_the_usdt_rate_is_unknown(tmp_path: Path) -> None:
    with open_chat(tmp_path) as chat:
        del chat.book.held[USDT_RUB.feed]
        anya = Person(chat, OPERATOR)
        at_margin(anya, "RUB", "EUR")
        anya.click("2 %")
        anya.send("100 000")
        assert "(курс USDT сейчас неизвестен)" in anya.card.plain


def test_a_result_of_yesterday_goes_out_only_at_the_rate_of_today(chat: Chat, anya: Person) -> None:
    at_margin(anya, "RUB", "EUR")
    anya.click("2 %")
    anya.send("100 000")
    chat.pass_time(hours=23)
    per_usd = {**FIAT.per_usd, Currency.RUB: Decimal(90)}
    chat.book.held[Feed.FIAT] = replace(FIAT, per_usd=per_usd, fetched_at=chat.now, as_of=chat.now)
    anya.click("Карточка клиенту")

    assert "Курс обновлён: было 95,51607 RUB за 1 EUR." in anya.card.plain
    assert "База: 104,30997 RUB за 1 EUR" in anya.card.plain


def test_no_client_card_goes_out_when_the_market_ran_away_within_minutes(chat: Chat, anya: Person) -> None:
    at_result(anya)
    chat.pass_time(minutes=1)
    chat.book.held[Feed.USDT_RUB] = replace(USDT_RUB, ask=Decimal("90.00"), bid=Decimal("89.90"), fetched_at=chat.now)
    anya.click("Карточка клиенту")
    assert "Курс обновлён" in anya.card.plain
    assert len(anya.messages) == 1


def test_a_rate_too_old_is_not_shown_as_a_result_to_quote(chat: Chat, anya: Person) -> None:
    at_result(anya)
    anya.click("Другая сумма")
    chat.pass_time(hours=5)
    anya.click("‹ Назад")
    assert "Курс устарел, котировать по нему нельзя." in anya.card.plain
    assert "Rapira, продажа · 5 ч назад — устарел" in anya.card.plain
    assert "Карточка клиенту" not in anya.card.buttons


def test_what_changed_is_told_in_the_orientation_of_the_deal(chat: Chat, anya: Person) -> None:
    dear = replace(USDT_RUB, bid=Decimal("83.00"), ask=Decimal("83.10"), close=Decimal("83.05"))
    chat.book.held[Feed.USDT_RUB] = dear
    at_margin(anya, "USDT", "USD")
    anya.click("2 %")
    anya.send("1000")
    assert "База: 0,99292177 USDT за 1 USD" in anya.card.plain
    chat.pass_time(minutes=1)
    chat.book.next[Feed.USDT_RUB] = replace(dear, bid=Decimal("83.10"), fetched_at=chat.now)
    anya.click("Обновить курс")
    chat.run_beside()
    assert "Курс обновлён: было 0,99292177 USDT за 1 USD." in anya.card.plain


def test_in_a_group_a_number_under_a_result_is_left_alone(chat: Chat) -> None:
    anya = Person(chat, OPERATOR, chat_id=-500)
    anya.send("/new@desk_bot")
    for label in ("RUB", "USDT", "2 %", "10 000 RUB"):
        anya.click(label)
    text = anya.card.text
    anya.send("500")
    anya.send("/weather")
    assert [each.text for each in anya.messages] == [text]


def test_a_client_card_that_is_out_is_not_sent_again_when_the_result_cannot_be_redrawn(
    chat: Chat, anya: Person
) -> None:
    at_result(anya)
    result = anya.card
    chat.telegram.fail_after("sendMessage", TransportError("editMessageText", "ReadTimeout"))
    anya.click("Карточка клиенту", result)
    assert [each.plain.splitlines()[0] for each in anya.messages[1:]] == ["<b>Обмен RUB → USDT</b>"]
    anya.press(result.rows[0][0]["callback_data"], result)
    assert len(anya.messages) == 2
