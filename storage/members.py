"""The team: who is in it, under which limits, by which names, and the links that let others in."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from calc.deeds import Deed
from calc.team import Change, Invite, Limits, Member, Person, Role
from storage.audit import note
from storage.connections import Connection
from storage.database import Database
from storage.moments import from_text, to_text, utc_now

ALL = "SELECT user_id, role, most_rub, least_percent, paired FROM members ORDER BY user_id LIMIT 1000"
PUT = """
    INSERT INTO members (user_id, role, most_rub, least_percent, paired, added_at) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (user_id) DO UPDATE SET role = excluded.role, most_rub = excluded.most_rub,
        least_percent = excluded.least_percent, paired = excluded.paired"""
DROP = "DELETE FROM members WHERE user_id = ?"
PEOPLE = "SELECT user_id, name, language FROM people ORDER BY user_id LIMIT 10000"
KEEP_PERSON = """
    INSERT INTO people (user_id, name, language) VALUES (?, ?, ?)
    ON CONFLICT (user_id) DO UPDATE SET name = excluded.name, language = excluded.language"""
ADD_INVITE = """
    INSERT INTO invites (code_hash, role, made_by, maker_name, until) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (code_hash) DO NOTHING RETURNING number"""
HELD_INVITE = """
    SELECT number, role, made_by, maker_name, until FROM invites
    WHERE code_hash = ? AND ended_at IS NULL AND until > ? LIMIT 1"""
OPEN_INVITES = """
    SELECT number, role, made_by, maker_name, until FROM invites
    WHERE ended_at IS NULL AND until > ? ORDER BY until LIMIT 100"""
USE_INVITE = """
    UPDATE invites SET ended_at = ?, used_by = ? WHERE code_hash = ? AND ended_at IS NULL AND until > ?
    RETURNING number, role, made_by, maker_name, until"""
END_INVITE = "UPDATE invites SET ended_at = ? WHERE number = ? AND ended_at IS NULL AND until > ?"
END_INVITES_OF = "UPDATE invites SET ended_at = ? WHERE made_by = ? AND ended_at IS NULL AND until > ?"


class Members:
    """Any thread may call it. What is decided is decided inside the transaction that writes it."""

    def __init__(self, database: Database, *, now: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._now = now

    def all(self) -> list[Member]:
        """Those who were let in; the owners named in the settings are not kept here."""
        return _members(self._database.read())

    def change(self, decide: Callable[[Sequence[Member]], Change]) -> None:
        """What `decide` makes of the members as they are, or nothing when it raises.

        The links that somebody made end with the right to make them.
        """
        with self._database.write() as connection:
            self._write(connection, decide(_members(connection)))

    def join(self, code_hash: str, user_id: int, decide: Callable[[Invite, Sequence[Member]], Change]) -> Invite | None:
        """The invitation that a code is for, used up; None where there is none that still holds."""
        now = to_text(self._now())
        with self._database.write() as connection:
            row = connection.execute(USE_INVITE, (now, user_id, code_hash, now)).fetchone()
            if row is None:
                return None
            invite = _invite(row)
            self._write(connection, decide(invite, _members(connection)))
        return invite

    def invite(self, code_hash: str, role: Role, *, by: Person, until: datetime, deed: Callable[[int], Deed]) -> None:
        """A new invitation, or nothing where there was one with this code; `deed` is made of its number."""
        with self._database.write() as connection:
            row = code_hash, role.word, by.id, by.name, to_text(until)
            new = connection.execute(ADD_INVITE, row).fetchone()
            if new is not None:
                note(connection, deed(new[0]))

    def held(self, code_hash: str) -> Invite | None:
        """The invitation of a code, while it holds."""
        row = self._database.read().execute(HELD_INVITE, (code_hash, to_text(self._now()))).fetchone()
        return None if row is None else _invite(row)

    def invites(self) -> list[Invite]:
        """Those that still hold, the next to end first."""
        return [_invite(row) for row in self._database.read().execute(OPEN_INVITES, (to_text(self._now()),))]

    def revoke(self, number: int, deed: Deed) -> bool:
        """Whether the invitation held until now."""
        now = to_text(self._now())
        with self._database.write() as connection:
            revoked = connection.execute(END_INVITE, (now, number, now)).rowcount == 1
            if revoked:
                note(connection, deed)
        return revoked

    def people(self) -> dict[int, tuple[str, str]]:
        """Name and language by id, of all who were ever met."""
        rows = self._database.read().execute(PEOPLE)
        return {user_id: (name, language) for user_id, name, language in rows}

    def keep_person(self, person: Person, language: str) -> None:
        with self._database.write() as connection:
            connection.execute(KEEP_PERSON, (person.id, person.name, language))

    def _write(self, connection: Connection, change: Change) -> None:
        now = to_text(self._now())
        for member in change.put:
            limits = _text(member.limits.amount), _text(member.limits.margin)
            connection.execute(PUT, (member.id, member.role.word, *limits, int(member.paired), now))
        connection.executemany(DROP, [(user_id,) for user_id in change.out])
        no_owners = [*change.out, *(member.id for member in change.put if member.role < Role.OWNER)]
        connection.executemany(END_INVITES_OF, [(now, user_id, now) for user_id in no_owners])
        for deed in change.deeds:
            note(connection, deed)


def _members(connection: Connection) -> list[Member]:
    rows: Iterable[tuple[int, str, str | None, str | None, int]] = connection.execute(ALL)
    return [
        Member(user_id, Role.parse(role), Limits(_number(most), _number(least)), paired=bool(paired))
        for user_id, role, most, least, paired in rows
    ]


def _invite(row: tuple[int, str, int, str, str]) -> Invite:
    number, role, made_by, name, until = row
    return Invite(number, Role.parse(role), Person(made_by, name), from_text(until))


def _text(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
