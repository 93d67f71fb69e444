"""An inbox without a database."""

from collections.abc import Sequence


class MemoryInbox:
    """Keeps updates in a dict; told to fail, it keeps none of a batch, or all, and nobody hears of it."""

    def __init__(self, events: list[str] | None = None) -> None:
        self.kept: dict[int, str] = {}
        self.attempts: dict[int, int] = {}
        self.finished: list[int] = []
        self.parked: dict[int, str] = {}
        self.failure: Exception | None = None
        self.unheard: Exception | None = None
        self.events = events if events is not None else []

    def add(self, updates: Sequence[tuple[int, str]]) -> list[int]:
        if self.failure is not None:
            raise self.failure
        new = dict.fromkeys(number for number, _ in updates if number not in self.kept)
        self.kept |= {number: text for number, text in updates if number in new}
        self.events.append(f"kept {list(new)}")
        if self.unheard is not None:
            raise self.unheard
        return list(new)

    def is_done(self, update_id: int) -> bool:
        return self._is_over(update_id)

    def unfinished(self, limit: int) -> list[tuple[int, str, int]]:
        left = sorted(self.kept.items())
        return [(number, text, self.attempts.get(number, 0)) for number, text in left if not self._is_over(number)][
            :limit
        ]

    def count(self, update_ids: Sequence[int], by: int = 1) -> None:
        for number in update_ids:
            self.attempts[number] = self.attempts.get(number, 0) + by

    def park(self, update_id: int, reason: str) -> bool:
        if self._is_over(update_id):
            return False
        self.parked[update_id] = reason
        return True

    def done(self, update_id: int) -> None:
        if not self._is_over(update_id):
            self.finished.append(update_id)

    def _is_over(self, update_id: int) -> bool:
        return update_id in self.finished or update_id in self.parked
