"""The sources of one feed, in the order in which they are asked."""

import logging
from collections.abc import Sequence
from typing import Protocol

from calc.snapshots import Feed, Snapshot
from rates.checks import checked
from rates.errors import NoRate, SourceError

log = logging.getLogger(__name__)


class Source(Protocol):
    """A snapshot comes whole from one source."""

    @property
    def name(self) -> str: ...
    def fetch(self) -> Snapshot:
        """Asks the source once; raises SourceError."""


class Chain:
    """The first good snapshot; a source is asked only when all before it have failed."""

    def __init__(self, feed: Feed, sources: Sequence[Source]) -> None:
        self._feed = feed
        self._sources = tuple(sources)

    def fetch(self) -> Snapshot:
        """Waits for sources. Raises NoRate with the cause of each."""
        causes: list[SourceError] = []
        for source in self._sources:
            try:
                snapshot = checked(source.fetch())
            except SourceError as error:
                log.warning("source failed feed=%s %s", self._feed, error)
                causes.append(error.with_traceback(None))  # it would keep the answer in memory until the next success
            else:
                return snapshot
        raise NoRate(self._feed, causes)
