"""For how long a source is left alone after each kind of trouble: the table of waits, in seconds."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from rates.errors import SourceError, Trouble

PASSING = frozenset({Trouble.UNREACHABLE, Trouble.TIMEOUT, Trouble.UNAVAILABLE, Trouble.STALE, Trouble.GARBAGE})
"""Troubles that may be over in a moment; the others are answers that will not change for being asked again."""

OPENS_AFTER = 3
"""Passing troubles in a row after which a source rests; after any other trouble it rests at once."""

FIRST_PASSING_S = 30.0
LONGEST_PASSING_S = 600.0
"""A rest doubles with each probe that fails, up to this."""

BLOCKED_S = 1_800.0
KEY_REFUSED_S = 3_600.0

MONTHLY = frozenset({"apilayer"})
"""Sources whose quota is that of a calendar month in UTC."""

QUOTA_S: Mapping[str, float] = {
    "exchangerate-api": 1_200.0,  # https://www.exchangerate-api.com/docs/free, "Rate Limited"
    "coingecko": 60.0,
    "rapira": 60.0,
    "rapira book": 60.0,
}
OTHER_QUOTA_S = 600.0

MONTH_JUST_BEGUN_S = 3_600.0
"""On its first day a month is not used up: the clock of the source is behind, and this is soon enough to see it."""

SHORTEST_S = 5.0
"""Nothing is asked again sooner, whatever a source says and however little else is left."""

LONGEST_NAMED_S = 3_600.0
"""A source may name a longer rest than its own above, but no longer than this."""


def rest_s(source: str, error: SourceError, *, failed_probes: int, now: datetime) -> float:
    """Seconds for which the source rests. `failed_probes` counts those since it was well."""
    match error.trouble:
        case Trouble.BLOCKED:
            return BLOCKED_S
        case Trouble.KEY_REFUSED:
            return KEY_REFUSED_S
        case Trouble.QUOTA:
            own_s = _until_next_month_s(now) if source in MONTHLY else QUOTA_S.get(source, OTHER_QUOTA_S)
            named_s = own_s if error.retry_after_s is None else error.retry_after_s
            return max(min(named_s, max(own_s, LONGEST_NAMED_S)), SHORTEST_S)
        case _:
            return min(FIRST_PASSING_S * 2.0 ** min(failed_probes, 20), LONGEST_PASSING_S)


def _until_next_month_s(now: datetime) -> float:
    if now.day == 1:
        return MONTH_JUST_BEGUN_S
    first = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return ((first + timedelta(days=31)).replace(day=1) - now).total_seconds()
