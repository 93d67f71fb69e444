"""What comes instead of updates: another poller, silence, and things that no handler was made for."""

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import requests

from sandbox.stand import Sandbox
from tests.e2e.bot_process import OPERATOR, Bot
from tests.e2e.operator import Operator


def poll_beside(bot: Bot, sandbox: Sandbox) -> None:
    """Until the bot has noticed, which it does not between two polls of its own."""
    never = threading.Event()
    with requests.Session() as rival:
        rival.trust_env = False
        for _ in range(300):
            rival.post(f"{sandbox.telegram_url}/bot{sandbox.token}/getUpdates", {"timeout": 0}).raise_for_status()
            never.wait(0.2)
            if bot.lines("polling pauses: 409 Conflict: terminated by other getUpdates request"):
                return
    raise AssertionError("the bot has not noticed")


def test_a_second_poller_is_made_room_for_and_the_bot_goes_on_when_it_is_alone(
    sandbox: Sandbox, bot: Bot, anna: Operator
) -> None:
    poll_beside(bot, sandbox)
    bot.wait_for("polling is well again", timeout_s=120)
    anna.open()
    assert "Что платит клиент?" in anna.text


def test_beside_another_poller_it_goes_on_from_what_the_file_says_by_now(
    sandbox: Sandbox, bot: Bot, anna: Operator, tmp_path: Path
) -> None:
    """It may be of a process on the same file, as in a deploy that starts one before it ends the other."""
    anna.open()
    bot.settle(1)
    poll_beside(bot, sandbox)
    with closing(sqlite3.connect(tmp_path / "desk.db")) as database, database:
        assert database.execute("DELETE FROM dialogues").rowcount == 1

    anna.person.press(anna.card, "RUB").wait_answer()

    bot.settle(2)
    assert "Что он получает?" not in anna.text


def test_a_poll_that_is_never_answered_is_over_soon(
    sandbox: Sandbox, new_bot: Callable[..., Bot], anna: Operator
) -> None:
    sandbox.faults.add("getUpdates", "silence", count=1)
    bot = new_bot().start()
    anna.person.send("/new")
    bot.wait_for("polling pauses: getUpdates: TimeoutError")
    anna.wait_for("Что платит клиент?")


@pytest.mark.parametrize("settings", [{}, {"INBOX": "telegram"}], ids=["database", "telegram"])
def test_updates_that_no_handler_was_made_for_block_nobody(
    sandbox: Sandbox, new_bot: Callable[..., Bot], anna: Operator, settings: dict[str, str]
) -> None:
    bot = new_bot(**settings).start()
    sandbox.updates.push("of_a_later_day", {"chat": {"id": OPERATOR}})
    for kind in ("message", "callback_query"):
        for nonsense in ({}, {"from": None}, {"id": [], "chat": "a chat", "date": "yesterday", "message": 7}):
            sandbox.updates.push(kind, nonsense)
    anna.open()
    sandbox.updates.wait_confirmed()
    assert "Что платит клиент?" in anna.text
    assert bot.stop() == 0
