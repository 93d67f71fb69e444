"""How far apart calls have to be so that a plan lasts for the month, and what its owner is told when they stretch."""

import math
from dataclasses import dataclass
from datetime import datetime

TEN_MINUTES_S, TWO_HOURS_S = 600, 7200
SHORTEST_INTERVAL_S = 60.0
LONGEST_TURN_S = 12 * 3600.0
"""Where the plan stretches further, turns in between go to the sources without a plan."""
USED_UP_INTERVAL_S = 3600.0
"""Between two turns when no call is left: as often as without a key."""
TELL_AT = 0.8
STRETCHED = 1.1
"""Used up before its time: what is left has to be stretched by more than a tenth."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Calls that are left, over the time that is left; of all keys together."""

    plan: int
    left: int
    month_s: float
    left_s: float

    @property
    def steady_s(self) -> float:
        """Between two calls with which a whole month takes the whole plan."""
        return max(float(math.ceil(self.month_s / max(self.plan, 1))), SHORTEST_INTERVAL_S)

    @property
    def interval_s(self) -> float:
        """Between two calls, so that what is left lasts; up to the end of the month when nothing is."""
        return max(float(math.ceil(self.left_s / max(self.left, 1))), self.steady_s)

    @property
    def turn_s(self) -> float:
        """Between two turns; calls fall on turns."""
        if not self.left:
            return max(min(USED_UP_INTERVAL_S, self.left_s), SHORTEST_INTERVAL_S)
        return self.interval_s / math.ceil(self.interval_s / LONGEST_TURN_S)

    @property
    def is_early(self) -> bool:
        """Whether most of the plan was used before its time; a call that was just made has its interval before it."""
        is_most_used = self.plan - self.left >= TELL_AT * self.plan
        return is_most_used and self.left_s > STRETCHED * self.steady_s * (self.left + 1)

    @property
    def has_spare(self) -> bool:
        """Whether a call beside the steady ones hardly stretches those that are left."""
        return self.left > 1 and self.left_s <= STRETCHED * self.steady_s * (self.left - 1)

    @property
    def lasts_s(self) -> float:
        """For how long what is left would do if it went on being used as it was until now."""
        return (self.month_s - self.left_s) * self.left / max(self.plan - self.left, 1)


@dataclass(frozen=True, slots=True)
class QuotaWarning:
    """What the owner is told; `is_set_by_hand` when the interval is theirs, and does not stretch."""

    source: str
    left: int
    plan: int
    empty_at: datetime
    interval_s: float
    is_set_by_hand: bool

    def __str__(self) -> str:
        left = f"{self.source}: {_grouped(self.left)} of {_grouped(self.plan)} calls left"
        if not self.left:
            return f"{left} this month; until the next one the other sources have to do"
        now = "as set, still" if self.is_set_by_hand else "now"
        return f"{left}, at this pace empty on the {_ordinal(self.empty_at.day)}; {now} every {every(self.interval_s)}"


@dataclass(frozen=True, slots=True)
class KeyUse:
    """What is used of a key's month; `is_refused` when its last call was refused, or it was used up."""

    used: int
    plan: int
    is_refused: bool


@dataclass(frozen=True, slots=True)
class QuotaUse:
    """The keys of a source in their order. `next_call_at` is None when none is left this month.

    `empty_at` is when they run out if they go on being used as they were; None where they last for the month.
    """

    source: str
    keys: tuple[KeyUse, ...]
    next_call_at: datetime | None
    empty_at: datetime | None


def _grouped(number: int) -> str:
    return f"{number:,}".replace(",", " ")


def _ordinal(day: int) -> str:
    endings = {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd", 31: "st"}
    return f"{day}{endings.get(day, 'th')}"


def every(seconds: float) -> str:
    """Short, in the unit in which it is easily read."""
    if seconds < TEN_MINUTES_S:
        return f"{math.ceil(seconds)} s"
    return f"{seconds / 60:.0f} min" if seconds < TWO_HOURS_S else f"{seconds / 3600:.1f} h"
