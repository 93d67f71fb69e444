"""Why a source gave no rate."""

from collections.abc import Sequence
from enum import StrEnum

from calc.errors import DeskError
from calc.snapshots import Feed, Snapshot


class Trouble(StrEnum):
    """The kinds of trouble; what may help differs from one to the next."""

    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    BLOCKED = "blocked"  # refused by place
    KEY_REFUSED = "key_refused"
    QUOTA = "quota"
    UNAVAILABLE = "unavailable"
    STALE = "stale"  # well formed, and too old by the source's own time
    GARBAGE = "garbage"  # an answer that is no rate, whatever its status


class SourceError(DeskError):
    """One call of one source failed. `detail` says what was seen and holds no secret.

    `retry_after_s` is what the source asks to be left alone for; None where it names no time.
    """

    def __init__(
        self,
        source: str,
        trouble: Trouble,
        detail: str,
        *,
        status: int | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(f"{source}: {trouble} ({detail})")
        self.source = source
        self.trouble = trouble
        self.detail = detail
        self.status = status
        self.retry_after_s = retry_after_s


class NotAsked(SourceError):
    """No call was made: it would not have helped yet. Nothing new is known of the source."""


class NotOffered(NotAsked):
    """There is no key to ask with: for now it is as if there were no such source."""


class NoRate(DeskError):
    """Every source of a feed failed; the causes are in the order in which they were asked."""

    def __init__(self, feed: Feed, causes: Sequence[SourceError]) -> None:
        super().__init__(f"no {feed}: {'; '.join(map(str, causes)) or 'no source'}")
        self.feed = feed
        self.causes = tuple(causes)


class NotConfirmed(DeskError):
    """A source answered well, and so far from what was accepted before that something else has to confirm it."""

    def __init__(self, snapshot: Snapshot, *, accepted: Snapshot) -> None:
        super().__init__(f"{snapshot.feed} of {snapshot.source} is a jump from {accepted.source}, not confirmed yet")
        self.snapshot = snapshot
        self.accepted = accepted
