"""A second person's word on a quote beyond an operator's limits: asked for, given or refused, for that quote alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from calc.team import Person


class State(StrEnum):
    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Exact:
    """What an approval is for: `about` is direction, side, amounts, margins and whether a person vouched for the rate.

    `bases` are the base rates of the amounts.
    """

    about: str
    bases: tuple[Decimal, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked: by whom, where and in which dialogue, for what. `kept` is the dialogue as it was shown."""

    asker: Person
    chat_id: int
    thread_id: int | None
    dialogue: str
    exact: Exact
    kept: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Approval:
    """`until` is the end of the wait, and once it is approved the end of the approval.

    `decided` is who said so, None where nobody did; `used_in` the screen from which it went to a client, None before.
    """

    number: int
    asked: Asked
    asked_at: datetime
    until: datetime
    state: State = State.WAITING
    decided: Person | None = None
    used_in: str | None = None

    @property
    def id(self) -> str:
        return name_of(self.number)

    def state_at(self, now: datetime) -> State:
        """What time makes of it, whether or not anybody has written that down."""
        is_over = self.state in (State.WAITING, State.APPROVED) and now >= self.until
        return State.EXPIRED if is_over else self.state


@dataclass(frozen=True, slots=True)
class Card:
    """The message by which somebody is asked to decide."""

    chat_id: int
    message_id: int


def name_of(number: int) -> str:
    """As the audit calls it: `A-0007`."""
    return f"A-{number:04d}"
