"""The bot called in another chat, on the real process."""

from collections.abc import Callable

import pytest

from sandbox.people import Person
from sandbox.queries import Answer
from sandbox.stand import Sandbox
from tests.e2e.bot_process import COLLEAGUE, OPERATOR, STRANGER, Bot
from tests.e2e.operator import NBSP, Operator

CLIENT = 3001


@pytest.fixture
def igor(sandbox: Sandbox) -> Person:
    """A client, who knows nothing of the bot."""
    return sandbox.person(CLIENT, name="Игорь")


def ask(person: Person, text: str) -> Answer:
    return person.ask_inline(text).wait_answer()


def titles(answer: Answer) -> list[str]:
    return [choice.title.replace(NBSP, " ") for choice in answer.choices]


def quoted(anna: Operator, line: str = "100к руб usdt 2%") -> None:
    """Right after the start a rate may be on its way yet; and a second one begins when all of the first is kept."""
    for _ in range(2):
        anna.open(line)
        anna.wait_for("Клиент получает")


def test_a_card_is_sent_into_a_clients_chat_and_becomes_a_quote(
    sandbox: Sandbox, new_bot: Callable[..., Bot], anna: Operator, igor: Person
) -> None:
    bot = new_bot(DESK_NAME="Обмен & Ко").start()
    quoted(anna)
    there = sandbox.pair(anna.person, igor)
    asked = anna.person.ask_inline("50к руб usdt")
    answer = asked.wait_answer()
    assert titles(answer) == ["50 000 RUB → 600,31 USDT"]
    assert (answer.is_personal, answer.cache_time) == (True, 0)
    sent = anna.person.choose(asked, chat_id=there)
    card = igor.wait(lambda chat: next((each for each in chat if "Q-0001" in each.text), None), chat_id=there)
    assert (card.id, card.sender.id) == (sent.id, OPERATOR)
    assert card.text.replace(NBSP, " ").splitlines()[:5] == [
        "Обмен & Ко",
        "Обмен RUB → USDT",
        "",
        "Вы платите: 50 000 RUB",
        "Вы получаете: 600,31 USDT",
    ]
    anna.wait_for("Q-0001")
    assert "Traceback" not in bot.text


@pytest.mark.usefixtures("bot")
def test_the_button_under_a_quote_brings_its_card_into_a_clients_chat(
    sandbox: Sandbox, anna: Operator, igor: Person
) -> None:
    quoted(anna)
    there = sandbox.pair(anna.person, igor)
    anna.person.press(anna.card, "Карточка клиенту").wait_answer()
    given = anna.wait_for("Вы получаете")
    button = given.button("Клиенту")
    assert button.action == "switch_inline_query_chosen_chat"
    assert '"query": "Q-0001"' in button.value
    anna.person.choose(anna.person.ask_inline("Q-0001"), chat_id=there)
    assert igor.chat(there)[0].text == given.text
    copied = given.button("Скопировать").value
    assert "100 000 RUB" in copied
    assert NBSP not in copied
    assert not [word for word in ("База", "аржа", "рибыль", "Rapira", "Анна") if word in igor.chat(there)[0].text]


@pytest.mark.usefixtures("bot")
def test_nobody_but_its_author_finds_a_quote(sandbox: Sandbox, anna: Operator) -> None:
    quoted(anna)
    anna.person.press(anna.card, "Карточка клиенту").wait_answer()
    anna.wait_for("Вы получаете")
    boris = ask(sandbox.person(COLLEAGUE), "Q-0001")
    assert boris.choices == ()
    assert boris.start is not None
    assert boris.start.text == "Q-0001: you have no such quote"
    stranger = sandbox.person(STRANGER)
    for text in ("Q-0001", "100к руб usdt 2%", ""):
        answer = ask(stranger, text)
        assert (answer.choices, answer.start) == ((), None)


def test_what_was_offered_before_a_kill_is_a_quote_after_it(
    sandbox: Sandbox, bot: Bot, anna: Operator, igor: Person
) -> None:
    quoted(anna)
    there = sandbox.pair(anna.person, igor)
    asked = anna.person.ask_inline("50к руб usdt 2%")
    asked.wait_answer()
    bot.kill()
    anna.person.choose(asked, chat_id=there)
    bot.start()
    igor.wait(lambda chat: [each for each in chat if "Q-0001" in each.text], chat_id=there)


def test_an_inline_query_is_not_kept_and_holds_up_nothing(
    sandbox: Sandbox, new_bot: Callable[..., Bot], anna: Operator
) -> None:
    """Telegram keeps the updates, and holds back everything behind one that is not done."""
    bot = new_bot(INBOX="telegram").start()
    quoted(anna)
    for end in range(1, 17):
        anna.person.ask_inline("100к руб usdt 2%"[:end])
    assert titles(ask(anna.person, "100к руб usdt 2%")) == ["100 000 RUB → 1 200,62 USDT"]
    sandbox.updates.wait_confirmed()
    bot.kill()
    bot.start()
    assert titles(ask(anna.person, "50к руб usdt 2%")) == ["50 000 RUB → 600,31 USDT"]


def test_with_dead_sources_there_is_no_card_but_a_way_to_the_chat(
    sandbox: Sandbox, new_bot: Callable[..., Bot], anna: Operator
) -> None:
    sandbox.faults.add("sources", "500")
    new_bot().start()
    answer = ask(anna.person, "100к руб usdt 2%")
    assert answer.choices == ()
    assert answer.start is not None
    assert "курса сейчас нет" in answer.start.text
    anna.open(f"/start {answer.start.parameter}")
    assert "RUB → USDT" in anna.text


@pytest.mark.usefixtures("bot")
def test_an_answer_is_there_at_once_while_the_own_chat_has_to_wait(sandbox: Sandbox, anna: Operator) -> None:
    quoted(anna)
    sandbox.faults.add("sendMessage", "429", chat_id=OPERATOR, retry_after=120, count=1)
    anna.person.send("/help")
    took_s = []
    for amount in range(1, 21):
        asked = anna.person.ask_inline(f"{amount}к руб usdt 2%")
        took_s.append(asked.wait_answer().at - asked.at)
    assert max(took_s) < 60, "who waits for the chat waits for two minutes"


def test_a_flood_of_letters_costs_nobody_else_anything(sandbox: Sandbox, bot: Bot, anna: Operator) -> None:
    quoted(anna)
    for number in range(300):
        sandbox.person(COLLEAGUE).ask_inline(f"{number}к rub usdt 2%")
        sandbox.person(STRANGER).ask_inline(f"{number}к rub usdt 2%")
    asked = anna.person.ask_inline("100к руб usdt 2%")
    assert titles(asked.wait_answer()) == ["100 000 RUB → 1 200,62 USDT"]
    last = sandbox.person(COLLEAGUE).ask_inline("999к rub usdt 2%")
    assert titles(last.wait_answer()) == ["999 000 RUB → 11 991.35 USDT"]
    assert "Traceback" not in bot.text
