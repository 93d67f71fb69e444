"""A quote that is given to a client: its card, and who decides what on it."""

import pytest

from calc.quotes import QuoteState
from chat.delivery.acknowledger import Toast
from chat.delivery.dispatcher import Postponed
from chat.texts import LANGUAGES
from desk.access import Role
from storage.audit import Audit
from tests.chat.driver import COLLEAGUE, GROUP, OPERATOR, STRANGER, Chat, Person, at_result
from tests.chat.giving import GIVE, at_price, broken, first_line, state
from tests.chat.telegram import Message


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


def test_a_result_that_was_deleted_gets_a_new_card(chat: Chat, anya: Person) -> None:
    at_result(anya)
    result = anya.card
    del chat.telegram.messages[result.id]
    anya.press(result.rows[0][0]["callback_data"], result)
    assert anya.card.plain.startswith("● <b>Q-0001</b>")
    anya.click("✓ Принята")
    assert state(chat) is QuoteState.ACCEPTED


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
