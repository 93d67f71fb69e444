"""What is read of an update is what telebot's types, which read all of it, say."""

from typing import Any

import pytest
from telebot.types import CallbackQuery, Message
from telebot.util import content_type_media, content_type_service

from chat.heard import Heard, Kind, Tapped

ANYA: dict[str, Any] = {"id": 1001, "is_bot": False, "first_name": "Аня", "last_name": "Белова", "language_code": "ru"}
MESSAGE: dict[str, Any] = {"message_id": 7, "date": 1, "from": ANYA, "chat": {"id": -500, "type": "supergroup"}}
IN_A_TOPIC = {"message_thread_id": 5, "is_topic_message": True}


@pytest.mark.parametrize(
    "more",
    [
        {"text": "/new@desk_bot 100к"},
        {"text": "/new"},
        {"text": "2,5"},
        {"text": ""},
        {"text": "1", **IN_A_TOPIC},
        {"text": "1", "message_thread_id": 5},
        {"text": "1", "reply_to_message": MESSAGE | {"message_id": 6}},
        {"text": "1", "via_bot": {"id": 9, "is_bot": True, "first_name": "Desk"}},
        {"text": "1", "from": {"id": 9, "is_bot": True, "first_name": "Desk"}},
        {"text": "1", "chat": {"id": 1001, "type": "private"}},
    ],
    ids=str,
)
def test_a_message_is_read_as_telebot_reads_it(more: dict[str, Any]) -> None:
    raw = MESSAGE | more
    heard, message = Heard.of(raw), Message.de_json(raw)
    sender, answered = message.from_user, message.reply_to_message

    assert heard.sender is not None
    assert (heard.sender.id, heard.sender.name) == (sender.id, sender.full_name)
    assert (heard.sender.is_bot, heard.sender.language_code) == (sender.is_bot, sender.language_code)
    assert (heard.chat_id, heard.is_private) == (message.chat.id, message.chat.type == "private")
    assert heard.thread_id == (message.message_thread_id if message.is_topic_message else None)
    assert heard.reply_to == (answered.message_id if answered else None)
    assert heard.is_through_a_bot == (message.via_bot is not None)
    assert heard.text == message.text


@pytest.mark.parametrize(
    ("text", "command", "called"),
    [
        ("/new", "new", ""),
        ("/new@desk_bot 100к", "new", "desk_bot"),
        ("/start join_1", "start", ""),
        ("/", "", ""),
        ("100к", None, ""),
        ("", None, ""),
    ],
)
def test_a_command_begins_with_a_slash_and_may_name_its_bot(text: str, command: str | None, called: str) -> None:
    heard = Heard.of(MESSAGE | {"text": text})

    assert (heard.command, heard.called) == (command, called)


@pytest.mark.parametrize("kind", [*content_type_media, *content_type_service])
def test_every_kind_of_content_that_telebot_knows_is_told_apart(kind: str) -> None:
    expected = Kind.MEDIA if kind in content_type_media else Kind.SERVICE

    assert Heard.of(MESSAGE | {kind: "1"}).kind is (Kind.TEXT if kind == "text" else expected)


def test_a_message_that_names_no_sender_and_holds_what_nobody_knows_is_read_all_the_same() -> None:
    heard = Heard.of({"message_id": 7, "date": 1, "chat": {"id": -500, "type": "supergroup"}, "hologram": {}})

    assert (heard.sender, heard.kind, heard.text) == (None, Kind.UNKNOWN, "")


ROWS = [[{"text": "a", "callback_data": "margin:2:3e9:d1:2"}, {"text": "b", "url": "https://example.com"}]]


@pytest.mark.parametrize("more", [{}, IN_A_TOPIC, {"reply_markup": {"inline_keyboard": ROWS}}], ids=str)
def test_a_press_is_read_as_telebot_reads_it(more: dict[str, Any]) -> None:
    raw = {"id": "1", "from": ANYA, "chat_instance": "1", "data": "x", "message": MESSAGE | more}
    tapped, query = Tapped.of(raw), CallbackQuery.de_json(raw)
    markup = query.message.reply_markup

    assert tapped is not None
    assert (tapped.sender.id, tapped.data, tapped.is_old) == (query.from_user.id, query.data, False)
    assert (tapped.chat_id, tapped.message_id) == (query.message.chat.id, query.message.message_id)
    assert tapped.thread_id == (query.message.message_thread_id if query.message.is_topic_message else None)
    assert list(tapped.buttons) == [
        button.callback_data for row in (markup.keyboard if markup else ()) for button in row if button.callback_data
    ]


def test_of_an_old_message_little_is_known_and_of_a_persons_own_nothing() -> None:
    old = {"message_id": 7, "date": 0, "chat": {"id": -500, "type": "supergroup"}}
    tapped = Tapped.of({"id": "1", "from": ANYA, "chat_instance": "1", "message": old})

    assert tapped is not None
    assert (tapped.is_old, tapped.buttons, tapped.data) == (True, (), None)
    assert Tapped.of({"id": "1", "from": ANYA, "chat_instance": "1", "inline_message_id": "1", "data": "x"}) is None
