"""The sources of one feed, in the order in which they are asked."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from calc.snapshots import Feed, Snapshot
from rates.checks import checked
from rates.errors import NoRate, NotAsked, NotOffered, SourceError

log = logging.getLogger(__name__)


class Source(Protocol):
    """A snapshot comes whole from one source."""

    @property
    def name(self) -> str: ...
    def fetch(self) -> Snapshot:
        """Asks the source once; raises SourceError."""


class Chain:
    """The first good snapshot; a source is asked only when all before it have failed.

    A source may refuse to be asked. `last_resort` has the same sources by another door: those that refused are asked
    there when no other gave a rate, and may refuse again.
    """

    def __init__(self, feed: Feed, sources: Sequence[Source], *, last_resort: Sequence[Source] = ()) -> None:
        self._feed = feed
        self._sources = tuple(sources)
        self._last_resort = tuple(last_resort)

    def fetch(self, *, other_than: str | None = None) -> Snapshot:
        """Waits for sources. Raises NoRate with the cause of each, in the order in which they stand.

        `other_than` names a source that is not asked: for a second opinion.
        """
        causes: dict[str, SourceError] = {}
        for source in self._in_turn(causes):
            if source.name == other_than:
                continue
            try:
                snapshot = checked(source.fetch())
            except NotOffered:
                continue
            except NotAsked as error:  # what it rests after was logged when it happened
                causes.setdefault(source.name, error.with_traceback(None))
            except SourceError as error:
                log.warning("source failed feed=%s %s", self._feed, error)
                causes[source.name] = error.with_traceback(None)  # it would keep the answer until the next success
            else:
                return snapshot
        raise NoRate(self._feed, list(causes.values()))

    def _in_turn(self, causes: Mapping[str, SourceError]) -> Iterator[Source]:
        """`causes` fills meanwhile: whoever was asked at the first door is not asked again at the second."""
        yield from self._sources
        yield from (source for source in self._last_resort if isinstance(causes.get(source.name), NotAsked))
