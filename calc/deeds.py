"""Something that somebody did and that matters later: a quote accepted, a margin changed, a colleague let in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


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
