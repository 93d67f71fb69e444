"""Everything that people, clients and Telegram do beside quoting: each has its calm answer, or none on purpose."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from telebot.apihelper import ApiTelegramException

from bot import KINDS
from chat.delivery.acknowledger import Toast
from tests.chat.driver import COLLEAGUE, OPERATOR, STRANGER, Chat, Person, at_margin

TEXT_ONLY = "Я читаю только текст."
NOT_A_NUMBER = "не читается как число"
FILE = {"file_id": "1", "file_unique_id": "1"}
PICTURE = [{**FILE, "width": 1, "height": 1}]
BOT = {"id": 1, "is_bot": True, "first_name": "Desk", "username": "desk_bot"}
FORWARDED = {"forward_origin": {"type": "hidden_user", "sender_user_name": "К", "date": 1}}


class Desk:
    """Anya in mid-quote, asked for the margin, and whoever else is about."""

    def __init__(self, chat: Chat) -> None:
        self.chat, self.anya = chat, Person(chat, OPERATOR)
        self.boris, self.stranger = Person(chat, COLLEAGUE), Person(chat, STRANGER, language="en")
        at_margin(self.anya)
        self.asked = self.anya.card

    def shown(self) -> dict[int, str]:
        return {each.id: each.plain for each in self.chat.telegram.sent()}

    def presses(self, **query: Any) -> None:
        """A press that no button makes."""
        press = {name: value for name, value in (self.anya.query("", self.asked) | query).items() if value is not None}
        assert self.chat.handlers.toast(press) in {Toast(), Toast("Эта кнопка уже сработала.")}, "answered, calmly"
        self.chat.handle({"callback_query": press})

    def forges(self, **parts: str) -> None:
        """The data of a button with something else in it."""
        [data] = [
            each["callback_data"] for row in self.asked.rows for each in row if each["text"] == "2\N{NO-BREAK SPACE}%"
        ]
        names = ("verb", "arg", "owner", "dialogue", "screen")
        self.presses(data=":".join(parts.get(name, part) for name, part in zip(names, data.split(":"), strict=True)))

    def in_group(self, person: Person, text: str | None = None, **content: Any) -> None:
        Person(self.chat, person.user_id, chat_id=-500, language=person.language).send(text, **content)


@dataclass(frozen=True)
class Row:
    """`says` is what there is to read afterwards; None where nothing is answered, on purpose."""

    name: str
    do: Callable[[Desk], object]
    says: str | None = None


ROWS = [
    # what is typed
    Row("a text of 4096 characters", lambda desk: desk.anya.send("я" * 4096), "Слишком длинно: 4096"),
    Row("a text of 4096 digits", lambda desk: desk.anya.send("9" * 4096), "Слишком длинно: 4096"),
    Row("HTML", lambda desk: desk.anya.send("<b>2</b>&amp;"), "&lt;b&gt;2&lt;/b&gt;&amp;amp;"),
    Row("control characters", lambda desk: desk.anya.send("\x01\u202e2"), "⚠️"),
    Row("emoji", lambda desk: desk.anya.send("👍"), NOT_A_NUMBER),
    Row("a forwarded text, like any other", lambda desk: desk.anya.send("сколько?", **FORWARDED), NOT_A_NUMBER),
    Row("an unknown command", lambda desk: desk.anya.send("/nonsense"), "/settings"),
    Row("a command of another bot", lambda desk: desk.anya.send("/new@some_other_bot")),
    Row("a card that was sent through the bot itself", lambda desk: desk.anya.send("1000", via_bot=BOT)),
    Row("a number that was sent through another bot", lambda desk: desk.anya.send("2", via_bot=BOT | {"id": 7})),
    # what cannot be read
    Row("a picture", lambda desk: desk.anya.send(None, photo=PICTURE), TEXT_ONLY),
    Row("a picture with words", lambda desk: desk.anya.send(None, photo=PICTURE, caption="2"), TEXT_ONLY),
    Row("a forwarded file", lambda desk: desk.anya.send(None, document=FILE, **FORWARDED), TEXT_ONLY),
    Row("a voice", lambda desk: desk.anya.send(None, voice={**FILE, "duration": 1}), TEXT_ONLY),
    Row("a place", lambda desk: desk.anya.send(None, location={"latitude": 1.0, "longitude": 1.0}), TEXT_ONLY),
    Row("a contact", lambda desk: desk.anya.send(None, contact={"phone_number": "1", "first_name": "К"}), TEXT_ONLY),
    Row("a dice", lambda desk: desk.anya.send(None, dice={"emoji": "🎲", "value": 6}), TEXT_ONLY),
    Row("a content of a kind nobody knows", lambda desk: desk.anya.send(None, hologram={"depth": 3})),
    Row("a new title", lambda desk: desk.anya.send(None, new_chat_title="T")),
    Row(
        "a new timer",
        lambda desk: desk.anya.send(None, message_auto_delete_timer_changed={"message_auto_delete_time": 9}),
    ),
    # buttons
    Row("64 bytes that no button carries", lambda desk: desk.presses(data="x" * 64)),
    Row("nothing but colons", lambda desk: desk.presses(data=":" * 64)),
    Row("a verb that there is not", lambda desk: desk.forges(verb="delete")),
    Row("a margin that is on no button", lambda desk: desk.forges(arg="-99")),
    Row("a margin that is no number", lambda desk: desk.forges(arg="much")),
    Row("a screen that is no number", lambda desk: desk.forges(screen="x")),
    Row("a screen that is to come", lambda desk: desk.forges(screen="99")),
    Row("an owner that is no number", lambda desk: desk.forges(owner="zz")),
    Row("another operator's dialogue", lambda desk: desk.forges(owner=f"{COLLEAGUE:x}")),
    Row(
        "a press without a message",
        lambda desk: desk.presses(data="margin:2:3e9:d1:2", message=None, inline_message_id="1"),
    ),
    Row("a press of a game", lambda desk: desk.presses(data=None, game_short_name="g")),
    # other places and senders
    Row("talk in a group", lambda desk: desk.in_group(desk.anya, text="привет")),
    Row("a picture in a group", lambda desk: desk.in_group(desk.anya, photo=PICTURE)),
    Row("a stranger's picture in a group", lambda desk: desk.in_group(desk.stranger, photo=PICTURE)),
    Row(
        "who joins a group",
        lambda desk: desk.in_group(desk.anya, new_chat_members=[{"id": 5, "is_bot": False, "first_name": "N"}]),
    ),
    Row(
        "a message without a sender",
        lambda desk: desk.chat.handle(
            {"message": {"message_id": 7, "date": 1, "chat": {"id": -500, "type": "supergroup"}, "text": "/new"}}
        ),
    ),
    Row("an update of a kind that is not there yet", lambda desk: desk.chat.handle({"dream": {"from": {"id": 1}}})),
]


@pytest.fixture
def desk(chat: Chat) -> Desk:
    return Desk(chat)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_what_is_strange_is_answered_calmly_or_not_at_all_and_the_quote_goes_on(
    desk: Desk, row: Row, caplog: pytest.LogCaptureFixture
) -> None:
    before = desk.shown()
    row.do(desk)
    news = [text for number, text in desk.shown().items() if before.get(number) != text]
    if row.says is None:
        assert news == []
    else:
        assert [row.says in text for text in news] == [True], news
    assert [record for record in caplog.records if record.levelname in {"ERROR", "CRITICAL"}] == []
    desk.anya.click("2 %", desk.asked)
    assert "Сколько RUB платит клиент?" in desk.asked.plain


def test_what_the_desk_has_no_use_for_is_not_even_asked_for() -> None:
    """Edited messages, posts in channels, reactions and business accounts never come in."""
    assert KINDS == ("message", "callback_query", "inline_query", "chosen_inline_result")


@pytest.mark.parametrize("owner", [OPERATOR, COLLEAGUE])
def test_a_forged_press_leaves_another_operators_card_in_a_group_as_it_is(chat: Chat, owner: int) -> None:
    anya, boris = Person(chat, OPERATOR, chat_id=-500), Person(chat, COLLEAGUE, chat_id=-500)
    anya.send("/new")
    card = anya.card
    data = card.rows[0][0]["callback_data"].replace(f"{OPERATOR:x}", f"{owner:x}")
    query = boris.query(data, card)
    query["message"]["reply_markup"] = {"inline_keyboard": card.rows}
    chat.handle({"callback_query": query})
    assert (card.edits, card.buttons[:2]) == (0, ["RUB", "USDT"])


def test_media_under_a_result_in_a_group_is_nobodys_business(chat: Chat) -> None:
    anya = Person(chat, OPERATOR, chat_id=-500)
    at_margin(anya)
    anya.send(None, photo=PICTURE)
    assert anya.card.text.startswith(TEXT_ONLY)
    anya.click("2 %", anya.messages[0])
    anya.send("1000")
    said = len(anya.messages)
    anya.send(None, photo=PICTURE)
    assert len(anya.messages) == said


def test_media_outside_of_a_quote_gets_the_same_line(anya: Person) -> None:
    anya.send(
        None, sticker={**FILE, "type": "regular", "width": 1, "height": 1, "is_animated": False, "is_video": False}
    )
    assert [each.text.startswith(TEXT_ONLY) for each in anya.messages] == [True]


def test_a_card_that_was_deleted_is_sent_anew(desk: Desk) -> None:
    del desk.chat.telegram.messages[desk.asked.id]
    desk.anya.send("2")
    assert "Сколько RUB платит клиент?" in desk.anya.card.plain


def test_an_operator_who_blocked_the_bot_is_no_error_and_finds_the_quote_again(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    blocked = {"ok": False, "error_code": 403, "description": "Forbidden: bot was blocked by the user"}
    desk.chat.telegram.fail_next = ApiTelegramException("sendMessage", None, blocked)
    desk.anya.send("/help")
    assert [record.levelname for record in caplog.records if record.levelname in {"ERROR", "WARNING"}] == []
    desk.anya.click("2 %", desk.asked)
    assert "Сколько RUB платит клиент?" in desk.asked.plain


def test_who_was_left_aside_is_told_in_the_right_language_and_topic(chat: Chat) -> None:
    anya = Person(chat, OPERATOR, chat_id=-500, thread_id=7)
    chat.updates.slow_down({"message": anya._message(1) | {"text": "2"}})
    assert anya.card.text.startswith("Слишком много сразу")
    assert chat.telegram.named("sendMessage")[-1]["message_thread_id"] == 7
    chat.updates.slow_down({"message": "nonsense"})
    assert len(anya.messages) == 1
