"""A sandbox, and the real bot on it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sandbox.stand import Sandbox
from tests.e2e.bot_process import COLLEAGUE, OPERATOR, STRANGER, Bot
from tests.e2e.operator import Operator
from tests.redis_server import RedisServer


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        sandbox.person(OPERATOR, name="Анна")
        sandbox.person(COLLEAGUE, name="Boris", language="en")
        sandbox.person(STRANGER, name="Stranger", language="en")
        yield sandbox


@pytest.fixture
def new_bot(sandbox: Sandbox, tmp_path: Path) -> Iterator[Callable[..., Bot]]:
    """Makes a bot with settings of its own; it is ended with the test."""
    made: list[Bot] = []

    def make(**settings: str) -> Bot:
        made.append(Bot(sandbox, tmp_path, **settings))
        return made[-1]

    yield make
    for bot in made:
        if bot.process is not None and bot.process.poll() is None:
            bot.kill()


@pytest.fixture
def bot(new_bot: Callable[..., Bot]) -> Bot:
    """Running."""
    return new_bot().start()


@pytest.fixture
def anna(sandbox: Sandbox) -> Operator:
    return Operator(sandbox.person(OPERATOR))


@pytest.fixture
def on_one_file(new_bot: Callable[..., Bot], redis_of_its_own: RedisServer) -> tuple[Bot, Bot]:
    """The one that serves, and the one that stands by, with a Redis between them."""
    old, new = (new_bot(REDIS_URL=redis_of_its_own.url) for _ in range(2))
    old.start()
    assert "at_once=True" in old.lines("lease taken")[0]
    new.run()
    new.wait_for("standby: another process may serve the desk")
    return old, new
