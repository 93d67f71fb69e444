"""Who gets in, what strangers see, the commands and the settings."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from chat.commands import COMMANDS
from chat.delivery.acknowledger import Toast
from chat.delivery.dispatcher import Postponed
from chat.delivery.errors import TransportError
from desk.access import Role
from tests.chat.driver import COLLEAGUE, OPERATOR, STRANGER, Chat, Person, open_chat


def stranger_line(user_id: int) -> str:
    return f"This bot is for the operators of an exchange desk. Your id: {user_id}"


@pytest.fixture
def ownerless(tmp_path: Path) -> Iterator[Chat]:
    with open_chat(tmp_path, admins=()) as chat:
        yield chat


@pytest.fixture
def stranger(chat: Chat) -> Person:
    return Person(chat, STRANGER, language="en")


@pytest.mark.parametrize("text", ["/start", "/new", "/admin_bot", "/cancel", "/settings", "hello", None])
def test_a_stranger_gets_one_polite_line_with_their_id_and_nothing_else(stranger: Person, text: str | None) -> None:
    stranger.send(
        text,
        **(
            {}
            if text
            else {
                "sticker": {
                    "file_id": "1",
                    "file_unique_id": "1",
                    "type": "regular",
                    "width": 1,
                    "height": 1,
                    "is_animated": False,
                    "is_video": False,
                }
            }
        ),
    )
    assert [each.text for each in stranger.messages] == [stranger_line(2001)]


def test_a_stranger_who_presses_an_operators_button_is_answered_with_the_same_line(
    chat: Chat, anya: Person, stranger: Person
) -> None:
    anya.send("/new")
    data = anya.card.rows[0][0]["callback_data"]
    before = anya.card.text
    stranger.press(data, anya.card)
    assert anya.card.text == before
    assert chat.handlers.toast(stranger.query(data, anya.card)) == Toast(stranger_line(2001), alert=True)


def test_strangers_in_a_group_are_left_in_peace_until_they_call_the_bot(chat: Chat) -> None:
    passer_by = Person(chat, STRANGER, chat_id=-500)
    passer_by.send("hello all")
    assert passer_by.messages == []
    passer_by.send("/new")
    assert "2001" in passer_by.card.text


def test_messages_without_a_sender_are_ignored(chat: Chat, anya: Person) -> None:
    anya.send("/new", **{"from": None})
    assert anya.messages == []


def test_a_command_for_another_bot_is_ignored(anya: Person) -> None:
    anya.send("/new@other_bot")
    assert anya.messages == []
    anya.send("/new@Desk_Bot")
    assert len(anya.messages) == 1


def test_an_operator_is_told_of_an_outworn_button_on_receipt(chat: Chat, anya: Person) -> None:
    anya.send("/new")
    data = anya.card.rows[0][0]["callback_data"]
    assert chat.handlers.toast(anya.query(data, anya.card)) == Toast()
    anya.click("RUB")
    assert chat.handlers.toast(anya.query(data, anya.card)) == Toast("Эта кнопка уже сработала.")
    assert chat.handlers.toast(anya.query("nonsense", anya.card)) == Toast()


def test_another_operator_pressing_changes_nothing(chat: Chat, anya: Person) -> None:
    anya.send("/new")
    boris = Person(chat, COLLEAGUE)
    boris.click("RUB", anya.card)
    assert "Что платит клиент?" in anya.card.plain


def test_the_pairing_code_makes_the_first_owner_and_only_once(ownerless: Chat) -> None:
    anya, boris = Person(ownerless, OPERATOR), Person(ownerless, COLLEAGUE)
    boris.send("/start pair_wrong")
    assert boris.card.text.endswith("Ваш id: 1002")
    anya.send("/start pair_secret")
    assert anya.card.text.startswith("Готово")
    boris.send("/start pair_secret")
    assert boris.card.text.endswith("Ваш id: 1002")
    anya.send("/start pair_secret")
    assert "/new" in anya.card.text
    ownerless.restart()
    anya.send("/new")
    assert "Что платит клиент?" in anya.card.plain


def test_the_first_owner_whose_answer_has_to_wait_gets_it_when_the_update_is_handled_again(ownerless: Chat) -> None:
    anya = Person(ownerless, OPERATOR)
    ownerless.telegram.fail_next = Postponed(1.0)
    with pytest.raises(Postponed):
        anya.send("/start pair_secret")
    assert anya.messages == []
    ownerless.restart()
    anya.send("/start pair_secret")
    assert anya.card.text.startswith("Готово")


def test_the_language_follows_telegram_until_it_is_chosen(chat: Chat) -> None:
    john = Person(chat, OPERATOR, language="en-GB")
    john.send("/new")
    assert "What does the client pay?" in john.card.text
    john.send("/settings")
    john.click("Русский")
    assert john.card.buttons == ["✓ Русский", "English"]
    john.click("✓ Русский")
    john.send("/new")
    assert "Что платит клиент?" in john.card.text


def test_a_forged_language_is_not_taken(chat: Chat, anya: Person) -> None:
    anya.send("/settings")
    anya.press("language:xx:3e9::0", anya.card)
    assert chat.memory.languages == {}


@pytest.mark.parametrize("text", ["/start", "/help", "/nonsense"])
def test_help_lists_every_command_there_is(anya: Person, text: str) -> None:
    anya.send(text)
    assert all(f"/{command.name} — " in anya.card.text for command in COMMANDS)


def test_help_names_every_direction(anya: Person) -> None:
    anya.send("/help")
    assert "RUB → USDT, USD, EUR, THB, AED, ZAR, IDR\nUSDT → RUB, USD, EUR, THB, AED, ZAR, IDR" in anya.card.text


def test_text_outside_of_a_dialogue_is_told_where_to_begin(anya: Person) -> None:
    anya.send("привет")
    assert anya.card.text.startswith("Чтобы начать котировку, отправьте /new")


def test_a_handler_that_fails_tells_the_operator_and_keeps_the_dialogue_as_it_was(
    chat: Chat, anya: Person, caplog: pytest.LogCaptureFixture
) -> None:
    anya.send("/new")
    with caplog.at_level(logging.ERROR):
        chat.telegram.fail_next = TransportError("editMessageText", "ReadTimeout")
        anya.click("RUB")
    incident = caplog.records[0].getMessage().split("incident=")[1][:6]
    assert f"<code>{incident}</code>" in anya.card.text
    assert chat.updates.snapshot() == {"failed": 1}
    anya.click("USDT", anya.messages[0])
    assert "Что он получает?" in anya.messages[0].plain


def test_an_incident_is_told_in_the_language_and_the_topic_of_whoever_met_it(chat: Chat) -> None:
    anya = Person(chat, OPERATOR, chat_id=-500, thread_id=7)
    chat.memory.set_language(OPERATOR, "en")
    chat.telegram.fail_next = TransportError("sendMessage", "ReadTimeout")
    anya.send("/new@desk_bot")
    assert anya.card.text.startswith("Something went wrong")
    assert chat.telegram.named("sendMessage")[-1]["message_thread_id"] == 7


def test_an_update_that_cannot_even_be_answered_is_done_all_the_same(
    chat: Chat, anya: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise TransportError("sendMessage", "ConnectTimeout")

    monkeypatch.setattr("telebot.apihelper.CUSTOM_REQUEST_SENDER", refuse)
    anya.send("/start")
    assert chat.finished == [1]


def test_an_update_of_an_unknown_kind_is_done(chat: Chat) -> None:
    chat.handle({"something_new": {"from": {"id": 1}}})
    assert chat.finished == [1]


def test_every_command_of_the_table_has_its_answer_and_there_is_no_other(chat: Chat) -> None:
    assert chat.handlers._commands.keys() == {command.name for command in COMMANDS}


def test_one_who_may_only_look_sees_the_rates_and_quotes_nothing(
    chat: Chat, anya: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    anya.send("/new")
    question = anya.card
    monkeypatch.setattr(type(chat.access), "role", lambda *_: Role.VIEWER)

    anya.click("RUB", question)
    assert question.edits == 0
    for text in ("/new", "100000 rub usdt 2", "/q 100000 rub usdt 2"):
        anya.send(text)
        assert anya.card.text == "Здесь вы можете смотреть курсы; котировки дают операторы. Подробнее: /help"
    anya.send("/rates")
    assert "USDT" in anya.card.text
    anya.send("/help")
    assert "/rates" in anya.card.text
    assert "/new" not in anya.card.text
    assert "usdt 2%" not in anya.card.text, "nobody is told to do what is refused"
    assert "Направления:" in anya.card.text
