"""The author of an open quote hears when the market moves against it: once for each real fall, with what to do."""

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from telebot.apihelper import ApiTelegramException

from calc.quotes import QuoteState
from calc.snapshots import Feed
from calc.worth import Worth
from chat.delivery.dispatcher import Postponed
from chat.delivery.errors import TransportError
from chat.given_screens import fall
from chat.texts import Texts
from desk.access import Role
from tests.calc.test_quotes import given as quote
from tests.calc.test_quotes import terms
from tests.chat.book import FIAT, USDT_RUB
from tests.chat.driver import COLLEAGUE, GROUP, OPERATOR, Chat, Person, at_result
from tests.chat.giving import GIVE, broken, first_line
from tests.chat.telegram import NBSP, Message


def market(chat: Chat, percent: str) -> None:
    """The ask so many percent above where it began; a look follows, as the threads do."""
    ask = Decimal("81.66") * (1 + Decimal(percent) / 100)
    chat.book.held[Feed.USDT_RUB] = replace(USDT_RUB, ask=ask, close=ask, fetched_at=chat.now)
    chat.front.given.watch.rates_changed()
    chat.look()


@pytest.fixture
def given(chat: Chat, anya: Person) -> Message:
    """The card of Q-0001, of which the desk is to earn half a percent at least."""
    chat.set_floor("0.5")
    at_result(anya, "1,5 %", "358000")
    result = anya.card
    anya.click(GIVE)
    chat.look()
    return result


def test_a_fall_under_the_floor_is_told_with_what_it_costs_and_what_to_do(
    chat: Chat, anya: Person, given: Message
) -> None:
    market(chat, "0.9")
    assert len(anya.messages) == 2
    chat.pass_time(minutes=2)
    market(chat, "1.15")
    assert anya.card.plain == (
        "⚠️ <b>Q-0001</b>: 1,49 % → 0,34 %, −4 056,39 RUB\n358 000 RUB → 4 319,49 USDT, до 15:19:00"
    )
    assert anya.card.buttons == ["Новый курс", "Держать", "Закрыть"]
    market(chat, "1.2")
    chat.restart()
    market(chat, "1.25")
    assert len(anya.messages) == 3


def test_only_a_rate_that_changed_has_the_quotes_valued(chat: Chat, anya: Person, given: Message) -> None:
    ask = Decimal("82.70")
    chat.book.held[Feed.USDT_RUB] = replace(USDT_RUB, ask=ask, close=ask)
    chat.look()
    assert len(anya.messages) == 2


def test_a_floor_that_is_raised_is_held_against_the_open_quotes_at_once(
    chat: Chat, anya: Person, given: Message
) -> None:
    market(chat, "0.9")
    assert len(anya.messages) == 2
    chat.set_floor("0.7")
    chat.look()
    assert anya.card.plain.startswith("⚠️ <b>Q-0001</b>: 1,49 % → 0,58 %")


def test_a_rate_that_somebody_types_values_the_open_quotes_as_well(chat: Chat, anya: Person) -> None:
    chat.valid_for = timedelta(hours=5)
    chat.restart()
    chat.set_floor("0.5")
    anya.send("100к руб usdt 2%")
    anya.click(GIVE)
    chat.pass_time(hours=2)
    chat.look()
    chat.book.held[Feed.FIAT] = replace(FIAT, fetched_at=chat.now, as_of=chat.now)
    anya.send("50к руб usdt 2%")
    chat.run_beside()
    anya.click("Ввести курс")
    anya.send("83")
    chat.look()
    assert anya.card.plain.startswith("⚠️ <b>Q-0001</b>: 1,99 % → 0,34 %")


def test_after_a_start_the_quotes_are_valued_at_once(chat: Chat, anya: Person, given: Message) -> None:
    ask = Decimal("82.70")
    chat.book.held[Feed.USDT_RUB] = replace(USDT_RUB, ask=ask, close=ask)
    chat.restart()
    chat.look()
    assert anya.card.plain.startswith("⚠️ <b>Q-0001</b>")


def test_a_held_quote_is_heard_of_again_only_when_it_falls_much_further(
    chat: Chat, anya: Person, given: Message
) -> None:
    market(chat, "1.15")
    warning = anya.card
    anya.click("Держать", warning)
    assert warning.plain == "Q-0001: держим при 0,34 %. Скажу снова, если упадёт ещё на целый пункт."
    assert warning.buttons == ["Новый курс", "Закрыть"]
    market(chat, "2")
    assert len(anya.messages) == 3
    market(chat, "2.3")
    assert anya.card.plain.startswith("⚠️ <b>Q-0001</b>: 1,49 % → −0,79 %")


def test_a_quote_is_requoted_from_its_warning_and_both_messages_say_so(
    chat: Chat, anya: Person, given: Message
) -> None:
    market(chat, "1.15")
    warning = anya.card
    anya.click("Новый курс", warning)
    chat.look()
    assert first_line(anya.card).startswith("● <b>Q-0002</b>")
    assert first_line(warning) == first_line(given) == "↪ <b>Q-0001</b> · теперь Q-0002: Аня, 15:04"
    assert warning.buttons == []


@pytest.mark.parametrize(
    ("act", "line"),
    [
        (lambda anya, _given, warning: anya.click("Закрыть", warning), "■ <b>Q-0001</b> · закрыта: Аня, 15:04"),
        (lambda anya, given, _warning: anya.click("✓ Принята", given), "✓ <b>Q-0001</b> · принята: Аня, 15:04"),
        (lambda anya, _given, _warning: anya.chat.pass_time(minutes=15), "⌛ <b>Q-0001</b> · истекла в 15:19"),
    ],
    ids=["closed", "accepted", "expired"],
)
def test_a_warning_loses_its_buttons_when_the_quote_is_over(
    chat: Chat, anya: Person, given: Message, act: Callable[[Person, Message, Message], None], line: str
) -> None:
    market(chat, "1.15")
    warning = anya.card
    act(anya, given, warning)
    chat.look()
    assert warning.plain == line
    assert warning.buttons == []
    anya.press("quote:hold.1:0::0", warning)
    assert warning.plain == line


