"""/quotes finds what was given, by day, state, operator, client, amount and number, and repeats it with one tap."""

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from calc.quotes import Author, QuoteState
from calc.snapshots import Market
from chat.texts import LANGUAGES
from desk.access import Role
from storage.quotes import Quotes
from tests.chat.book import FIAT, NOW
from tests.chat.driver import COLLEAGUE, OPERATOR, STRANGER, Chat, Person
from tests.chat.ledger import ANYA, give
from tests.chat.telegram import NBSP

ACCEPTED, DECLINED = QuoteState.ACCEPTED, QuoteState.DECLINED
BORIS = Author(COLLEAGUE, "Boris <b>")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def ids(person: Person) -> list[str]:
    """The quotes that stand on the screen."""
    return [label for label in person.card.buttons if label.startswith("Q-")]


def test_the_quotes_of_today_stand_on_one_screen(chat: Chat, anya: Person) -> None:
    give(chat, at=NOW - DAY)
    give(chat, at=NOW - 40 * MINUTE, client="Иван <i>", state=ACCEPTED)
    give(chat, "500.50", "USDT-THB", at=NOW - 20 * MINUTE, author=BORIS)
    give(chat, gets="1000", at=NOW - MINUTE)
    anya.send("/quotes")
    assert anya.card.plain == (
        "<b>Котировки</b>: сегодня\n\n"
        "● <b>Q-0004</b> · 15:03 · Анна Петрова\n83 290 RUB → 1 000 USDT\n"
        "⌛ <b>Q-0003</b> · 14:44 · Boris &lt;b&gt;\n500,50 USDT → 15 718,70 THB\n"
        "✓ <b>Q-0002</b> · 14:24 · Анна Петрова · Иван &lt;i&gt;\n100 000 RUB → 1 200,62 USDT"
    )
    assert anya.card.buttons == ["Q-0004", "Q-0003", "Q-0002", "• Сегодня", "Открытые", "Мои", "Все"]


def test_the_lists_are_a_tap_or_a_word_away(chat: Chat, anya: Person) -> None:
    give(chat, at=NOW - DAY)
    give(chat, at=NOW - 2 * MINUTE, author=BORIS)
    give(chat, at=NOW - MINUTE, state=None)
    anya.send("/quotes")
    card = anya.card
    for label, found in (
        ("Открытые", ["Q-0002", "Q-0003"]),
        ("Мои", ["Q-0003", "Q-0001"]),
        ("Все", ["Q-0003", "Q-0002", "Q-0001"]),
        ("Сегодня", ["Q-0003", "Q-0002"]),
    ):
        anya.click(label)
        assert (ids(anya), anya.card is card) == (found, True), label
    for word, found in (("открытые", ["Q-0002", "Q-0003"]), ("mine", ["Q-0003", "Q-0001"]), ("все", 3 * ["Q"])):
        anya.send(f"/quotes {word}")
        assert len(ids(anya)) == len(found)


def test_a_long_list_has_pages(chat: Chat, anya: Person) -> None:
    for minute in range(14):
        give(chat, at=NOW - minute * MINUTE)
    anya.send("/quotes все")
    assert ids(anya) == [f"Q-{number:04d}" for number in range(1, 7)]
    assert "Старее ›" in anya.card.buttons
    assert "‹ Новее" not in anya.card.buttons
    anya.click("Старее ›")
    assert anya.card.plain.startswith("<b>Котировки</b>: все, стр. 2\n")
    assert ids(anya) == [f"Q-{number:04d}" for number in range(7, 13)]
    anya.click("Старее ›")
    assert ids(anya) == ["Q-0013", "Q-0014"]
    assert "Старее ›" not in anya.card.buttons
    anya.click("‹ Новее")
    anya.click("‹ Новее")
    assert ids(anya)[0] == "Q-0001"


def test_a_quote_tells_everything_and_leads_back_to_its_page(chat: Chat, anya: Person) -> None:
    for minute in range(8):
        give(chat, at=NOW - minute * MINUTE)
    quote = give(chat, at=NOW - 30 * MINUTE, client="Иван", state=ACCEPTED)
    anya.send("/quotes все")
    anya.click("Старее ›")
    anya.click(quote.id)
    for part in (
        "✓ <b>Q-0009</b> · принята: Анна Петрова, 14:37",
        "Котирует Анна Петрова · клиент Иван\n",
        "Клиент получает: <code>1 200,62 USDT</code>",
        "Маржа: 2 %, после округлений",
        "Прибыль: 1 957,37 RUB",
        "Rapira, продажа",
        "Дана 14:34, действует до 14:49",
    ):
        assert part in anya.card.plain, part
    assert anya.card.buttons == ["↻ Повторить", "Карточка", "Все этого клиента", "‹ К списку"]
    anya.click("‹ К списку")
    assert ", стр. 2" in anya.card.plain
    assert len(anya.messages) == 1


