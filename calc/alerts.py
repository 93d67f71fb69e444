"""What an operator wants to be told of a rate, in the form in which it is kept."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from calc.past import PAIRS

_WRITTEN = re.compile(
    r"(?P<pair>[A-Z]+/RUB)"
    r"(?:(?P<sign>[<>])(?P<level>[0-9]{1,9}(?:\.[0-9]{1,8})?)|"
    r"~(?P<percent>[0-9]{1,2}(?:\.[0-9]{1,2})?)%(?P<seconds>[0-9]{1,6}))"
)


class Kind(StrEnum):
    """What a person is told of without having asked at that moment."""

    PRICE = "price"  # their own alerts
    SOURCE = "source"
    PEG = "peg"
    QUOTA = "quota"
    MACHINE = "machine"  # what the bot runs on, and the copies of its database


class Mode(StrEnum):
    """How a kind is told."""

    ON = "on"
    SILENT = "silent"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Threshold:
    """The pair comes to be above a level, or below it."""

    pair: str
    above: bool
    level: Decimal

    def __str__(self) -> str:
        level = f"{self.level:f}"
        level = level.rstrip("0").rstrip(".") if "." in level else level  # 90 and 90.00 are one rule
        return f"{self.pair}{'>' if self.above else '<'}{level}"


@dataclass(frozen=True, slots=True)
class Move:
    """The pair moves by so many percent, up or down, within a time."""

    pair: str
    percent: Decimal
    within: timedelta

    def __str__(self) -> str:
        return f"{self.pair}~{self.percent:f}%{self.within // timedelta(seconds=1)}"


Rule = Threshold | Move


def parse(text: str) -> Rule:
    """The rule whose `str` this is: for what was kept, and what a button carries; ValueError for anything else."""
    found = _WRITTEN.fullmatch(text)
    if found is None or found["pair"] not in PAIRS:
        raise ValueError(f"not a rule: {text!r}")
    if found["sign"]:
        return Threshold(found["pair"], above=found["sign"] == ">", level=Decimal(found["level"]))
    return Move(found["pair"], Decimal(found["percent"]), timedelta(seconds=int(found["seconds"])))


@dataclass(frozen=True, slots=True)
class State:
    """What is remembered of a rule between two values.

    What was before `since`, its making or its last telling, counts no more; `base` is the value then, None where none
    was known. A threshold is not armed while the rate is beyond it, and until it has come back far enough.
    """

    since: datetime
    base: Decimal | None
    is_armed: bool = True
    told_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Alert:
    """A rule of somebody, and where and in which language they are told; `key` names it among all."""

    owner: int
    chat_id: int
    thread_id: int | None
    language: str
    rule: Rule
    state: State

    @property
    def key(self) -> tuple[int, int, str]:
        return self.chat_id, self.owner, str(self.rule)
