"""The card of a quote goes on by itself: counted down, expired, and tried again where it could not be redrawn."""

import sqlite3
from datetime import timedelta

import pytest
from telebot.apihelper import ApiTelegramException

from chat.delivery.errors import TransportError
from desk.access import Role
from tests.chat.driver import Chat, Person, at_result
from tests.chat.giving import GIVE, broken, first_line
from tests.chat.telegram import NBSP, Message


def test_the_countdown_goes_by_itself_seldom_at_first_and_often_at_the_end(
    chat: Chat, anya: Person, given: Message
) -> None:
    told = [first_line(given)]
    for _ in range(901):
        chat.pass_time(seconds=1)
        chat.look()
        if first_line(given) != told[-1]:
            told.append(first_line(given))
    lefts = [line.split("ещё ")[1].split(",")[0] for line in told[:-1]]
    assert lefts == [
        *(f"{minutes} мин" for minutes in range(15, 2, -1)),
        *("2:00", "1:45", "1:30", "1:15", "1:00", "0:45"),
        *("0:30", "0:20", "0:10"),
    ]
    assert told[-1] == "⌛ <b>Q-0001</b> · истекла в 15:19"
    assert given.buttons == ["Новый курс"]
    assert given.edits <= 30


def test_between_two_words_of_the_countdown_telegram_is_left_alone(chat: Chat, given: Message) -> None:
    calls = len(chat.telegram.calls)
    for _ in range(50):
        chat.pass_time(seconds=1)
        chat.look()
    assert len(chat.telegram.calls) == calls


def test_a_card_that_telegram_did_not_redraw_is_redrawn_soon(chat: Chat, anya: Person) -> None:
    at_result(anya)
    result = anya.card
    chat.telegram.fail_after("sendMessage", TransportError("editMessageText", "ReadTimeout"))
    anya.click(GIVE, result)
    assert result.plain.startswith("<b>RUB → USDT")
    chat.pass_time(seconds=10)
    chat.look()
    assert result.plain.startswith("● <b>Q-0001</b>")


def test_a_card_that_was_deleted_is_left_alone(chat: Chat, anya: Person, given: Message) -> None:
    del chat.telegram.messages[given.id]
    chat.pass_time(minutes=1)
    chat.look()
    calls = len(chat.telegram.calls)
    chat.pass_time(minutes=1)
    chat.look()
    assert len(chat.telegram.calls) == calls


@pytest.mark.parametrize(("code", "tries_again"), [(429, True), (502, True), (403, False)])
def test_a_card_that_may_not_be_redrawn_now_is_tried_again_and_one_that_never_may_is_not(
    chat: Chat, given: Message, code: int, tries_again: bool
) -> None:
    chat.pass_time(minutes=1)
    failure = ApiTelegramException("editMessageText", None, {"error_code": code, "description": "no"})
    chat.telegram.fail_next = failure
    chat.look()
    assert "ещё 15 мин" in given.plain
    chat.pass_time(minutes=1)
    chat.look()
    assert ("ещё 13 мин" in given.plain) is tries_again


def test_what_waits_to_be_redrawn_waits_once_and_shows_what_is_so_then(chat: Chat, given: Message) -> None:
    for _ in range(5):
        chat.pass_time(minutes=1)
        chat.front.given.look()
    assert len(chat.in_line) == 1
    chat.run_in_line()
    assert "ещё 10 мин" in given.plain


def test_a_write_that_failed_leaves_no_card_behind(chat: Chat, given: Message) -> None:
    chat.pass_time(minutes=16)
    with broken(chat, "BEFORE UPDATE ON quotes"), pytest.raises(sqlite3.IntegrityError):
        chat.look()
    chat.pass_time(minutes=1)
    chat.look()
    assert first_line(given).startswith("⌛ <b>Q-0001</b>")


def test_a_stop_that_has_begun_redraws_nothing(chat: Chat, given: Message) -> None:
    chat.is_stopping = True
    chat.pass_time(minutes=1)
    chat.look()
    assert "ещё 15 мин" in given.plain


@pytest.mark.parametrize("role", [None, Role.VIEWER])
def test_who_is_no_operator_any_more_sees_no_more_of_it(
    chat: Chat, given: Message, monkeypatch: pytest.MonkeyPatch, role: Role | None
) -> None:
    text = given.text
    monkeypatch.setattr(type(chat.access), "role", lambda *_: role)
    chat.pass_time(hours=1)
    chat.look()
    assert given.text == text


def test_validity_of_hours_is_told_in_hours(chat: Chat, anya: Person) -> None:
    chat.valid_for = timedelta(hours=3, minutes=5)
    chat.restart()
    at_result(anya)
    result = anya.card
    anya.click(GIVE)
    assert "ещё 3 ч 10 мин" in result.plain.replace(NBSP, " ")
    chat.pass_time(minutes=5)
    chat.look()
    assert "ещё 3 ч 0 мин" in result.plain
