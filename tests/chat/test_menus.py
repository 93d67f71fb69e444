"""Telegram's lists of commands, as each person gets to see them."""

import json
from typing import Any

import pytest
from telebot import apihelper
from telebot.apihelper import ApiTelegramException

from chat.commands import COMMANDS
from chat.delivery.errors import TransportError
from chat.menus import Menus
from desk.access import Role
from tests.chat.driver import OPERATOR, Chat, Person
from tests.chat.telegram import Reply


@pytest.fixture
def menus(chat: Chat) -> Menus:
    return Menus(chat.bot, chat.memory)


def published(chat: Chat, scope: dict[str, Any] | None) -> dict[str, dict[str, str]]:
    """By language code: the commands with their lines."""
    found = {}
    for call in chat.telegram.named("setMyCommands"):
        if json.loads(call.get("scope") or "null") == scope:
            commands = json.loads(call["commands"])
            found[call.get("language_code") or ""] = {each["command"]: each["description"] for each in commands}
    return found


def of(user_id: int) -> dict[str, Any]:
    return {"type": "chat", "chat_id": user_id}


def test_strangers_are_shown_how_to_begin_and_nothing_else(chat: Chat, menus: Menus) -> None:
    menus.for_strangers()
    assert {code: list(menu) for code, menu in published(chat, None).items()} == {"ru": ["start"], "": ["start"]}


@pytest.mark.parametrize("role", Role)
def test_each_person_is_shown_what_their_role_may_send(chat: Chat, menus: Menus, role: Role) -> None:
    menus.for_person(OPERATOR, role)
    menu = published(chat, of(OPERATOR))
    assert list(menu["ru"]) == [each.name for each in COMMANDS if each.least <= role]
    assert menu["ru"]["rates"] == "курсы всех направлений"
    assert menu[""]["rates"] == "the rates of all directions"


def test_a_group_is_shown_what_operators_use(chat: Chat, menus: Menus) -> None:
    menus.for_groups()
    menu = published(chat, {"type": "all_group_chats"})["ru"]
    assert "new" in menu
    assert "status" not in menu


def test_a_menu_follows_the_language_that_was_chosen(chat: Chat, anya: Person) -> None:
    anya.send("/settings")
    anya.click("English")
    chat.run_beside()
    menu = published(chat, of(OPERATOR))
    assert menu["ru"] == menu[""]
    assert menu["ru"]["rates"] == "the rates of all directions"


def test_one_who_is_let_in_no_more_has_the_menu_of_a_stranger(chat: Chat, menus: Menus) -> None:
    menus.for_person(OPERATOR, None)
    deleted = chat.telegram.named("deleteMyCommands")
    assert [call.get("language_code") for call in deleted] == ["ru", None]
    assert all(json.loads(call["scope"]) == of(OPERATOR) for call in deleted)


def refuse(monkeypatch: pytest.MonkeyPatch, status: int, description: str) -> None:
    monkeypatch.setattr(apihelper, "CUSTOM_REQUEST_SENDER", lambda *_, **__: Reply(status, description))


def test_one_who_never_wrote_to_the_bot_has_no_menu_and_is_no_trouble(
    menus: Menus, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    refuse(monkeypatch, 400, "Bad Request: chat not found")
    with caplog.at_level("INFO"):
        menus.for_person(OPERATOR, Role.VIEWER)
    assert "no menu for user_id=1001" in caplog.text


def test_any_other_refusal_is_for_the_caller_to_try_again(menus: Menus, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse(monkeypatch, 500, "Internal Server Error")
    with pytest.raises(ApiTelegramException):
        menus.for_person(OPERATOR, Role.VIEWER)


def test_a_menu_that_could_not_be_shown_disturbs_nobody(
    chat: Chat, anya: Person, caplog: pytest.LogCaptureFixture
) -> None:
    chat.front.people.show_menu(OPERATOR)
    chat.telegram.fail_next = TransportError("setMyCommands", "ReadTimeout")
    chat.run_beside()
    assert "menu not shown user_id=1001" in caplog.text
    assert anya.messages == []
