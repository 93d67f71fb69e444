"""The tenure on a database in one file, for processes on one machine with a Redis between them.

Three things say who holds it. A lock on a file beside the database tells the living from the dead: the kernel lets go
of it when its process ends, whether Redis is there or not. A key in Redis, renewed while its holder is awake, tells who
is frozen, and that another machine serves the same bot from another disk. And the epoch in the database, which each
transaction compares, is what counts: whoever begins a higher one is the holder.

So Redis may go away without harm: the holder goes on, and a dead one is followed all the same; only a frozen one is not
found out meanwhile. Two processes on disks of their own cannot stand in for each other, what one has kept the other has
not: the second one ends with a line that says so. On PostgreSQL all of this is `storage.postgres_lease`, which asks one
server instead of two that may disagree.
"""

import fcntl
import logging
import secrets
import socket
import sqlite3
import time
from collections.abc import Callable
from contextlib import suppress
from io import FileIO
from pathlib import Path

from storage.errors import DatabaseAway, RedisAway
from storage.lease import GONE, LOOK_S, NAME, RENEW_S, Lease, Lost
from storage.redis_link import LONGEST_PAUSE_S, Link
from storage.transactions import transaction

log = logging.getLogger(__name__)

KEY_MS = 3_000
"""How long the key stands without a renewal."""
HELD_S = 2.5
"""For so long after it has found its epoch in the database the holder may act."""
FROZEN_S = 1.5
"""How long the key has to be gone while the lock is not: a Redis that was emptied has none until the next renewal."""
BACK_S = LONGEST_PAUSE_S + 5.0
"""The same where Redis was away: each process finds it again by itself, the holder perhaps much later than this one."""
SETTLE_S = 3.5
"""Whoever takes over from one that may be alive acts after so long: by then that one has looked at the epoch."""
ELSEWHERE_S = 10.0
"""After so long with a key of another disk nobody can say any more that it was of one that has just ended."""

WITH_LOCK, WITHOUT_LOCK = 1, 2
"""In the row, in the place of a moment: whether the holder has the lock on the file, too."""

LOOK = "SELECT epoch, renewed_at FROM lease WHERE name = ? LIMIT 1"
BEGIN = """
    INSERT INTO lease (name, holder, epoch, renewed_at) VALUES (?, ?, ?, ?)
    ON CONFLICT (name) DO UPDATE
        SET holder = excluded.holder, epoch = excluded.epoch, renewed_at = excluded.renewed_at"""
LOCKED = "UPDATE lease SET renewed_at = 1 WHERE name = ? AND epoch = ?"

TAKE = """
    local held = redis.call('GET', KEYS[1])
    if held and string.find(held, ARGV[2], 1, true) ~= 1 then return 0 end
    if held and ARGV[4] == 'free' then return 0 end
    redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
    return redis.call('INCR', KEYS[2])"""
RENEW = """
    local held = redis.call('GET', KEYS[1])
    if held and held ~= ARGV[1] then return held end
    return redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) and ''"""
GIVE_UP = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"

ELSEWHERE = (
    "another process serves this bot from another disk: two of them can stand in for each other on one file of one"
    " machine, or on PostgreSQL"
)


