"""Everything that people, clients and Telegram do beside quoting: each has its calm answer, or none on purpose."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sandbox.messages import Media, Message
from sandbox.stand import Sandbox
from tests.e2e.bot_process import COLLEAGUE, OPERATOR, STRANGER, Bot
from tests.e2e.operator import NBSP, Operator

TEXT_ONLY = "Я читаю только текст."
NOT_A_NUMBER = "не читается как число"
DATE = 1_795_000_000
groups = itertools.count(501)


class Desk:
    """Anna in mid-quote, asked for the margin, and whoever else is about."""

    def __init__(self, sandbox: Sandbox, bot: Bot) -> None:
        self.sandbox, self.bot = sandbox, bot
        self.anna = Operator(sandbox.person(OPERATOR))
        self.boris, self.stranger = sandbox.person(COLLEAGUE), sandbox.person(STRANGER)
        self.anna.open("/new")
        self.anna.press("RUB")
        self.anna.press("USDT")
        self.asked = self.anna.card
        self.before = self.shown()

    def shown(self) -> dict[int, str]:
        return {each.id: each.text.replace(NBSP, " ") for each in self.anna.person.chat() if each.by_bot}

    def news(self) -> list[str]:
        """What the bot has said or changed since; everything that Anna did before is handled by then."""
        said = self.anna.person.send("/settings")
        probe = self.anna.person.wait(
            lambda chat: next((each for each in chat if each.id > said.id and each.text.startswith("Настройки")), None)
        )
        now = self.shown()
        del now[probe.id]
        return [text for number, text in now.items() if self.before.get(number) != text]

    def receives(self, *, chat: dict[str, Any] | None = None, **content: Any) -> None:
        """A message of Anna's with any content."""
        person = self.anna.person
        message = {"message_id": 70_000, "date": DATE, "from": person.user.json()}
        self.sandbox.inject("message", message | {"chat": chat or {"id": person.id, "type": "private"}} | content)

    def presses(self, data: str | None = None, **more: Any) -> None:
        """A press that no button of Anna's makes."""
        queries = self.sandbox.queries
        query = queries.ask(OPERATOR, data or "", chat_id=OPERATOR)
        update = {"id": query.id, "from": self.anna.person.user.json(), "chat_instance": "1", **more}
        self.sandbox.inject("callback_query", update | ({"data": data} if data is not None else {}))
        queries.wait_answered(query.id)

    def on_card(self) -> dict[str, Any]:
        return self.asked.json({"id": OPERATOR, "type": "private"})

    def button(self, label: str, *, verb: str | None = None, arg: str | None = None, screen: str | None = None) -> str:
        """The data of a button, or a forgery of it."""
        parts = self.asked.button(label.replace(" ", NBSP)).value.split(":")
        for place, forged in ((0, verb), (1, arg), (4, screen)):
            if forged is not None:
                parts[place] = forged
        return ":".join(parts)

    def group(self, *people: Any) -> int:
        return self.sandbox.group(-next(groups), self.anna.person, self.boris, *people)


def forged(desk: Desk, **forgery: str) -> None:
    desk.presses(desk.button("2 %", **forgery), message=desk.on_card())


def forged_by_a_colleague(desk: Desk) -> None:
    """With Anna's own data, and with it made out to be his."""
    group = desk.group()
    asked = desk.anna.person.send("/new", chat_id=group)
    card = desk.anna.person.wait_new(asked, chat_id=group)
    his = card.button("RUB").value
    for data in (his, his.replace(f"{OPERATOR:x}", f"{COLLEAGUE:x}")):
        desk.boris.press_data(card, data, chat_id=group).wait_answer()
    last = desk.boris.send("/help", chat_id=group)
    desk.boris.wait_new(last, chat_id=group)
    now = desk.anna.person.message(card, chat_id=group)
    assert (now.edits, now.button_texts) == (0, card.button_texts)


def forged_by_a_stranger(desk: Desk) -> None:
    """A client that was made to press in a chat that is not its own."""
    query = desk.sandbox.queries.ask(STRANGER, desk.button("2 %"), chat_id=OPERATOR)
    update = {"id": query.id, "from": desk.stranger.user.json(), "chat_instance": "1", "data": query.data}
    desk.sandbox.inject("callback_query", update | {"message": desk.on_card()})
    assert desk.sandbox.queries.wait_answered(query.id).text.endswith(f"Your id: {STRANGER}")


def not_asked_for(desk: Desk, kind: str) -> None:
    assert desk.sandbox.inject(kind, desk.on_card()) is None


