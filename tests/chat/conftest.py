"""An operator's chat for the tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chat.driver import OPERATOR, Chat, Person, open_chat


@pytest.fixture
def chat(tmp_path: Path) -> Iterator[Chat]:
    with open_chat(tmp_path) as chat:
        yield chat


@pytest.fixture
def anya(chat: Chat) -> Person:
    return Person(chat, OPERATOR)