def test_what_became_of_a_quote_is_told(chat: Chat, anya: Person) -> None:
    old = give(chat, at=NOW - 40 * MINUTE, market=Market(fiat=FIAT), way="RUB-EUR")
    new = Quotes(chat.database).replace(
        "requote:1", old.number, author=BORIS, terms=old.terms, given_at=NOW, valid_until=NOW + 15 * MINUTE
    )
    assert new is not None
    anya.send("/quotes 1")
    assert anya.card.plain.startswith("↪ <b>Q-0001</b> · теперь Q-0002: Boris &lt;b&gt;, 15:04\n")
    assert "(курс USDT сейчас неизвестен)" in anya.card.plain
    anya.send("/quotes 2")
    assert anya.card.plain.startswith("● <b>Q-0002</b> · ")
    assert "Boris &lt;b&gt;\nВместо Q-0001\n" in anya.card.plain


def test_a_quote_is_found_by_its_number(chat: Chat, anya: Person) -> None:
    quote = give(chat)
    for text in (quote.id, "q1", "1", "0001"):
        anya.send(f"/quotes {text}")
        assert "● <b>Q-0001</b>" in anya.card.plain
    for text in ("Q-0002", "2"):
        anya.send(f"/quotes {text}")
        assert anya.card.plain.startswith(f"⚠️ По «{text}» ничего нет.")


def test_a_number_that_is_an_amount_too_offers_the_amount(chat: Chat, anya: Person) -> None:
    give(chat)
    found = give(chat, "1", "USDT-RUB", at=NOW - MINUTE)
    anya.send("/quotes 1")
    assert "<b>Q-0001</b>" in anya.card.plain
    anya.click("‹ На 1")
    assert anya.card.plain.startswith("<b>Котировки</b>: на 1\n")
    assert ids(anya) == [found.id]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("100к", "на 100 000"),
        ("100 000 руб", "на 100 000 RUB"),
        ("100000,99 rub", "на 100 000 RUB"),
        ("1200,62 usdt", "на 1 200 USDT"),
        ("1 200", "на 1 200"),
    ],
)
def test_an_amount_is_found_on_either_side_whatever_the_cents(chat: Chat, anya: Person, text: str, title: str) -> None:
    give(chat, "5000")
    found = give(chat, at=NOW - MINUTE)
    anya.send(f"/quotes {text}")
    assert anya.card.plain.startswith(f"<b>Котировки</b>: {title}\n")
    assert ids(anya) == [found.id]


def test_a_client_is_found_by_name_and_by_its_beginning(chat: Chat, anya: Person) -> None:
    give(chat, client="Иван Петров")
    give(chat, client="ИВАН  ПЕТРОВ", at=NOW - DAY)
    give(chat, client="Ивана <Сидорова>", at=NOW - MINUTE)
    anya.send("/quotes иван петров")
    assert ids(anya) == ["Q-0001", "Q-0002"]
    assert anya.card.plain.startswith("<b>Котировки</b>: клиент Иван Петров\n")
    anya.send("/quotes ива")
    assert anya.card.plain == "<b>Котировки</b>: какой клиент?"
    assert anya.card.buttons[:2] == ["ИВАН  ПЕТРОВ", "Ивана <Сидорова>"]
    anya.click("Ивана <Сидорова>")
    assert anya.card.plain.startswith("<b>Котировки</b>: клиент Ивана &lt;Сидорова&gt;\n")
    anya.click("Q-0003")
    anya.click("Все этого клиента")
    assert ids(anya) == ["Q-0003"]
    anya.send("/quotes ивана")
    assert ids(anya) == ["Q-0003"]


def test_a_client_who_lost_the_name_is_nobody(chat: Chat, anya: Person) -> None:
    quote = give(chat, client="Иван")
    anya.send("/quotes иван")
    Quotes(chat.database).name_client(quote.number, "", by=ANYA, at=NOW)
    anya.press(f"book:list.client{quote.number}.0:{OPERATOR:x}::0", anya.card)
    assert "без имени" in anya.card.plain


def test_nothing_found_says_how_to_look(anya: Person) -> None:
    anya.send("/quotes <Пётр>")
    assert anya.card.plain.startswith(
        "⚠️ По «&lt;Пётр&gt;» ничего нет. По номеру, сумме и клиенту:\n<code>/quotes Q-0142</code>"
    )
    anya.send("/quotes")
    assert anya.card.plain.endswith("\n\nНи одной.")