@dataclass(frozen=True)
class Row:
    """`says` is what Anna gets to read; None where nothing is answered, on purpose."""

    name: str
    do: Callable[[Desk], object]
    says: str | None = None


FILE = {"file_id": "1", "file_unique_id": "1"}
PICTURE = Media("photo", "f1", "a.jpg", "image/jpeg", b"0")

ROWS = [
    # what is typed
    Row("a text of 4096 characters", lambda desk: desk.anna.person.send("я" * 4096), "Слишком длинно: 4096"),
    Row("a text of 4096 digits", lambda desk: desk.anna.person.send("9" * 4096), "Слишком длинно: 4096"),
    Row("HTML", lambda desk: desk.anna.person.send("<b>2</b>&amp;"), "<b>2</b>&amp;"),
    Row("a control character", lambda desk: desk.anna.person.send("\x01\u202e2"), "⚠️"),
    Row("emoji", lambda desk: desk.anna.person.send("👍"), NOT_A_NUMBER),
    Row(
        "a forwarded message is read like any other",
        lambda desk: desk.anna.person.send(
            "сколько?", extra={"forward_origin": {"type": "hidden_user", "sender_user_name": "К", "date": DATE}}
        ),
        NOT_A_NUMBER,
    ),
    Row("an unknown command", lambda desk: desk.anna.person.send("/nonsense"), "/settings"),
    Row("a command of another bot", lambda desk: desk.anna.person.send("/new@some_other_bot")),
    Row("an edited message", lambda desk: desk.anna.person.edit(desk.anna.person.chat()[0], "5")),
    # what cannot be read
    Row("a picture", lambda desk: desk.anna.person.send_media(PICTURE), TEXT_ONLY),
    Row("a picture with words", lambda desk: desk.anna.person.send_media(PICTURE, caption="2"), TEXT_ONLY),
    Row("a voice", lambda desk: desk.receives(voice={**FILE, "duration": 1}), TEXT_ONLY),
    Row("a place", lambda desk: desk.receives(location={"latitude": 1.0, "longitude": 1.0}), TEXT_ONLY),
    Row("a contact", lambda desk: desk.receives(contact={"phone_number": "1", "first_name": "К"}), TEXT_ONLY),
    Row("a dice", lambda desk: desk.receives(dice={"emoji": "🎲", "value": 6}), TEXT_ONLY),
    Row("a content of a kind nobody knows", lambda desk: desk.receives(hologram={"depth": 3})),
    Row("a pinned message", lambda desk: desk.receives(pinned_message=desk.on_card())),
    Row(
        "a new timer", lambda desk: desk.receives(message_auto_delete_timer_changed={"message_auto_delete_time": 86400})
    ),
    # buttons
    Row("64 bytes that no button carries", lambda desk: desk.presses("x" * 64, message=desk.on_card())),
    Row("a verb that there is not", lambda desk: forged(desk, verb="delete")),
    Row("a margin that is on no button", lambda desk: forged(desk, arg="-99")),
    Row("a margin that is no number", lambda desk: forged(desk, arg="much")),
    Row("a screen that is no number", lambda desk: forged(desk, screen="x")),
    Row("a screen that is to come", lambda desk: forged(desk, screen="99")),
    Row("an owner that is no number", lambda desk: desk.presses("margin:2:zz:1:2", message=desk.on_card())),
    Row("a press without a message", lambda desk: desk.presses(desk.button("2 %"), inline_message_id="1")),
    Row("a press of a game", lambda desk: desk.presses(None, game_short_name="g", message=desk.on_card())),
    Row("another operator's press", forged_by_a_colleague),
    Row("a stranger's press", forged_by_a_stranger),
    # other places
    Row("talk in a group", lambda desk: desk.anna.person.send("привет", chat_id=desk.group())),
    Row("a picture in a group", lambda desk: desk.anna.person.send_media(PICTURE, chat_id=desk.group())),
    Row("a stranger's talk in a group", lambda desk: desk.stranger.send("/new", chat_id=desk.group(desk.stranger))),
    Row(
        "a message of a channel in a group, which has no sender",
        lambda desk: desk.sandbox.inject(
            "message",
            {"message_id": 7, "date": DATE, "chat": {"id": -500, "type": "supergroup", "title": "G"}, "text": "/new"},
        ),
    ),
    Row("a post in a channel", lambda desk: not_asked_for(desk, "channel_post")),
    Row("a reaction", lambda desk: not_asked_for(desk, "message_reaction")),
    Row("a message of a business account", lambda desk: not_asked_for(desk, "business_message")),
    Row("an inline query", lambda desk: not_asked_for(desk, "inline_query")),
    Row("an update of a kind that is not there yet", lambda desk: desk.sandbox.inject("dream", {"from": {"id": 1}})),
]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Sandbox, Bot]]:
    with Sandbox() as sandbox:
        sandbox.person(OPERATOR, name="Анна <b>")
        sandbox.person(COLLEAGUE, name="Boris", language="en")
        sandbox.person(STRANGER, name="Stranger", language="en")
        bot = Bot(sandbox, Path(tmp_path_factory.mktemp("desk"))).start()
        yield sandbox, bot
        assert bot.stop() == 0


