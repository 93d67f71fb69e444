"""The order book as last seen, beside the price that the chain of sources gave: for depth, and missed by nobody."""

import logging
from collections.abc import Callable
from datetime import datetime

from calc.depth import AT_HAND_FOR
from calc.snapshots import Snapshot, UsdtRub
from rates.chain import Source
from rates.errors import NotAsked, SourceError

log = logging.getLogger(__name__)


class OrderBook:
    """In memory only. Any thread may call it; one asks the source."""

    def __init__(self, source: Source, *, utcnow: Callable[[], datetime]) -> None:
        """The source is the very one in the chain: there is one breaker, whoever asks."""
        self._source = source
        self._utcnow = utcnow
        self._seen: UsdtRub | None = None  # replaced whole, so that who reads it needs no lock

    def latest(self) -> UsdtRub | None:
        """None where it is too old to tell the depth, or was never seen; never waits."""
        seen = self._seen
        return seen if seen is not None and self._utcnow() - seen.fetched_at <= AT_HAND_FOR else None

    def follow(self, fetched: Snapshot) -> bool:
        """Takes in what the chain brought, if that is an order book; else whether it should be asked for one now."""
        if not isinstance(fetched, UsdtRub):
            return False
        return not self._take(fetched)

    def refresh(self) -> None:
        """Asks the source once; where it gives nothing, the one that was seen grows old."""
        try:
            self._take(self._source.fetch())
        except NotAsked:  # what it rests after was logged when it happened
            pass
        except SourceError as error:
            log.warning("no order book, large amounts are quoted at the top: %s", error)

    def _take(self, snapshot: Snapshot) -> bool:
        if not isinstance(snapshot, UsdtRub) or snapshot.depth is None:
            return False
        self._seen = snapshot
        log.debug("order book seen bids=%d asks=%d", len(snapshot.depth.bids), len(snapshot.depth.asks))
        return True
