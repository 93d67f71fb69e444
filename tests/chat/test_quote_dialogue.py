"""The guided flow, as an operator goes through it."""

from dataclasses import replace
from decimal import Decimal

import pytest

from calc.directions import DIRECTIONS, Direction
from calc.margins import Margin
from calc.snapshots import Feed
from chat.delivery.acknowledger import Toast
from chat.delivery.errors import TransportError
from tests.chat.book import USDT_RUB
from tests.chat.driver import COLLEAGUE, OPERATOR, Chat, Person, at_margin, at_result


def test_a_quote_is_one_message_edited_from_step_to_step(anya: Person) -> None:
    at_result(anya)

    assert len(anya.messages) == 1
    assert anya.card.edits == 4
    assert "Клиент платит: <code>1 000 RUB</code>" in anya.card.plain
    assert "Клиент получает: <code>12 USDT</code>" in anya.card.plain
    assert "Курс сделки: <code>83,29 RUB за 1 USDT</code>" in anya.card.plain
    assert "База: 81,66 RUB за 1 USDT" in anya.card.plain
    assert "Маржа: 2 %, после округлений 2,04 %" in anya.card.plain
    assert "Прибыль: 20,08 RUB · 0,24 USDT" in anya.card.plain
    assert "Rapira, продажа · 0 с назад" in anya.card.plain


@pytest.mark.parametrize("direction", DIRECTIONS, ids=str)
def test_every_direction_reaches_its_result_by_buttons(anya: Person, direction: Direction) -> None:
    at_margin(anya, direction.pays, direction.gets)
    anya.click("1,5 %")
    anya.click("10 000 RUB" if direction.pays == "RUB" else "1 000 USDT")

    assert f"<b>{direction}</b>".replace("-", " → ") in anya.card.text
    assert "Курс сделки" in anya.card.text
    assert "Прибыль" in anya.card.text


def test_the_base_rate_is_shown_with_sources_and_ages_before_the_margin_is_asked(chat: Chat, anya: Person) -> None:
    chat.pass_time(seconds=75)
    at_margin(anya, "USDT", "THB")

    assert "Базовый курс: <b>32,047334 THB за 1 USDT</b>" in anya.card.plain
    assert "Rapira, покупка · 1 мин назад" in anya.card.plain
    assert "Банк России на 20.11.2026 · 1 мин назад" in anya.card.plain
    assert "через рубль · 1 USDT = 0,9907 USD" in anya.card.plain


def test_an_ageing_leg_is_marked(chat: Chat, anya: Person) -> None:
    chat.pass_time(minutes=6)
    at_margin(anya)

    assert "Rapira, продажа · 6 мин назад ⚠️" in anya.card.plain


def test_back_leads_through_every_step(anya: Person) -> None:
    at_result(anya)
    seen = []
    while "‹ Назад" in anya.card.buttons:
        anya.click("‹ Назад")
        seen.append(anya.card.plain.splitlines()[-1])

    assert [line.split()[0] for line in seen] == ["Сколько", "Какая", "Клиент", "Что"]


def test_other_amount_and_other_margin_return_to_the_result(anya: Person) -> None:
    at_result(anya)
    anya.click("Другая сумма")
    anya.send("2000")
    assert "<code>2 000 RUB</code>" in anya.card.plain
    anya.click("Другая маржа")
    anya.click("3 %")
    assert "<code>2 000 RUB</code>" in anya.card.plain
    assert "Маржа: 3 %" in anya.card.plain
    anya.click("Другая маржа")
    anya.click("‹ Назад")
    assert "Маржа: 3 %" in anya.card.plain


def test_a_number_typed_under_a_result_is_another_amount(anya: Person) -> None:
    at_result(anya)
    anya.send("50к")
    assert "<code>50 000 RUB</code>" in anya.card.plain


