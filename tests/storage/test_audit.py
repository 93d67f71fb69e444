"""What people did is kept in the order in which they did it, together with what it changed."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import storage
from calc.deeds import Area, Deed
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


def test_a_deed_that_changed_nothing_else_is_kept_by_itself(database: Database) -> None:
    Audit(database).note(deed(1))
    assert [each for _, each in Audit(database).latest(10)] == [deed(1)]


def test_a_deed_is_undone_with_what_was_done(database: Database) -> None:
    def fail() -> None:
        with database.write() as connection:
            audit.note(connection, deed(1))
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert Audit(database).latest(10) == []


def test_deeds_are_found_by_person_and_by_what_they_are_about(database: Database) -> None:
    kinds = ["quote.given", "team.joined", "quote.accepted", "floor.changed", "book.exported"]
    deeds = [replace(deed(number, by=number % 2), kind=kind) for number, kind in enumerate(kinds)]
    for each in deeds:
        with database.write() as connection:
            audit.note(connection, each)

    kept = Audit(database)
    assert [each for _, each in kept.latest(9, by=1)] == [deeds[3], deeds[1]]
    assert [each for _, each in kept.latest(9, area=Area.QUOTES)] == [deeds[2], deeds[0]]
    assert [each for _, each in kept.latest(9, area=Area.MARGINS, by=1)] == [deeds[3]]
    assert kept.latest(9, area=Area.TEAM, by=0) == []
    (number, latest), *_ = kept.latest(1, area=Area.DESK)
    assert latest == deeds[4]
    assert kept.latest(9, area=Area.DESK, before=number) == []


def test_nothing_in_the_code_changes_or_deletes_a_deed() -> None:
    rewriting = re.compile(r"\b(UPDATE|DELETE FROM|REPLACE INTO|DROP TABLE)\s+audit\b", re.IGNORECASE)
    assert [path.name for path in Path(storage.__path__[0]).glob("*.py") if rewriting.search(path.read_text())] == []
