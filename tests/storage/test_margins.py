"""Margins stand as they were set last, and each change is in the audit with what stood before."""

from decimal import Decimal

import pytest

from calc.directions import DIRECTIONS, Direction
from calc.floors import Floor, Policy
from calc.margins import Margin
from calc.quotes import Author
from calc.tiers import Ladder
from storage.audit import Audit
from storage.database import Database
from storage.margins import KeptMargins
from tests.storage.conftest import Clock

RUB_USDT, RUB_EUR = Direction.parse("RUB-USDT"), Direction.parse("RUB-EUR")
ANNA = Author(1001, "Анна")
TIERS, TWO = Ladder.parse("<100000 3%, <1000000 2%, 1.2%"), Ladder.parse("2%")


@pytest.fixture
def margins(database: Database) -> KeptMargins:
    return KeptMargins(database)


def test_a_ladder_stands_until_the_next_one(margins: KeptMargins, clock: Clock) -> None:
    assert margins.ladder(None, RUB_USDT) is None
    margins.set_ladders(None, {RUB_USDT: TWO, RUB_EUR: TWO}, by=ANNA, at=clock())
    margins.set_ladders(None, {RUB_USDT: TIERS}, by=ANNA, at=clock())
    assert margins.ladder(None, RUB_USDT) == TIERS
    assert margins.ladders(None) == {RUB_USDT: TIERS, RUB_EUR: TWO}
    margins.set_ladders(None, {RUB_USDT: None}, by=ANNA, at=clock())
    assert margins.ladders(None) == {RUB_EUR: TWO}


def test_an_operator_has_own_margins(margins: KeptMargins, clock: Clock) -> None:
    margins.set_ladders(None, {RUB_USDT: TIERS}, by=ANNA, at=clock())
    margins.set_ladders(1002, {RUB_USDT: TWO}, by=ANNA, at=clock())
    assert margins.ladder(1002, RUB_USDT) == TWO
    assert margins.ladder(None, RUB_USDT) == TIERS
    assert margins.ladders(1003) == {}


def test_a_floor_stands_until_it_is_taken_away(margins: KeptMargins, clock: Clock) -> None:
    floor = Floor(Decimal("0.5"), Policy.WARN)
    margins.set_floors(dict.fromkeys(DIRECTIONS, floor), by=ANNA, at=clock())
    assert margins.floor(RUB_EUR) == floor
    margins.set_floors({RUB_EUR: None}, by=ANNA, at=clock())
    assert margins.floor(RUB_EUR) is None
    assert margins.floors() == {each: floor for each in DIRECTIONS if each != RUB_EUR}


def test_buttons_are_for_a_direction_or_for_all(margins: KeptMargins, clock: Clock) -> None:
    half, one = Margin(Decimal("0.5"), absolute=True), Margin(Decimal(1))
    margins.set_buttons(1001, {None: (one,), RUB_USDT: (half, one)}, by=ANNA, at=clock())
    assert margins.buttons(1001, None) == (one,)
    assert margins.buttons(1001, RUB_USDT) == (half, one)
    assert margins.buttons(1001, RUB_EUR) == margins.buttons(1002, None) == ()
    margins.set_buttons(1001, {None: ()}, by=ANNA, at=clock())
    assert margins.buttons(1001, None) == ()


def test_each_change_is_in_the_audit_with_what_stood_before(
    database: Database, margins: KeptMargins, clock: Clock
) -> None:
    every, pays_rub = dict.fromkeys(DIRECTIONS, TWO), [each for each in DIRECTIONS if each.pays == "RUB"]
    margins.set_ladders(None, {RUB_USDT: TIERS}, by=ANNA, at=clock())
    clock.forward(minutes=1)
    margins.set_ladders(None, every, by=ANNA, at=clock())
    margins.set_ladders(1001, dict.fromkeys(pays_rub, TWO), by=ANNA, at=clock())
    margins.set_ladders(1001, {RUB_USDT: None, RUB_EUR: None}, by=ANNA, at=clock())
    margins.set_floors(dict.fromkeys(DIRECTIONS, Floor(Decimal("0.5"), Policy.BLOCK)), by=ANNA, at=clock())
    margins.set_buttons(1001, {None: (Margin(Decimal(1)), Margin(Decimal(2)))}, by=ANNA, at=clock())

    deeds = [deed for _, deed in Audit(database).latest(20)][::-1]
    others = ", ".join(str(each) for each in DIRECTIONS if each != RUB_USDT)
    assert [(deed.kind, deed.subject, deed.details["old"], deed.details["new"]) for deed in deeds] == [
        ("margin.changed", "RUB-USDT", "-", str(TIERS)),
        ("margin.changed", "RUB-USDT", str(TIERS), "2%"),
        ("margin.changed", others, "-", "2%"),
        ("own_margin.changed", "RUB-*", "-", "2%"),
        ("own_margin.changed", "RUB-USDT, RUB-EUR", "2%", "-"),
        ("floor.changed", "*", "-", "0.5% block"),
        ("margin_buttons.changed", "*", "-", "1% 2%"),
    ]
    assert {(deed.by, deed.name) for deed in deeds} == {(1001, "Анна")}
    assert (deeds[1].at - deeds[0].at).total_seconds() == 60


def test_what_stands_already_is_no_change(database: Database, margins: KeptMargins, clock: Clock) -> None:
    for _ in range(2):
        margins.set_ladders(None, {RUB_USDT: TIERS}, by=ANNA, at=clock())
    margins.set_ladders(None, {RUB_EUR: None}, by=ANNA, at=clock())
    assert len(Audit(database).latest(20)) == 1


def test_a_change_and_its_deed_stand_or_fall_together(database: Database, margins: KeptMargins, clock: Clock) -> None:
    def fail() -> None:
        with margins.exclusively():
            margins.set_ladders(None, {RUB_USDT: TIERS}, by=ANNA, at=clock())
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert margins.ladder(None, RUB_USDT) is None
    assert Audit(database).latest(20) == []
