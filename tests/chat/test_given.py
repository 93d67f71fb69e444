"""The life of a quote on its card: given, counted down, accepted or declined, expired, quoted anew, and its client."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from telebot.apihelper import ApiTelegramException

from calc.quotes import QuoteState
from calc.snapshots import Feed
from chat.delivery.acknowledger import Toast
from chat.delivery.dispatcher import Postponed
from chat.delivery.errors import TransportError
from chat.texts import LANGUAGES
from desk.access import Role
from desk.quote_book import NoSuchQuote
from storage.audit import Audit
from tests.chat.driver import COLLEAGUE, NBSP, OPERATOR, STRANGER, USDT_RUB, Chat, Message, Person, at_result

GROUP = -100500
GIVE = "Карточка клиенту"


def at_price(chat: Chat, ask: str) -> None:
    chat.book.held[Feed.USDT_RUB] = replace(USDT_RUB, ask=Decimal(ask), fetched_at=chat.now)


def state(chat: Chat, number: int = 1) -> QuoteState:
    return chat.quotes.find(number).state_at(chat.now)


def first_line(message: Message) -> str:
    return message.plain.splitlines()[0]


@contextmanager
def broken(chat: Chat, when: str) -> Iterator[None]:
    """The database refuses some writes for a while."""
    with chat.database.write() as connection:
        connection.execute(f"CREATE TRIGGER broken {when} BEGIN SELECT RAISE(ABORT, 'disk full'); END")
    yield
    with chat.database.write() as connection:
        connection.execute("DROP TRIGGER broken")


@pytest.fixture
def boris(chat: Chat) -> Person:
    return Person(chat, COLLEAGUE, name="Борис")


@pytest.fixture
def given(anya: Person) -> Message:
    """The card of Q-0001, which was the result before."""
    at_result(anya, "2 %", "100000")
    result = anya.card
    anya.click(GIVE)
    return result


def test_the_result_becomes_the_card_of_a_quote_with_one_tap(chat: Chat, anya: Person, given: Message) -> None:
    assert given.plain == (
        "● <b>Q-0001</b> · ещё 15 мин, до 15:19:00\n"
        "<b>RUB → USDT</b>\n"
        "Котирует Аня\n"
        "\n"
        "Клиент платит: <code>100 000 RUB</code>\n"
        "Клиент получает: <code>1 200,62 USDT</code>\n"
        "Курс сделки: <code>83,29 RUB за 1 USDT</code>\n"
        "\n"
        "База: 81,66 RUB за 1 USDT\n"
        "Маржа: 2 %, после округлений 1,99 %\n"
        "Прибыль: 1 957,37 RUB · 23,96 USDT\n"
        "Источники на 15:04:00:\n"
        "Rapira, продажа · 0 с назад\n"
        "1 USDT = 0,9907 USD"
    )
    assert given.buttons == [
        "✓ Принята",
        "✕ Отклонена",
        "Клиенту",
        "Скопировать",
        "Новый курс",
        "Закрыть",
        "Имя клиента",
    ]
    assert "Q-0001" in anya.card.plain, "the client's card, as a message of its own"
    assert len(anya.messages) == 2


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


@pytest.mark.parametrize(
    ("label", "expected", "line"),
    [
        ("✓ Принята", QuoteState.ACCEPTED, "✓ <b>Q-0001</b> · принята: Аня, 15:07"),
        ("✕ Отклонена", QuoteState.DECLINED, "✕ <b>Q-0001</b> · отклонена: Аня, 15:07"),
        ("Закрыть", QuoteState.CANCELLED, "■ <b>Q-0001</b> · закрыта: Аня, 15:07"),
    ],
)
def test_a_decision_is_on_the_card_with_who_and_when(  # noqa: PLR0917  three parameters beside three fixtures
    chat: Chat, anya: Person, given: Message, label: str, expected: QuoteState, line: str
) -> None:
    chat.pass_time(minutes=3)
    anya.click(label, given)
    assert state(chat) is expected
    assert first_line(given) == line
    assert label not in given.buttons
    chat.pass_time(minutes=30)
    chat.look()
    assert first_line(given) == line


def test_accepting_twice_is_one_acceptance_also_by_two_colleagues(chat: Chat, boris: Person) -> None:
    anya = Person(chat, OPERATOR, chat_id=GROUP)
    at_result(anya, "2 %", "100000")
    card = anya.card
    anya.click(GIVE)
    accept = card.rows[0][0]["callback_data"]
    colleague = Person(chat, COLLEAGUE, chat_id=GROUP, name="Борис")
    colleague.press(accept, card)
    chat.pass_time(minutes=1)
    anya.press(accept, card)
    assert first_line(card) == "✓ <b>Q-0001</b> · принята: Борис, 15:04"
    kinds = [deed.kind for _, deed in Audit(chat.database).latest(10)]
    assert kinds == ["quote.accepted", "quote.given"]


def test_a_colleague_finds_a_quote_by_its_number_and_every_card_of_it_follows(
    chat: Chat, anya: Person, boris: Person, given: Message
) -> None:
    boris.send(" q-0001 ")
    theirs = boris.card
    assert first_line(theirs) == first_line(given)
    boris.click("✓ Принята", theirs)
    assert first_line(theirs) == "✓ <b>Q-0001</b> · принята: Борис, 15:04"
    assert first_line(given).startswith("●")
    chat.run_in_line()
    assert first_line(given) == first_line(theirs)


def test_a_number_that_was_never_given_is_told_so(anya: Person) -> None:
    anya.send("Q-0777")
    assert anya.card.plain == "Котировки Q-0777 нет."


def test_what_comes_too_late_changes_nothing_and_the_card_says_how_it_stands(
    chat: Chat, anya: Person, given: Message
) -> None:
    chat.pass_time(minutes=15)
    anya.press("quote:accept.1:0::0", given)
    assert state(chat) is QuoteState.EXPIRED
    assert first_line(given) == "⌛ <b>Q-0001</b> · истекла в 15:19"
    at_result(anya, "2 %", "100000")
    second = anya.card
    anya.click(GIVE)
    anya.click("✓ Принята", second)
    for verb in ("decline", "requote", "close", "hold"):
        anya.press(f"quote:{verb}.2:0::0", second)
    assert state(chat, 2) is QuoteState.ACCEPTED
    assert "принята" in second.plain


def test_an_expired_quote_shows_so_after_a_restart_without_a_press(chat: Chat, anya: Person, given: Message) -> None:
    chat.restart()
    chat.pass_time(hours=1)
    chat.look()
    assert first_line(given) == "⌛ <b>Q-0001</b> · истекла в 15:19"
    assert chat.quotes.find(1).state is QuoteState.EXPIRED
    assert [deed.kind for _, deed in Audit(chat.database).latest(1)] == ["quote.expired"]


def test_the_card_lives_beyond_the_dialogue_and_a_restart(chat: Chat, anya: Person, given: Message) -> None:
    anya.send("/new")
    anya.send("/cancel")
    chat.restart()
    chat.pass_time(minutes=2)
    chat.look()
    assert "ещё 13 мин" in given.plain
    anya.click("✓ Принята", given)
    assert state(chat) is QuoteState.ACCEPTED


def test_a_button_of_a_message_of_which_telegram_tells_only_the_number_still_works(
    chat: Chat, anya: Person, given: Message
) -> None:
    accept = given.rows[0][0]["callback_data"]
    chat.handle({"callback_query": anya.query(accept, given, is_old=True)})
    assert "принята" in given.plain


def test_another_amount_goes_on_in_a_card_of_its_own(chat: Chat, anya: Person, given: Message) -> None:
    anya.send("50000")
    assert "Клиент платит: <code>50 000 RUB</code>" in anya.card.plain
    assert given.plain.startswith("● <b>Q-0001</b>")
    anya.click(GIVE)
    assert anya.messages[2].plain.startswith("● <b>Q-0002</b>")


def test_cancel_has_nothing_to_cancel_once_the_quote_is_given(anya: Person, given: Message) -> None:
    text = given.text
    anya.send("/cancel")
    assert anya.card.plain == "Отменять нечего. Новая котировка: /new"
    assert given.text == text


def test_a_second_tap_on_the_result_finds_the_quote_and_gives_no_other(chat: Chat, anya: Person) -> None:
    at_result(anya)
    result = anya.card
    give = result.rows[0][0]["callback_data"]
    anya.press(give, result)
    anya.press(give, result)
    assert result.plain.startswith("● <b>Q-0001</b>")
    assert "✓ Принята" in result.buttons
    assert len(anya.messages) == 2


def test_a_press_that_is_begun_anew_gives_the_same_quote_though_the_rate_has_moved(chat: Chat, anya: Person) -> None:
    at_result(anya)
    result = anya.card
    chat.telegram.fail_after("sendMessage", Postponed(40.0))
    give = result.rows[0][0]["callback_data"]
    with pytest.raises(Postponed):
        anya.press(give, result)
    chat.pass_time(minutes=1)
    at_price(chat, "90")
    anya.press(give, result)
    assert result.plain.startswith("● <b>Q-0001</b> · ещё 14 мин")
    assert "База: 81,66" in result.plain
    anya.send("Q-0002")
    assert anya.card.plain == "Котировки Q-0002 нет."


def test_a_card_that_telegram_did_not_redraw_is_redrawn_soon(chat: Chat, anya: Person) -> None:
    at_result(anya)
    result = anya.card
    chat.telegram.fail_after("sendMessage", TransportError("editMessageText", "ReadTimeout"))
    anya.click(GIVE, result)
    assert result.plain.startswith("<b>RUB → USDT")
    chat.pass_time(seconds=10)
    chat.look()
    assert result.plain.startswith("● <b>Q-0001</b>")


def test_a_result_that_was_deleted_gets_a_new_card(chat: Chat, anya: Person) -> None:
    at_result(anya)
    result = anya.card
    del chat.telegram.messages[result.id]
    anya.press(result.rows[0][0]["callback_data"], result)
    assert anya.card.plain.startswith("● <b>Q-0001</b>")
    anya.click("✓ Принята")
    assert state(chat) is QuoteState.ACCEPTED


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
        chat.front.look_at_quotes()
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


def test_the_client_is_named_by_typing(chat: Chat, anya: Person, given: Message) -> None:
    anya.click("Имя клиента", given)
    assert "Как зовут клиента?" in given.plain
    anya.send("  Иван <b>Петров</b> ")
    assert "Котирует Аня · клиент Иван &lt;b&gt;Петров&lt;/b&gt;" in given.plain
    assert "Как зовут" not in given.plain
    assert chat.quotes.find(1).client == "Иван <b>Петров</b>"


def test_the_client_is_named_by_a_button_out_of_the_last_ones(chat: Chat, anya: Person, given: Message) -> None:
    anya.reply("Иван", given)
    anya.send("50000")
    second = anya.card
    anya.click(GIVE)
    anya.click("Имя клиента", second)
    assert second.buttons == ["Иван", "‹ Назад"]
    anya.click("Иван", second)
    assert "клиент Иван" in second.plain
    anya.click("Имя клиента", second)
    anya.click("‹ Назад", second)
    assert "✓ Принята" in second.buttons


def test_a_request_or_a_number_is_no_name_of_a_client(chat: Chat, anya: Person, given: Message) -> None:
    anya.click("Имя клиента", given)
    for text in ("100к руб usdt 2%", "нужно 5000 usdt за рубли 2%", "нужно 1,500 usdt за рубли 2%", "Q-0001", "70000"):
        anya.send(text)
        assert chat.quotes.find(1).client == ""
    anya.send("Ольга")
    assert chat.quotes.find(1).client == "Ольга"


def test_a_client_is_called_as_telegram_calls_them(chat: Chat, anya: Person, given: Message) -> None:
    anya.click("Имя клиента", given)
    anya.send("@petya_77")
    assert "клиент @petya_77" in given.plain


def test_a_question_of_the_dialogue_that_is_answered_in_words_comes_first(
    chat: Chat, anya: Person, given: Message
) -> None:
    anya.click("Имя клиента", given)
    at_price(chat, "120")
    anya.send("/new")
    anya.click("RUB")
    anya.click("USDT")
    chat.run_beside()
    anya.click("Всё равно котировать")
    anya.send("Согласовано по телефону")
    assert "Согласовано по телефону" in anya.card.plain
    assert chat.quotes.find(1).client == ""
    anya.send("Иван")
    assert chat.quotes.find(1).client == "Иван"


def test_in_a_group_a_client_is_named_by_a_reply_and_other_talk_is_none(chat: Chat) -> None:
    anya, boris = Person(chat, OPERATOR, chat_id=GROUP), Person(chat, COLLEAGUE, chat_id=GROUP, name="Борис")
    at_result(anya)
    card = anya.card
    anya.click(GIVE)
    anya.click("Имя клиента", card)
    boris.send("Обедать пойдёшь?")
    boris.reply("Да", anya.messages[1])
    anya.click("‹ Назад", card)
    boris.reply("Он согласен", card)
    assert chat.quotes.find(1).client == ""
    anya.click("Имя клиента", card)
    boris.reply("Иван", card)
    assert chat.quotes.find(1).client == "Иван"
    assert [deed.name for _, deed in Audit(chat.database).latest(1)] == ["Борис"]


def test_the_client_of_a_deal_can_be_named_later(chat: Chat, anya: Person, given: Message) -> None:
    anya.click("✓ Принята", given)
    anya.click("Имя клиента", given)
    chat.pass_time(minutes=40)
    chat.look()
    assert "Как зовут клиента?" in given.plain
    anya.send("Иван")
    assert "клиент Иван" in given.plain
    assert given.buttons == ["Имя клиента"]


def test_a_question_about_the_client_ends_with_the_quote(chat: Chat, anya: Person, given: Message) -> None:
    anya.click("Имя клиента", given)
    chat.pass_time(minutes=16)
    chat.look()
    assert first_line(given).startswith("⌛")
    assert given.buttons == ["Новый курс"]
    anya.send("Иван")
    assert chat.quotes.find(1).client == ""


def test_a_table_is_given_row_by_row_and_each_has_a_card(chat: Chat, anya: Person) -> None:
    anya.send("10к 50к 100к руб usdt 2%")
    table = anya.card
    anya.click(GIVE)
    assert table.buttons[:3] == ["Q-0001", "Q-0002", "Q-0003"]
    anya.click("Q-0002", table)
    card = anya.card
    assert "Клиент платит: <code>50 000 RUB</code>" in card.plain
    anya.click("✓ Принята", card)
    assert [state(chat, number) for number in (1, 2, 3)] == [QuoteState.OPEN, QuoteState.ACCEPTED, QuoteState.OPEN]
    anya.click("50 000 RUB", table)
    assert "Q-0002" not in table.buttons


def test_a_table_of_which_only_the_first_row_was_kept_is_given_as_a_whole(chat: Chat, anya: Person) -> None:
    anya.send("10к 50к 100к руб usdt 2%")
    table = anya.card
    give = table.rows[0][0]["callback_data"]
    with broken(chat, "BEFORE INSERT ON quotes WHEN NEW.pays = '50000'"):
        anya.press(give, table)
    chat.restart()
    anya.press(give, table)
    assert table.buttons[:3] == ["Q-0001", "Q-0002", "Q-0003"]
    assert "100 000 RUB" in anya.card.plain


@pytest.mark.parametrize(
    "data",
    [
        "quote:accept.2:0::0",
        "quote:accept.0:0::0",
        "quote:accept.x:0::0",
        "quote:steal.1:0::0",
        "quote:hold.1:0::0",
        "quote:name.1.x:0::0",
        "quote:name.1.77:0::0",
        "quote::0::0",
        "amount:5:0::0",
        "alert:add:0::0",
    ],
)
def test_a_forged_button_does_nothing(chat: Chat, anya: Person, given: Message, data: str) -> None:
    anya.press(data, given)
    assert state(chat) is QuoteState.OPEN
    assert first_line(given).startswith("● <b>Q-0001</b>")
    assert chat.finished


def test_a_decision_counts_only_on_a_message_that_shows_the_quote(chat: Chat, anya: Person, given: Message) -> None:
    anya.press("quote:accept.1:0::0", anya.card)
    assert state(chat) is QuoteState.OPEN


def test_a_viewer_may_not_decide_and_a_stranger_not_even_look(chat: Chat, anya: Person, given: Message) -> None:
    accept = given.rows[0][0]["callback_data"]
    viewer = Person(chat, COLLEAGUE)
    chat.access.role = lambda user_id: Role.VIEWER if user_id == COLLEAGUE else Role.OWNER  # type: ignore[method-assign]
    viewer.press(accept, given)
    assert state(chat) is QuoteState.OPEN
    toast = chat.handlers.toast(viewer.query(accept, given))
    assert toast.text is not None
    assert "котировки дают операторы" in toast.text
    assert chat.handlers.toast(anya.query(accept, given)) == Toast()
    del chat.access.role
    Person(chat, STRANGER).press(accept, given)
    assert state(chat) is QuoteState.OPEN


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_card_speaks_the_language_of_the_one_who_gives_it(chat: Chat, language: str) -> None:
    boris = Person(chat, COLLEAGUE, language=language)
    boris.send("100к rub usdt 2%")
    card = boris.card
    boris.click(GIVE if language == "ru" else "Card for the client", card)
    assert ("15 min left" in card.plain) == (language == "en")


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
