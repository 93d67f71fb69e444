"""The five steps of a guided quote, each through the chat and a database of its own."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.chat.driver import OPERATOR, Person, open_chat
from tests.guard.instructions import instructions

STEPS = ("/admin_bot", "what is paid", "what is got", "the margin", "the amount")
WARM_UP = 2


@contextmanager
def operator() -> Iterator[Person]:
    with tempfile.TemporaryDirectory() as folder, open_chat(Path(folder)) as chat:
        yield Person(chat, OPERATOR)


def counted() -> dict[str, int]:
    """Instructions of each step, once everything has been imported and read."""
    with operator() as person:
        acts: tuple[Callable[[], None], ...] = (
            lambda: person.send("/admin_bot"),
            lambda: person.click("RUB"),
            lambda: person.click("USDT"),
            lambda: person.click("2 %"),
            lambda: person.send("1000"),
        )
        for _ in range(WARM_UP):
            for act in acts:
                act()
        return {step: instructions(act) for step, act in zip(STEPS, acts, strict=True)}
