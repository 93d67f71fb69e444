"""An amount that takes more than the best level of the order book, as the operator and the client see it."""

from dataclasses import replace
from decimal import Decimal

import pytest

from calc.directions import Currency
from calc.snapshots import Depth, Feed, Level
from chat.formats import money
from chat.texts import Texts
from tests.chat.book import USDT_RUB
from tests.chat.driver import Chat, Person, at_margin


def levels(*pairs: tuple[str, str]) -> tuple[Level, ...]:
    return tuple(Level(Decimal(price), Decimal(amount)) for price, amount in pairs)


DEPTH = Depth(
    bids=levels(("81.62", "1000"), ("81.60", "4000"), ("81.50", "15000")),
    asks=levels(("81.66", "1000"), ("81.70", "4000"), ("81.80", "15000")),
)
ORDER_BOOK = replace(USDT_RUB, source="rapira book", depth=DEPTH)


@pytest.fixture(autouse=True)
def _order_book(chat: Chat) -> None:
    chat.book.order_book = ORDER_BOOK


def at_result(anya: Person, amount: str, pays: str = "USDT", gets: str = "RUB") -> None:
    at_margin(anya, pays, gets)
    anya.click("2 %")
    anya.send(amount)


def test_a_large_amount_is_quoted_at_the_price_to_its_depth_and_the_card_says_so(anya: Person) -> None:
    at_result(anya, "10 000")
    assert anya.card.plain.splitlines()[2:9] == [
        "Клиент платит: <code>10 000 USDT</code>",
        "Клиент получает: <code>799 200 RUB</code>",
        "Курс сделки: <code>79,92 RUB за 1 USDT</code>",
        "",
        "База: 81,552 RUB за 1 USDT",
        "USDT/RUB на 10 000 USDT: 81,552, лучшая цена 81,62",
        "Маржа: 2 %, после округлений 2 %",
    ]


def test_in_english(anya: Person) -> None:
    anya.language = "en"
    at_margin(anya, "RUB", "USDT")
    anya.click("2 %")
    anya.send("5 000 000")
    assert "USDT/RUB for 61 131.29 USDT: 81.7912, best price 81.66" in anya.card.plain
    assert "The order book shows only 20 000 USDT." in anya.card.plain


def test_a_small_amount_is_quoted_at_the_top_and_nothing_is_said(anya: Person) -> None:
    at_result(anya, "1000")
    assert "База: 81,62 RUB за 1 USDT\nМаржа" in anya.card.plain


def test_more_than_the_order_book_shows_is_warned_of(anya: Person) -> None:
    at_result(anya, "30 000", gets="EUR")
    assert "USDT/RUB на 30 000 USDT: 81,5173, лучшая цена 81,62" in anya.card.plain
    assert "❗ <b>В стакане видно только 20 000 USDT.</b>" in anya.card.plain


def test_the_client_sees_the_rate_and_no_depth(anya: Person) -> None:
    at_result(anya, "30 000")
    anya.click("Карточка клиенту")
    assert anya.card.plain.splitlines() == [
        "<b>Обмен USDT → RUB</b>",
        "",
        "Вы платите: <code>30 000 USDT</code>",
        "Вы получаете: <code>2 396 700 RUB</code>",
        "Курс: <code>79,89 RUB за 1 USDT</code>",
        "",
        "Действует до 15:19 20.11 (Москва)",
        "Котировка Q-0001",
    ]


def test_another_amount_has_another_depth_of_the_same_rate(chat: Chat, anya: Person) -> None:
    at_result(anya, "10 000")
    chat.book.order_book = None
    anya.send("5000")
    assert "USDT/RUB на 5 000 USDT: 81,604, лучшая цена 81,62" in anya.card.plain
    assert "↻" not in anya.card.plain
    assert chat.book.asked == []


def test_a_restart_changes_nothing_in_a_large_quote(chat: Chat, anya: Person) -> None:
    at_result(anya, "10 000")
    before = anya.card.text
    chat.restart()
    chat.book.order_book = None
    anya.click("Другая сумма")
    anya.click("‹ Назад")
    assert anya.card.text == before