@pytest.fixture
def desk(running: tuple[Sandbox, Bot]) -> Iterator[Desk]:
    desk = Desk(*running)
    yield desk
    assert [line for line in desk.bot.output if " ERROR " in line or "Traceback" in line] == []
    assert desk.sandbox.unanswered() == []


def goes_on(desk: Desk, card: Message) -> None:
    desk.anna.person.press(card, f"2{NBSP}%").wait_answer()
    desk.anna.wait_for("Сколько RUB платит клиент?")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_what_is_strange_is_answered_calmly_or_not_at_all_and_the_quote_goes_on(desk: Desk, row: Row) -> None:
    row.do(desk)
    news = desk.news()
    if row.says is None:
        assert news == []
    else:
        assert [row.says in text for text in news] == [True], news
    goes_on(desk, desk.anna.person.message(desk.asked))


def test_a_card_that_was_deleted_is_sent_anew(desk: Desk) -> None:
    desk.anna.person.delete(desk.asked)
    desk.anna.person.send("2")
    desk.anna.wait_for("Сколько RUB платит клиент?")


def test_a_card_of_more_than_48_hours_ago_still_works(desk: Desk) -> None:
    desk.anna.person.press_data(desk.asked, desk.button("2 %"), accessible=False).wait_answer()
    desk.anna.wait_for("Сколько RUB платит клиент?")


def test_each_topic_of_a_forum_has_a_quote_of_its_own(desk: Desk) -> None:
    group, anna = desk.group(), desk.anna.person
    for topic in (7, 8):
        asked = anna.send("/new", chat_id=group, extra={"message_thread_id": topic, "is_topic_message": True})
        anna.wait_new(asked, chat_id=group)
    sent = [
        call.parameters.get("message_thread_id") for call in desk.sandbox.journal.calls("sendMessage", chat_id=group)
    ]
    assert sent == ["7", "8"]


def test_an_operator_who_blocked_the_bot_is_no_error_and_comes_back_to_the_same_quote(desk: Desk) -> None:
    refused = desk.sandbox.journal.count("sendMessage")
    desk.sandbox.chats.chats[OPERATOR].closed_with = "Forbidden: bot was blocked by the user"
    desk.receives(text="/help", entities=[{"type": "bot_command", "offset": 0, "length": 5}])
    desk.sandbox.journal.wait("sendMessage", count=refused + 1)
    desk.bot.wait_for("nobody to answer: Forbidden")
    desk.anna.person.unblock()
    goes_on(desk, desk.asked)


def test_a_strangers_flood_costs_one_line_and_no_row(desk: Desk) -> None:
    flooder = desk.sandbox.person(3001, language="en")
    for number in range(300):
        flooder.send(f"hello {number}")
    desk.anna.open("/help")
    assert [each.text for each in flooder.chat() if each.by_bot] == [
        "This bot is for the operators of an exchange desk. Your id: 3001"
    ]
    assert desk.sandbox.journal.calls("sendMessage", chat_id=3001)[1:] == []


def test_an_operator_who_rushes_is_told_once_and_everybody_else_is_served(desk: Desk) -> None:
    """Boris sends more than the bot can do while Telegram keeps it waiting; Anna does not notice."""
    slow = desk.sandbox.faults.add("sendMessage", "delay", delay_s=1.0, chat_id=COLLEAGUE, count=1)
    for _ in range(120):
        desk.boris.send("/cancel")
    goes_on(desk, desk.asked)
    desk.sandbox.faults.clear(fault_id=slow.id)
    desk.boris.wait(lambda chat: [each for each in chat if each.text.startswith("Too much at once")])
    desk.boris.wait(lambda chat: len([each for each in chat if each.text.startswith("There is nothing")]) >= 50, 60)
    said = desk.boris.send("/help")
    assert "/settings" in desk.boris.wait_new(said).text
    assert len([each for each in desk.boris.chat() if each.text.startswith("Too much at once")]) == 1
