"""How the sources are right now: the cheapest call there is, a fetch, of each that counts none against a plan."""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from rates.errors import SourceError
from rates.guarded import Guarded

log = logging.getLogger(__name__)

APART = timedelta(seconds=10)
"""Who answered this moment is not asked again, however often somebody wants to know."""

APART_BY_SOURCE: Mapping[str, timedelta] = {
    "exchangerate-api": timedelta(hours=1),  # https://www.exchangerate-api.com/docs/free: hourly is never too often
}


class Checkup:
    """Asks through the breakers: who was refused is left alone, a passing trouble may be over. Any thread may call it.

    What the calls bring is not used, only what the breakers learn by them.
    """

    def __init__(self, sources: Sequence[Guarded], *, utcnow: Callable[[], datetime]) -> None:
        """`sources` are those whose calls are free."""
        self._sources = tuple(sources)
        self._utcnow = utcnow

    def run(self) -> None:
        """Returns when each has answered or failed; they are asked side by side, so one timeout bounds it."""
        threads = [
            threading.Thread(target=self._ask, args=[source], name=f"check-{source.name}", daemon=True)
            for source in self._sources
            if self._is_due(source)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _is_due(self, source: Guarded) -> bool:
        answered_at = source.report().answered_at
        return answered_at is None or self._utcnow() - answered_at >= APART_BY_SOURCE.get(source.name, APART)

    def _ask(self, source: Guarded) -> None:
        try:
            source.last_resort.fetch()
        except SourceError as error:
            log.info("source checked source=%s %s", source.name, error.trouble)
        except Exception:  # the edge of a thread
            log.exception("source not checked source=%s", source.name)
        else:
            log.info("source checked source=%s ok", source.name)