def test_a_depth_that_changed_under_the_same_top_is_told_when_the_rate_is_refreshed(chat: Chat, anya: Person) -> None:
    at_result(anya, "10 000")
    chat.pass_time(minutes=1)
    later = replace(USDT_RUB, fetched_at=chat.now)
    thinner = Depth(bids=levels(("81.62", "1000"), ("81.50", "30000")), asks=DEPTH.asks)
    chat.book.next[Feed.USDT_RUB] = later
    chat.book.order_book = replace(later, source="rapira book", depth=thinner)
    result = anya.messages[0]
    anya.click("Обновить курс", result)
    chat.run_beside()
    assert "Курс обновлён: было 81,552 RUB за 1 USDT." in result.plain
    assert "База: 81,512 RUB за 1 USDT" in result.plain
    assert any("Карточка клиенту" in label for label in result.buttons)


def test_no_client_card_goes_out_at_a_depth_that_is_gone(chat: Chat, anya: Person) -> None:
    at_result(anya, "10 000")
    chat.pass_time(minutes=20)
    later = replace(USDT_RUB, fetched_at=chat.now)
    chat.book.held[Feed.USDT_RUB] = later
    thinner = Depth(bids=levels(("81.62", "1000"), ("81.50", "30000")), asks=DEPTH.asks)
    chat.book.order_book = replace(later, depth=thinner)
    anya.click("Карточка клиенту")
    assert len(anya.messages) == 1
    assert "Курс обновлён: было 81,552 RUB за 1 USDT." in anya.card.plain


def test_a_fiat_rate_has_no_depth(anya: Person) -> None:
    at_result(anya, "100 000 000", pays="RUB", gets="EUR")
    assert "стакан" not in anya.card.plain


def test_the_margin_keeps_its_units_when_the_depth_turns_the_rate_round(chat: Chat, anya: Person) -> None:
    dear = replace(USDT_RUB, bid=Decimal("82.5"), ask=Decimal("82.6"), close=Decimal("82.55"))
    chat.book.held[Feed.USDT_RUB] = dear
    thin = Depth(bids=levels(("82.5", "1000"), ("82.3", "9000")), asks=levels(("82.6", "1000")))
    chat.book.order_book = replace(dear, depth=thin)
    at_margin(anya, "USDT", "USD")
    anya.send("+0,02")
    anya.send("10000")
    assert "Маржа: +0,02 USD, " in anya.card.plain


def thinner_below_the_top(chat: Chat) -> None:
    """Six minutes later the top is what it was, and what lies below it costs more."""
    chat.pass_time(minutes=6)
    asks = levels(("81.66", "1000"), ("82.50", "4000"), ("83.00", "15000"))
    fresh = replace(ORDER_BOOK, depth=replace(DEPTH, asks=asks), fetched_at=chat.now)
    chat.book.order_book, chat.book.held[Feed.USDT_RUB] = fresh, replace(USDT_RUB, fetched_at=chat.now)


def test_no_row_of_a_table_goes_to_the_client_at_another_depth_than_was_shown(chat: Chat, anya: Person) -> None:
    anya.send("10к 900к руб usdt 2%")
    table, shown = anya.card, anya.card.plain
    thinner_below_the_top(chat)
    anya.click("Карточка клиенту", table)
    assert len(anya.messages) == 1, "nothing went out"
    assert table.plain != shown
    anya.click("Карточка клиенту", table)
    assert money(chat.quotes.find(2).terms.gets, Currency.USDT, Texts("ru")) in table.text


def test_a_table_that_is_refreshed_at_another_depth_is_not_the_one_that_went_out(chat: Chat, anya: Person) -> None:
    anya.send("10к 900к руб usdt 2%")
    table = anya.card
    anya.click("Карточка клиенту", table)
    thinner_below_the_top(chat)
    anya.click("Обновить курс", table)
    chat.run_beside()
    assert "Q-0001" not in table.buttons
    assert "Карточка клиенту" in table.buttons
    assert "Курс не изменился" not in table.plain
