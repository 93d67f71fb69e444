"""The bot called in another chat, as an operator sees it."""

import logging
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from telebot.apihelper import ApiTelegramException

from calc.deal import Quote
from calc.directions import Currency
from calc.quotes import QuoteState
from calc.snapshots import Feed
from chat.delivery.errors import TransportError
from chat.inline import LONGEST_START, line_of, start_with
from chat.inline_screens import LONGEST_HINT
from chat.offering import MOST, Hint, Offering
from chat.texts import Texts
from desk.access import Role
from tests.chat.book import FIAT, USDT_RUB, Book
from tests.chat.driver import COLLEAGUE, OPERATOR, STRANGER, Chat, Person, at_result, open_chat
from tests.chat.telegram import Reply

CARD = """<b>Обмен RUB → USDT</b>

Вы платите: <code>100 000 RUB</code>
Вы получаете: <code>1 200,62 USDT</code>
Курс: <code>83,29 RUB за 1 USDT</code>

Действует до 15:19 20.11 (Москва)"""


def test_a_line_shows_a_card_that_is_ready_to_be_sent(anya: Person) -> None:
    choices = anya.ask_inline("100к руб usdt 2%")
    assert choices.titles == ["100 000 RUB → 1 200,62 USDT"]
    assert choices.texts == [CARD]
    assert choices.notes == ["83,29 RUB за 1 USDT"]
    assert choices.hint is None
    content = choices.results[0]["input_message_content"]
    assert (content["parse_mode"], content["link_preview_options"]) == ("HTML", {"is_disabled": True})


def test_the_answer_is_for_one_person_and_kept_by_nobody(anya: Person) -> None:
    params = anya.ask_inline("100к руб usdt 2%").params
    assert (params["is_personal"], params["cache_time"]) == (True, 0)


def test_what_is_only_shown_is_no_quote_yet(chat: Chat, anya: Person) -> None:
    for end in range(1, 17):
        anya.ask_inline("100к руб usdt 2%"[:end])
    anya.choose(anya.ask_inline("100к руб usdt 2%"))
    assert chat.quotes.find(1).terms.pays == 100_000


def test_the_card_that_was_sent_is_a_quote_and_gets_its_number(chat: Chat, anya: Person) -> None:
    message = anya.choose(anya.ask_inline("100к руб usdt 2%"))
    quote = chat.quotes.find(1)
    assert (quote.author.id, quote.author.name, quote.state) == (OPERATOR, "Аня", QuoteState.OPEN)
    assert message.plain == f"{CARD}\nКотировка Q-0001"
    assert message.buttons == ["Скопировать"]
    assert "Q-0001" in message.rows[0][0]["copy_text"]["text"]  # type: ignore[index]  # Telegram's object


def test_its_author_has_the_card_of_the_quote_in_the_own_chat(chat: Chat, anya: Person) -> None:
    anya.choose(anya.ask_inline("100к руб usdt 2%"))
    assert "<b>Q-0001</b>" in anya.card.plain
    assert "Маржа: 2 %" in anya.card.plain
    assert {"Клиенту", "Скопировать"} <= set(anya.card.buttons)
    anya.click("✓ Принята")
    assert chat.quotes.find(1).state is QuoteState.ACCEPTED


def test_a_colleague_who_looks_at_it_can_copy_the_card_but_has_no_button_that_would_find_nothing(
    chat: Chat, anya: Person
) -> None:
    anya.choose(anya.ask_inline("100к руб usdt 2%"))
    boris = Person(chat, COLLEAGUE)
    boris.send("Q-0001")
    assert "Скопировать" in boris.card.buttons
    assert "Клиенту" not in boris.card.buttons