class RedisLease(Lease):
    """Of a database in a file."""

    def __init__(
        self,
        path: Path,
        link: Link,
        *,
        desk: str,
        lost: Lost,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(lost=lost, holder=None, clock=clock)
        self._path = path
        self._link = link
        self._key, self._number = f"{desk}:lease", f"{desk}:lease:number"
        self._place: str | None = None
        self._token = secrets.token_hex(8)
        self._acts_from = float("-inf")
        self._database: sqlite3.Connection | None = None
        self._file: FileIO | None = None
        self._has_lock = False
        self._gone_since: float | None = None
        self._frozen_s = FROZEN_S
        self._not_begun: str | None = None
        self._is_elsewhere = False
        self._elsewhere_since: float | None = None

    def give_up(self) -> None:
        if self._epoch is not None:
            mine = self._mine()
            self._link.tell(lambda: ("EVAL", GIVE_UP, 1, self._key, mine))
        self.close()

    def close(self) -> None:
        database, self._database = self._database, None
        if database is not None:
            database.close()
        file, self._file, self._has_lock = self._file, None, False
        if file is not None:
            file.close()

    def _look_or_renew(self) -> float:
        try:
            return self._mind() if self._epoch is not None else self._wait()
        except (sqlite3.Error, OSError) as error:
            raise DatabaseAway(str(error), was_there=False) from error

    def _mind(self) -> float:
        """Of the holder, or of one that is about to be."""
        asked_at = self._clock()
        row = self._row()
        if row is None or row[0] != self._epoch or self._is_elsewhere:
            self._lose(ELSEWHERE if self._is_elsewhere else GONE)
            return RENEW_S
        mine = self._mine()
        self._link.tell(lambda: ("EVAL", RENEW, 1, self._key, mine, KEY_MS), self._heard)
        if row[1] != WITH_LOCK and self._lock():
            with transaction(self._open()):
                self._open().execute(LOCKED, (NAME, self._epoch))
        if asked_at < self._acts_from:
            return LOOK_S
        self._hold(until=asked_at + HELD_S)
        return RENEW_S

    def _heard(self, key: str) -> None:
        """What stands in Redis where it is not this one's; of the same disk the epoch tells the one from the other."""
        self._is_elsewhere = bool(key) and not key.startswith(self._where())

    def _wait(self) -> float:
        """Of a standby: takes over from a dead one at once, from a frozen one when it is sure."""
        now = self._clock()
        locked = self._lock()
        row = self._row()
        key = self._look()
        if key and not key.startswith(self._where()):
            self._meet_another_disk(now)
            return LOOK_S
        self._elsewhere_since = None
        if key != "":
            self._gone_since = None
            self._frozen_s = FROZEN_S if key else BACK_S
        elif self._gone_since is None:
            self._gone_since = now
        is_gone = self._gone_since is not None and now - self._gone_since >= self._frozen_s
        was_locked = row is None or row[1] == WITH_LOCK
        before, self._not_begun = self._not_begun, None
        if locked and was_locked:
            self._begin(row, now=now, at_once=True)
        elif is_gone or (locked and key is None):
            self._begin(row, now=now, at_once=False)
        elif before is not None and key in ("", self._mine()):  # nobody has it, and it is not time to try again
            self._not_begun = before
            raise DatabaseAway(before, was_there=False)
        return LOOK_S if self._epoch is None else self._mind()

    def _begin(self, row: tuple[int, int] | None, *, now: float, at_once: bool) -> None:
        """`at_once`: the lock is here, and nobody holds the lease without it, so nobody alive holds it."""
        number = self._take(is_free=not at_once)
        if number == 0:  # another standby was sooner, or another disk
            return
        epoch = max(number or 0, (row[0] if row else 0) + 1)
        try:
            with transaction(connection := self._open()):
                if self._row() != row:
                    return
                connection.execute(BEGIN, (NAME, self._holder, epoch, WITH_LOCK if self._has_lock else WITHOUT_LOCK))
        except sqlite3.Error as error:
            self._not_begun = str(error)
            raise
        self._epoch = epoch
        self._acts_from = now if at_once else self._clock() + SETTLE_S
        log.info("lease taken epoch=%d at_once=%s", epoch, at_once)

    def _take(self, *, is_free: bool) -> int | None:
        """The fencing number, 0 where somebody else has the key, None where Redis is away."""
        condition = "free" if is_free else "mine"
        words = (self._key, self._number, self._mine(), self._where(), KEY_MS, condition)
        try:
            number: int = self._link.ask("EVAL", TAKE, 2, *words)
        except RedisAway:
            return None
        return number

    def _look(self) -> str | None:
        """Who is in Redis, "" for nobody; None where Redis is away."""
        try:
            return self._link.ask("GET", self._key) or ""
        except RedisAway:
            return None

    def _meet_another_disk(self, now: float) -> None:
        self._gone_since = None
        if self._elsewhere_since is None:
            self._elsewhere_since = now
        elif now - self._elsewhere_since >= ELSEWHERE_S:
            self._lose(ELSEWHERE)

    def _row(self) -> tuple[int, int] | None:
        row: tuple[int, int] | None = self._open().execute(LOOK, (NAME,)).fetchone()
        return row

    def _open(self) -> sqlite3.Connection:
        if self._database is None:
            self._database = sqlite3.connect(self._path, timeout=HELD_S, isolation_level=None, check_same_thread=False)
        return self._database

    def _lock(self) -> bool:
        """Whether this process has the lock on the file, by now."""
        if self._file is None:
            self._file = FileIO(self._path.with_name(f"{self._path.name}.lease"), "a")
        if not self._has_lock:
            with suppress(BlockingIOError):
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self._has_lock = True
        return self._has_lock

    def _mine(self) -> str:
        return f"{self._where()}{self._token}"

    def _where(self) -> str:
        """The place of the file, as no other machine, and no other file on this one, is called."""
        if self._place is None:
            stat = self._path.with_name(f"{self._path.name}.lease").stat()
            self._place = f"{_kernel()}:{stat.st_dev}:{stat.st_ino}"
        return f"{self._place}/"


def _kernel() -> str:
    """A lock on a file is between processes on one kernel, in whichever containers they are."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return socket.gethostname()
