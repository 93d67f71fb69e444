"""How many calls each key has made in each month, so that a restart burns nothing and knows the rest."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.database import Database
from storage.moments import from_text, to_text, utc_now

# One statement looks and counts, so that of two who ask for the last call one gets it.
COUNT = """
    INSERT INTO key_calls (month, key_hash, used, failed_in_a_row, last_at) VALUES (?, ?, 1, 0, ?)
    ON CONFLICT (month, key_hash) DO UPDATE SET used = key_calls.used + 1, last_at = excluded.last_at
    WHERE key_calls.used < ? AND key_calls.used < coalesce(key_calls.allowed, key_calls.used + 1)"""
SETTLE = """
    UPDATE key_calls SET
        used = CASE WHEN ? > used THEN ? ELSE used END,
        allowed = coalesce(?, allowed),
        failed_in_a_row = CASE WHEN ? THEN failed_in_a_row + 1 ELSE 0 END
    WHERE month = ? AND key_hash = ?"""
USED = """
    SELECT key_hash, used, allowed, failed_in_a_row, last_at FROM key_calls
    WHERE month = ? ORDER BY key_hash LIMIT 1000"""
TELL = "INSERT INTO quota_warnings (month, told_at) VALUES (?, ?) ON CONFLICT (month) DO NOTHING"


@dataclass(frozen=True, slots=True)
class Used:
    """What a key has used of a month; `allowed` is the plan its source told, None when it told none."""

    used: int
    allowed: int | None
    failed_in_a_row: int
    last_at: datetime


class KeyCalls:
    """Any thread may call it. A key is known by a hash alone; a month is text, such as 2026-11."""

    def __init__(self, database: Database, *, now: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._now = now

    def count(self, month: str, key_hash: str, *, plan: int) -> bool:
        """Counts one call more; False, and nothing counted, when `plan` or what the source allows is used up."""
        with self._database.write() as connection:
            return connection.execute(COUNT, (month, key_hash, to_text(self._now()), plan)).rowcount == 1

    def settle(
        self, month: str, key_hash: str, *, failed: bool, used: int | None = None, allowed: int | None = None
    ) -> None:
        """What came of a counted call; a count that its source knows to be higher is raised to that."""
        at_least = used or 0
        with self._database.write() as connection:
            connection.execute(SETTLE, (at_least, at_least, allowed, failed, month, key_hash))

    def used(self, month: str, key_hashes: Sequence[str]) -> Mapping[str, Used]:
        """By the hash of the key, of those that were called in that month."""
        rows = self._database.read().execute(USED, (month,))
        return {
            key_hash: Used(used, allowed, failed_in_a_row, from_text(last_at))
            for key_hash, used, allowed, failed_in_a_row, last_at in rows
            if key_hash in key_hashes
        }

    def tell_once(self, month: str) -> bool:
        """True for the first who asks in a month, over restarts, too."""
        with self._database.write() as connection:
            return connection.execute(TELL, (month, to_text(self._now()))).rowcount == 1