def test_a_countdown_does_not_touch_a_warning(chat: Chat, anya: Person, given: Message) -> None:
    market(chat, "1.15")
    edits = anya.card.edits
    chat.restart()
    for _ in range(5):
        chat.pass_time(minutes=1)
        chat.look()
    assert anya.card.edits == edits


def test_without_a_rate_nothing_is_held(chat: Chat, anya: Person, given: Message) -> None:
    market(chat, "1.15")
    warning, text = anya.card, anya.card.text
    chat.book.held.clear()
    anya.click("Держать", warning)
    assert warning.text == text


def test_only_its_author_is_told_and_in_private(chat: Chat, anya: Person) -> None:
    chat.set_floor("0.5")
    group = Person(chat, OPERATOR, chat_id=GROUP)
    at_result(group, "1,5 %", "358000")
    group.click(GIVE)
    said = len(group.messages)
    market(chat, "1.15")
    assert len(group.messages) == said
    assert anya.card.plain.startswith("⚠️ <b>Q-0001</b>")
    assert Person(chat, COLLEAGUE).messages == []


@pytest.mark.parametrize("role", [None, Role.VIEWER])
def test_who_is_no_operator_any_more_is_told_nothing(
    chat: Chat, anya: Person, given: Message, monkeypatch: pytest.MonkeyPatch, role: Role | None
) -> None:
    monkeypatch.setattr(type(chat.access), "role", lambda *_: role)
    market(chat, "1.15")
    assert len(anya.messages) == 2


def test_what_was_decided_while_the_word_was_on_its_way_is_not_told(chat: Chat, anya: Person, given: Message) -> None:
    chat.in_line.clear()
    ask = Decimal("82.70")
    chat.book.held[Feed.USDT_RUB] = replace(USDT_RUB, ask=ask, close=ask)
    chat.front.given.watch.rates_changed()
    chat.front.given.look()
    anya.click("✓ Принята", given)
    chat.run_in_line()
    assert len(anya.messages) == 2
    assert chat.quotes.find(1).state is QuoteState.ACCEPTED


def refusal(code: int) -> ApiTelegramException:
    return ApiTelegramException("sendMessage", None, {"error_code": code, "description": "no"})


@pytest.mark.parametrize(
    ("failure", "is_told_later"),
    [
        (TransportError("sendMessage", "ConnectTimeout", unsent=True), True),
        (TransportError("sendMessage", "ReadTimeout"), False),
        (refusal(429), True),
        (refusal(502), True),
        (refusal(403), False),
    ],
)
def test_a_word_that_did_not_arrive_is_due_again_and_one_that_may_have_is_not(
    chat: Chat, anya: Person, given: Message, failure: Exception, *, is_told_later: bool
) -> None:
    chat.telegram.fail_next = failure
    market(chat, "1.15")
    assert len(anya.messages) == 2
    market(chat, "1.16")
    assert (len(anya.messages) == 3) is is_told_later


@pytest.mark.parametrize("when", ["BEFORE INSERT ON quote_cards", "BEFORE INSERT ON quote_warnings"])
def test_a_write_that_failed_does_not_silence_the_guard(chat: Chat, anya: Person, given: Message, when: str) -> None:
    with broken(chat, when), pytest.raises(sqlite3.IntegrityError):
        market(chat, "1.15")
    market(chat, "1.6")
    assert anya.card.plain.startswith("⚠️ <b>Q-0001</b>: 1,49 % → −0,1")


def test_a_word_that_waits_for_telegram_is_not_said_by_another_one_meanwhile(
    chat: Chat, anya: Person, given: Message
) -> None:
    chat.telegram.fail_next = Postponed(40.0)
    with pytest.raises(Postponed):
        market(chat, "1.15")
    chat.front.given.watch.rates_changed()
    chat.front.given.look()
    assert chat.in_line == [], "the first one has its turn again"


def test_a_look_that_failed_is_made_again(chat: Chat, anya: Person, given: Message) -> None:
    market(chat, "1.15")
    with broken(chat, "BEFORE DELETE ON quote_warnings"), pytest.raises(sqlite3.IntegrityError):
        market(chat, "0")
    chat.look()
    market(chat, "1.15")
    assert len(anya.messages) == 4, "the second fall is a new one"


def test_a_stop_that_has_begun_tells_nothing(chat: Chat, anya: Person, given: Message) -> None:
    chat.is_stopping = True
    market(chat, "1.15")
    assert len(anya.messages) == 2
    chat.is_stopping = False
    chat.restart()
    chat.look()
    assert len(anya.messages) == 3


def test_where_no_rub_per_usdt_is_known_the_loss_is_told_in_usdt() -> None:
    unknown = replace(terms("USDT-THB", "1000"), profit_rub=None)
    worth = Worth(Decimal("0.35"), profit_rub=None, profit_usdt=Decimal("3.50"))
    screen = fall(replace(quote(), terms=unknown, client="Иван <&>"), worth, Texts("en"))
    lines = screen.text.replace(NBSP, " ").splitlines()
    assert lines[0] == "⚠️ <b>Q-0142</b>: 2 % → 0.35 %, −16.51 USDT"
    assert lines[1].endswith(" · Иван &lt;&amp;&gt;")
