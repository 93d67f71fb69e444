"""Whether the bot does what it is there for: it hears Telegram, it can write, it has a rate to quote."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ops.parts import Polling

log = logging.getLogger(__name__)

Check = Callable[[], str | None]
"""None while all is well, else what is wrong in a few words, without secrets."""

SILENT_S = 60.0
"""Without an answer to a poll; a good one is over in 10 s, and after a trouble the next is tried within 10 more."""
LOOKED_S = 45.0
"""Without a look to the end: what is looked at hangs."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`reasons` are by what is not well; none where all is."""

    reasons: Mapping[str, str]

    @property
    def is_well(self) -> bool:
        return not self.reasons


class Health:
    """`look` is called every few seconds by a thread of its own, for it may take its time; all else answers at once."""

    def __init__(
        self,
        polling: Callable[[], Polling],
        checks: Mapping[str, Check],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`checks` are those that may wait for something; by their names they are found in a verdict."""
        self._polling = polling
        self._checks = checks
        self._clock = clock
        self._lock = threading.Lock()
        self._began_at = clock()
        self._looked_at: float | None = None
        self._found: Mapping[str, str] = {}

    def look(self) -> None:
        found = {name: trouble for name, check in self._checks.items() if (trouble := _asked(check)) is not None}
        with self._lock:
            before, self._found, self._looked_at = self._found, found, self._clock()
        for name in before.keys() | found.keys():
            if before.get(name) != found.get(name):
                log.warning("health has changed check=%s: %s", name, found.get(name, "well again"))

    def verdict(self) -> Verdict:
        """What the last look found, and how polling is at this moment."""
        with self._lock:
            found, looked_at = dict(self._found), self._looked_at
        since = self._clock() - (self._began_at if looked_at is None else looked_at)
        if since > LOOKED_S:
            found["checks"] = f"hang for {since:.0f} s"
        elif looked_at is None:
            found["checks"] = "not made yet"
        if (trouble := self._polling_trouble()) is not None:
            found = {"polling": trouble, **found}
        return Verdict(found)

    def has_begun(self) -> bool:
        """Whether it serves, or would if Telegram and the sources let it: for a platform that starts one process

        before it ends another. The other one is then a rival, and no reason to take this one for dead.
        """
        polling = self._polling()
        with self._lock:
            return "database" not in self._found and (polling.heard_at is not None or polling.has_rival)

    def _polling_trouble(self) -> str | None:
        polling = self._polling()
        if polling.has_rival:
            return "another program polls with this token (409)"
        if polling.heard_at is None:
            return "no answer from Telegram yet"
        silent_s = self._clock() - polling.heard_at
        return f"no answer from Telegram for {silent_s:.0f} s" if silent_s > SILENT_S else None


def _asked(check: Check) -> str | None:
    try:
        return check()
    except Exception as error:  # noqa: BLE001 - a check that fails has found something, and its name is enough
        return type(error).__name__


def has_rate(quotable: Callable[[], tuple[int, int]]) -> Check:
    def check() -> str | None:
        ready, directions = quotable()
        return None if ready else f"none of {directions} directions can be quoted"

    return check
