"""The dialogues that were changed last, in memory: of the one process that serves the desk and its database alone."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping

from storage.afterwards import Afterwards
from storage.connections import Connection
from storage.dialogues import Dialogue, Key

MOST = 500
"""Dialogues of some kilobytes each; one is read again when its chat comes back."""
RIVAL_S = 60.0
"""For so long after a sign of another process nothing is held: it may write what is not heard of here."""


class _Changing:
    """How many changes of a dialogue are not over, and the latest there was meanwhile: it may be over before others."""

    __slots__ = ("latest", "open")

    def __init__(self) -> None:
        self.open = self.latest = 0


class DialogueMemory:
    """`storage.dialogues.Copies`. Any thread may call it.

    What a transaction changes is not known here from then on until it is over, and what it made of a dialogue only
    where no later one has changed that, too.
    """

    def __init__(self, database: Afterwards, *, most: int = MOST, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._most = most
        self._clock = clock
        self._holds_from = float("-inf")
        self._lock = threading.Lock()
        self._held: OrderedDict[Key, Dialogue | None] = OrderedDict()
        self._changing: dict[Key, _Changing] = {}
        self._number = self._changes = 0

    def read(self, key: Key, load: Callable[[], Dialogue | None]) -> Dialogue | None:
        if self._database.is_writing:  # it may have written what no other thread sees yet
            return load()
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key]
            before = self._changes
        found = load()
        with self._lock:
            if before == self._changes and key not in self._changing:
                self._hold(key, found)
        return found

    def changed(self, _connection: Connection, dialogues: Mapping[Key, Dialogue | None]) -> None:
        with self._lock:
            self._number += 1
            number = self._number
            for key in dialogues:
                changing = self._changing.setdefault(key, _Changing())
                changing.open += 1
                changing.latest = number
                self._held.pop(key, None)
        self._database.when_over(lambda committed: self._over(dialogues, number, committed=committed))

    def clear(self) -> None:
        def over(_committed: bool) -> None:
            with self._lock:
                self._changes += 1
                self._held.clear()

        self._database.when_over(over)

    def rival_seen(self) -> None:
        """Another process may be at work on the same file, as in a deploy that starts one before it ends the other."""
        with self._lock:
            self._holds_from = self._clock() + RIVAL_S
            self._held.clear()

    def _over(self, dialogues: Mapping[Key, Dialogue | None], number: int, *, committed: bool) -> None:
        with self._lock:
            self._changes += 1
            for key, dialogue in dialogues.items():
                changing = self._changing[key]
                changing.open -= 1
                if changing.open:
                    continue
                del self._changing[key]
                if committed and changing.latest == number:
                    self._hold(key, dialogue)

    def _hold(self, key: Key, dialogue: Dialogue | None) -> None:
        if self._clock() < self._holds_from:
            return
        self._held[key] = dialogue
        if len(self._held) > self._most:
            self._held.popitem(last=False)