def test_the_card_is_true_from_the_start_even_when_it_is_sent_late(chat: Chat, anya: Person) -> None:
    choices = anya.ask_inline("100к руб usdt 2%")
    chat.pass_time(minutes=6)
    chat.book.held[Feed.USDT_RUB] = replace(USDT_RUB, ask=Decimal("90.00"), bid=Decimal("89.90"), fetched_at=chat.now)
    message = anya.choose(choices)
    quote = chat.quotes.find(1)
    assert message.plain == f"{CARD}\nКотировка Q-0001"
    assert quote.valid_until - chat.now == timedelta(minutes=9)
    assert quote.terms.gets == Decimal("1200.62")


def test_a_list_that_stayed_open_for_too_long_gives_a_quote_that_is_over(chat: Chat, anya: Person) -> None:
    choices = anya.ask_inline("100к руб usdt 2%")
    chat.pass_time(minutes=20)
    anya.choose(choices)
    assert chat.quotes.find(1).state_at(chat.now) is QuoteState.EXPIRED


def test_what_was_chosen_survives_a_restart_in_between(chat: Chat, anya: Person) -> None:
    choices = anya.ask_inline("100к руб usdt 2%")
    chat.restart()
    assert anya.choose(choices).plain == f"{CARD}\nКотировка Q-0001"


def test_the_same_choice_told_twice_is_one_quote(chat: Chat, anya: Person) -> None:
    choices = anya.ask_inline("100к руб usdt 2%")
    first, again = anya.choose(choices), anya.choose(choices)
    assert first.plain == again.plain
    anya.choose(anya.ask_inline("100к руб usdt 2%"))
    assert chat.quotes.find(2).terms == chat.quotes.find(1).terms


def test_a_card_that_cannot_be_changed_is_a_quote_all_the_same(
    chat: Chat, anya: Person, caplog: pytest.LogCaptureFixture
) -> None:
    choices = anya.ask_inline("100к руб usdt 2%")
    user = {"id": OPERATOR, "is_bot": False, "first_name": "Аня", "language_code": "ru"}
    chosen = {"result_id": choices.results[0]["id"], "from": user, "query": choices.query}
    with caplog.at_level(logging.WARNING):
        chat.handle({"chosen_inline_result": chosen})
    assert chat.quotes.find(1).terms.pays == 100_000
    assert "cannot be numbered quote=Q-0001" in caplog.text


@pytest.mark.parametrize("failure", [Reply(400, "Bad Request: MESSAGE_ID_INVALID"), Reply(403, "Forbidden: gone")])
def test_a_card_that_is_gone_by_then_leaves_the_quote(chat: Chat, anya: Person, failure: Reply) -> None:
    choices = anya.ask_inline("100к руб usdt 2%")
    chat.telegram.fail_next = ApiTelegramException("editMessageText", failure, failure.json())
    anya.choose(choices)
    assert "Q-0001" in anya.card.plain


def test_a_choice_that_nobody_knows_is_told_to_its_sender(chat: Chat, anya: Person) -> None:
    choices = anya.ask_inline("100к руб usdt <2%>"[:16] + "2%")
    with chat.database.write() as connection:
        connection.execute("DELETE FROM inline_offers")
    choices.query = "100к <руб>"
    anya.choose(choices)
    assert "номера не имеет" in anya.card.plain
    assert "<code>100к &lt;руб&gt;</code>" in anya.card.plain


def test_nobody_makes_a_quote_of_what_was_shown_to_a_colleague(chat: Chat, anya: Person) -> None:
    boris = Person(chat, COLLEAGUE)
    boris.choose(anya.ask_inline("100к руб usdt 2%"))
    assert not boris.messages
    assert anya.choose(anya.ask_inline("100к руб usdt 2%")).plain == f"{CARD}\nКотировка Q-0001"


def test_a_margin_that_is_not_named_is_the_last_one_and_only_the_operator_reads_of_it(anya: Person) -> None:
    at_result(anya, margin="1.5 %".replace(".", ","))
    choices = anya.ask_inline("100к руб usdt")
    assert choices.notes == ["82,88 RUB за 1 USDT · маржа 1,5 %, ваша прошлая"]
    assert "1,5" not in choices.texts[0]


