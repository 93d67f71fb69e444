"""Whom the turnstile has let in lately, for the process that comes after: a stranger gets one polite line an hour.

The turnstile decides out of its own memory and waits for nobody. As one process serves at a time, what it has to share
is handed over: told while it serves, and read once by the next one. The ages are those of Redis' own clock.
"""

import logging
from collections.abc import Sequence

from storage.errors import RedisAway
from storage.redis_link import Link

log = logging.getLogger(__name__)

NOTE = """
    local now = redis.call('TIME')[1]
    redis.call('ZADD', KEYS[1], 'NX', now, ARGV[1])
    redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
    redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -1 - ARGV[3])
    return redis.call('EXPIRE', KEYS[1], ARGV[2])"""
ALL = """
    local now = redis.call('TIME')[1]
    local found = redis.call('ZRANGE', KEYS[1], now - ARGV[1], '+inf', 'BYSCORE', 'WITHSCORES')
    for number = 2, #found, 2 do found[number] = now - found[number] end
    return found"""


class RedisWindows:
    """Any thread may call it. `name` is a word for what is let in, without a space."""

    def __init__(self, link: Link, *, desk: str, window_s: int, most: int) -> None:
        self._link = link
        self._key = f"{desk}:windows"
        self._window_s = window_s
        self._most = most

    def note(self, name: str) -> None:
        """Waits for nothing; one that is noted already keeps its time."""
        self._link.tell(lambda: ("EVAL", NOTE, 1, self._key, name, self._window_s, self._most))

    def noted(self) -> list[tuple[str, float]]:
        """Each with its age in seconds, the oldest first; none where Redis is away."""
        try:
            found: Sequence[str | int] = self._link.ask("EVAL", ALL, 1, self._key, self._window_s)
        except RedisAway:
            return []
        return [(str(name), float(age_s)) for name, age_s in zip(found[::2], found[1::2], strict=True)]
