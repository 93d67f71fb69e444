"""What an operator sees and can do when the gate does not let a rate through."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from calc.directions import Cross
from calc.errors import DeskError
from calc.snapshots import Feed, UsdtRub
from tests.chat.book import FIAT, NOW, USDT_RUB, Book
from tests.chat.driver import OPERATOR, Chat, Person, at_margin, open_chat

JUMPED = replace(USDT_RUB, close=Decimal("85.55"), bid=Decimal("85.50"), ask=Decimal("85.60"))


@pytest.fixture
def refusing(chat: Chat) -> Chat:
    """A chat whose exchange has just jumped, and nothing confirms it."""
    chat.book.jumped = (JUMPED,)
    return chat


def open_refusal(chat: Chat, anya: Person, pays: str = "RUB", gets: str = "USDT") -> None:
    at_margin(anya, pays, gets)
    chat.run_beside()


def overrides(chat: Chat) -> list[tuple[str, ...]]:
    rows = chat.database.read().execute("SELECT decided_by, name, why, direction, base, refused_for FROM overrides")
    return [tuple(map(str, row)) for row in rows]


def typed_rates(chat: Chat) -> list[tuple[str, ...]]:
    rows = chat.database.read().execute(
        "SELECT pair, value, typed_by, name, ended_by FROM typed_rates ORDER BY typed_at"
    )
    return [tuple(map(str, row)) for row in rows]


def test_a_refusal_names_the_leg_and_the_reason_and_offers_what_can_be_done(refusing: Chat, anya: Person) -> None:
    open_refusal(refusing, anya)
    assert "⛔ <b>По этому курсу не котируем:</b>" in anya.card.plain
    assert "• USDT/RUB: продажа с 81,66 до 85,60 (+4,82 %), пока ничем не подтверждено" in anya.card.plain
    assert "Базовый курс: <b>81,66 RUB за 1 USDT</b>" in anya.card.plain
    assert anya.card.buttons == ["Попробовать ещё раз", "Ввести курс", "Всё равно котировать", "‹ Назад", "Отмена"]


def test_a_rate_quoted_anyway_is_recorded_with_who_and_why_and_the_card_says_so(refusing: Chat, anya: Person) -> None:
    open_refusal(refusing, anya)
    anya.click("Всё равно котировать")
    assert "Почему всё равно котировать?" in anya.card.plain
    anya.click("Проверено на бирже")
    assert "Какая маржа?" in anya.card.plain
    assert "❗ Котирует всё равно Аня: Проверено на бирже" in anya.card.plain
    assert "❗ USDT/RUB: продажа с 81,66 до 85,60 (+4,82 %)" in anya.card.plain
    anya.click("2 %")
    anya.send("1000")
    assert "Клиент получает: <code>12 USDT</code>" in anya.card.plain
    assert "❗ Котирует всё равно Аня: Проверено на бирже" in anya.card.plain
    assert overrides(refusing) == [(str(OPERATOR), "Аня", "Проверено на бирже", "RUB-USDT", "81.66", "usdt_rub: jump")]


def test_a_reason_can_be_typed_and_is_escaped(refusing: Chat, anya: Person) -> None:
    open_refusal(refusing, anya)
    anya.click("Всё равно котировать")
    anya.send("  клиент <b>ждёт</b>\n у кассы ")
    assert "клиент &lt;b&gt;ждёт&lt;/b&gt; у кассы" in anya.card.plain
    assert overrides(refusing)[0][2] == "клиент <b>ждёт</b> у кассы"


def test_a_reason_of_a_novel_is_asked_for_again_and_nothing_is_recorded(refusing: Chat, anya: Person) -> None:
    open_refusal(refusing, anya)
    anya.click("Всё равно котировать")
    anya.send("а" * 201)
    assert "⚠️ Причина: от 1 до 200 символов." in anya.card.plain
    assert overrides(refusing) == []
    anya.send("а" * 200)
    assert "Какая маржа?" in anya.card.plain


def test_a_rate_quoted_anyway_goes_to_the_client_while_nothing_more_speaks_against_it(
    refusing: Chat, anya: Person
) -> None:
    open_refusal(refusing, anya)
    anya.click("Всё равно котировать")
    anya.click("Согласовано с клиентом")
    anya.click("2 %")
    anya.send("1000")
    refusing.pass_time(minutes=4)
    anya.click("Карточка клиенту")
    assert "Вы получаете: <code>12 USDT</code>" in anya.messages[-1].plain
    assert "Котирует" not in anya.messages[-1].plain


@pytest.mark.parametrize("what", ["time", "another reason"])
def test_a_rate_quoted_anyway_is_decided_anew_after_a_while_or_for_another_reason(
    refusing: Chat, anya: Person, what: str
) -> None:
    open_refusal(refusing, anya)
    anya.click("Всё равно котировать")
    anya.click("Согласовано с клиентом")
    anya.click("2 %")
    anya.send("1000")
    if what == "time":
        refusing.pass_time(minutes=15)
    else:
        refusing.book.held[Feed.USDT_RUB] = replace(USDT_RUB, bid=Decimal("81.67"))
    anya.send("2000")
    refusing.run_beside()
    assert "⛔ <b>По этому курсу не котируем:</b>" in anya.card.plain
    anya.click("Всё равно котировать")
    anya.click("Известен из другого источника")
    assert "<code>2 000 RUB</code>" in anya.card.plain, "what was typed is not lost"
    assert len(overrides(refusing)) == 2


def test_a_confirmed_jump_is_found_by_trying_again(refusing: Chat, anya: Person) -> None:
    open_refusal(refusing, anya)
    refusing.book.jumped = ()
    refusing.book.held[Feed.USDT_RUB] = JUMPED
    anya.click("Попробовать ещё раз")
    assert "Базовый курс: <b>85,60 RUB за 1 USDT</b>" in anya.card.plain


def test_a_refresh_into_a_refusal_keeps_what_was_typed_and_back_leads_to_the_result(chat: Chat, anya: Person) -> None:
    at_margin(anya)
    anya.click("2 %")
    anya.send("1000")
    chat.pass_time(minutes=1)
    chat.book.jumped = (replace(JUMPED, fetched_at=chat.now),)
    anya.click("Обновить курс")
    chat.run_beside()
    assert "⛔ <b>По этому курсу не котируем:</b>" in anya.card.plain
    anya.click("‹ Назад")
    assert "❗ Этот курс больше не действует: обновите его, прежде чем котировать." in anya.card.plain
    assert "Клиент получает: <code>12 USDT</code>" in anya.card.plain
    anya.click("Карточка клиенту")
    chat.run_beside()
    assert "⛔ <b>По этому курсу не котируем:</b>" in anya.card.plain, "a refused rate never goes to the client"
    assert len(anya.messages) == 1


def test_the_way_back_from_a_decision_leads_to_the_refusal(refusing: Chat, anya: Person) -> None:
    open_refusal(refusing, anya)
    for button in ("Всё равно котировать", "Ввести курс"):
        anya.click(button)
        anya.click("‹ Назад")
        assert "⛔ <b>По этому курсу не котируем:</b>" in anya.card.plain


def test_a_refusal_survives_a_restart(refusing: Chat, anya: Person) -> None:
    open_refusal(refusing, anya)
    refusing.restart()
    anya.click("Всё равно котировать")
    refusing.restart()
    anya.click("Проверено на бирже")
    anya.click("2 %")
    refusing.restart()
    anya.send("1000")
    assert "❗ Котирует всё равно Аня: Проверено на бирже" in anya.card.plain


def test_a_typed_rate_takes_the_place_of_the_refused_one_for_the_whole_desk_and_every_card_says_so(
    refusing: Chat, anya: Person
) -> None:
    open_refusal(refusing, anya)
    anya.click("Ввести курс")
    assert "сколько <b>RUB</b> за 1 <b>USDT</b>? Он действует для всего обменника 30 мин." in anya.card.plain
    assert "Последний известный: <code>81,65</code>" in anya.card.plain
    anya.send("82,10")
    assert "Базовый курс: <b>82,10 RUB за 1 USDT</b>" in anya.card.plain
    refusing.pass_time(minutes=6)
    anya.click("2 %")
    anya.send("1000")
    assert "Введён вручную: Аня · 6 мин назад, действует ещё 24 мин ⚠️" in anya.card.plain

    boris = Person(refusing, 1002)
    at_margin(boris, "USDT", "RUB")
    assert "Базовый курс: <b>82,10 RUB за 1 USDT</b>" in boris.card.plain
    assert "Введён вручную: Аня" in boris.card.plain
    assert typed_rates(refusing) == [("RUB/USDT", "82.1", str(OPERATOR), "Аня", "None")]


def test_a_typed_rate_ends_and_a_card_made_of_it_is_made_anew(refusing: Chat, anya: Person) -> None:
    open_refusal(refusing, anya)
    anya.click("Ввести курс")
    anya.send("82,10")
    anya.click("2 %")
    anya.send("1000")
    refusing.book.jumped = ()
    refusing.pass_time(minutes=30)
    refusing.book.held[Feed.USDT_RUB] = replace(USDT_RUB, fetched_at=refusing.now)
    anya.send("2000")
    assert "Введён вручную" not in anya.card.plain
    assert "База: 81,66 RUB за 1 USDT" in anya.card.plain
    assert "Курс обновлён: было 82,10 RUB за 1 USDT." in anya.card.plain


def test_anybody_can_lead_the_desk_back_to_the_sources(refusing: Chat, anya: Person) -> None:
    open_refusal(refusing, anya)
    anya.click("Ввести курс")
    anya.send("82,10")
    refusing.book.jumped = ()
    boris = Person(refusing, 1002)
    at_margin(boris)
    boris.click("Вернуться к источникам")
    assert "Базовый курс: <b>81,66 RUB за 1 USDT</b>" in boris.card.plain
    assert typed_rates(refusing) == [("RUB/USDT", "82.1", str(OPERATOR), "Аня", "1002")]


def test_a_typed_rate_far_from_what_is_known_is_asked_about(refusing: Chat, anya: Person) -> None:
    open_refusal(refusing, anya)
    anya.click("Ввести курс")
    anya.send("78,5")
    assert "78,5 отличается на −3,86 % от последнего известного курса 81,65. Всё верно?" in anya.card.plain
    assert typed_rates(refusing) == []
    anya.click("Да, 78,5")
    assert "Базовый курс: <b>78,50 RUB за 1 USDT</b>" in anya.card.plain


def test_another_rate_can_be_typed_in_the_place_of_a_doubted_one(refusing: Chat, anya: Person) -> None:
    open_refusal(refusing, anya)
    anya.click("Ввести курс")
    anya.send("78,5")
    anya.send("81,9")
    assert "Базовый курс: <b>81,90 RUB за 1 USDT</b>" in anya.card.plain


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("abc", "не читается как число. Можно так: <code>87,5</code>"),
        ("8165", "от 20 до 400"),
        ("81,123456789", "не больше 8"),
    ],
)
def test_what_is_no_rate_gets_a_sentence_and_nothing_stands(refusing: Chat, anya: Person, text: str, said: str) -> None:
    open_refusal(refusing, anya)
    anya.click("Ввести курс")
    anya.send(text)
    assert said in anya.card.plain
    assert "сколько <b>RUB</b> за 1 <b>USDT</b>?" in anya.card.plain
    assert typed_rates(refusing) == []


def test_without_any_rate_one_can_be_typed_and_the_peg_still_watches(chat: Chat, anya: Person) -> None:
    chat.book.held.pop(Feed.USDT_RUB)
    chat.book.next[Feed.USDT_RUB] = DeskError("dead")
    open_refusal(chat, anya)
    assert "⚠️ Курса нет" in anya.card.plain
    assert "Rapira: не ответил вовремя" in anya.card.plain
    anya.click("Ввести курс")
    assert "Последний известный" not in anya.card.plain
    anya.send("92")
    assert "1 USDT = 92 RUB: сравнить не с чем. Всё верно?" in anya.card.plain
    anya.click("Да, 92")
    chat.run_beside()
    assert "• USDT/RUB и курсы валют не сходятся: 1 USDT = 1,1163 USD" in anya.card.plain


@pytest.fixture
def off_the_peg(chat: Chat) -> Chat:
    chat.book.held[Feed.USDT_RUB] = replace(
        USDT_RUB, close=Decimal(95), bid=Decimal("94.99"), ask=Decimal("95.01"), fetched_at=NOW - timedelta(minutes=1)
    )
    return chat


def test_off_the_peg_a_fiat_rate_can_be_typed_and_then_no_exchange_speaks_against_it(
    off_the_peg: Chat, anya: Person
) -> None:
    open_refusal(off_the_peg, anya, "RUB", "EUR")
    assert "• USDT/RUB и курсы валют не сходятся: 1 USDT = 1,1527 USD" in anya.card.plain
    anya.click("Ввести курс")
    assert "сколько <b>RUB</b> за 1 <b>EUR</b>?" in anya.card.plain
    anya.send("95,5")
    assert "Базовый курс: <b>95,50 RUB за 1 EUR</b>" in anya.card.plain


def test_a_typed_rate_off_the_peg_can_be_typed_again(off_the_peg: Chat, anya: Person) -> None:
    open_refusal(off_the_peg, anya)
    for value in ("95,2", "82,10"):
        anya.click("Ввести курс")
        anya.send(value)
        if value == "82,10":
            anya.click("Да, 82,1")
        off_the_peg.run_beside()
    assert "Базовый курс: <b>82,10 RUB за 1 USDT</b>" in anya.card.plain


def test_a_fiat_rate_off_the_peg_is_compared_with_the_exchange_anew_when_tried_again(
    off_the_peg: Chat, anya: Person
) -> None:
    open_refusal(off_the_peg, anya, "RUB", "EUR")
    assert off_the_peg.book.asked == [Feed.USDT_RUB]
    off_the_peg.book.held[Feed.USDT_RUB] = USDT_RUB
    anya.click("Попробовать ещё раз")
    assert "Базовый курс: <b>95,51607 RUB за 1 EUR</b>" in anya.card.plain


def test_a_fiat_result_refreshed_off_the_peg_is_refused_and_not_said_to_have_stayed(chat: Chat, anya: Person) -> None:
    at_margin(anya, "RUB", "EUR")
    anya.click("2 %")
    anya.send("1000")
    chat.book.held[Feed.USDT_RUB] = replace(USDT_RUB, close=Decimal(95), bid=Decimal("94.99"), ask=Decimal("95.01"))
    anya.click("Обновить курс")
    chat.run_beside()
    assert "⛔ <b>По этому курсу не котируем:</b>" in anya.card.plain


def test_where_one_usdt_is_taken_as_one_usd_nothing_typed_helps_off_the_peg(tmp_path: Path) -> None:
    book = Book(replace(USDT_RUB, close=Decimal(95), bid=None, ask=None), FIAT)
    with open_chat(tmp_path, book=book, cross=Cross.USD) as chat:
        anya = Person(chat, OPERATOR)
        for gets in ("USD", "EUR"):
            open_refusal(chat, anya, "USDT", gets)
            assert anya.card.buttons == ["Попробовать ещё раз", "Всё равно котировать", "‹ Назад", "Отмена"]


def test_what_was_refused_long_ago_is_judged_anew_before_it_is_quoted_anyway(refusing: Chat, anya: Person) -> None:
    open_refusal(refusing, anya)
    anya.click("Всё равно котировать")
    refusing.pass_time(hours=1)
    anya.click("Согласовано с клиентом")
    refusing.run_beside()
    assert "• USDT/RUB: возраст 1 ч" in anya.card.plain
    assert overrides(refusing) == []


def test_the_rate_known_last_is_shown_as_one_would_type_it(chat: Chat, anya: Person) -> None:
    chat.book.held[Feed.FIAT] = replace(FIAT, source="apilayer", as_of=NOW - timedelta(hours=81))
    open_refusal(chat, anya, "RUB", "IDR")
    anya.click("Ввести курс")
    assert "Последний известный: <code>209,29287</code>" in anya.card.plain
    anya.send("300")
    assert "от последнего известного курса 209,29287. Всё верно?" in anya.card.plain


def test_for_a_cross_each_leg_is_typed_in_turn(chat: Chat, anya: Person) -> None:
    chat.book.held.clear()
    chat.book.next = {feed: DeskError("dead") for feed in Feed}
    open_refusal(chat, anya, "USDT", "IDR")
    anya.click("Ввести курс")
    assert "сколько <b>RUB</b> за 1 <b>USDT</b>?" in anya.card.plain
    anya.send("81,65")
    anya.click("Да, 81,65")
    chat.run_beside()
    anya.click("Ввести курс")
    assert "сколько <b>IDR</b> за 1 <b>RUB</b>? Он действует для всего обменника 4 ч." in anya.card.plain
    anya.send("209,29")
    anya.click("Да, 209,29")
    assert "17 088,529 IDR за 1 USDT" in anya.card.plain


def test_an_indicative_rate_is_marked_on_every_card_and_can_be_replaced_by_a_typed_one(
    chat: Chat, anya: Person
) -> None:
    chat.book.held[Feed.USDT_RUB] = UsdtRub(Decimal("81.60"), "coingecko", NOW, as_of=NOW - timedelta(seconds=45))
    at_margin(anya)
    assert "⚠️ USDT/RUB: индексная цена, не стакан биржи" in anya.card.plain
    anya.click("Ввести курс")
    anya.send("81,7")
    assert "индексная цена" not in anya.card.plain
    anya.click("2 %")
    anya.send("1000")
    assert "Введён вручную: Аня" in anya.card.plain


def test_a_result_of_an_indicative_rate_says_so(chat: Chat, anya: Person) -> None:
    chat.book.held[Feed.USDT_RUB] = UsdtRub(Decimal("81.60"), "coingecko", NOW, as_of=NOW - timedelta(seconds=45))
    at_margin(anya)
    anya.click("2 %")
    anya.send("1000")
    assert "⚠️ USDT/RUB: индексная цена, не стакан биржи" in anya.card.plain


@pytest.mark.parametrize(
    ("book", "said"),
    [
        (Book(replace(USDT_RUB, bid=Decimal("81.70")), FIAT), "USDT/RUB: покупка 81,70 выше продажи 81,66"),
        (Book(replace(USDT_RUB, ask=Decimal("84.10")), FIAT), "USDT/RUB: между покупкой и продажей 3,03 %"),
        (Book(replace(USDT_RUB, ask=Decimal("816.6")), FIAT), "USDT/RUB: продажа 816,6 вне разумных границ"),
        (Book(replace(USDT_RUB, fetched_at=NOW - timedelta(minutes=31)), FIAT), "USDT/RUB: возраст 31 мин"),
    ],
)
def test_each_reason_is_a_sentence_a_person_understands(chat: Chat, anya: Person, book: Book, said: str) -> None:
    chat.book.held = book.held
    open_refusal(chat, anya)
    assert f"• {said}" in anya.card.plain


def test_in_a_group_what_people_say_is_no_reason(refusing: Chat, anya: Person) -> None:
    group = Person(refusing, OPERATOR, chat_id=-100)
    open_refusal(refusing, group)
    group.click("Всё равно котировать")
    group.send("я на обеде до двух")
    assert "Почему всё равно котировать?" in group.card.plain
    assert overrides(refusing) == []
    group.click("Проверено на бирже")
    assert "Какая маржа?" in group.card.plain


def test_a_jump_that_went_on_is_decided_anew(refusing: Chat, anya: Person) -> None:
    open_refusal(refusing, anya)
    anya.click("Всё равно котировать")
    anya.click("Проверено на бирже")
    anya.click("2 %")
    anya.send("1000")
    refusing.book.jumped = (replace(JUMPED, ask=Decimal("85.80")),)
    anya.send("2000")
    assert "<code>2 000 RUB</code>" in anya.card.plain, "a few kopecks more are the same jump"
    refusing.book.jumped = (replace(JUMPED, ask=Decimal("95.00")),)
    anya.send("3000")
    refusing.run_beside()
    assert "с 81,66 до 95" in anya.card.plain
    assert "⛔ <b>По этому курсу не котируем:</b>" in anya.card.plain


def test_a_refused_rate_that_was_typed_can_be_ended_where_it_is_refused(chat: Chat, anya: Person) -> None:
    at_margin(anya)
    chat.book.jumped = (JUMPED,)
    anya.send("/new")
    open_refusal(chat, anya)
    anya.click("Ввести курс")
    anya.send("92")
    anya.click("Да, 92")
    chat.run_beside()
    assert "1 USDT = 1,1163 USD" in anya.card.plain
    chat.book.jumped = ()
    anya.click("Вернуться к источникам")
    assert "Базовый курс: <b>81,66 RUB за 1 USDT</b>" in anya.card.plain


def test_a_typed_usdt_rate_is_no_reason_to_refuse_a_quote_without_usdt(refusing: Chat, anya: Person) -> None:
    open_refusal(refusing, anya)
    anya.click("Ввести курс")
    anya.send("92")
    anya.click("Да, 92")
    refusing.run_beside()
    refusing.book.jumped = ()
    boris = Person(refusing, 1002)
    at_margin(boris, "RUB", "THB")
    assert "Какая маржа?" in boris.card.plain


@pytest.mark.parametrize(("amount", "is_warned"), [("9 999", False), ("10 000", True)])
def test_a_large_amount_without_an_order_book_is_marked(chat: Chat, anya: Person, amount: str, is_warned: bool) -> None:
    at_margin(anya, "USDT", "RUB")
    anya.click("2 %")
    anya.send(amount)
    assert ("⚠️ Глубина стакана неизвестна" in anya.card.plain) is is_warned


def test_a_payout_of_many_usdt_is_marked_too(chat: Chat, anya: Person) -> None:
    at_margin(anya)
    anya.click("2 %")
    anya.send("1 000 000")
    assert "⚠️ Глубина стакана неизвестна" in anya.card.plain
