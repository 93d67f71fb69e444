"""An operator who quotes by what is on the screen, and reads the card as a person would."""

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Protocol

from sandbox.messages import Message
from sandbox.people import Person

NBSP = "\N{NO-BREAK SPACE}"


class Seen(Protocol):
    """A message of the bot's on a screen, whichever stand-in shows it; `at` is when it last changed."""

    @property
    def id(self) -> int: ...
    @property
    def chat_id(self) -> int: ...
    @property
    def text(self) -> str: ...
    @property
    def at(self) -> float: ...
    @property
    def rows(self) -> Sequence[object]: ...


class Operator:
    """Every press waits for its answer and for the screen that follows."""

    def __init__(self, person: Person) -> None:
        self.person = person

    @property
    def card(self) -> Message:
        """The last message that is no notice: one may come in between at any moment."""
        said = [message for message in self.person.chat() if message.by_bot and not is_notice(message)]
        return said[-1] if said else self.person.last()

    @property
    def text(self) -> str:
        return self.card.text.replace(NBSP, " ")

    def open(self, command: str = "/admin_bot") -> None:
        newest = max((message.id for message in self.person.chat()), default=0)
        self.person.send(command)
        self.person.wait(
            lambda chat: [each for each in chat if each.by_bot and each.id > newest and not is_notice(each)]
        )

    def press(self, label: str) -> Message:
        """A spinner that does not end fails the test."""
        seen = self._has_come()
        press = self.person.press(seen, label.replace(" %", f"{NBSP}%"))
        after = self.person.wait_edit(seen)
        press.wait_answer()
        return after

    def type(self, text: str) -> Message:
        seen = self._has_come()
        self.person.send(text)
        return self.person.wait_edit(seen)

    def _has_come(self) -> Message:
        """The card, when no rate is on its way to it: right after a start one may be, on a crowded machine."""
        return self.person.wait(lambda _: None if "⏳" in self.text else self.card)

    def wait_for(self, part: str, *, timeout_s: float = 120.0) -> Message:
        return self.person.wait(
            lambda chat: next((each for each in chat if part in each.text.replace(NBSP, " ")), None), timeout_s
        )

    def quote(self, pays: str, gets: str, *, margin: str, amount: str) -> Message:
        self.open()
        self.press(pays)
        self.press(gets)
        self.type(margin)
        return self.type(amount)


def is_notice(message: Seen) -> bool:
    """Something that the owners are told without having asked: a mark, a sentence, and no buttons."""
    return not message.rows and message.text.startswith(("⚠️ ", "✅ ", "❗ "))


def figure(text: str, label: str) -> Fraction:
    """The first number behind a label, as a person reads it off the card, in either language."""
    found = re.search(rf"{label}:? (−?[\d ]+(?:[.,]\d+)?)", text.replace(NBSP, " "))
    assert found, f"no {label!r} in:\n{text}"
    return Fraction(found[1].replace(" ", "").replace(",", ".").replace("−", "-"))
