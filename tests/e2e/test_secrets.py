"""Every kind of failure, with marked secrets: none of them is in the output, the database, or what people read."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ops.settings import SettingError, load, specs
from sandbox.failures import SOURCE_KINDS, TELEGRAM_KINDS
from sandbox.sources import ROUTES
from sandbox.stand import Sandbox
from tests.e2e.bot_process import OPERATOR, Bot

TOKEN = "7654321:AAMarkedTokenOfNoBotAtAll_0123456789"
PASSWORD = "marked-proxy-password"
GIVEN = {
    "BOT_TOKEN": TOKEN,
    "RAPIRA_API_KEY": "marked-rapira-key",
    "API_LAYER_KEY": "marked-first-key,marked-second-key",
    "RAPIRA_PROXY": f"http://desk:{PASSWORD}@127.0.0.1:9",
}
"""A value for each secret setting; one that is not here yet gets a mark made of its name."""
SECRETS = {spec.name: GIVEN.get(spec.name, f"marked-{spec.name.lower()}-0123456789") for spec in specs() if spec.secret}
MARKS = [
    TOKEN,
    TOKEN.partition(":")[2],
    TOKEN.replace(":", "%3A"),
    *(mark for name, value in SECRETS.items() if not name.endswith(("TOKEN", "PROXY")) for mark in value.split(",")),
    *([PASSWORD] if "RAPIRA_PROXY" in SECRETS else []),
]
CALLS = ("sendMessage", "editMessageText", "answerCallbackQuery", "getUpdates")
ECHO = f'{{"ok": false, "error_code": 400, "description": "no {TOKEN} in {" ".join(MARKS)}"}}'


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[tuple[Sandbox, Bot]]:
    with Sandbox(token=TOKEN) as sandbox:
        sandbox.person(OPERATOR, name="Анна")
        settings = SECRETS | {"API_TIMEOUT": "1", "LOG_LEVEL": "DEBUG", "PRELOAD_INTERVAL": "1"}
        bot = Bot(sandbox, tmp_path, **settings)
        yield sandbox, bot
        if bot.process is not None and bot.process.poll() is None:
            bot.kill()


def places(sandbox: Sandbox, bot: Bot, folder: Path) -> Iterator[tuple[str, str]]:
    """Everything in which a secret could be found, by name."""
    yield "output", bot.text
    for chat in sandbox.chats.chats.values():
        for message in chat.messages.values():
            if message.by_bot:
                yield "chat", f"{message.text} {message.button_texts}"
    for call in sandbox.journal.calls():
        if call.name not in ROUTES.values():
            yield f"call of {call.name}", str(call.parameters)
    with closing(sqlite3.connect(folder / "desk.db")) as database:
        yield "database", "\n".join(database.iterdump())
    for file in folder.iterdir():
        yield file.name, file.read_bytes().decode("latin-1")


def test_no_failure_tells_a_secret(stand: tuple[Sandbox, Bot], tmp_path: Path) -> None:
    sandbox, bot = stand
    anna = sandbox.person(OPERATOR)
    for kind in sorted(SOURCE_KINDS - {"drip", "delay", "late"}):
        sandbox.faults.add("sources", kind, count=2, body=ECHO, status=400)
    bot.start()
    for kind in sorted(TELEGRAM_KINDS - {"401", "drip", "silence", "delay", "late"}):
        polls = sandbox.journal.count("getUpdates")
        for method in CALLS:
            sandbox.faults.add(method, kind, count=1, body=ECHO, status=400)
        anna.send("/new")
        anna.send("2")
        if any(message.rows for message in anna.chat()):
            card = next(message for message in reversed(anna.chat()) if message.rows)
            anna.press(card, card.button_texts[0])
        sandbox.journal.wait("getUpdates", count=polls + 2, timeout_s=30)
        sandbox.faults.clear("getUpdates")
    bot.wait_for("source failed", count=5, timeout_s=30)
    for target in (None, *CALLS):
        sandbox.faults.clear(target)
    help_asked = anna.send("/help")
    anna.wait(lambda chat: [each for each in chat if each.id > help_asked.id and "/settings" in each.text], 60)
    sandbox.faults.add("getUpdates", "401")
    assert bot.wait_over() == 1
    told = {(place, mark) for place, text in places(sandbox, bot, tmp_path) for mark in MARKS if mark in text}
    assert told == set()
    assert "***" in bot.text, "what was echoed went through the mask"


@pytest.mark.parametrize("name", sorted(SECRETS))
def test_a_secret_that_is_wrong_is_not_told_either(name: str) -> None:
    wrong = f"marked\x01\ttoo wrong to be taken {name}"
    with pytest.raises(SettingError) as refused:
        load({name: wrong})
    assert "marked" not in str(refused.value)
    assert "marked" not in repr(refused.value)
