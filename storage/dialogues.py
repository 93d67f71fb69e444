"""Dialogues in the database: one row each, changed by edits that can be written at once or collected first."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from storage.connections import Connection
from storage.database import Database
from storage.moments import to_text

READ = """
    SELECT state, data FROM dialogues
    WHERE chat_id = ? AND user_id = ? AND thread_id = ? AND business_id = ? AND bot_id = ?
    LIMIT 1"""
WRITE = """
    INSERT INTO dialogues (chat_id, user_id, thread_id, business_id, bot_id, state, data, updated_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (chat_id, user_id, thread_id, business_id, bot_id)
    DO UPDATE SET state = excluded.state, data = excluded.data, updated_at = excluded.updated_at"""
DELETE = """
    DELETE FROM dialogues
    WHERE chat_id = ? AND user_id = ? AND thread_id = ? AND business_id = ? AND bot_id = ?"""
FORGET = "DELETE FROM dialogues WHERE updated_at < ?"

Key = tuple[int, int, int, str, int]
"""Chat, user, topic (0 for none), business connection ("" for none), bot."""


@dataclass(frozen=True, slots=True)
class Dialogue:
    """As it stands in its row; `data` is JSON text."""

    state: str
    data: str


Edit = Callable[[Dialogue | None], Dialogue | None]
"""From a dialogue to what becomes of it; None is no dialogue."""

Write = Callable[[Connection], object]
"""Something else that is written in the same transaction."""


@dataclass(frozen=True, slots=True)
class Whole:
    """The edit that leaves nothing of what was there before, so that nobody has to look at it."""

    dialogue: Dialogue

    def __call__(self, _: Dialogue | None) -> Dialogue:
        return self.dialogue


class Copies(Protocol):
    """Where dialogues are found sooner than in the database, which alone says what they are. Any thread may call it."""

    def read(self, key: Key, load: Callable[[], Dialogue | None]) -> Dialogue | None:
        """What `load` would give, with or without it."""

    def changed(self, connection: Connection, dialogues: Mapping[Key, Dialogue | None]) -> None:
        """Inside the transaction that writes them."""

    def clear(self) -> None:
        """Inside a transaction after which others may be gone, too."""


class Changes:
    """What one thread did to dialogues and has not written yet, and what else it wants to be written with it.

    Kept as edits, not as results: they are laid over what the database holds when they are written, so what another
    thread wrote to the same dialogue meanwhile stays.
    """

    def __init__(self, database: Database, write: Callable[[Connection, Mapping[Key, Sequence[Edit]]], object]) -> None:
        self._database = database
        self._write = write
        self._edits: dict[Key, list[Edit]] = {}
        self._also: list[Write] = []
        self._read: dict[Key, Dialogue | None] = {}

    def apply(self) -> None:
        """Writes everything in one transaction, one statement for each dialogue; joins an outer `database.write()`."""
        if self._edits or self._also:
            with self._database.write() as connection:
                self.write(connection)
            self.drop()

    def write(self, connection: Connection) -> None:
        """The same inside a transaction, and again in another one where that was undone."""
        if self._edits:
            self._write(connection, self._edits)
        for write in self._also:
            write(connection)

    def add(self, key: Key, edit: Edit) -> None:
        if isinstance(edit, Whole):
            self._edits[key] = [edit]
        else:
            self._edits.setdefault(key, []).append(edit)

    def also(self, write: Write) -> None:
        self._also.append(write)

    def over(self, key: Key, load: Callable[[Key], Dialogue | None]) -> Dialogue | None:
        """The dialogue as it will be after `apply`; what is stored is read once."""
        edits = self._edits.get(key, ())
        if edits and isinstance(edits[0], Whole):
            return _edited(None, edits)
        if key not in self._read:
            self._read[key] = load(key)
        return _edited(self._read[key], edits)

    def drop(self) -> None:
        self._edits, self._also, self._read = {}, [], {}


class Dialogues:
    """Any thread may call it."""

    def __init__(self, database: Database, *, now: Callable[[], datetime], copies: Copies | None = None) -> None:
        self._database = database
        self._now = now
        self._copies = copies
        self._own = threading.local()

    def read(self, key: Key) -> Dialogue | None:
        changes = self._collecting()
        return self._found(key) if changes is None else changes.over(key, self._found)

    def change(self, key: Key, edit: Edit) -> bool:
        """Whether there was a dialogue before the edit."""
        changes = self._collecting()
        if changes is not None:
            existed = self.read(key) is not None
            changes.add(key, edit)
            return existed
        with self._database.write() as connection:
            return self._write(connection, {key: (edit,)}) == 1

    def put(self, key: Key, dialogue: Dialogue) -> None:
        """In the place of whatever was there."""
        changes = self._collecting()
        if changes is not None:
            changes.add(key, Whole(dialogue))
        else:
            self.change(key, Whole(dialogue))

    def also(self, write: Write) -> bool:
        """Whether this thread collects: then it is written with its changes."""
        changes = self._collecting()
        if changes is not None:
            changes.also(write)
        return changes is not None

    @contextmanager
    def collect(self) -> Iterator[Changes]:
        """Within the block the changes of this thread are collected, and its reads see them.

        They are written by `apply`, inside the block or after it, or never; an exception that leaves the block drops
        them.
        """
        if self._collecting() is not None:
            raise RuntimeError("this thread is collecting changes already")
        changes = self._own.changes = Changes(self._database, self._write)
        try:
            yield changes
        except BaseException:
            changes.drop()
            raise
        finally:
            self._own.changes = None

    def forget_older_than(self, moment: datetime) -> int:
        """Deletes the dialogues that nobody has changed since; returns how many."""
        with self._database.write() as connection:
            if self._copies is not None:
                self._copies.clear()
            return connection.execute(FORGET, (to_text(moment),)).rowcount

    def _collecting(self) -> Changes | None:
        return getattr(self._own, "changes", None)

    def _found(self, key: Key) -> Dialogue | None:
        return self._stored(key) if self._copies is None else self._copies.read(key, lambda: self._stored(key))

    def _stored(self, key: Key) -> Dialogue | None:
        row: tuple[str, str] | None = self._database.read().execute(READ, key).fetchone()
        return None if row is None else Dialogue(*row)

    def _write(self, connection: Connection, edits: Mapping[Key, Sequence[Edit]]) -> int:
        """How many of the dialogues were there before, as far as it was looked at."""
        existed = 0
        written: dict[Key, Dialogue | None] = {}
        updated_at = to_text(self._now())
        for key, edits_of_one in edits.items():
            is_whole = isinstance(edits_of_one[0], Whole)
            before = None if is_whole else self._stored(key)
            existed += before is not None
            written[key] = after = _edited(before, edits_of_one)
            if after is not None:
                connection.execute(WRITE, (*key, after.state, after.data, updated_at))
            elif is_whole or before is not None:
                connection.execute(DELETE, key)
        if self._copies is not None:
            self._copies.changed(connection, written)
        return existed


def _edited(dialogue: Dialogue | None, edits: Sequence[Edit]) -> Dialogue | None:
    for edit in edits:
        dialogue = edit(dialogue)
    return dialogue
