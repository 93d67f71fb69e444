"""Around the handling of an update: how long it took, what came of it, and who is at the desk."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from ops.about import about
from ops.meters import Meters

log = logging.getLogger(__name__)

Update = Mapping[str, Any]
Handle = Callable[[int, dict[str, Any]], object]

ACTIVE_S = 300.0
PEOPLE = 1_000
"""Remembered at once; those seen longest ago are forgotten first."""


class Handling:
    """Any worker may call what `around` gives. Without meters it only logs."""

    def __init__(
        self,
        meters: Meters | None,
        *,
        is_operator: Callable[[int], bool],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._meters = meters
        self._is_operator = is_operator
        self._clock = clock
        self._lock = threading.Lock()
        self._seen_at: dict[int, float] = {}

    def around(self, handle: Handle) -> Callable[[int, dict[str, Any]], None]:
        """The same, with whatever is logged meanwhile knowing the update, its chat and who sent it."""

        def handled(update_id: int, update: dict[str, Any]) -> None:
            kind, chat, user = about_update(update)
            if user is not None and self._is_operator(user):
                self._seen(user)
            begun, result = self._clock(), "failed"
            with about(update_id=update_id, chat=chat, operator_id=user):
                try:
                    handle(update_id, update)
                    result = "done"
                except Exception:
                    raise
                except BaseException:  # it has to wait, or was given up
                    result = "postponed"
                    raise
                finally:
                    took_s = self._clock() - begun
                    if self._meters is not None:
                        self._meters.updates.add(kind, result)
                        self._meters.handling.add(took_s, kind)
                    if result == "done":
                        log.info("update handled kind=%s duration_ms=%.1f", kind, 1000 * took_s)

        return handled

    def active_operators(self) -> int:
        """How many have done something within the last five minutes."""
        now = self._clock()
        with self._lock:
            return sum(now - at <= ACTIVE_S for at in self._seen_at.values())

    def _seen(self, user: int) -> None:
        with self._lock:
            self._seen_at.pop(user, None)
            self._seen_at[user] = self._clock()
            if len(self._seen_at) > PEOPLE:
                del self._seen_at[next(iter(self._seen_at))]


def about_update(update: Update) -> tuple[str, int | None, int | None]:
    """The kind of a raw update, its chat and its sender; whatever it is, this does not raise."""
    for kind, part in update.items():
        if isinstance(part, dict):
            message = part.get("message")
            chat = part.get("chat") or (message.get("chat") if isinstance(message, dict) else None)
            return kind, _id(chat), _id(part.get("from"))
    return "unknown", None, None


def _id(of: object) -> int | None:
    number = of.get("id") if isinstance(of, dict) else None
    return number if isinstance(number, int) else None
