"""Copies of the dialogues, in memory and in Redis: the database alone says what a dialogue is.

A dialogue and the mark that its update is done are one transaction of the database, and no write to Redis can be part
of that. So the copies are made after it, by nobody whom a chat waits for, and are worth something only while it is
known that none is missing: each transaction that changes dialogues counts itself in the database, what has reached
Redis is counted there, under the same token, and who begins takes the copies only where both counts are the same. A
crash in between, a Redis that was away, was restarted empty or with the data of yesterday: the counts differ, the
copies are left to expire, and the first write goes on under a new token. No older state comes back: nobody asks for it.
"""

import logging
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping

from storage.afterwards import Afterwards
from storage.connections import Connection
from storage.dialogue_copies import BEGIN, COUNT, FORGET, KNOWN, NAME, from_text, to_text
from storage.dialogues import Dialogue, Key
from storage.errors import RedisAway
from storage.redis_link import Command, Link

log = logging.getLogger(__name__)

KEPT_MS = 24 * 3600 * 1000
"""How long a copy is kept that nobody has changed since; the dialogue itself is in the database for much longer."""
COUNT_KEPT_MS = 2 * KEPT_MS
MOST_IN_MEMORY = 500
"""Dialogues of some kilobytes each; one is read again when its chat comes back."""

# Who was frozen and wakes finds another owner: what it has to say is of the past. The first copy under a token
# claims it.
CLAIM = "redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) return redis.call('GET', KEYS[2])"
COPY = """
    if ARGV[2] == '0' then redis.call('SET', KEYS[1], ARGV[1]) end
    if redis.call('GET', KEYS[1]) ~= ARGV[1] then return -1 end
    if (redis.call('GET', KEYS[2]) or '0') ~= ARGV[2] then return -1 end
    for number = 3, #KEYS do redis.call('SET', KEYS[number], ARGV[number + 3], 'PX', ARGV[4]) end
    redis.call('SET', KEYS[2], ARGV[3], 'PX', ARGV[5])
    return redis.call('PEXPIRE', KEYS[1], ARGV[5])"""


class _Unknown:
    """Not to be found; None is no dialogue."""


UNKNOWN = _Unknown()


class _Changing:
    """A dialogue in transactions that are not over yet, and what the latest of those that are has made of it."""

    __slots__ = ("dialogue", "number", "open")

    def __init__(self) -> None:
        self.open = 0
        self.number = 0
        self.dialogue: Dialogue | _Unknown | None = UNKNOWN


