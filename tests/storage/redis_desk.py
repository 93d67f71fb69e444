"""Processes of one desk with a database and a Redis between them, each driven by the test: nothing goes by itself."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from storage.afterwards import Afterwards
from storage.database import open_database
from storage.dialogue_copies import KNOWN, NAME
from storage.errors import RedisAway
from storage.redis_dialogues import RedisDialogues
from storage.redis_link import Command, Link
from storage.redis_wire import RedisWire
from storage.states import StateStorage

DESK = "desk:1"
PATIENT_S = 60.0


def patient_link(url: str) -> Link:
    """A real one, not started, that does not take a crowded machine for a Redis that hangs."""
    return Link(lambda: RedisWire(url, timeout_s=PATIENT_S), probe=f"{DESK}:probe", ask_s=PATIENT_S)


def patient_wire(url: str) -> RedisWire:
    """Without a link around it."""
    return RedisWire(url, timeout_s=PATIENT_S)


class DirectLink:
    """A link without a thread: what is told goes out by `flush`, or before the next that is asked."""

    def __init__(self, wire: RedisWire, *, lasting: Mapping[str | int, int] | None = None) -> None:
        """`lasting` are words that are said otherwise: the times after which the server's clock ends something."""
        self._wire = wire
        self._lasting = lasting or {}
        self._told: deque[tuple[Callable[[], Command | None], Callable[[Any], object] | None]] = deque()
        self._listeners: list[Callable[[bool], object]] = []
        self.is_here = True
        self.asked: list[tuple[str | int, ...]] = []

    def listen(self, listener: Callable[[bool], object]) -> None:
        self._listeners.append(listener)

    def ask(self, *command: str | int) -> Any:
        if not self.is_here:
            raise RedisAway("told to be")
        self.flush()
        self.asked.append(command)
        return self._say(command)

    def tell(self, make: Callable[[], Command | None], told: Callable[[Any], object] | None = None) -> bool:
        if self.is_here:
            self._told.append((make, told))
        return self.is_here

    def flush(self) -> None:
        while self._told:
            make, told = self._told.popleft()
            command = make()
            if command is not None:
                reply = self._say(command)
                if told is not None:
                    told(reply)

    def _say(self, command: Command) -> Any:
        return self._wire.call(*(self._lasting.get(word, word) for word in command))

    def go(self) -> None:
        """Away; what was on its way is lost."""
        self.is_here = False
        self._told.clear()
        for listener in self._listeners:
            listener(False)

    def come_back(self) -> None:
        self.is_here = True
        for listener in self._listeners:
            listener(True)


class Undone(Exception):
    """In the middle of a write."""


class DeskProcess:
    """Serves the desk from when it is made."""

    def __init__(self, url: str, redis_url: str, *, most: int = 500, is_there: bool = True) -> None:
        self._wire = patient_wire(redis_url)
        self.link = DirectLink(self._wire)
        self.link.is_here = is_there
        self.database = Afterwards(open_database(url))
        self.copies = RedisDialogues(self.database, self.link, desk=DESK, most=most)  # type: ignore[arg-type]  # as good
        self.copies.begin()
        self.states = StateStorage(self.database, copies=self.copies)
        self._truth = StateStorage(self.database)

    def set(self, chat_id: int, state: str) -> None:
        self.states.set_state(chat_id, chat_id, state)

    def keep(self, chat_id: int, state: str) -> None:
        """Sets it, and its copy is in Redis."""
        self.set(chat_id, state)
        self.link.flush()

    def get(self, chat_id: int) -> str | None:
        return self.states.get_state(chat_id, chat_id)

    def delete(self, chat_id: int) -> None:
        self.states.delete_state(chat_id, chat_id)

    def set_in_vain(self, chat_id: int, state: str) -> None:
        """In a transaction that is undone."""
        with suppress(Undone), self.database.write():
            self.set(chat_id, state)
            raise Undone

    def truth(self, chat_id: int) -> str | None:
        """What the database says."""
        return self._truth.get_state(chat_id, chat_id)

    def has_copy(self, chat_id: int) -> bool:
        """Whether it knows without asking the database."""
        key, asked = (chat_id, chat_id, 0, "", 0), list[None]()
        self.copies.read(key, lambda: asked.append(None))
        if asked:
            del self.copies._memory[key]  # the answer was none of the database's
        return not asked

    def row(self) -> tuple[str, int] | None:
        """What the database says of the copies."""
        found: tuple[str, int] | None = self.database.read().execute(KNOWN, (NAME,)).fetchone()
        return None if found is None else (found[0], found[1])

    def forget_memory(self) -> None:
        """As when many other dialogues came in between."""
        self.copies._memory.clear()

    def end(self) -> None:
        """As by kill -9: nothing more is said."""
        self.database.close()
        self._wire.close()


Start = Callable[..., DeskProcess]


@contextmanager
def processes(url: str, redis_url: str) -> Iterator[Start]:
    """As many as are asked for, one after the other or side by side; all of them end."""
    made: list[DeskProcess] = []

    def start(*, most: int = 500, is_there: bool = True) -> DeskProcess:
        made.append(DeskProcess(url, redis_url, most=most, is_there=is_there))
        return made[-1]

    yield start
    for each in made:
        each.end()


class Keys:
    """What a Redis had at one moment."""

    def __init__(self, process: DeskProcess) -> None:
        wire = process._wire
        self._texts = {key: wire.call("GET", key) for key in wire.call("KEYS", f"{DESK}:*")}

    def put_back(self, process: DeskProcess) -> None:
        process._wire.call("FLUSHDB")
        for key, text in self._texts.items():
            process._wire.call("SET", key, text)
