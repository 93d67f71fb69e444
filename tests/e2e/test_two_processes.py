"""Two real bots on one database: one serves, and when it dies, freezes or is asked to stop the other one does."""

import os
import signal
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing

import pytest

from sandbox.sources import NAMES
from sandbox.stand import Sandbox
from storage.migrations import MIGRATIONS, migrate
from storage.postgres import POSTGRES, open_postgres
from tests.e2e.bot_process import Bot
from tests.e2e.operator import Operator, is_notice
from tests.e2e.pages import Pages
from tests.postgres import PostgresServer

TAKEOVER_S = 90.0
"""Ten are promised; a crowded machine may take much longer, a program that is wrong takes for ever."""
INTRODUCTION = {"deleteWebhook", "getMe", "setMyCommands"}
"""What the process that took over calls beside its first polls."""
PATIENCE_S = 120.0


@pytest.fixture
def bots(new_bot: Callable[..., Bot], postgres: PostgresServer) -> tuple[Bot, Bot]:
    """The one that serves, and the one that stands by."""
    url = postgres.database()
    old, new = new_bot(DATABASE_URL=url).start(), new_bot(DATABASE_URL=url)
    new.run()
    new.wait_for("standby: another process may serve the desk")
    return old, new


@pytest.fixture(params=["bots", "on_one_file"])
def either(request: pytest.FixtureRequest) -> tuple[Bot, Bot]:
    """Two of them, whichever of the two ways they stand in for each other."""
    found: tuple[Bot, Bot] = request.getfixturevalue(request.param)
    return found


