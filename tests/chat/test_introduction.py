"""What the bot does beside its first poll."""

import logging
import threading
from collections.abc import Callable
from typing import Any

import pytest

from chat.delivery.errors import TransportError
from chat.introduction import Introduction
from tests.chat.driver import Chat
from tests.chat.telegram import Reply


class Pauses(threading.Event):
    """Every pause is over at once; `made` tells how long they would have been."""

    def __init__(self) -> None:
        super().__init__()
        self.made: list[float | None] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.made.append(timeout)
        return self.is_set()


@pytest.fixture
def telegram(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> list[Exception | Reply]:
    """What the next calls meet, before Telegram answers as it should."""
    meets: list[Exception | Reply] = []

    def answer(_verb: str, url: str, **request: Any) -> Any:
        chat.telegram.calls.append((url.rsplit("/", 1)[-1], dict(request["params"] or {})))
        if meets:
            met = meets.pop(0)
            if isinstance(met, Exception):
                raise met
            return met
        if url.endswith("getMe"):
            return Reply(200, {"id": 1, "is_bot": True, "first_name": "Desk", "username": "desk_bot"})
        return Reply(200, True)

    monkeypatch.setattr("telebot.apihelper.CUSTOM_REQUEST_SENDER", answer)
    return meets


def introduce(chat: Chat, *, code: Callable[[], str | None] = lambda: None) -> tuple[Introduction, Pauses]:
    pauses = Pauses()
    introduction = Introduction(chat.bot, pairing_code=code, menus=chat.front.people.menus, stop=pauses)
    introduction.run()
    return introduction, pauses


@pytest.mark.usefixtures("telegram")
def test_a_webhook_is_taken_away_and_what_waits_is_kept(chat: Chat) -> None:
    introduction, _ = introduce(chat)
    assert chat.telegram.named("deleteWebhook") == [{}]
    assert introduction.username == "desk_bot"
    assert len(chat.telegram.named("setMyCommands")) == 2 * (2 + len(chat.access.members))


@pytest.mark.usefixtures("telegram")
def test_the_pairing_link_is_in_the_log_while_nobody_owns_the_bot(chat: Chat, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        introduce(chat, code=lambda: "pair_x")
    assert "https://t.me/desk_bot?start=pair_x" in caplog.text


@pytest.mark.usefixtures("telegram")
def test_a_bot_with_an_owner_shows_no_link(chat: Chat, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        introduce(chat)
    assert "start=" not in caplog.text


def test_without_a_network_each_step_is_tried_until_it_works(chat: Chat, telegram: list[Exception | Reply]) -> None:
    telegram += [TransportError("deleteWebhook", "ConnectTimeout")] * 8
    introduction, pauses = introduce(chat)
    assert pauses.made == [1, 2, 4, 8, 16, 32, 60, 60]
    assert introduction.username == "desk_bot"


@pytest.mark.parametrize("status", [429, 500, 502])
def test_a_telegram_in_trouble_is_asked_again_so_that_the_link_is_never_missing(
    chat: Chat, telegram: list[Exception | Reply], caplog: pytest.LogCaptureFixture, status: int
) -> None:
    telegram += [Reply(status, "not now")] * 3
    with caplog.at_level(logging.INFO):
        introduce(chat, code=lambda: "pair_x")
    assert "https://t.me/desk_bot?start=pair_x" in caplog.text


@pytest.mark.parametrize("shares", [True, False])
def test_it_is_learnt_whether_cards_can_be_sent_to_clients(
    chat: Chat, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, shares: bool
) -> None:
    me = {"id": 1, "is_bot": True, "first_name": "Desk", "username": "desk_bot", "supports_inline_queries": shares}
    monkeypatch.setattr("telebot.apihelper.CUSTOM_REQUEST_SENDER", lambda *_, **__: Reply(200, me))
    introduction, _ = introduce(chat)
    assert introduction.shares is shares
    assert ("/setinline" in caplog.text) is not shares


def test_a_refusal_is_left_at_that(
    chat: Chat, telegram: list[Exception | Reply], caplog: pytest.LogCaptureFixture
) -> None:
    telegram.append(Reply(400, "Bad Request: not now"))
    introduction, pauses = introduce(chat)
    assert "not now" in caplog.text
    assert introduction.username == "desk_bot"
    assert pauses.made == []


@pytest.mark.usefixtures("telegram")
def test_it_runs_beside_the_first_poll(chat: Chat) -> None:
    introduction = Introduction(chat.bot, pairing_code=lambda: None, menus=chat.front.people.menus)
    introduction.start().join(30)
    assert introduction.username == "desk_bot"
