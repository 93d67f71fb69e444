"""Dispatchers that end with their test, and pauses that take no time."""

from collections.abc import Callable, Iterator

import pytest

from chat.delivery.dispatcher import Dispatcher
from tests.chat.delivery.incoming import PATIENCE_S
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
