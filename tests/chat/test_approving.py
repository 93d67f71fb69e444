"""Limits and the second person, by sending and pressing."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from calc.approvals import State
from calc.snapshots import Feed
from calc.team import Change, Limits, Member, Role
from chat.delivery.errors import TransportError
from tests.chat.book import USDT_RUB
from tests.chat.driver import COLLEAGUE, OPERATOR, Chat, Person, open_chat
from tests.chat.telegram import Message

VERA = 1003
LIMITS = Limits(amount=Decimal(500_000), margin=Decimal(1))


@pytest.fixture
def chat(tmp_path: Path) -> Iterator[Chat]:
    """Anya owns the desk, Boris quotes within limits, Vera without."""
    with open_chat(tmp_path, admins=(OPERATOR,)) as chat:
        chat.memory.set_language(OPERATOR, "ru")
        put(chat, Member(COLLEAGUE, Role.OPERATOR, LIMITS), Member(VERA, Role.OPERATOR))
        yield chat


@pytest.fixture
def vera(chat: Chat) -> Person:
    return Person(chat, VERA)


def put(chat: Chat, *members: Member) -> None:
    chat.members.change(lambda _: Change(put=members))
    chat.access.reload()


def card_of(person: Person) -> Message:
    """The card of the quote, whatever was said under it."""
    return next(each for each in reversed(person.messages) if "<b>RUB → USDT</b>" in each.text)


def asked(chat: Chat, boris: Person, line: str = "1млн руб usdt 2%") -> None:
    boris.send(line)
    boris.click("Запросить одобрение")
    chat.run_in_line()


def test_a_quote_within_the_limits_goes_its_way(boris: Person) -> None:
    boris.send("500к руб usdt 1%")
    assert "🔒" not in boris.card.text
    assert boris.card.buttons[0] == "Карточка клиенту"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("500000,01 руб usdt 1%", "🔒 Больше вашего лимита на одну котировку: 500 000 RUB.\n"),
        ("6200 usdt руб 1%", "🔒 Больше вашего лимита на одну котировку: 500 000 RUB.\n"),
        ("1000 руб usdt 0,99%", "🔒 Ниже вашей наименьшей маржи: 1 %.\n"),
        ("1000 руб usdt +0.5", "🔒 Ниже вашей наименьшей маржи: 1 %.\n"),
        ("10к 600к руб usdt 2%", "🔒 Больше вашего лимита на одну котировку: 500 000 RUB.\n"),
        ("+600000/81.9", "🔒 Больше вашего лимита на одну котировку: 500 000 RUB.\n🔒 Ниже вашей наименьшей маржи"),
    ],
)
def test_beyond_the_limits_the_client_sees_nothing_before_a_second_person_has_said_so(
    boris: Person, line: str, said: str
) -> None:
    boris.send(line)
    assert said in boris.card.plain
    assert "Прежде чем её увидит клиент, её должен одобрить второй человек." in boris.card.plain
    assert boris.card.buttons[0] == "Запросить одобрение"
    assert "Карточка клиенту" not in boris.card.buttons


def test_a_limit_counts_at_once_on_a_card_that_is_open(chat: Chat, boris: Person) -> None:
    boris.send("400к руб usdt 2%")
    put(chat, Member(COLLEAGUE, Role.OPERATOR, Limits(amount=Decimal(100_000))))
    boris.click("Карточка клиенту")
    assert "🔒 Больше вашего лимита на одну котировку: 100 000 RUB." in boris.card.plain
    assert len(boris.messages) == 1


def test_an_owner_and_an_operator_without_limits_are_asked_and_one_word_is_enough(
    chat: Chat, anya: Person, boris: Person, vera: Person
) -> None:
    asked(chat, boris)
    assert "⏳ Ждём одобрения до 15:19." in boris.card.plain
    assert boris.card.buttons[0] == "Отозвать запрос"
    assert "Карточка клиенту" not in boris.card.buttons
    for second in (anya, vera):
        assert second.card.plain.startswith(
            "<b>Борис просит одобрить</b> (A-0001)\nЛимиты (Борис): до 500 000 RUB, маржа от 1 %\n\n<b>RUB → USDT</b>"
        )
        assert "Клиент платит: <code>1 000 000 RUB</code>" in second.card.plain
        assert second.card.buttons == ["Одобрить", "Отказать"]
    vera.click("Одобрить")
    assert vera.card.plain.endswith("✓ Одобрено: Аня.")
    assert vera.card.buttons == []
    chat.run_in_line()
    assert anya.card.plain.endswith("✓ Одобрено: Аня.")
    assert anya.card.buttons == []
    assert boris.card.plain == "✅ Аня одобряет: 1 000 000 RUB → USDT, маржа 2 %. Действует до 15:19."
    card = card_of(boris)
    assert "✓ Одобрено: Аня, действует до 15:19." in card.plain
    boris.click("Карточка клиенту", card)
    assert "Вы платите" in boris.card.plain
    assert chat.quotes.find(1).author.id == COLLEAGUE
    kinds = [deed.kind for _, deed in chat.audit.latest(10) if deed.kind.startswith("approval.")]
    assert kinds == ["approval.used", "approval.approved", "approval.asked"]


def test_a_refusal_is_told_and_the_quote_stays_back(chat: Chat, anya: Person, boris: Person) -> None:
    asked(chat, boris)
    anya.click("Отказать")
    assert anya.card.plain.endswith("✕ Отказано: Аня.")
    assert boris.card.plain == "❗ Аня не одобряет: 1 000 000 RUB → USDT, маржа 2 %."
    card = card_of(boris)
    assert "✕ Не одобрено: Аня." in card.plain
    assert "Карточка клиенту" not in card.buttons
    assert "Запросить одобрение" not in card.buttons
    boris.click("Другая маржа", card)
    boris.click("3 %", card)
    assert "Запросить одобрение" in card.buttons, "another quote is another question"


def test_an_approval_is_for_that_quote_alone(chat: Chat, anya: Person, boris: Person) -> None:
    asked(chat, boris)
    anya.click("Одобрить")
    card = card_of(boris)
    boris.send("1000001")
    assert "Карточка клиенту" not in card.buttons
    boris.send("1000000")
    assert "Карточка клиенту" in card_of(boris).buttons
    boris.click("Карточка клиенту", card_of(boris))
    boris.send("1млн руб usdt 2%")
    assert "Запросить одобрение" in boris.card.buttons, "one approval is for one client"


def test_an_approval_goes_with_the_base_as_far_as_a_card_may_hold_it(chat: Chat, anya: Person, boris: Person) -> None:
    asked(chat, boris)
    anya.click("Одобрить")
    for ask, is_free in (("81.90", True), ("82.20", False)):
        chat.book.held[Feed.USDT_RUB] = replace(USDT_RUB, ask=Decimal(ask), close=Decimal(ask), fetched_at=chat.now)
        boris.send("1млн руб usdt 2%")
        assert ("Карточка клиенту" in boris.card.buttons) is is_free


def test_nobody_approves_their_own_not_even_as_an_owner_by_then(chat: Chat, anya: Person, boris: Person) -> None:
    asked(chat, boris)
    put(chat, Member(COLLEAGUE, Role.OWNER))
    boris.press("approve:yes.1:3ea::0", boris.card)
    put(chat, Member(COLLEAGUE, Role.OPERATOR, LIMITS))
    assert chat.approvals.find(1).state is State.WAITING  # type: ignore[union-attr]  # it is there
    anya.click("Одобрить")
    assert chat.approvals.find(1).state is State.APPROVED  # type: ignore[union-attr]  # the same


def test_who_may_not_quote_it_may_not_approve_it(chat: Chat, boris: Person, vera: Person) -> None:
    asked(chat, boris)
    put(chat, Member(VERA, Role.OPERATOR, LIMITS))
    vera.click("Одобрить")
    assert vera.card.plain.endswith("⚠️ Эту котировку решаете не вы.")
    put(chat, Member(VERA, Role.VIEWER))
    vera.press("approve:yes.1:3eb::0", vera.card)
    assert chat.approvals.find(1).state is State.WAITING  # type: ignore[union-attr]  # it is there


def test_of_two_who_decide_the_first_has_decided(chat: Chat, anya: Person, boris: Person, vera: Person) -> None:
    asked(chat, boris)
    data = anya.card.rows[0][1]["callback_data"]
    vera.click("Одобрить")
    anya.press(data, anya.card)
    assert anya.card.plain.endswith("✓ Одобрено: Аня.")
    assert chat.approvals.find(1).decided.id == VERA  # type: ignore[union-attr]  # it is there
    assert len([each for each in boris.messages if each.text.startswith("✅")]) == 1


def test_a_request_is_taken_back(chat: Chat, anya: Person, boris: Person) -> None:
    asked(chat, boris)
    data = anya.card.rows[0][0]["callback_data"]
    boris.click("Отозвать запрос")
    assert boris.card.buttons[0] == "Запросить одобрение"
    chat.run_in_line()
    assert anya.card.plain.endswith("Запрос отозван.")
    anya.press(data, anya.card)
    assert anya.card.plain.endswith("Запрос отозван.")


def test_asking_anew_with_other_figures_takes_the_last_request_back(chat: Chat, anya: Person, boris: Person) -> None:
    asked(chat, boris)
    first = anya.card
    boris.send("2млн")
    boris.click("Запросить одобрение")
    chat.run_in_line()
    assert chat.approvals.find(1).state is State.WITHDRAWN  # type: ignore[union-attr]  # it is there
    assert first.plain.endswith("Запрос отозван.")
    assert "(A-0002)" in anya.card.plain


def test_what_nobody_answers_ends_and_everybody_sees_it(chat: Chat, anya: Person, boris: Person) -> None:
    asked(chat, boris)
    chat.pass_time(minutes=14, seconds=59)
    chat.approving.look()
    assert "Ждём" in boris.card.plain
    chat.pass_time(seconds=1)
    chat.approving.look()
    chat.approving.look()
    chat.run_in_line()
    assert boris.card.plain == "❗ Никто не ответил вовремя: 1 000 000 RUB → USDT, маржа 2 %."
    assert anya.card.plain.endswith("Никто не ответил вовремя.")
    assert "Карточка клиенту" not in card_of(boris).buttons


def test_an_approval_ends(chat: Chat, anya: Person, boris: Person) -> None:
    asked(chat, boris)
    anya.click("Одобрить")
    chat.pass_time(minutes=15)
    chat.book.held[Feed.USDT_RUB] = replace(USDT_RUB, fetched_at=chat.now)
    boris.click("Карточка клиенту", card_of(boris))
    assert "Вы платите" not in boris.card.plain
    assert "Запросить одобрение" in card_of(boris).buttons


def test_a_request_and_an_approval_survive_restarts(chat: Chat, anya: Person, boris: Person) -> None:
    asked(chat, boris)
    chat.restart()
    chat.approving.resume()
    chat.run_in_line()
    assert len(anya.messages) == 1, "who was asked is not asked again"
    anya.click("Одобрить")
    chat.restart()
    boris.click("Карточка клиенту", card_of(boris))
    assert "Вы платите" in boris.card.plain


def test_whom_a_process_that_ended_could_not_ask_the_next_one_asks(chat: Chat, anya: Person, boris: Person) -> None:
    boris.send("1млн руб usdt 2%")
    boris.click("Запросить одобрение")
    assert anya.messages == []
    chat.restart()
    chat.approving.resume()
    chat.run_in_line()
    assert anya.card.buttons == ["Одобрить", "Отказать"]


def test_somebody_who_is_out_gets_nothing_approved(chat: Chat, anya: Person, boris: Person) -> None:
    asked(chat, boris)
    card = anya.card
    anya.send("/team")
    anya.click("Борис")
    anya.click("Сделать зрителем")
    chat.run_in_line()
    assert chat.approvals.find(1).state is State.WITHDRAWN  # type: ignore[union-attr]  # it is there
    assert card.plain.endswith("Запрос отозван.")


def test_the_asker_goes_on_with_something_else_meanwhile(chat: Chat, anya: Person, boris: Person) -> None:
    asked(chat, boris)
    boris.send("/new")
    anya.click("Одобрить")
    assert boris.card.plain.startswith("✅ Аня одобряет")
    assert "Что платит клиент?" in boris.messages[-2].plain
    boris.send("1млн руб usdt 2%")
    assert "Карточка клиенту" in boris.card.buttons


def test_a_second_person_who_cannot_be_reached_keeps_nobody_else_from_it(
    chat: Chat, anya: Person, boris: Person, vera: Person
) -> None:
    boris.send("1млн руб usdt 2%")
    boris.click("Запросить одобрение")
    chat.telegram.fail_next = TransportError("sendMessage", "ReadTimeout")
    chat.run_in_line()
    assert [len(anya.messages), len(vera.messages)] in ([0, 1], [1, 0])
    chat.is_stopping = True
    boris.click("Отозвать запрос")
    assert boris.card.buttons[0] == "Запросить одобрение"


def test_a_request_decided_before_it_was_sent_is_not_sent(chat: Chat, anya: Person, boris: Person) -> None:
    boris.send("1млн руб usdt 2%")
    boris.click("Запросить одобрение")
    boris.click("Отозвать запрос")
    chat.run_in_line()
    assert anya.messages == []


@pytest.mark.parametrize("arg", ["yes.99", "yes.x", "maybe.1", "yes"])
def test_a_forged_button_decides_nothing(chat: Chat, anya: Person, boris: Person, arg: str) -> None:
    asked(chat, boris)
    anya.press(f"approve:{arg}:3e9::0", anya.card)
    assert chat.approvals.find(1).state is State.WAITING  # type: ignore[union-attr]  # it is there
    assert anya.card.buttons == ["Одобрить", "Отказать"]


def test_a_request_that_another_version_wrote_is_shown_as_over(chat: Chat, anya: Person, boris: Person) -> None:
    asked(chat, boris)
    chat.database.read().execute("UPDATE approvals SET kept = '{}'")
    anya.click("Одобрить")
    assert anya.card.buttons == []
    chat.approving.resume()
    chat.pass_time(minutes=15)
    chat.approving.look()
    chat.run_in_line()
    assert chat.approvals.find(1).state is State.EXPIRED  # type: ignore[union-attr]  # it is there


def test_a_quote_against_the_gates_word_is_another_one(chat: Chat, anya: Person, boris: Person) -> None:
    asked(chat, boris)
    anya.click("Одобрить")
    chat.book.held[Feed.USDT_RUB] = replace(USDT_RUB, fetched_at=chat.now.replace(hour=11))
    boris.send("1млн руб usdt 2%")
    chat.run_beside()
    boris.click("Всё равно котировать")
    boris.click("Проверено на бирже")
    assert "Карточка клиенту" not in boris.card.buttons
    assert "Запросить одобрение" in boris.card.buttons


def test_while_a_rate_is_refreshed_nothing_goes_to_the_client(boris: Person) -> None:
    boris.send("1млн руб usdt 2%")
    boris.click("Обновить курс")
    assert not {"Карточка клиенту", "Запросить одобрение"} & set(boris.card.buttons)


def test_a_quote_beyond_the_limits_is_not_given_anew_without_a_second_person(
    chat: Chat, anya: Person, boris: Person
) -> None:
    asked(chat, boris)
    anya.click("Одобрить")
    boris.click("Карточка клиенту", card_of(boris))
    boris.send("Q-0001")
    boris.click("Новый курс")
    assert "🔒 По текущему курсу это сверх ваших лимитов" in boris.card.plain
    boris.send("Q-0002")
    assert boris.card.plain == "Котировки Q-0002 нет."


def test_a_request_that_is_over_leaves_nothing_in_memory(chat: Chat, anya: Person, boris: Person) -> None:
    for millions in (1, 2, 3):
        asked(chat, boris, f"{millions}млн руб usdt 2%")
        assert chat.approving.asking == 1
        anya.click("Одобрить")
        chat.run_in_line()
    assert chat.approvals.find(3) is not None
    assert chat.approving.asking == 0