def test_without_any_margin_the_bot_asks_for_one_instead_of_guessing(anya: Person) -> None:
    choices = anya.ask_inline("100к руб usdt")
    assert choices.results == []
    assert choices.hint == "Какая маржа? Добавьте, например, 2%"


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("1", "1: добавьте валюты, например руб usdt"),
        ("100к", "100 000: добавьте валюты, например руб usdt"),
        ("100к р", "100 000 RUB: на что? Например: 100к руб usdt"),
        ("100к руб у", "100 000 RUB: на что? Например: 100к руб usdt"),
        ("руб usdt", "RUB USDT: добавьте сумму, например 100к"),
        ("привет", "Например: 100к руб usdt 2%"),
        ("100к руб usdt 2% 1x2", "Непонятно: «2»"),
        ("100к руб рупий юсдт 2%", "Валют больше двух."),
        ("100 евро в баты 2%", "Такого обмена нет."),
        ("100к руб usdt 99%", "⚠️ Понято как 99 %, а можно от 0,01 % до 50 %."),
        ("0,01 руб usdt 2%", "⚠️ 0,01 RUB слишком мало: клиент не получит ничего. Наименьшая …"),
    ],
)
def test_a_half_typed_line_says_what_is_missing_and_nothing_of_it_can_be_sent(
    anya: Person, typed: str, hint: str
) -> None:
    choices = anya.ask_inline(typed)
    assert choices.results == []
    assert choices.hint == hint
    assert len(hint) <= LONGEST_HINT


def test_a_side_that_is_not_typed_yet_is_one_of_those_that_were_quoted_before(anya: Person) -> None:
    anya.send("50к руб usdt 2%")
    anya.send("50к руб в баты 3%")
    assert anya.ask_inline("100к р").titles == ["100 000 RUB → 1 200,62 USDT", "100 000 RUB → 38 119,92 THB"]


def test_a_line_with_two_readings_shows_them_side_by_side(anya: Person) -> None:
    choices = anya.ask_inline("1,500 usdt в рубли 2%")
    assert choices.titles == ["1 500 USDT → 119 985 RUB", "1,50 USDT → 119,98 RUB"]


def test_several_amounts_are_cards_of_their_own(chat: Chat, anya: Person) -> None:
    choices = anya.ask_inline("10к 50к 100к руб usdt 2%")
    assert [title.split(" → ")[0] for title in choices.titles] == ["10 000 RUB", "50 000 RUB", "100 000 RUB"]
    anya.choose(choices, 1)
    assert chat.quotes.find(1).terms.pays == 50_000


def test_what_the_client_wants_to_get_and_an_agreed_rate_are_understood_as_in_the_chat(
    chat: Chat, anya: Person
) -> None:
    assert anya.ask_inline("нужно 5000 usdt за рубли 2%").titles == ["416 450 RUB → 5 000 USDT"]
    agreed = anya.ask_inline("100к руб usdt @ 87.5")
    assert agreed.titles == ["100 000 RUB → 1 142,85 USDT"]
    anya.choose(agreed)
    assert chat.memory.margins == {}


def test_an_empty_line_shows_the_last_directions_with_their_usual_amounts(chat: Chat, anya: Person) -> None:
    assert anya.ask_inline("").hint == "Например: 100к руб usdt 2%"
    for line in ("1000 usdt руб 1%", "10к руб usdt 2%", "50к руб usdt 2%", "нужно 700 евро за рубли 3%"):
        anya.send(line)
    assert [title.split(" → ") for title in anya.ask_inline(" ").titles] == [
        ["68 866 RUB", "700 EUR"],
        ["50 000 RUB", "600,31 USDT"],
        ["10 000 RUB", "120,06 USDT"],
        ["1 000 USDT", "80 800 RUB"],
    ]
    anya.send("1000 usdt руб 1%")
    assert anya.ask_inline("").titles[0] == "1 000 USDT → 80 800 RUB"
    assert anya.ask_inline("").hint is None
    assert Person(chat, COLLEAGUE).ask_inline("").titles == []


