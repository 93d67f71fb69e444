"""An operator's chat for the tests, a colleague, and a quote."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chat.driver import COLLEAGUE, OPERATOR, Chat, Person, at_result, open_chat
from tests.chat.giving import GIVE
from tests.chat.telegram import Message


@pytest.fixture
def chat(tmp_path: Path) -> Iterator[Chat]:
    with open_chat(tmp_path) as chat:
        yield chat


@pytest.fixture
def anya(chat: Chat) -> Person:
    return Person(chat, OPERATOR)


@pytest.fixture
def boris(chat: Chat) -> Person:
    return Person(chat, COLLEAGUE, name="Борис")


@pytest.fixture
def given(anya: Person) -> Message:
    """The card of Q-0001, which was the result before."""
    at_result(anya, "2 %", "100000")
    result = anya.card
    anya.click(GIVE)
    return result
