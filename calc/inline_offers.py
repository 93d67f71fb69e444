"""A quote that was shown to choose from in another chat, and is given when its card is sent."""

from dataclasses import dataclass
from datetime import datetime

from calc.quotes import Terms


@dataclass(frozen=True, slots=True)
class InlineOffer:
    """`id` is that of the result, `line` what it was asked for with; `valid_until` is what its card says."""

    id: str
    author: int
    line: str
    terms: Terms
    valid_until: datetime
