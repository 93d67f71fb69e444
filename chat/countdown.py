"""How much time a card says is left, and when it says something else: seldom at first, often towards the end."""

from datetime import datetime, timedelta

from chat.texts import Texts

_NOTHING, _MINUTE = timedelta(0), timedelta(minutes=1)
_STEPS = (
    (timedelta(hours=1), timedelta(minutes=10)),
    (timedelta(minutes=2), _MINUTE),
    (timedelta(seconds=30), timedelta(seconds=15)),
    (_NOTHING, timedelta(seconds=10)),
)
"""While more is left than this, it is told in steps of that: about twenty edits for a quarter of an hour."""


def left(until: datetime, now: datetime) -> timedelta:
    """Rounded up to the step; the end itself is told beside it to the second."""
    over = max(until - now, _NOTHING)
    step = _step(over)
    return -(-over // step) * step


def next_change(until: datetime, now: datetime) -> datetime:
    """When `left` is another; the end itself where it has come."""
    told = left(until, now)
    if not told:
        return until
    step = _step(until - now)
    return until - (told - step)


def sentence(until: datetime, now: datetime, texts: Texts) -> str:
    """`14 мин`, `1:45`."""
    minutes, seconds = divmod(int(left(until, now).total_seconds()), 60)
    if until - now <= _STEPS[1][0]:
        return f"{minutes}:{seconds:02}"
    hours, minutes = divmod(minutes, 60)
    return texts("given.left_hours", hours=hours, minutes=minutes) if hours else texts("span.minutes", n=minutes)


def _step(over: timedelta) -> timedelta:
    return next((step for bound, step in _STEPS if over > bound), _STEPS[-1][1])