def freeze(bot: Bot) -> None:
    """Between two of its writes: whoever is frozen in the middle of one keeps a file locked for everybody."""
    url = bot.setting("DATABASE_URL")
    file = url.removeprefix("sqlite:///") if url.startswith("sqlite:") else ":memory:"
    with closing(sqlite3.connect(file, timeout=PATIENCE_S, isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")
        bot.signal(signal.SIGSTOP)
        os.waitpid(bot.pid, os.WUNTRACED)  # returns when all of its threads have stopped
        database.execute("ROLLBACK")


def said(anna: Operator) -> list[str]:
    return [message.text for message in anna.person.chat() if message.by_bot and not is_notice(message)]


def follow(sandbox: Sandbox, new: Bot, *, since: float, what: str) -> None:
    """Returns when the other one polls; says how long nobody did."""
    new.wait_for("polling workers=", timeout_s=PATIENCE_S)
    sandbox.updates.wait_polled(more_than=sandbox.updates.polls - 1)
    took_s = time.monotonic() - since
    sys.stdout.write(f"take-over after {what}: {took_s:.1f} s\n")
    assert took_s < TAKEOVER_S


def finish(anna: Operator) -> None:
    """The quote that was begun with the old one goes on with the new one, to one right result."""
    anna.press("USDT")
    anna.type("2")
    anna.type("1000")
    assert "Клиент платит: 1 000 RUB" in anna.text
    assert len(said(anna)) == 1


def test_killed_in_mid_quote_the_other_one_goes_on_with_it(
    sandbox: Sandbox, bots: tuple[Bot, Bot], anna: Operator
) -> None:
    old, new = bots
    anna.open()
    old.settle(1)
    sandbox.faults.add("editMessageText", "silence", count=1)
    anna.person.press(anna.card, "RUB").wait_answer()  # in hand, and its edit hangs
    sandbox.updates.wait_confirmed()
    killed_at = time.monotonic()
    old.kill()
    sandbox.faults.clear()

    follow(sandbox, new, since=killed_at, what="SIGKILL")

    anna.wait_for("Что он получает?")
    finish(anna)
    assert new.stop() == 0


def test_frozen_in_mid_quote_the_other_one_goes_on_and_the_first_ends_when_it_wakes(
    sandbox: Sandbox, either: tuple[Bot, Bot], anna: Operator
) -> None:
    old, new = either
    anna.open()
    old.settle(1)
    frozen_at = time.monotonic()
    freeze(old)
    anna.person.press(anna.card, "RUB")  # the frozen one has it in its poll, or nobody has

    follow(sandbox, new, since=frozen_at, what="SIGSTOP")

    anna.wait_for("Что он получает?")
    edits = anna.person.message(anna.card).edits
    before = Counter(call.name for call in sandbox.journal.calls())
    old.signal(signal.SIGCONT)
    assert old.wait_over() == 1
    assert "another process serves the desk now" in old.output[-1]
    assert anna.person.message(anna.card).edits == edits
    after = Counter(call.name for call in sandbox.journal.calls())
    assert set(after - before) <= {"getUpdates", *INTRODUCTION, *NAMES}
    assert old.lines("update handled") == old.lines("update handled")[:1]
    finish(anna)
    assert new.stop() == 0


def test_asked_to_stop_it_hands_over_at_once_when_its_handlers_have_ended(
    sandbox: Sandbox, bots: tuple[Bot, Bot], anna: Operator
) -> None:
    old, new = bots
    anna.open()
    old.settle(1)
    anna.person.press(anna.card, "RUB")
    anna.wait_for("Что он получает?")
    asked_at = time.monotonic()
    assert old.stop() == 0

    follow(sandbox, new, since=asked_at, what="SIGTERM")

    new.wait_for("http listens", count=2)
    assert Pages(new).json("/ready") != {"status": "standby"}
    finish(anna)
    assert new.stop() == 0


def test_a_standby_says_that_it_is_one_and_stops_when_it_is_asked_to(bots: tuple[Bot, Bot], anna: Operator) -> None:
    old, new = bots
    for path in ("/health", "/ready"):  # or a platform would wait for it, and never end the other one
        assert Pages(new).json(path) == {"status": "standby"}
    assert new.stop() == 0
    anna.open()
    code, said = old.once("--check")
    row = next(line for line in said.splitlines() if line.startswith("database"))
    assert row.split()[1:3] == ["ok", "PostgreSQL"], said
    assert f":{old.process and old.process.pid} serves, seen" in row
    assert code == 0, said
    code, said = old.once("--backup", "copy.db")
    assert (code, 'pg_dump --format=custom --file=COPY "$DATABASE_URL"' in said) == (1, True), said
    assert old.stop() == 0


def test_there_and_back_again_nothing_is_lost_and_nothing_doubled(
    sandbox: Sandbox, bots: tuple[Bot, Bot], anna: Operator
) -> None:
    """As a rolling deploy does, five times in a row, in the middle of a quote each time."""
    serving, waiting = bots
    steps: list[Callable[[], object]] = [
        lambda: anna.press("RUB"),
        lambda: anna.press("USDT"),
        lambda: anna.press("2 %"),
        lambda: anna.type("1000"),
        lambda: anna.press("Другая сумма"),
    ]
    anna.open()
    for number, step in enumerate(steps):
        polling = len(waiting.lines("polling workers="))
        step()
        ended_at = time.monotonic()
        if number % 2:
            serving.kill()
        else:
            assert serving.stop() == 0
        waiting.wait_for("polling workers=", count=polling + 1, timeout_s=PATIENCE_S)
        assert time.monotonic() - ended_at < TAKEOVER_S
        standbys = len(serving.lines("standby:"))
        serving.run()
        serving.wait_for("standby:", count=standbys + 1)
        serving, waiting = waiting, serving
    anna.type("2000")
    assert "Клиент платит: 2 000 RUB" in anna.text
    assert len(said(anna)) == 1
    assert waiting.stop() == serving.stop() == 0


def test_a_later_version_moves_the_schema_forward_while_the_one_before_serves(
    bots: tuple[Bot, Bot], anna: Operator
) -> None:
    """As the start of a later version does; the earlier one ends its work, and is not started again."""
    old, new = bots
    anna.open()
    anna.press("RUB")
    database = open_postgres(old.setting("DATABASE_URL"), lambda: None)
    later = ("ALTER TABLE quotes ADD COLUMN later TEXT NOT NULL DEFAULT ''", "CREATE TABLE later (name TEXT)")
    with database.session() as session:
        version = migrate(session, (*MIGRATIONS, later), dialect=POSTGRES)
    database.close()

    finish(anna)

    assert new.stop() == old.stop() == 0
    old.run()
    assert old.wait_over() == 1
    assert f"schema version {version}" in old.output[-1]
