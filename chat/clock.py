"""What time it is at the desk."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, tzinfo


@dataclass(frozen=True, slots=True)
class WallClock:
    """Moments are aware and in UTC; `zone` is the desk's, in which people are told of them."""

    zone: tzinfo
    utcnow: Callable[[], datetime]

    def today(self) -> date:
        """The desk's day."""
        return self.utcnow().astimezone(self.zone).date()
