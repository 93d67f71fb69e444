"""A PostgreSQL server that is restarted under a bot: it waits, says so, and goes on where it was."""

from collections.abc import Callable, Iterator

import pytest

from sandbox.stand import Sandbox
from tests.e2e.bot_process import COLLEAGUE, Bot
from tests.e2e.operator import Operator
from tests.e2e.pages import Pages
from tests.postgres import PostgresServer, postgres_server

PATIENCE_S = 120.0


@pytest.fixture
def server(postgres: PostgresServer) -> Iterator[PostgresServer]:
    """One that may be stopped; `postgres` says whether there is one to be had."""
    with postgres_server() as server:
        yield server


def test_what_came_while_the_database_was_away_is_done_when_it_is_back(
    server: PostgresServer, new_bot: Callable[..., Bot], anna: Operator, sandbox: Sandbox
) -> None:
    bot = new_bot(DATABASE_URL=server.database()).start()
    pages = Pages(bot)
    anna.open()
    pages.wait_for(200)
    sandbox.faults.add("editMessageText", "delay", count=1, delay_s=1.0)
    anna.person.press(anna.card, "RUB")  # in hand, and its database is gone before it is done
    sandbox.updates.wait_confirmed()
    server.stop(mode="immediate")
    boris = Operator(sandbox.person(COLLEAGUE))
    boris.person.send("/new")  # nobody can take it in

    told = pages.wait_for(503, "the database does not answer", timeout_s=PATIENCE_S)
    assert '"database"' in told
    bot.wait_for("owners are told when it is back", timeout_s=PATIENCE_S)
    server.start()

    anna.wait_for("Что он получает?", timeout_s=PATIENCE_S)
    boris.wait_for("What does the client pay?", timeout_s=PATIENCE_S)
    pages.wait_for(200, timeout_s=PATIENCE_S)
    anna.press("USDT")
    anna.press("2 %")
    anna.type("1000")
    assert "Клиент платит: 1 000 RUB" in anna.text
    anna.wait_for("✅ База снова отвечает.", timeout_s=PATIENCE_S)
    assert anna.wait_for("❗ Какое-то время база не отвечала").by_bot
    assert bot.stop() == 0
    assert bot.lines("incident=") == bot.lines("Traceback") == []
