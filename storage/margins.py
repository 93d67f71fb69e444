"""The margins of the desk and of each operator, as they stand; what stood before is in the audit."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from calc.deeds import Deed
from calc.directions import DIRECTIONS, TARGETS, Direction
from calc.floors import Floor
from calc.margins import Margin
from calc.quotes import Author
from calc.tiers import Ladder
from storage import audit
from storage.database import Database
from storage.remembered import Remembered

VALUE = "SELECT value FROM margins WHERE user_id = ? AND kind = ? AND direction = ? LIMIT 1"
VALUES = "SELECT direction, value FROM margins WHERE user_id = ? AND kind = ? ORDER BY direction LIMIT 100"
SET_VALUE = """
    INSERT INTO margins (user_id, kind, direction, value) VALUES (?, ?, ?, ?)
    ON CONFLICT (user_id, kind, direction) DO UPDATE SET value = excluded.value"""
FORGET = "DELETE FROM margins WHERE user_id = ? AND kind = ? AND direction = ?"

DESK = 0
"""Stands for a user's id, which is never 0."""
NOTHING = "-"
"""In the audit, where nothing stood before or stands from now on."""

_LADDER, _FLOOR, _BUTTONS = "ladder", "floor", "buttons"


class KeptMargins:
    """Any thread may call it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._values = Remembered[tuple[int, str, str], str | None]()

    @contextmanager
    def exclusively(self) -> Iterator[None]:
        """Nobody else changes anything meanwhile; all of it is kept, or nothing."""
        with self._values.changing(), self._database.write():
            yield

    def ladder(self, user_id: int | None, direction: Direction) -> Ladder | None:
        """Of an operator, or of the desk; None where none is set."""
        value = self._value(user_id or DESK, _LADDER, str(direction))
        return None if value is None else Ladder.parse(value)

    def ladders(self, user_id: int | None) -> dict[Direction, Ladder]:
        return {direction: Ladder.parse(value) for direction, value in self._all(user_id or DESK, _LADDER).items()}

    def set_ladders(
        self, user_id: int | None, ladders: Mapping[Direction, Ladder | None], *, by: Author, at: datetime
    ) -> None:
        """Those of None are forgotten."""
        kind = "margin.changed" if user_id is None else "own_margin.changed"
        self._change((user_id or DESK, _LADDER), _texts(ladders), Deed(at, by.id, by.name, kind, "", {}))

    def floor(self, direction: Direction) -> Floor | None:
        value = self._value(DESK, _FLOOR, str(direction))
        return None if value is None else Floor.parse(value)

    def floors(self) -> dict[Direction, Floor]:
        return {direction: Floor.parse(value) for direction, value in self._all(DESK, _FLOOR).items()}

    def set_floors(self, floors: Mapping[Direction, Floor | None], *, by: Author, at: datetime) -> None:
        """Those of None are forgotten."""
        self._change((DESK, _FLOOR), _texts(floors), Deed(at, by.id, by.name, "floor.changed", "", {}))

    def buttons(self, user_id: int, direction: Direction | None) -> tuple[Margin, ...]:
        """Those for a direction, or for all of them; empty where the operator has chosen none."""
        value = self._value(user_id, _BUTTONS, _name(direction))
        return tuple(map(Margin.parse, (value or "").split()))

    def set_buttons(
        self, user_id: int, margins: Mapping[Direction | None, tuple[Margin, ...]], *, by: Author, at: datetime
    ) -> None:
        """Empty ones are forgotten."""
        values = {_name(each): " ".join(map(str, chosen)) or None for each, chosen in margins.items()}
        deed = Deed(at, by.id, by.name, "margin_buttons.changed", "", {})
        self._change((user_id, _BUTTONS), values, deed)

    def _value(self, user_id: int, kind: str, direction: str) -> str | None:
        return self._values.read((user_id, kind, direction), self._kept)

    def _kept(self, key: tuple[int, str, str]) -> str | None:
        row: tuple[str] | None = self._database.read().execute(VALUE, key).fetchone()
        return row[0] if row else None

    def _all(self, user_id: int, kind: str) -> dict[Direction, str]:
        rows = self._database.read().execute(VALUES, (user_id, kind)).fetchall()
        return {Direction.parse(direction): value for direction, value in rows}

    def _change(self, what: tuple[int, str], values: Mapping[str, str | None], deed: Deed) -> None:
        """Writes what is another value than before, and one deed for all that had the same one before."""
        changed: dict[tuple[str, str], list[str]] = {}
        with self._values.changing(), self._database.write() as connection:
            for direction, value in values.items():
                before = self._value(*what, direction)
                if value == before:
                    continue
                if value is None:
                    connection.execute(FORGET, (*what, direction))
                else:
                    connection.execute(SET_VALUE, (*what, direction, value))
                changed.setdefault((before or NOTHING, value or NOTHING), []).append(direction)
            for (old, new), directions in changed.items():
                details = {"old": old, "new": new}
                audit.note(connection, Deed(deed.at, deed.by, deed.name, deed.kind, _subject(directions), details))


def _texts(values: Mapping[Direction, Ladder | None] | Mapping[Direction, Floor | None]) -> dict[str, str | None]:
    return {str(direction): None if value is None else str(value) for direction, value in values.items()}


def _name(direction: Direction | None) -> str:
    return "" if direction is None else str(direction)


def _subject(directions: list[str]) -> str:
    """`RUB-USDT, RUB-EUR`; what is paid, where all that can be got for it are meant; `*` for all directions."""
    named = set(directions)
    if named in ({""}, set(map(str, DIRECTIONS))):
        return "*"
    for pays, targets in TARGETS.items():
        if named == {str(Direction(pays, gets)) for gets in targets}:
            return f"{pays}-*"
    return ", ".join(directions)
