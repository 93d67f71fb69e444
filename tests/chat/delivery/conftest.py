"""A dispatcher that ends with its test."""

from collections.abc import Iterator

import pytest

from chat.delivery.dispatcher import Dispatcher
from tests.chat.delivery.incoming import PATIENCE_S


@pytest.fixture
def dispatcher() -> Iterator[Dispatcher]:
    dispatcher = Dispatcher(workers=4)
    yield dispatcher
    dispatcher.stop(PATIENCE_S)
