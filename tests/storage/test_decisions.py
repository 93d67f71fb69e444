"""What people decided about rates is kept for good; what still stands is found again after a restart."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from calc.deeds import Deed
from calc.directions import Currency, Direction
from calc.overrides import QuotedAnyway
from calc.team import Person
from calc.typed import Pair, TypedRate
from storage.audit import Audit
from storage.database import Database
from storage.decisions import Decisions
from storage.moments import to_text
from tests.storage.conftest import Clock

ANYA, BORIS = Person(1001, "Аня"), Person(1002, "Boris")
USDT, EURO = Pair(Currency.RUB, Currency.USDT), Pair(Currency.RUB, Currency.EUR)


@pytest.fixture
def decisions(database: Database) -> Decisions:
    return Decisions(database)


def typed(pair: Pair, value: str, at: datetime, *, by: int = 1001, minutes: int = 30) -> TypedRate:
    return TypedRate(pair, Decimal(value), by=by, name="Аня", at=at, until=at + timedelta(minutes=minutes))


def test_a_typed_rate_stands_until_its_end_and_is_read_back_exactly(decisions: Decisions, clock: Clock) -> None:
    rate = typed(USDT, "87.50", clock())
    decisions.keep(rate)
    (kept,) = decisions.standing(clock())
    assert kept == rate
    assert str(kept.value) == "87.50"
    clock.forward(minutes=30)
    assert decisions.standing(clock()) == []


def test_a_later_rate_of_the_pair_ends_the_earlier_and_leaves_other_pairs_alone(
    decisions: Decisions, clock: Clock, database: Database
) -> None:
    first, other = typed(USDT, "87.50", clock()), typed(EURO, "95.10", clock(), minutes=240)
    decisions.keep(first)
    decisions.keep(other)
    clock.forward(minutes=5)
    second = typed(USDT, "88", clock(), by=1002)
    decisions.keep(second)
    assert decisions.standing(clock()) == [second, other]
    rows = database.read().execute("SELECT value, ended_by FROM typed_rates WHERE pair = 'RUB/USDT' ORDER BY typed_at")
    assert rows.fetchall() == [("87.50", 1002), ("88", None)], "nothing that was decided is forgotten"


def test_a_rate_can_be_ended_before_its_time_with_who_did_it(
    decisions: Decisions, clock: Clock, database: Database
) -> None:
    decisions.keep(typed(USDT, "87.50", clock()))
    decisions.end(EURO, by=BORIS, at=clock())
    assert len(decisions.standing(clock())) == 1
    decisions.end(USDT, by=BORIS, at=clock())
    assert decisions.standing(clock()) == []
    assert database.read().execute("SELECT ended_by FROM typed_rates").fetchall() == [(1002,)]


def test_the_same_rate_kept_twice_is_one_and_stands(decisions: Decisions, clock: Clock, database: Database) -> None:
    for _ in range(2):
        decisions.keep(typed(USDT, "87.50", clock()))
    assert database.read().execute("SELECT count(*) FROM typed_rates").fetchone() == (1,)
    assert decisions.standing(clock()) == [typed(USDT, "87.50", clock())]


def test_of_two_typed_at_the_same_moment_the_one_kept_later_stands(decisions: Decisions, clock: Clock) -> None:
    decisions.keep(typed(USDT, "87.50", clock()))
    decisions.keep(typed(USDT, "88", clock(), by=1002))
    assert decisions.standing(clock()) == [typed(USDT, "88", clock(), by=1002)]


def test_an_earlier_rate_that_is_kept_late_does_not_end_a_later_one(decisions: Decisions, clock: Clock) -> None:
    earlier = typed(USDT, "87.50", clock())
    clock.forward(seconds=1)
    later = typed(USDT, "88", clock(), by=1002)
    decisions.keep(later)
    decisions.keep(earlier)
    assert decisions.standing(clock())[-1] == later, "the last of a pair is the one that stands"
    decisions.end(USDT, by=ANYA, at=clock())
    assert decisions.standing(clock()) == []


def test_a_rate_quoted_anyway_is_recorded_once_with_who_when_and_why(
    decisions: Decisions, clock: Clock, database: Database
) -> None:
    for _ in range(2):  # an update can be handled a second time after a kill
        decisions.record(
            QuotedAnyway(
                "d1:7",
                Direction.parse("RUB-USDT"),
                Decimal("84.60"),
                refused_for="usdt_rub: jump",
                by=ANYA,
                why="Согласовано с клиентом",
                at=clock(),
            )
        )
    rows = database.read().execute("SELECT id, decided_by, name, why, direction, base, refused_for FROM overrides")
    assert rows.fetchall() == [("d1:7", 1001, "Аня", "Согласовано с клиентом", "RUB-USDT", "84.60", "usdt_rub: jump")]
    details = {"base": "84.60", "refused_for": "usdt_rub: jump", "why": "Согласовано с клиентом"}
    assert noted(database) == [Deed(clock(), 1001, "Аня", "rate.quoted_anyway", "RUB-USDT", details)]


def test_typed_rates_are_noted_with_what_stood_before(decisions: Decisions, clock: Clock, database: Database) -> None:
    first, second = typed(USDT, "87.50", clock()), typed(USDT, "88", clock() + timedelta(minutes=1), by=1002)
    decisions.keep(first)
    decisions.keep(second)
    decisions.end(EURO, by=BORIS, at=second.at)
    decisions.end(USDT, by=BORIS, at=second.at)
    decisions.end(USDT, by=BORIS, at=second.at)
    said = [(deed.kind, deed.by, dict(deed.details)) for deed in noted(database)]
    assert said == [
        ("rate.ended", 1002, {"old": "88"}),
        ("rate.typed", 1002, {"old": "87.50", "new": "88", "until": to_text(second.until)}),
        ("rate.typed", 1001, {"new": "87.50", "until": to_text(first.until)}),
    ]


def noted(database: Database) -> list[Deed]:
    return [deed for _, deed in Audit(database).latest(10)]
