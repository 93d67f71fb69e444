"""A quote that is quoted anew, at the rate of now, and the one that it takes the place of."""

import pytest

from calc.quotes import QuoteState
from desk.quote_book import NoSuchQuote
from tests.chat.driver import Chat, Person, at_result
from tests.chat.giving import GIVE, at_price, first_line, state
from tests.chat.telegram import Message


def test_a_requote_is_at_the_rate_of_now_and_names_the_old(chat: Chat, anya: Person, given: Message) -> None:
    chat.pass_time(minutes=5)
    at_price(chat, "82.66")
    anya.click("Новый курс", given)
    again = anya.card
    assert first_line(given) == "↪ <b>Q-0001</b> · теперь Q-0002: Аня, 15:09"
    assert given.buttons == ["Q-0002"]
    assert first_line(again) == "● <b>Q-0002</b> · ещё 15 мин, до 15:24:00"
    assert "Вместо Q-0001" in again.plain
    assert "База: 82,66 RUB за 1 USDT\nМаржа: 2 %" in again.plain
    assert "Клиент платит: <code>100 000 RUB</code>" in again.plain
    assert {"Клиенту", "Скопировать"} <= set(again.buttons)


def test_a_quote_for_exactly_what_the_client_wants_is_requoted_for_that(chat: Chat, anya: Person) -> None:
    anya.send("нужно 5000 usdt за рубли 2%")
    result = anya.card
    anya.click(GIVE)
    at_price(chat, "82.66")
    anya.click("Новый курс", result)
    assert "Клиент получает ровно: <code>5 000 USDT</code>" in anya.card.plain


def test_requoting_again_brings_the_successor_and_makes_no_other(chat: Chat, anya: Person, boris: Person) -> None:
    at_result(anya)
    card = anya.card
    requote = "quote:requote.1:0::0"
    anya.click(GIVE)
    boris.send("Q-0001")
    anya.press(requote, card)
    anya.press(requote, card)
    assert len(anya.messages) == 3
    boris.press(requote, boris.card)
    assert first_line(boris.card).startswith("● <b>Q-0002</b>")
    assert "Котирует Аня" in boris.card.plain
    with pytest.raises(NoSuchQuote):
        chat.quotes.find(3)


def test_an_expired_quote_is_requoted_from_its_card(chat: Chat, anya: Person, given: Message) -> None:
    chat.pass_time(minutes=16)
    at_price(chat, "82.66")
    chat.look()
    anya.click("Новый курс", given)
    assert first_line(anya.card).startswith("● <b>Q-0002</b>")
    assert "теперь Q-0002" in given.plain
    anya.click("Q-0002", given)
    assert anya.card.plain.startswith("● <b>Q-0002</b>")


def test_without_a_rate_a_requote_says_so_and_the_quote_stays(chat: Chat, anya: Person, given: Message) -> None:
    chat.book.held.clear()
    anya.click("Новый курс", given)
    assert given.plain.startswith("⚠️ Курса, по которому можно котировать, сейчас нет")
    assert state(chat) is QuoteState.OPEN


def test_what_is_too_little_by_now_is_not_requoted(chat: Chat, anya: Person) -> None:
    at_result(anya, "2 %", "0.84")
    result = anya.card
    anya.click(GIVE)
    at_price(chat, "82.66")
    anya.click("Новый курс", result)
    assert result.plain.startswith("⚠️ С той же маржой и суммой это не котируется")
