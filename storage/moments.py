"""How a moment is written in the database.

ISO text in UTC with all six decimals: it comes back to the microsecond (a restored snapshot is the one that was kept),
sorts as text because every moment has the same width, reads in any database shell, and is the same TEXT everywhere.
"""

from datetime import UTC, datetime


def utc_now() -> datetime:
    return datetime.now(UTC)


def to_text(moment: datetime) -> str:
    """ValueError for a moment without a zone."""
    if moment.tzinfo is None:
        raise ValueError(f"a moment needs a zone: {moment}")
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def from_text(text: str) -> datetime:
    """What `to_text` wrote; ValueError for anything that is not a moment with a zone."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"a moment needs a zone: {text}")
    return moment.astimezone(UTC)
