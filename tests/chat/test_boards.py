"""/rates: all directions on one screen, refreshed by a button, and following the rates where it is pinned."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from telebot.apihelper import ApiTelegramException

from calc.directions import Currency, Direction
from calc.errors import DeskError
from calc.snapshots import Feed
from chat.delivery.dispatcher import Postponed
from chat.delivery.errors import TransportError
from chat.texts import LANGUAGES
from tests.chat.book import NOW, USDT_RUB
from tests.chat.driver import COLLEAGUE, GROUP, OPERATOR, STRANGER, Chat, Person
from tests.chat.telegram import Message


def at_price(chat: Chat, ask: str) -> None:
    chat.pass_time(seconds=12)
    chat.book.held[Feed.USDT_RUB] = replace(USDT_RUB, ask=Decimal(ask), fetched_at=chat.now)


def follow(chat: Chat) -> None:
    chat.boards.look()
    chat.run_in_line()


@pytest.fixture
def pinned(anya: Person) -> Message:
    anya.send("/rates")
    anya.click("Закрепить")
    return anya.card


def test_all_directions_stand_on_one_screen_of_a_phone(anya: Person) -> None:
    anya.send("/rates")
    assert anya.card.plain == (
        "<b>Курсы без маржи</b> на 20.11 15:04:00 (Москва)\n"
        "USDT/RUB: Rapira · 0 с назад\n"
        "Курсы валют: Банк России на 20.11.2026 · 0 с назад\n"
        "1 USDT = 0,9907 USD\n\n"
        "Клиент платит <b>RUB</b> и получает:\n"
        "<pre>USDT 81,66 RUB за 1 USDT\n"
        "USD  82,41 RUB за 1 USD\n"
        "EUR  95,52 RUB за 1 EUR\n"
        "THB  2,5469 RUB за 1 THB\n"
        "AED  22,440 RUB за 1 AED\n"
        "ZAR  4,9294 RUB за 1 ZAR\n"
        "IDR  209,29 IDR за 1 RUB</pre>\n\n"
        "Клиент платит <b>USDT</b> и получает:\n"
        "<pre>RUB  81,62 RUB за 1 USDT\n"
        "USD  1,0097 USDT за 1 USD\n"
        "EUR  1,1703 USDT за 1 EUR\n"
        "THB  32,047 THB за 1 USDT\n"
        "AED  3,6372 AED за 1 USDT\n"
        "ZAR  16,558 ZAR за 1 USDT\n"
        "IDR  17 082,48 IDR за 1 USDT</pre>"
    )
    assert anya.card.buttons == ["Обновить", "Закрепить"]
    assert len(anya.card.plain.splitlines()) <= 25
    tables = [part.split("</pre>")[0] for part in anya.card.plain.split("<pre>")[1:]]
    assert max(len(line) for table in tables for line in table.splitlines()) <= 30


def test_what_the_gate_says_is_marked_at_the_direction_and_said_below(chat: Chat, anya: Person) -> None:
    chat.book.held[Feed.USDT_RUB] = replace(USDT_RUB, source="coingecko", fetched_at=NOW - timedelta(minutes=6))
    anya.send("/rates")
    assert "USDT 81,66 RUB за 1 USDT ⚠️\nUSD  82,41 RUB за 1 USD\n" in anya.card.plain
    assert anya.card.plain.endswith("</pre>\n⚠️ USDT/RUB: индексная цена, не стакан биржи")
    chat.pass_time(minutes=30)
    anya.click("Закрепить")
    assert "USDT/RUB: ❗ CoinGecko (индикативно) · 36 мин назад — устарел\n" in anya.card.plain
    assert "RUB  81,62 RUB за 1 USDT ⛔\n" in anya.card.plain
    assert "⛔ USDT/RUB: возраст 36 мин\n" in anya.card.plain


def test_a_direction_without_a_rate_says_so(chat: Chat, anya: Person) -> None:
    chat.book.held.clear()
    anya.send("/rates")
    assert anya.card.plain.count("курса нет") == 14
    assert "1 USDT =" not in anya.card.plain


def test_a_rate_that_somebody_typed_shows_who_and_for_how_long(chat: Chat, anya: Person) -> None:
    pair = chat.desk.pair_to_type(Direction(Currency.RUB, Currency.USDT), Feed.USDT_RUB)
    chat.typed.type(pair, Decimal(80), by=COLLEAGUE, name="Борис")
    anya.send("/rates")
    assert "USDT/RUB: Введён вручную: Борис · 0 с назад, действует ещё 30 мин ⚠️\n" in anya.card.plain
    assert "USDT 80,00 RUB за 1 USDT\n" in anya.card.plain


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_speaks_both_languages(chat: Chat, language: str) -> None:
    boris = Person(chat, COLLEAGUE, language=language)
    boris.send("/rates")
    assert ("Rates without a margin" in boris.card.text) == (language == "en")


def test_refresh_asks_the_exchange_beside_the_chat_and_redraws_in_place(chat: Chat, anya: Person) -> None:
    anya.send("/rates")
    chat.pass_time(minutes=2)
    chat.book.next[Feed.USDT_RUB] = replace(USDT_RUB, ask=Decimal("81.90"), fetched_at=chat.now)
    anya.click("Обновить")
    assert anya.card.plain.endswith("⏳ Обновляю курс…")
    chat.run_beside()
    assert "USDT 81,90 RUB за 1 USDT\n" in anya.card.plain
    assert "Обновляю" not in anya.card.plain
    assert chat.book.asked == [Feed.USDT_RUB]
    assert len(anya.messages) == 1


def test_a_refresh_that_brings_nothing_says_so_and_keeps_the_rates(chat: Chat, anya: Person) -> None:
    anya.send("/rates")
    chat.pass_time(minutes=2)
    chat.book.next[Feed.USDT_RUB] = DeskError("nothing")
    anya.click("Обновить")
    chat.run_beside()
    assert anya.card.plain.endswith("⚠️ Источник не ответил, курс прежний.")
    assert "USDT 81,66 RUB за 1 USDT\n" in anya.card.plain


def test_a_refresh_that_fails_in_any_other_way_ends_all_the_same(
    chat: Chat, anya: Person, caplog: pytest.LogCaptureFixture
) -> None:
    anya.send("/rates")
    chat.pass_time(minutes=2)
    chat.book.next[Feed.USDT_RUB] = ValueError("no one expected this")
    anya.click("Обновить")
    chat.run_beside()
    assert "Обновляю" not in anya.card.plain
    assert "rates not refreshed" in caplog.text


def test_a_refresh_of_a_rate_that_is_refused_shows_why(chat: Chat, anya: Person) -> None:
    anya.send("/rates")
    chat.pass_time(minutes=2)
    chat.book.next[Feed.USDT_RUB] = replace(USDT_RUB, bid=Decimal(82), fetched_at=chat.now)
    anya.click("Обновить")
    chat.run_beside()
    assert anya.card.plain.endswith("⛔ USDT/RUB: покупка 82 выше продажи 81,66")


def test_a_pinned_board_follows_the_rates_in_place(chat: Chat, anya: Person, pinned: Message) -> None:
    assert pinned.plain.endswith("📌 Обновляется сама, когда меняются курсы.")
    assert pinned.buttons == ["Обновить", "Открепить"]
    assert chat.telegram.named("pinChatMessage")[0]["disable_notification"] is True
    follow(chat)
    edits = pinned.edits
    at_price(chat, "81.90")
    follow(chat)
    assert "USDT 81,90 RUB за 1 USDT\n" in pinned.plain
    assert "📌" in pinned.plain
    follow(chat)
    assert pinned.edits == edits + 1
    assert len(anya.messages) == 1


def test_a_board_that_is_not_pinned_is_left_alone(chat: Chat, anya: Person) -> None:
    anya.send("/rates")
    at_price(chat, "81.90")
    follow(chat)
    assert anya.card.edits == 0


def test_a_pinned_board_shows_that_a_rate_has_become_too_old(chat: Chat, pinned: Message) -> None:
    follow(chat)
    chat.pass_time(minutes=31)
    follow(chat)
    assert "81,66 RUB за 1 USDT ⛔" in pinned.plain


def test_changes_that_wait_for_a_chat_are_one_edit(chat: Chat, pinned: Message) -> None:
    follow(chat)
    edits = pinned.edits
    for ask in ("81.90", "81.91", "81.92"):
        at_price(chat, ask)
        chat.boards.look()
    assert len(chat.in_line) == 1
    chat.run_in_line()
    assert pinned.edits == edits + 1
    assert "USDT 81,92" in pinned.plain


def test_an_unpinned_board_follows_no_more(chat: Chat, anya: Person, pinned: Message) -> None:
    anya.click("Открепить")
    assert pinned.buttons == ["Обновить", "Закрепить"]
    assert "📌" not in pinned.plain
    assert chat.telegram.named("unpinChatMessage")[0]["message_id"] == pinned.id
    edits = pinned.edits
    at_price(chat, "81.90")
    follow(chat)
    assert pinned.edits == edits


def test_a_board_unpinned_while_its_edit_waits_is_not_edited(chat: Chat, anya: Person, pinned: Message) -> None:
    at_price(chat, "81.90")
    chat.boards.look()
    anya.click("Открепить")
    edits = pinned.edits
    chat.run_in_line()
    assert pinned.edits == edits


def test_a_second_board_of_a_chat_takes_the_place_of_the_first(chat: Chat, anya: Person, pinned: Message) -> None:
    anya.send("/rates")
    second = anya.card
    anya.click("Закрепить")
    assert pinned.buttons == ["Обновить", "Закрепить"]
    assert "📌" not in pinned.plain
    at_price(chat, "81.90")
    follow(chat)
    assert "81,90" in second.plain
    assert "81,90" not in pinned.plain
    anya.click("Закрепить", pinned)
    assert "📌" in pinned.plain
    assert "📌" not in second.plain


def test_unpinning_that_had_to_wait_begins_anew(chat: Chat, anya: Person, pinned: Message) -> None:
    chat.telegram.fail_next = Postponed(1.0)
    with pytest.raises(Postponed):
        anya.click("Открепить")
    del chat.telegram.calls[:]
    anya.click("Открепить")
    assert [call["message_id"] for call in chat.telegram.named("unpinChatMessage")] == [pinned.id]
    assert pinned.buttons == ["Обновить", "Закрепить"]


@pytest.mark.parametrize("waits_for", ["the first board", "the second board"])
def test_pinning_a_second_board_that_had_to_wait_begins_anew(
    chat: Chat, anya: Person, pinned: Message, waits_for: str
) -> None:
    anya.send("/rates")
    second = anya.card
    if waits_for == "the first board":
        chat.telegram.fail_next = Postponed(1.0)
    else:
        chat.telegram.fail_after("editMessageText", Postponed(1.0))
    with pytest.raises(Postponed):
        anya.click("Закрепить", second)
    anya.click("Закрепить", second)
    assert pinned.buttons == ["Обновить", "Закрепить"]
    assert "📌" in second.plain
    follow(chat)
    assert chat.telegram.named("unpinChatMessage")[-1]["message_id"] == pinned.id
    assert chat.telegram.named("pinChatMessage")[-1]["message_id"] == second.id


def test_a_pinned_board_survives_a_restart(chat: Chat, pinned: Message) -> None:
    chat.restart()
    at_price(chat, "81.90")
    follow(chat)
    assert "81,90" in pinned.plain
    assert "📌" in pinned.plain


def test_a_board_that_was_deleted_is_forgotten(chat: Chat, pinned: Message) -> None:
    del chat.telegram.messages[pinned.id]
    follow(chat)
    calls = len(chat.telegram.calls)
    at_price(chat, "81.90")
    follow(chat)
    chat.restart()
    follow(chat)
    assert len(chat.telegram.calls) == calls


def refusal(code: int, description: str) -> ApiTelegramException:
    answer = {"error_code": code, "description": description}
    return ApiTelegramException("editMessageText", None, answer)


@pytest.mark.parametrize(
    "failure",
    [
        lambda: TransportError("editMessageText", "ReadTimeout"),
        lambda: refusal(429, "Too Many Requests: retry after 30"),
        lambda: refusal(502, "Bad Gateway"),
    ],
)
def test_a_failed_edit_is_made_up_for_and_keeps_no_other_board_waiting(
    chat: Chat, pinned: Message, failure: Callable[[], Exception]
) -> None:
    boris = Person(chat, COLLEAGUE)
    boris.send("/rates")
    boris.click("Закрепить")
    follow(chat)
    at_price(chat, "81.90")
    chat.telegram.fail_next = failure()
    follow(chat)
    assert "81,90" not in pinned.plain
    assert "81,90" in boris.card.plain
    follow(chat)
    assert "81,90" in pinned.plain


def test_a_chat_that_shut_the_bot_out_is_asked_no_more(chat: Chat, pinned: Message) -> None:
    follow(chat)
    at_price(chat, "81.90")
    chat.telegram.fail_next = refusal(403, "Forbidden: bot was blocked by the user")
    follow(chat)
    calls = len(chat.telegram.calls)
    at_price(chat, "81.91")
    follow(chat)
    assert len(chat.telegram.calls) == calls


def test_a_group_that_lets_nobody_pin_has_a_board_that_follows_all_the_same(chat: Chat) -> None:
    anya = Person(chat, OPERATOR, chat_id=GROUP)
    anya.send("/rates")
    chat.telegram.fail_next = refusal(400, "Bad Request: not enough rights to manage pinned messages")
    anya.click("Закрепить")
    at_price(chat, "81.90")
    follow(chat)
    assert "81,90" in anya.card.plain


def test_who_is_no_operator_any_more_sees_no_new_rates(chat: Chat, pinned: Message) -> None:
    follow(chat)
    chat._admins = (COLLEAGUE,)
    chat.restart()
    at_price(chat, "81.90")
    follow(chat)
    assert "81,90" not in pinned.plain
    assert not chat.boards._pinned


def test_a_stop_in_the_midst_of_a_look_is_none_of_its_business(chat: Chat, pinned: Message) -> None:
    chat.is_stopping = True
    at_price(chat, "81.90")
    chat.boards.look()
    assert "81,90" not in pinned.plain


@pytest.mark.parametrize(
    ("zone", "title"),
    [("Asia/Dubai", "20.11 16:04:00 (Dubai)"), ("America/New_York", "20.11 07:04:00 (New York)")],
)
def test_moments_are_told_in_the_zone_of_the_desk(chat: Chat, anya: Person, zone: str, title: str) -> None:
    chat.zone = ZoneInfo(zone)
    chat.restart()
    for command in ("/rates", "/status"):
        anya.send(command)
        assert title in anya.card.plain


def test_strangers_get_no_rates_and_nobody_presses_the_buttons_of_another(chat: Chat, pinned: Message) -> None:
    vera = Person(chat, STRANGER)
    vera.send("/rates")
    assert "81" not in vera.card.plain
    edits = pinned.edits
    for person in (vera, Person(chat, COLLEAGUE)):
        person.press(pinned.rows[0][1]["callback_data"], pinned)
    assert pinned.edits == edits


def test_a_message_of_a_bot_is_answered_by_nothing(chat: Chat) -> None:
    """Telegram may tell a bot of its own pin as a message by itself, in a private chat, too."""
    about = {"id": 7, "is_bot": True, "first_name": "Desk", "username": "desk_bot"}
    person = Person(chat, OPERATOR)
    person.send(None, **{"from": about, "pinned_message": person._message(100)})
    assert person.messages == []
