"""What was asked of a second person, and what they said, each in one row for good; and where they were asked."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from calc.approvals import Approval, Asked, Card, Exact, State
from calc.deeds import Deed
from calc.team import Person
from storage.audit import note
from storage.database import Database
from storage.moments import from_text, to_text
from storage.packing import pack, to_json, unpack

# Each statement spells the columns out in the order in which `_approval` reads them.
ADD = """
    INSERT INTO approvals
        (key, asker, asker_name, chat_id, thread_id, dialogue, about, bases, kept, asked_at, until, state)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'waiting')
    ON CONFLICT (key) DO NOTHING"""
BY_KEY = """
    SELECT number, asker, asker_name, chat_id, thread_id, dialogue, about, bases, kept, asked_at, until, state,
        decided_by, decider_name, used_in
    FROM approvals WHERE key = ? LIMIT 1"""
FIND = """
    SELECT number, asker, asker_name, chat_id, thread_id, dialogue, about, bases, kept, asked_at, until, state,
        decided_by, decider_name, used_in
    FROM approvals WHERE number = ? LIMIT 1"""
LATEST = """
    SELECT number, asker, asker_name, chat_id, thread_id, dialogue, about, bases, kept, asked_at, until, state,
        decided_by, decider_name, used_in
    FROM approvals WHERE asker = ? AND about = ? ORDER BY number DESC LIMIT 1"""
WAITING = """
    SELECT number, asker, asker_name, chat_id, thread_id, dialogue, about, bases, kept, asked_at, until, state,
        decided_by, decider_name, used_in
    FROM approvals WHERE state = 'waiting' ORDER BY until LIMIT 1000"""
OPEN_OF = """
    SELECT number, asker, asker_name, chat_id, thread_id, dialogue, about, bases, kept, asked_at, until, state,
        decided_by, decider_name, used_in
    FROM approvals WHERE asker = ? AND state IN ('waiting', 'approved') AND until > ? LIMIT 1000"""
# Nobody decides on what they asked for themselves, and nobody on what is over.
DECIDE = """
    UPDATE approvals SET state = ?, decided_by = ?, decider_name = ?, decided_at = ?, until = ?
    WHERE number = ? AND state = 'waiting' AND until > ? AND asker <> ?"""
WITHDRAW = """
    UPDATE approvals SET state = 'withdrawn', decided_at = ?
    WHERE number = ? AND state IN ('waiting', 'approved') AND until > ?"""
EXPIRE = """
    UPDATE approvals SET state = 'expired', decided_at = until
    WHERE number = ? AND state = 'waiting' AND until <= ?"""
USE = """
    UPDATE approvals SET used_in = ?
    WHERE number = ? AND state = 'approved' AND until > ? AND used_in IS NULL"""
ADD_CARD = """
    INSERT INTO approval_cards (approval, chat_id, message_id) VALUES (?, ?, ?)
    ON CONFLICT (approval, chat_id) DO UPDATE SET message_id = excluded.message_id"""
CARDS = "SELECT chat_id, message_id FROM approval_cards WHERE approval = ? ORDER BY chat_id LIMIT 1000"


class Approvals:
    """Any thread may call it. Each change is written once, together with the deed that it is."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ask(
        self, key: str, asked: Asked, *, at: datetime, until: datetime, deed: Callable[[Approval], Deed]
    ) -> Approval:
        """A request that waits; the one of before where the same `key` asked already."""
        row = (
            key,
            asked.asker.id,
            asked.asker.name,
            asked.chat_id,
            asked.thread_id,
            asked.dialogue,
            asked.exact.about,
            " ".join(map(str, asked.exact.bases)),
            to_json(pack(dict(asked.kept))),
            to_text(at),
            to_text(until),
        )
        with self._database.write() as connection:
            is_new = connection.execute(ADD, row).rowcount == 1
            approval = _approval(connection.execute(BY_KEY, (key,)).fetchone())
            if is_new:
                note(connection, deed(approval))
        return approval

    def find(self, number: int) -> Approval | None:
        row = self._database.read().execute(FIND, (number,)).fetchone()
        return None if row is None else _approval(row)

    def latest(self, asker: int, about: str) -> Approval | None:
        """What was asked last for such a quote."""
        row = self._database.read().execute(LATEST, (asker, about)).fetchone()
        return None if row is None else _approval(row)

    def waiting(self) -> list[Approval]:
        """Those that nobody has decided, the next to end first; what is over among them, too."""
        return [_approval(row) for row in self._database.read().execute(WAITING).fetchall()]

    def open_of(self, asker: int, now: datetime) -> list[Approval]:
        """What somebody waits for, or has been given, and that is not over."""
        rows = self._database.read().execute(OPEN_OF, (asker, to_text(now))).fetchall()
        return [_approval(row) for row in rows]

    def decide(self, number: int, state: State, *, by: Person, until: datetime, deed: Deed) -> bool:
        """Whether it waited until now, and for another than the one who asked."""
        at = to_text(deed.at)
        row = state, by.id, by.name, at, to_text(until), number, at, by.id
        return self._once(DECIDE, row, deed)

    def withdraw(self, number: int, deed: Deed) -> bool:
        """Whether it waited, or stood, until now."""
        at = to_text(deed.at)
        return self._once(WITHDRAW, (at, number, at), deed)

    def expire(self, number: int, deed: Deed) -> bool:
        """Whether it waited until its end."""
        return self._once(EXPIRE, (number, to_text(deed.at)), deed)

    def use(self, number: int, screen: str, deed: Deed) -> bool:
        """Whether it stood, and for nothing yet: one approval is for one client."""
        return self._once(USE, (screen, number, to_text(deed.at)), deed)

    def add_card(self, number: int, card: Card) -> None:
        with self._database.write() as connection:
            connection.execute(ADD_CARD, (number, card.chat_id, card.message_id))

    def cards(self, number: int) -> list[Card]:
        return [Card(*row) for row in self._database.read().execute(CARDS, (number,))]

    def _once(self, statement: str, row: Sequence[Any], deed: Deed) -> bool:
        with self._database.write() as connection:
            done = connection.execute(statement, row).rowcount == 1
            if done:
                note(connection, deed)
        return done


def _approval(row: Sequence[Any]) -> Approval:
    number, asker, asker_name, chat_id, thread_id, dialogue, about, bases, kept, asked_at, until, state, *rest = row
    decided_by, decider_name, used_in = rest
    return Approval(
        number,
        Asked(
            Person(asker, asker_name),
            chat_id,
            thread_id,
            dialogue,
            Exact(about, tuple(map(Decimal, bases.split()))),
            kept=unpack(json.loads(kept)),
        ),
        asked_at=from_text(asked_at),
        until=from_text(until),
        state=State(state),
        decided=None if decided_by is None else Person(decided_by, decider_name),
        used_in=used_in,
    )