def test_an_absolute_margin_is_in_the_units_of_the_rate(anya: Person) -> None:
    at_margin(anya)
    anya.send("+0,50")
    anya.send("1000")
    assert "<code>82,16 RUB за 1 USDT</code>" in anya.card.plain


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("0", "Понято как 0 %, а можно от 0,01 % до 50 %."),
        ("-1", "Понято как −1 %, а можно от 0,01 % до 50 %."),
        ("51", "Понято как 51 %, а можно от 0,01 % до 50 %."),
        ("1,2345", "Понято как 1,2345 %, но после запятой можно не больше 2 знаков."),
        (
            "NaN",
            "«NaN» не читается как число. Можно так: <code>2</code> · <code>0,5</code> · ",
        ),
        ("<b>", "«&lt;b&gt;» не читается как число."),
        ("9" * 50, "Слишком длинно: 50 знаков, а число занимает не больше 40."),
        ("+900", "Маржа +900 слишком велика для этого курса: можно до +40,83."),
    ],
)
def test_a_wrong_margin_gets_one_sentence_and_the_question_stays(anya: Person, typed: str, said: str) -> None:
    at_margin(anya)
    anya.send(typed)

    assert said in anya.card.plain
    assert "Какая маржа?" in anya.card.plain
    anya.send("2")
    assert "Сколько RUB платит клиент?" in anya.card.plain


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("0", "Понято как 0 RUB, а можно от 0,01 RUB до 1 000 000 000 RUB."),
        ("-5", "Понято как −5 RUB"),
        ("1,2345", "Понято как 1,2345 RUB, но после запятой можно не больше 2 знаков."),
        ("2 000 000 000", "Понято как 2 000 000 000 RUB, а можно от 0,01 RUB до 1 000 000 000 RUB."),
        (
            "inf",
            "«inf» не читается как число. Можно так: <code>1000</code> · <code>1 000,50</code> · ",
        ),
        ("100 евро", "Понято как сумма в EUR, а обмен RUB → USDT."),
        ("0,5", "0,50 RUB слишком мало: клиент не получит ничего. Наименьшая сумма 0,84 RUB."),
    ],
)
def test_a_wrong_amount_gets_one_sentence_and_nothing_typed_before_is_lost(anya: Person, typed: str, said: str) -> None:
    at_margin(anya)
    anya.click("2 %")
    anya.send(typed)

    assert said in anya.card.plain
    assert "Маржа: 2 %" in anya.card.plain
    anya.send("1000")
    assert "Клиент получает: <code>12 USDT</code>" in anya.card.plain


def test_two_readings_are_asked_by_two_buttons(anya: Person) -> None:
    at_margin(anya)
    anya.click("2 %")
    anya.send("1,500")

    assert "У «1,500» два прочтения." in anya.card.plain
    assert [label.replace("\N{NO-BREAK SPACE}", " ") for label in anya.card.buttons[:2]] == ["1 500 RUB", "1,50 RUB"]
    anya.click("1 500 RUB")
    assert "<code>1 500 RUB</code>" in anya.card.plain


def test_the_one_reading_within_the_limits_is_still_asked(anya: Person) -> None:
    at_margin(anya)
    anya.send("1,500")

    assert "Вы имели в виду это?" in anya.card.plain
    anya.click("1,5 %")
    assert "Маржа: 1,5 %" in anya.card.plain


def test_back_from_a_question_returns_to_what_was_asked(anya: Person) -> None:
    at_margin(anya)
    anya.click("2 %")
    anya.send("100.000")
    anya.click("‹ Назад")
    assert "Сколько RUB платит клиент?" in anya.card.plain


def test_text_where_a_button_is_wanted_says_so(anya: Person) -> None:
    anya.send("/new")
    anya.send("рубли")
    assert "Сначала выберите кнопкой." in anya.card.plain
    anya.click("RUB")
    assert "Что он получает?" in anya.card.plain


@pytest.mark.parametrize("steps_before", [[], ["RUB"]])
def test_a_wrong_line_where_a_button_is_wanted_is_answered_itself(anya: Person, steps_before: list[str]) -> None:
    anya.send("/new")
    for label in steps_before:
        anya.click(label)
    anya.send("100 лир в рубли")
    assert "Понято: 100, RUB. Непонятно, что значит «100 лир»" in anya.card.plain
    anya.send("0,001 rub usdt")
    assert "Понято как 0,001 RUB, а можно от" in anya.card.plain
    anya.send("100")
    assert "Сначала выберите кнопкой." in anya.card.plain


def test_a_wrong_line_below_a_question_about_a_line_is_answered_itself(anya: Person) -> None:
    anya.send("1000 usd eur")
    before = anya.card.plain
    anya.send("100 rub usdt евро")
    assert "Валют больше двух" in anya.card.plain, before


def test_the_last_margin_of_a_direction_is_offered_next_time(anya: Person) -> None:
    at_margin(anya)
    anya.send("1,75")
    at_margin(anya)
    assert "1,75\N{NO-BREAK SPACE}% (прошлая)" in anya.card.buttons
    anya.click("1,75 % (прошлая)")
    assert "Маржа: 1,75 %" in anya.card.plain
    assert anya.chat.memory.last_margin(OPERATOR, Direction.parse("RUB-USDT")) == Margin(Decimal("1.75"))