@pytest.mark.parametrize(
    ("way", "margin", "line"),
    [("RUB-USDT", "2%", "100 000 RUB → USDT, маржа 2 %"), ("USDT-THB", "+0.5", "100 000 USDT → THB, маржа +0,5")],
)
def test_a_tap_repeats_the_exchange_at_the_rate_of_now(
    chat: Chat, anya: Person, way: str, margin: str, line: str
) -> None:
    give(chat, way=way, margin=margin, at=NOW - 5 * DAY)
    anya.send("/quotes Q-0001")
    details = anya.card
    anya.click("↻ Повторить")
    assert anya.card is not details
    assert f"Понято: {line}" in anya.card.plain
    assert "Курс сделки" in anya.card.plain
    assert Quotes(chat.database).find(2) is None, "it is given when the operator gives it"
    anya.click("Карточка клиенту")
    assert Quotes(chat.database).find(2) is not None


def test_what_a_client_wanted_exactly_is_repeated_exactly(chat: Chat, anya: Person) -> None:
    give(chat, gets="1000", at=NOW - 5 * DAY)
    anya.send("/quotes 1")
    anya.click("↻ Повторить")
    assert "Клиент получает ровно: <code>1 000 USDT</code>" in anya.card.plain


def test_its_live_card_is_a_tap_away(chat: Chat, anya: Person) -> None:
    quote = give(chat)
    anya.send("/quotes 1")
    anya.click("Карточка")
    anya.click("✓ Принята")
    kept = Quotes(chat.database).find(quote.number)
    assert kept is not None
    assert kept.state is ACCEPTED


def test_a_viewer_looks_and_repeats_nothing(chat: Chat, anya: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    give(chat)
    anya.send("/quotes 1")
    as_operator = anya.card
    monkeypatch.setattr(type(chat.access), "role", lambda _access, _user_id: Role.VIEWER)
    chat.restart()
    anya.send("/quotes 1")
    assert anya.card.buttons == ["‹ На 1"]
    assert "Прибыль" in as_operator.text
    assert not re.search("Прибыль|Маржа", anya.card.text)
    anya.press(as_operator.rows[0][0]["callback_data"], as_operator)
    assert len(anya.messages) == 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_book_is_in_the_language_of_who_asks(chat: Chat, language: str) -> None:
    give(chat)
    anya = Person(chat, OPERATOR, language=language)
    anya.send("/quotes")
    assert anya.card.plain.startswith("<b>Quotes</b>: today" if language == "en" else "<b>Котировки</b>: сегодня")


def test_today_is_the_day_of_the_desk(chat: Chat, anya: Person) -> None:
    late = NOW.replace(day=19, hour=22)  # 01:00 of the 20th in Moscow
    give(chat, at=late)
    anya.send("/quotes")
    assert ids(anya) == ["Q-0001"]
    chat.zone = ZoneInfo("Europe/London")
    chat.restart()
    anya.send("/quotes")
    assert ids(anya) == []


def test_strangers_see_nothing_and_forged_buttons_do_nothing(chat: Chat, anya: Person) -> None:
    give(chat)
    Person(chat, STRANGER).send("/quotes")
    assert "Q-0001" not in Person(chat, STRANGER).card.plain
    anya.send("/quotes")
    forged = ["", "list", "list.today", "list.today.-1", "list.today.99999", "list.x.0", "show.x.today.0", "again.x"]
    for arg in [*forged, "again.77", "again.", "show.1.today"]:
        anya.press(f"book:{arg}:{OPERATOR:x}::0", anya.card)
    assert (anya.card.edits, len(anya.messages)) == (0, 1)
    anya.press(f"book:show.77.today.0:{OPERATOR:x}::0", anya.card)
    assert anya.card.plain.startswith("⚠️ По «77» ничего нет.")


def test_a_full_page_of_long_names_is_one_message_and_every_button_fits(chat: Chat, anya: Person) -> None:
    for minute in range(7):
        author = Author(OPERATOR, "&" * 128)
        give(chat, "999999999.99", at=NOW - minute * MINUTE, author=author, client="<" * 64)
    anya.send("/quotes все")
    assert len(anya.card.text.replace("&amp;", "&").replace("&lt;", "<")) < 4096
    screens = [anya.card.rows]
    anya.send("/quotes 999999999,99 руб")
    screens.append(anya.card.rows)
    anya.click("Q-0001")
    screens.append(anya.card.rows)
    anya.send("/quotes 1")
    screens.append(anya.card.rows)
    data = [each["callback_data"] for rows in screens for row in rows for each in row]
    longest = max(data, key=lambda each: len(each.encode()))
    assert len(longest.encode()) <= 64 - 10 - 8, "ids of ten digits and numbers of twelve are more than here"
    assert NBSP not in longest
