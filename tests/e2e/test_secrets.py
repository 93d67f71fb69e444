"""Every kind of failure, with marked secrets: none of them is in the output, the database, or what people read."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ops.settings import SettingError, load, specs
from sandbox.failures import SOURCE_KINDS, TELEGRAM_KINDS
from sandbox.people import Person
from sandbox.sources import ROUTES
from sandbox.stand import Sandbox
from tests.e2e.bot_process import OPERATOR, Bot

TOKEN = "7654321:AAMarkedTokenOfNoBotAtAll_0123456789"
PASSWORD, REDIS_PASSWORD = "marked-proxy-password", "marked-redis-password"
GIVEN = {
    "BOT_TOKEN": TOKEN,
    "RAPIRA_API_KEY": "marked-rapira-key",
    "API_LAYER_KEY": "marked-first-key,marked-second-key",
    "RAPIRA_PROXY": f"http://desk:{PASSWORD}@127.0.0.1:9",
    "REDIS_URL": f"redis://desk:{REDIS_PASSWORD}@127.0.0.1:9/0",
}
"""A value for each secret setting; one that is not here yet gets a mark made of its name."""
SECRETS = {spec.name: GIVEN.get(spec.name, f"marked-{spec.name.lower()}-0123456789") for spec in specs() if spec.secret}
MARKS = [
    TOKEN,
    TOKEN.partition(":")[2],
    TOKEN.replace(":", "%3A"),
    *(
        mark
        for name, value in SECRETS.items()
        if name not in ("BOT_TOKEN", "RAPIRA_PROXY")
        for mark in value.split(",")
    ),
    *([PASSWORD] if "RAPIRA_PROXY" in SECRETS else []),
    REDIS_PASSWORD,
]
CALLS = ("sendMessage", "editMessageText", "answerCallbackQuery", "getUpdates")
ASKED = ("coingecko", "apilayer", "cbr", "erapi")
"""The sources that a bot asks at its start when all of them fail; Rapira is behind a proxy that is not there."""
DRIP_S, LATE_S = 0.1, 2.0
PATIENCE_S = 120.0
ECHO = f'{{"ok": false, "error_code": 400, "description": "no {TOKEN} in {" ".join(MARKS)}"}}'


@pytest.fixture(params=["text", "json"])
def stand(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[tuple[Sandbox, Bot]]:
    with Sandbox(token=TOKEN) as sandbox:
        sandbox.person(OPERATOR, name="Анна")
        settings = SECRETS | {"API_TIMEOUT": "1", "LOG_LEVEL": "DEBUG", "PRELOAD_INTERVAL": "1"}
        settings |= {"LOG_FORMAT": request.param, "LOG_FILE": str(tmp_path / "desk.log")}
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


def fail(sandbox: Sandbox, target: str, kind: str, *, count: int | None = None) -> None:
    sandbox.faults.add(target, kind, count=count, delay_s=DRIP_S if kind == "drip" else LATE_S, status=400, body=ECHO)


@pytest.mark.parametrize("kind", sorted(TELEGRAM_KINDS | SOURCE_KINDS))
def test_no_failure_tells_a_secret(kind: str, stand: tuple[Sandbox, Bot], tmp_path: Path) -> None:
    """Each source fails in this way from the start on, and then each of the calls to Telegram once."""
    sandbox, bot = stand
    anna = sandbox.person(OPERATOR)
    if kind in SOURCE_KINDS:
        fail(sandbox, "sources", kind)
    bot.start()
    if kind in SOURCE_KINDS:
        for source in ASKED:
            sandbox.journal.wait(source)
        bot.wait_for("source failed", count=len(ASKED), timeout_s=120)
    if kind == "401":
        fail(sandbox, "getUpdates", kind)
        anna.send("/help")  # the poll under way ends, and the next one meets it
        assert bot.wait_over() == 1
    elif kind in TELEGRAM_KINDS:
        quote_through(sandbox, anna, kind)
    if kind != "401":
        assert bot.stop() == 0
    told = {(place, mark) for place, text in places(sandbox, bot, tmp_path) for mark in MARKS if mark in text}
    assert told == set()
    assert "***" in bot.text or kind != "canned", "what was echoed went through the mask"


def quote_through(sandbox: Sandbox, anna: Person, kind: str) -> None:
    """A card and a press on it; what fails for good is done again."""
    for method in CALLS:
        fail(sandbox, method, kind, count=1)
    anna.send("/new")
    sandbox.journal.wait("sendMessage", timeout_s=PATIENCE_S)
    anna.send("/new")
    card = anna.wait(lambda chat: next((each for each in chat if each.rows), None), PATIENCE_S)
    anna.press(card, card.button_texts[0])
    for method in ("editMessageText", "answerCallbackQuery"):
        sandbox.journal.wait(method, timeout_s=PATIENCE_S)
    asked = anna.send("/help")
    anna.wait(lambda chat: [each for each in chat if each.id > asked.id and "/settings" in each.text], PATIENCE_S)


@pytest.mark.parametrize("name", sorted(SECRETS))
def test_a_secret_that_is_wrong_is_not_told_either(name: str) -> None:
    wrong = f"marked\x01\ttoo wrong to be taken {name}"
    with pytest.raises(SettingError) as refused:
        load({name: wrong})
    assert "marked" not in str(refused.value)
    assert "marked" not in repr(refused.value)
