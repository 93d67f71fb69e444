"""What people did is kept in the order in which they did it, together with what it changed."""

from datetime import UTC, datetime, timedelta

import pytest

from calc.deeds import Deed
from storage import audit
from storage.audit import Audit
from storage.database import Database

NOON = datetime(2026, 5, 4, 9, tzinfo=UTC)


def deed(number: int, *, by: int | None = 42) -> Deed:
    name = "" if by is None else "Анна"
    return Deed(
        NOON + timedelta(minutes=number),
        by=by,
        name=name,
        kind="margin.changed",
        subject="RUB>USDT",
        details={"old": "2%", "new": f"{number}%"},
    )


def test_deeds_come_back_the_latest_first(database: Database) -> None:
    deeds = [deed(1), deed(2, by=None), deed(3)]
    for each in deeds:
        with database.write() as connection:
            audit.note(connection, each)

    kept = Audit(database).latest(10)
    assert [each for _, each in kept] == deeds[::-1]
    assert Audit(database).latest(1, before=kept[0][0]) == [kept[1]]


def test_a_deed_is_undone_with_what_was_done(database: Database) -> None:
    def fail() -> None:
        with database.write() as connection:
            audit.note(connection, deed(1))
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert Audit(database).latest(10) == []
