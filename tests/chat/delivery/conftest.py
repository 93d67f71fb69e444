"""Dispatchers and databases that end with their test, pauses that take no time, and what stands on those."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chat.delivery.dispatcher import Dispatcher
from chat.delivery.once import SentOnce
from storage.database import Database, open_database
from tests.chat.delivery.edit_lane import Lane
from tests.chat.delivery.incoming import PATIENCE_S
from tests.chat.delivery.lossy_telegram import Telegram, process
from tests.chat.delivery.polling import RecordedPauses


@pytest.fixture
def dispatcher() -> Iterator[Dispatcher]:
    dispatcher = Dispatcher(workers=4)
    yield dispatcher
    dispatcher.stop(PATIENCE_S)


@pytest.fixture
def stop() -> RecordedPauses:
    return RecordedPauses()


@pytest.fixture
def make() -> Iterator[Callable[..., Dispatcher]]:
    """As many as are asked for."""
    made: list[Dispatcher] = []

    def make(workers: int = 16) -> Dispatcher:
        made.append(Dispatcher(workers=workers))
        return made[-1]

    yield make
    for dispatcher in made:
        dispatcher.stop(PATIENCE_S)


@pytest.fixture
def telegram() -> Telegram:
    return Telegram()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = open_database(f"sqlite:///{tmp_path}/desk.db")
    yield database
    database.close()


@pytest.fixture
def once(telegram: Telegram, database: Database) -> SentOnce:
    return process(telegram, database)


@pytest.fixture
def lane(database: Database) -> Lane:
    return Lane(database)