class RedisDialogues:
    """`storage.dialogues.Copies` of the one process that serves the desk. Any thread may call it.

    Nobody waits for Redis but who asks for a dialogue that this process has neither written nor read before.
    """

    def __init__(self, database: Afterwards, link: Link, *, desk: str, most: int = MOST_IN_MEMORY) -> None:
        self._database = database
        self._link = link
        self._desk = desk
        self._most = most
        self._me = secrets.token_hex(8)
        self._lock = threading.Lock()
        self._memory: OrderedDict[Key, Dialogue | None] = OrderedDict()
        self._changing: dict[Key, _Changing] = {}
        self._number = self._changes = 0
        self._token: str | None = None
        self._written_under: str | _Unknown | None = UNKNOWN
        self._sent: str | None = None
        self._copied = 0
        self._waiting: dict[Key, Dialogue | None] = {}
        self._uncounted = 0
        self._is_told = False
        link.listen(self._link_changed)

    def begin(self) -> None:
        """Takes over the copies that an earlier process has left, if none is missing; once this one alone may write."""
        row: tuple[str, int] | None = self._database.read().execute(KNOWN, (NAME,)).fetchone()
        if row is None:
            return
        token, writes = row
        try:
            copied = self._link.ask("EVAL", CLAIM, 2, self._owner(token), self._count(token), self._me, COUNT_KEPT_MS)
        except RedisAway:
            return
        if copied is not None and int(copied) == writes:
            with self._lock:
                self._token, self._copied = token, writes
        log.info("dialogues in redis taken=%s copied=%s written=%d", self._token is not None, copied, writes)

    def read(self, key: Key, load: Callable[[], Dialogue | None]) -> Dialogue | None:
        if self._database.is_writing:  # it may have written what no other thread sees yet
            return load()
        with self._lock:
            is_changing = key in self._changing
            if key in self._memory and not is_changing:
                self._memory.move_to_end(key)
                return self._memory[key]
            before, token = self._changes, None if is_changing else self._token
            known = self._waiting.get(key, UNKNOWN)
        found = UNKNOWN if token is None else known
        if token is not None and isinstance(found, _Unknown):
            found = self._shared(key, token)
        if isinstance(found, _Unknown):
            found = load()
        with self._lock:
            if before == self._changes and key not in self._changing:
                self._remember(key, found)
        return found

    def changed(self, connection: Connection, dialogues: Mapping[Key, Dialogue | None]) -> None:
        """Of several that change dialogues there is one at a time in here, for it is inside their transaction."""
        with self._lock:
            self._number += 1
            number, token = self._number, self._token
            for key in dialogues:
                self._changing.setdefault(key, _Changing()).open += 1
        # Told of first: whatever fails from here on, the transaction is over at some time.
        under = _Under()
        self._database.when_over(lambda committed: self._over(dialogues, number, committed=committed, under=under))
        if token is not None and connection.execute(COUNT, (NAME, token)).fetchone() is not None:
            under.token = token
        elif self._link.is_here:
            under.token, under.is_new = secrets.token_hex(8), True
            connection.execute(BEGIN, (NAME, under.token))
        elif self._written_under is not None:
            connection.execute(FORGET, (NAME,))
        with self._lock:
            self._written_under = under.token

    def clear(self) -> None:
        def over(_committed: bool) -> None:
            with self._lock:
                self._changes += 1
                self._memory.clear()

        self._database.when_over(over)

    def _over(self, dialogues: Mapping[Key, Dialogue | None], number: int, *, committed: bool, under: "_Under") -> None:
        """Where it is in doubt whether they were written the database will tell, and the copies count no more."""
        with self._lock:
            self._changes += 1
            if not committed:
                self._distrust()
                self._written_under = UNKNOWN
            elif under.is_new and under.token == self._written_under != self._token:
                self._distrust()
                self._token = under.token
            counts = committed and under.token is not None and under.token == self._token
            for key, dialogue in dialogues.items():
                latest = self._end(key, dialogue if committed else UNKNOWN, number)
                if counts and not isinstance(latest, _Unknown):
                    self._waiting[key] = latest
            self._uncounted += counts
            is_news = counts and not self._is_told
            self._is_told = self._is_told or counts
        if is_news and not self._link.tell(self._copy, self._heard):
            with self._lock:
                self._distrust()

    def _end(self, key: Key, dialogue: Dialogue | _Unknown | None, number: int) -> Dialogue | _Unknown | None:
        """One transaction less that changes it; what the latest one has made of it. The lock is held."""
        changing = self._changing[key]
        changing.open -= 1
        if number > changing.number:
            changing.number, changing.dialogue = number, dialogue
        if not changing.open:
            del self._changing[key]
            if isinstance(changing.dialogue, _Unknown):
                self._memory.pop(key, None)
            else:
                self._remember(key, changing.dialogue)
        return changing.dialogue

    def _remember(self, key: Key, dialogue: Dialogue | None) -> None:
        self._memory[key] = dialogue
        self._memory.move_to_end(key)
        if len(self._memory) > self._most:
            self._memory.popitem(last=False)

    def _shared(self, key: Key, token: str) -> Dialogue | _Unknown | None:
        with self._lock:
            copied = self._copied
        try:
            owner, count, text = self._link.ask("MGET", self._owner(token), self._count(token), self._place(token, key))
        except RedisAway:
            return UNKNOWN
        if owner != self._me or int(count or 0) < copied:
            self._lose(token)
            return UNKNOWN
        return UNKNOWN if text is None else from_text(text)

    def _copy(self) -> Command | None:
        """What is to be copied by now, whoever wrote it; on the link's thread."""
        with self._lock:
            token, dialogues, before = self._token, self._waiting, self._copied
            self._copied = after = before + self._uncounted
            self._waiting, self._uncounted, self._is_told = {}, 0, False
            self._sent = token
        if token is None or after == before:
            return None
        keys = [self._owner(token), self._count(token), *(self._place(token, key) for key in dialogues)]
        texts = [to_text(dialogue) for dialogue in dialogues.values()]
        return "EVAL", COPY, len(keys), *keys, self._me, before, after, KEPT_MS, COUNT_KEPT_MS, *texts

    def _heard(self, done: int) -> None:
        """Another owner, or another count, is another process or another life of the server."""
        if done != 1 and self._sent is not None:
            self._lose(self._sent)

    def _lose(self, token: str) -> None:
        log.info("the dialogues in redis are not those that were written, they are copied anew")
        with self._lock:
            if self._token == token:
                self._distrust()

    def _link_changed(self, is_here: bool) -> None:
        if not is_here:
            with self._lock:
                self._distrust()

    def _distrust(self) -> None:
        """The next write begins anew; the lock is held."""
        self._token, self._copied = None, 0
        self._waiting, self._uncounted, self._is_told = {}, 0, False

    def _owner(self, token: str) -> str:
        return f"{self._desk}:{token}:owner"

    def _count(self, token: str) -> str:
        return f"{self._desk}:{token}:count"

    def _place(self, token: str, key: Key) -> str:
        return f"{self._desk}:{token}:{'/'.join(map(str, key))}"


class _Under:
    """Which token a transaction has counted itself under; None where Redis was away.

    Only a token that it has begun itself may be taken up at its end: one that was lost meanwhile lacks copies.
    """

    __slots__ = ("is_new", "token")

    def __init__(self) -> None:
        self.token: str | None = None
        self.is_new = False