def test_cancel_works_at_every_step(anya: Person) -> None:
    for steps in ([], ["RUB"], ["RUB", "USDT"], ["RUB", "USDT", "2 %"], ["RUB", "USDT", "2 %", "10 000 RUB"]):
        anya.send("/new")
        for label in steps:
            anya.click(label)
        anya.click("Отмена")
        assert "Отменено." in anya.card.text
        assert not anya.card.buttons


def test_the_cancel_command_ends_the_dialogue(anya: Person) -> None:
    at_margin(anya)
    anya.send("/cancel")
    assert anya.card.text.startswith("Отменено.")
    anya.send("привет")
    assert anya.card.text.startswith("Чтобы начать котировку")
    anya.send("/cancel")
    assert anya.card.text.startswith("Отменять нечего.")


def test_a_new_quote_leaves_the_last_result_to_be_read(anya: Person) -> None:
    at_result(anya)
    first = anya.card
    anya.click("Новая котировка")

    assert len(anya.messages) == 2
    assert "Клиент получает" in first.text
    assert not first.buttons
    assert "Что платит клиент?" in anya.card.plain


def test_a_second_tap_has_no_second_effect(anya: Person) -> None:
    at_result(anya)
    first = anya.card
    data = next(each["callback_data"] for row in first.rows for each in row if each["text"] == "Новая котировка")
    anya.press(data, first)
    anya.press(data, first)

    assert len(anya.messages) == 2
    assert "Клиент получает" in first.text
    assert not first.buttons


def test_a_button_of_an_older_screen_only_shows_how_things_stand(anya: Person) -> None:
    at_margin(anya)
    worn = anya.card.rows[0][0]["callback_data"]
    anya.click("2 %")
    text = anya.card.text
    anya.press(worn, anya.card)
    assert anya.card.text == text


@pytest.mark.parametrize(
    "data", ["", "x", "margin:900%:3e9:d1:2", "target:XXX:3e9:d1:2", "client::3e9:d1:2", "a:b:zz:d:1"]
)
def test_forged_buttons_do_nothing(anya: Person, data: str) -> None:
    at_margin(anya)
    before = anya.card.text
    anya.press(data, anya.card)
    assert [each.text for each in anya.messages] == [before]


def test_buttons_go_on_after_a_restart(chat: Chat, anya: Person) -> None:
    at_margin(anya)
    chat.restart()
    anya.click("2 %")
    chat.restart()
    anya.send("1000")
    chat.restart()
    anya.click("Другая маржа")
    assert "Какая маржа?" in anya.card.plain
    assert len(anya.messages) == 1


def test_a_button_whose_dialogue_is_gone_says_so_calmly(chat: Chat, anya: Person) -> None:
    at_margin(anya)
    card = anya.card
    data = card.rows[0][0]["callback_data"]
    anya.send("/cancel")
    anya.press(data, card)
    assert card.text.startswith("Отменено.")
    assert not card.buttons
    assert chat.handlers.toast(anya.query(data, card)) == Toast("Эта карточка закрыта. Новая котировка: /new")


def test_a_card_that_was_deleted_is_sent_anew(chat: Chat, anya: Person) -> None:
    at_margin(anya)
    del chat.telegram.messages[anya.card.id]
    anya.send("2")
    assert "Сколько RUB платит клиент?" in anya.card.plain


def test_a_card_far_up_moves_below_what_was_typed(anya: Person) -> None:
    at_margin(anya)
    first = anya.card
    for _ in range(4):
        anya.send("много")
    assert len(anya.messages) == 2
    assert first.text.startswith("Котировка продолжается")
    anya.send("2")
    assert "Сколько RUB платит клиент?" in anya.card.plain


@pytest.mark.parametrize("text", ["/rates", "/quotes", "/help", "/nonsense", "Q-9999"])
def test_what_is_typed_after_another_screen_is_answered_below_that(anya: Person, text: str) -> None:
    at_margin(anya)
    card = anya.card
    anya.send(text)
    anya.send("2")
    assert card.text.startswith("Котировка продолжается")
    assert anya.card.id > card.id
    assert "Сколько RUB платит клиент?" in anya.card.plain


def test_a_card_above_another_screen_still_answers_its_own_buttons(anya: Person) -> None:
    at_margin(anya)
    card = anya.card
    anya.send("/rates")
    anya.click("2 %", card)
    assert "Сколько RUB платит клиент?" in card.plain
    anya.send("/cancel")
    assert card.text.startswith("Отменено.")


def test_in_a_group_a_card_stays_where_it_is(chat: Chat) -> None:
    anya = Person(chat, OPERATOR, chat_id=-500)
    anya.send("/new@desk_bot")
    anya.click("RUB", anya.card)
    card = anya.card
    anya.send("/rates@desk_bot")
    anya.click("USDT", card)
    anya.send("2")
    assert "Сколько RUB платит клиент?" in card.plain