def test_what_was_sent_counts_as_quoted_lately(anya: Person) -> None:
    anya.choose(anya.ask_inline("100к руб usdt 2%"))
    assert anya.ask_inline("").titles == ["100 000 RUB → 1 200,62 USDT"]
    assert anya.ask_inline("50к руб usdt").notes == ["83,29 RUB за 1 USDT · маржа 2 %, ваша прошлая"]


def test_an_amount_unlike_the_usual_ones_is_marked(anya: Person) -> None:
    for amount in ("10к", "20к", "50к"):
        anya.send(f"{amount} руб usdt 2%")
    assert anya.ask_inline("600к руб usdt 2%").notes == ["83,29 RUB за 1 USDT · ⚠️ необычная сумма"]


def test_a_doubtful_rate_is_marked_for_the_operator_and_not_for_the_client(chat: Chat, anya: Person) -> None:
    chat.book.held[Feed.USDT_RUB] = replace(USDT_RUB, source="coingecko", bid=None, ask=None)
    choices = anya.ask_inline("100к руб usdt 2%")
    assert choices.notes == ["83,28 RUB за 1 USDT · ⚠️ есть замечания к курсу или марже"]
    assert "⚠️" not in choices.texts[0]


def test_a_rate_that_the_gate_refuses_is_no_card_but_leads_to_the_chat(chat: Chat, anya: Person) -> None:
    chat.pass_time(hours=2)
    choices = anya.ask_inline("100к руб usdt 2%")
    assert choices.results == []
    assert choices.hint == "⛔ USDT/RUB: возраст 2 ч ›"
    anya.send(f"/start {choices.start}")
    assert "RUB → USDT" in anya.card.plain
    chat.run_beside()
    assert "По этому курсу не котируем" in anya.card.plain


def test_with_all_sources_dead_there_is_no_card_and_nobody_asks_them(tmp_path: Path) -> None:
    with open_chat(tmp_path, book=Book()) as chat:
        choices = Person(chat, OPERATOR).ask_inline("100к руб usdt 2%")
        assert choices.results == []
        assert choices.hint == "RUB → USDT: курса сейчас нет. В чат с ботом ›"
        assert chat.book.asked == []


def test_a_rate_that_was_decided_upon_in_the_chat_stays_there(chat: Chat, anya: Person) -> None:
    chat.pass_time(hours=2)
    anya.send("100к руб usdt 2%")
    chat.run_beside()
    anya.click("Всё равно котировать")
    anya.click("Согласовано с клиентом")
    assert anya.ask_inline("100к руб usdt 2%").results == []


def test_a_typed_rate_is_quoted_as_in_the_chat(chat: Chat, anya: Person) -> None:
    chat.pass_time(hours=2)
    chat.book.held[Feed.FIAT] = replace(FIAT, fetched_at=chat.now, as_of=chat.now)
    anya.send("100к руб usdt 2%")
    chat.run_beside()
    anya.click("Ввести курс")
    anya.send("82")
    assert anya.ask_inline("100к руб usdt 2%").titles == ["100 000 RUB → 1 195,60 USDT"]


# quotes that were given


def test_the_sharing_button_finds_the_card_of_the_quote(anya: Person) -> None:
    at_result(anya, amount="100к")
    anya.click("Карточка клиенту")
    asked = anya.card.rows[0][0]["switch_inline_query_chosen_chat"]
    choices = anya.ask_inline(asked["query"])  # type: ignore[index]  # Telegram's object
    assert choices.texts == [anya.card.plain]
    assert choices.texts == [f"{CARD}\nКотировка Q-0001"]
    assert choices.notes == ["Q-0001 · 83,29 RUB за 1 USDT"]


