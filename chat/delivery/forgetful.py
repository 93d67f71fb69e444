"""An inbox that keeps nothing, for where it is switched off: an update lives in this process alone."""

from collections.abc import Sequence

from chat.delivery.newest import Newest

REMEMBERED = 1_000
"""Numbers that are known again when Telegram repeats them: those of its last answer, which are a hundred at most."""


class ForgetfulInbox:
    """What was accepted is lost when the process ends. The poller's thread adds, any other may be done."""

    def __init__(self) -> None:
        self._seen = Newest[int, None](REMEMBERED)

    def add(self, updates: Sequence[tuple[int, str]]) -> list[int]:
        new = [update_id for update_id, _ in updates if update_id not in self._seen]
        for update_id in new:
            self._seen.put(update_id, None)
        return new

    def is_done(self, _update_id: int) -> bool:
        return False

    def unfinished(self, _limit: int) -> list[tuple[int, str, int]]:
        return []

    def count(self, update_ids: Sequence[int], by: int = 1) -> None:
        """Nobody reads it."""

    def park(self, _update_id: int, _reason: str) -> bool:
        return True

    def done(self, update_id: int) -> None:
        """It was never kept."""

    def mark_done(self, _connection: object, _update_id: int, *, press: str = "") -> None:
        """Nor is the mark."""

    def spinning(self) -> list[str]:
        return []