def test_each_operator_has_a_dialogue_of_their_own_in_a_group(chat: Chat) -> None:
    anya, boris = (Person(chat, user, chat_id=-500) for user in (OPERATOR, COLLEAGUE))
    anya.send("/new@desk_bot")
    card = anya.card
    boris.click("RUB", card)
    assert "Что платит клиент?" in card.plain
    anya.click("RUB", card)
    assert "Что он получает?" in card.plain


def test_an_operator_has_a_dialogue_in_each_topic_of_a_forum(chat: Chat) -> None:
    here, there = (Person(chat, OPERATOR, chat_id=-500, thread_id=thread) for thread in (7, 8))
    here.send("/new@desk_bot")
    first = here.card
    there.send("/new@desk_bot")
    second = there.card
    here.click("RUB", first)
    assert "Что он получает?" in first.plain
    assert "Что платит клиент?" in second.plain
    assert [params["message_thread_id"] for params in chat.telegram.named("sendMessage")] == [7, 8]
    worn = here.query(second.rows[0][0]["callback_data"], second)
    there.click("USDT", second)
    assert chat.handlers.toast(worn | {"message": worn["message"] | {"message_thread_id": 8}}).text


def test_an_amount_of_one_currency_never_becomes_one_of_another(chat: Chat, anya: Person) -> None:
    at_result(anya)
    anya.click("Другая маржа")
    anya.send("+40")
    chat.pass_time(minutes=1)
    chat.book.next[Feed.USDT_RUB] = replace(USDT_RUB, bid=Decimal("77.9"), ask=Decimal("78.00"), fetched_at=chat.now)
    anya.click("Обновить курс")
    chat.run_beside()
    for label in ("‹ Назад", "‹ Назад", "USDT", "RUB", "2 %"):
        anya.click(label)
    assert "Сколько USDT платит клиент?" in anya.card.plain


def test_the_units_of_an_absolute_margin_are_named(anya: Person) -> None:
    at_margin(anya)
    anya.send("+0,50")
    assert "Маржа: +0,5 RUB" in anya.card.plain


def test_a_new_quote_stands_though_the_old_card_cannot_be_put_away(chat: Chat, anya: Person) -> None:
    at_result(anya)
    chat.telegram.fail_after("sendMessage", TransportError("editMessageReplyMarkup", "ReadTimeout"))
    anya.send("/new")
    assert len(anya.messages) == 2
    anya.click("RUB")
    assert "Что он получает?" in anya.card.plain


def test_a_kept_rate_of_a_source_that_is_no_more_is_named_as_it_was(chat: Chat, anya: Person) -> None:
    chat.book.held[Feed.USDT_RUB] = replace(USDT_RUB, source="<old>")
    at_margin(anya)
    assert "&lt;old&gt;, продажа" in anya.card.plain


def test_no_source_is_asked_while_memory_has_a_usable_rate(chat: Chat, anya: Person) -> None:
    at_result(anya)
    assert chat.book.asked == []


def test_a_dialogue_that_another_version_wrote_is_closed_and_the_operator_can_go_on(chat: Chat, anya: Person) -> None:
    at_margin(anya)
    with chat.database.write() as connection:
        connection.execute("UPDATE dialogues SET data = replace(data, '\"offer\"', '\"rate\"')")
    chat.restart()
    card = anya.card
    anya.click("2 %")
    assert card.buttons == []
    anya.send("/new")
    assert "Что платит клиент?" in anya.card.plain


def test_a_margin_chosen_long_after_its_screen_is_laid_on_the_rate_of_now(chat: Chat, anya: Person) -> None:
    at_margin(anya)
    chat.pass_time(hours=3)
    chat.book.held[Feed.USDT_RUB] = replace(
        USDT_RUB, close=Decimal(84), bid=Decimal("83.99"), ask=Decimal("84.01"), fetched_at=chat.now
    )
    anya.click("2 %")
    assert "↻ Курс обновлён: было 81,66 RUB за 1 USDT." in anya.card.plain
    assert "Курс сделки: <b>85,69 RUB за 1 USDT</b>" in anya.card.plain
    assert "Сколько RUB платит клиент?" in anya.card.plain


def test_a_margin_chosen_when_there_is_no_rate_any_more_waits_for_one(chat: Chat, anya: Person) -> None:
    at_margin(anya)
    chat.pass_time(hours=3)
    anya.click("2 %")
    assert "Получаю курс" in anya.card.plain
    assert "Курс сделки" not in anya.card.plain