@pytest.mark.parametrize("typed", ["Q-0001", "q-1", " q1 "])
def test_a_given_quote_is_found_by_its_number_as_people_write_it(chat: Chat, anya: Person, typed: str) -> None:
    anya.choose(anya.ask_inline("100к руб usdt 2%"))
    message = anya.choose(anya.ask_inline(typed))
    assert message.plain == f"{CARD}\nКотировка Q-0001"
    assert len(anya.messages) == 1, "it was announced once"


def test_a_table_goes_out_as_one_card_or_row_by_row(chat: Chat, anya: Person) -> None:
    anya.send("10к 50к руб usdt 2%")
    anya.click("Карточка клиенту")
    choices = anya.ask_inline("Q-0001 Q-0002")
    assert choices.titles == [
        "RUB → USDT: сумм на одной карточке 2",
        "10 000 RUB → 120,06 USDT",
        "50 000 RUB → 600,31 USDT",
    ]
    assert choices.texts[0] == anya.card.plain
    assert choices.notes[0] == "Q-0001, Q-0002"


def test_quotes_of_different_directions_are_no_table(anya: Person) -> None:
    anya.choose(anya.ask_inline("100к руб usdt 2%"))
    anya.choose(anya.ask_inline("1000 usdt руб 2%"))
    assert len(anya.ask_inline("Q-0001 Q-0002").results) == 2


@pytest.mark.parametrize("typed", ["Q-0001", "Q-0099", "Q-0001 Q-0099"])
def test_a_quote_of_somebody_else_is_as_if_there_were_none(chat: Chat, anya: Person, typed: str) -> None:
    anya.choose(anya.ask_inline("100к руб usdt 2%"))
    boris = Person(chat, COLLEAGUE)
    choices = boris.ask_inline(typed)
    assert choices.results == []
    assert choices.hint == f"{typed.split(maxsplit=1)[0]}: такой вашей котировки нет"


def test_a_quote_that_is_over_goes_to_nobody(chat: Chat, anya: Person) -> None:
    anya.choose(anya.ask_inline("100к руб usdt 2%"))
    anya.choose(anya.ask_inline("50к руб usdt 2%"))
    chat.quotes.accept(1, by=chat.quotes.find(1).author)
    choices = anya.ask_inline("Q-0001 Q-0002")
    assert choices.titles == ["50 000 RUB → 600,31 USDT"]
    assert choices.hint == "Q-0001 больше не действует"
    chat.pass_time(minutes=15)
    assert anya.ask_inline("Q-0002").results == []


# who may


def test_a_stranger_sees_nothing_at_all(chat: Chat) -> None:
    stranger = Person(chat, STRANGER)
    for typed in ("", "100к руб usdt 2%", "Q-0001"):
        choices = stranger.ask_inline(typed)
        assert choices.results == []
        assert choices.hint is None
        assert (choices.params["is_personal"], choices.params["cache_time"]) == (True, 0)


