"""Something that somebody did and that matters later: a quote accepted, a margin changed, a colleague let in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Deed:
    """`by` and `name` tell who, as Telegram did: None and "" where nobody did but time or the bot itself.

    `kind` is a noun and what became of it (`quote.accepted`), `subject` what it was about (`Q-0142`), and `details`
    the particulars as text: amounts in plain notation, and for a change what was there before as `old` and `new`.
    """

    at: datetime
    by: int | None
    name: str
    kind: str
    subject: str
    details: Mapping[str, str]

    @property
    def area(self) -> "Area":
        return _AREAS.get(self.kind.partition(".")[0], Area.DESK)


class Area(StrEnum):
    """What deeds are found by; what is in no other one is of the desk."""

    QUOTES = "quotes"
    MARGINS = "margins"
    RATES = "rates"
    TEAM = "team"
    APPROVALS = "approvals"
    DESK = "desk"


_AREAS = {
    "quote": Area.QUOTES,
    "margin": Area.MARGINS,
    "own_margin": Area.MARGINS,
    "floor": Area.MARGINS,
    "margin_buttons": Area.MARGINS,
    "rate": Area.RATES,
    "team": Area.TEAM,
    "approval": Area.APPROVALS,
}
