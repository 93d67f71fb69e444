"""The last good snapshots in Redis: kept by whoever serves the desk, heard at once by whoever stands by.

A message that is lost does no harm: the snapshot itself is there, too, and is read at every new beginning. Nothing of
it is truer than what the database has, only sooner.
"""

import json
import logging

from calc.snapshots import Feed, Snapshot
from storage.errors import RedisAway
from storage.redis_link import Link
from storage.snapshots import Row, row_of, snapshot_of

log = logging.getLogger(__name__)

KEPT_MS = 14 * 24 * 3600 * 1000
"""Longer than any is of use."""
MOMENT = 32
"""Letters of a moment, with which a text begins: of two texts the one that sorts later is the later one."""
KEEP = f"""
    local held = redis.call('GET', KEYS[1])
    if held and string.sub(held, 1, {MOMENT}) >= string.sub(ARGV[1], 1, {MOMENT}) then return 0 end
    redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
    return redis.call('PUBLISH', KEYS[2], ARGV[1])"""


class RedisRates:
    """Any thread may call it."""

    def __init__(self, link: Link, *, desk: str) -> None:
        self._link = link
        self._keys = {feed: f"{desk}:rates:{feed}" for feed in Feed}
        self.channel = f"{desk}:rates"

    def keep(self, snapshot: Snapshot) -> None:
        """Waits for nothing. A snapshot that is older than the one there is dropped, whoever was frozen with it."""
        key, text = self._keys[snapshot.feed], _to_text(snapshot)
        self._link.tell(lambda: ("EVAL", KEEP, 2, key, self.channel, text, KEPT_MS))

    def last(self) -> list[Snapshot]:
        """At most one for each feed; none where Redis is away, or has none."""
        try:
            texts: list[str | None] = self._link.ask("MGET", *self._keys.values())
        except RedisAway:
            return []
        return [snapshot for text in texts if text is not None and (snapshot := from_text(text)) is not None]


def _to_text(snapshot: Snapshot) -> str:
    """What `from_text` reads."""
    row = row_of(snapshot)
    return f"{row[2]} {json.dumps(row)}"


def from_text(text: str) -> Snapshot | None:
    """None for what cannot be read: a source gives a new one in seconds."""
    try:
        row: Row = tuple(json.loads(text[MOMENT + 1 :]))
        return snapshot_of(row)
    except (ValueError, TypeError, ArithmeticError, AttributeError) as error:
        log.warning("a snapshot in redis cannot be read: %r", error)
        return None
