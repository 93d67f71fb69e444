"""Counts of calls in memory, and quotas that count in them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from rates.pace import QuotaWarning
from rates.quota import Quota
from tests.rates.conftest import NOW


@dataclass
class Row:
    used: int
    last_at: datetime
    allowed: int | None = None
    failed_in_a_row: int = 0


class Counted:
    """Does what the database does, and raises `broken` when that is set."""

    def __init__(self, utcnow: Callable[[], datetime] = lambda: NOW) -> None:
        self.rows: dict[tuple[str, str], Row] = {}
        self.told: set[str] = set()
        self.broken: Exception | None = None
        self._utcnow = utcnow

    def count(self, month: str, key_hash: str, *, plan: int) -> bool:
        self._may_break()
        row = self.rows.setdefault((month, key_hash), Row(0, self._utcnow()))
        if row.used >= min(plan, row.allowed or plan):
            return False
        row.used += 1
        row.last_at = self._utcnow()
        return True

    def settle(
        self, month: str, key_hash: str, *, failed: bool, used: int | None = None, allowed: int | None = None
    ) -> None:
        self._may_break()
        row = self.rows[month, key_hash]
        row.used = max(row.used, used or 0)
        row.allowed = allowed or row.allowed
        row.failed_in_a_row = row.failed_in_a_row + 1 if failed else 0

    def used(self, month: str, key_hashes: Sequence[str]) -> Mapping[str, Row]:
        self._may_break()
        return {key_hash: row for (of, key_hash), row in self.rows.items() if of == month and key_hash in key_hashes}

    def tell_once(self, month: str) -> bool:
        is_first = month not in self.told
        self.told.add(month)
        return is_first

    def _may_break(self) -> None:
        if self.broken is not None:
            raise self.broken


def quota_of(*keys: str, counts: Counted | None = None) -> Quota:
    """For sources that are to be asked again at once, and never run out of calls."""
    told: list[QuotaWarning] = []
    return Quota(
        "apilayer",
        counts or Counted(),
        keys=keys,
        plan=1_000_000,
        interval_s=0,
        tell=told.append,
        utcnow=lambda: NOW,
    )