def test_one_who_may_only_look_gets_no_card_and_reads_why(
    chat: Chat, anya: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = anya.ask_inline("100к руб usdt 2%")
    monkeypatch.setattr(type(chat.access), "role", lambda *_: Role.VIEWER)
    choices = anya.ask_inline("100к руб usdt 2%")
    assert choices.results == []
    assert choices.hint is not None
    assert choices.hint.startswith("Здесь вы можете смотреть курсы")
    anya.choose(before)
    assert not anya.messages


def test_one_who_is_an_operator_no_more_makes_no_quote_of_an_old_list(
    chat: Chat, anya: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = anya.ask_inline("100к руб usdt 2%")
    monkeypatch.setattr(type(chat.access), "role", lambda *_: None)
    assert anya.choose(before).plain == CARD
    assert not anya.messages


# what can go wrong


def test_an_answer_that_comes_too_late_is_no_trouble(chat: Chat, anya: Person) -> None:
    too_old = Reply(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
    chat.telegram.fail_next = ApiTelegramException("answerInlineQuery", too_old, too_old.json())
    anya.ask_inline("100к руб usdt 2%")
    chat.telegram.fail_next = TransportError("answerInlineQuery", "ReadTimeout")
    anya.ask_inline("100к руб usdt 2%")
    assert anya.ask_inline("100к руб usdt 2%").texts == [CARD]


def test_another_refusal_is_not_hidden(chat: Chat, anya: Person) -> None:
    refusal = Reply(400, "Bad Request: can't parse inline query result")
    chat.telegram.fail_next = ApiTelegramException("answerInlineQuery", refusal, refusal.json())
    with pytest.raises(ApiTelegramException):
        anya.ask_inline("100к руб usdt 2%")


@pytest.mark.parametrize("line", ["100000 RUB -> USDT 2%", "RUB -> 5000 USDT @ 87.5"])
def test_a_line_comes_back_from_a_link(line: str) -> None:
    assert line_of(start_with(line)) == line
    assert len(start_with(line)) <= LONGEST_START


@pytest.mark.parametrize("start", ["", "inline", "pair_x", "line_?", "line_/w", "line_a"])
def test_what_no_link_brought_is_no_line(start: str) -> None:
    assert line_of(start) is None


def test_a_line_too_long_for_a_link_is_left_out_of_it() -> None:
    assert start_with("1" * 60) == "inline"
    assert start_with("") == "inline"


def test_the_start_of_the_hint_is_the_usual_start(anya: Person) -> None:
    anya.send(f"/start {anya.ask_inline('').start}")
    assert "14 направлений" in anya.card.plain or "/new" in anya.card.plain


def test_no_more_cards_than_a_phone_shows(anya: Person) -> None:
    numbers = " ".join(f"{each}к" for each in range(1, 11))
    assert len(anya.ask_inline(f"{numbers} руб usdt 2%").results) == 10
    assert len(anya.ask_inline("1,500 2,500 3,500 4,500 5,500 6,500 7,500 8,500 usdt руб 2%").results) <= MOST


def test_a_card_tells_the_time_in_the_zone_of_the_desk(tmp_path: Path) -> None:
    with open_chat(tmp_path) as chat:
        chat.zone = ZoneInfo("Asia/Dubai")
        chat.restart()
        anya = Person(chat, OPERATOR)
        message = anya.choose(anya.ask_inline("100к руб usdt 2%"))
        assert "Действует до 16:19 20.11 (Dubai)" in message.plain
        assert "до 16:19:00" in anya.card.plain


def test_the_help_tells_of_it(anya: Person) -> None:
    anya.send("/help")
    assert "<code>@desk_bot 100к руб usdt</code>" in anya.card.plain


def test_the_card_of_another_language_is_in_it(chat: Chat) -> None:
    boris = Person(chat, COLLEAGUE, language="en")
    (text,) = boris.ask_inline("100k rub usdt 2%").texts
    assert text.startswith("<b>Exchange RUB → USDT</b>")
    assert Texts("en")("client.title", pays=Currency.RUB, gets=Currency.USDT) in text


def test_what_the_chat_would_not_give_at_once_is_not_offered(chat: Chat, anya: Person) -> None:
    """As a floor of the desk, or somebody's limits, have it."""

    def objection(user_id: int, quote: Quote, texts: Texts) -> str | None:
        return f"⛔ {texts.language} {user_id}" if quote.pays > 50_000 else None

    offering = Offering(
        chat.desk,
        chat.front.requests.quick,
        chat.quotes,
        chat.memory,
        objections=[lambda *_: None, objection],
        utcnow=lambda: chat.now,
    )
    found = offering.find(OPERATOR, "10к 50к 100к руб usdt 2%", "ru")
    assert [each.terms.pays for each in found.offered] == [10_000, 50_000]
    assert found.hint is None
    assert offering.find(OPERATOR, "100к руб usdt 2%", "ru").hint == Hint(f"⛔ ru {OPERATOR}", "100000 RUB -> USDT 2%")
