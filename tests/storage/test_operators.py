from decimal import Decimal

import pytest

from calc.deeds import Deed
from calc.directions import DIRECTIONS, Currency, Direction
from calc.margins import Margin
from calc.requests import Convention
from calc.team import Person
from storage.audit import Audit
from storage.database import Database, open_database
from storage.operators import Operators
from tests.storage.conftest import Clock

ANYA, BORIS = 100_000_000_001, 2
BY = Person(ANYA, "Аня")
RUB_IDR = Direction(Currency.RUB, Currency.IDR)
USDT_RUB = Direction(Currency.USDT, Currency.RUB)


@pytest.fixture
def operators(database: Database, clock: Clock) -> Operators:
    return Operators(database, now=clock)


def test_a_language_is_unknown_until_it_is_chosen(operators: Operators) -> None:
    assert operators.language(ANYA) is None


def test_each_operator_has_the_language_chosen_last(operators: Operators) -> None:
    operators.set_language(ANYA, "ru")
    operators.set_language(BORIS, "ru")
    operators.set_language(ANYA, "en")

    assert (operators.language(ANYA), operators.language(BORIS)) == ("en", "ru")


def test_a_margin_is_remembered_for_its_operator_and_direction_alone(operators: Operators) -> None:
    operators.remember_margin(ANYA, RUB_IDR, Margin(Decimal("1.50")))

    assert operators.last_margin(ANYA, RUB_IDR) == Margin(Decimal("1.50"))
    assert operators.last_margin(ANYA, USDT_RUB) is None
    assert operators.last_margin(BORIS, RUB_IDR) is None


def test_the_last_margin_takes_the_place_of_the_one_before(operators: Operators) -> None:
    operators.remember_margin(ANYA, RUB_IDR, Margin(Decimal(2)))
    operators.remember_margin(ANYA, RUB_IDR, Margin(Decimal("0.000001"), absolute=True))

    assert operators.last_margin(ANYA, RUB_IDR) == Margin(Decimal("0.000001"), absolute=True)


def test_a_margin_comes_back_digit_for_digit_in_every_direction(operators: Operators) -> None:
    for direction in DIRECTIONS:
        operators.remember_margin(ANYA, direction, Margin(Decimal("2.50")))

    assert {str(operators.last_margin(ANYA, direction)) for direction in DIRECTIONS} == {"2.50%"}


def test_everything_is_there_after_a_restart(url: str) -> None:
    before = open_database(url)
    Operators(before).set_language(ANYA, "en")
    Operators(before).remember_margin(ANYA, USDT_RUB, Margin(Decimal(3)))
    before.close()

    database = open_database(url)
    after = Operators(database)

    assert (after.language(ANYA), after.last_margin(ANYA, USDT_RUB)) == ("en", Margin(Decimal(3)))
    database.close()


def test_amounts_are_remembered_for_their_operator_direction_and_currency_alone(operators: Operators) -> None:
    operators.remember_amounts(ANYA, USDT_RUB, Currency.USDT, [Decimal("1000.50"), Decimal(5000)])
    operators.remember_amounts(ANYA, USDT_RUB, Currency.USDT, [Decimal("1000.50")])

    assert operators.last_amounts(ANYA, USDT_RUB, Currency.USDT) == (Decimal("1000.50"), Decimal(5000))
    assert operators.last_amounts(ANYA, USDT_RUB, Currency.RUB) == ()
    assert operators.last_amounts(ANYA, RUB_IDR, Currency.IDR) == ()
    assert operators.last_amounts(BORIS, USDT_RUB, Currency.USDT) == ()


def test_what_was_said_last_of_a_separator_holds_for_the_desk(operators: Operators) -> None:
    assert operators.conventions() == {}

    operators.remember_convention(",", Convention.GROUPS, by=BY)
    operators.remember_convention(".", Convention.GROUPS, by=BY)
    operators.remember_convention(",", Convention.DECIMALS, by=BY)

    assert operators.conventions() == {",": Convention.DECIMALS, ".": Convention.GROUPS}


def test_what_was_quoted_last_comes_first_with_its_amounts(operators: Operators, clock: Clock) -> None:
    def quoted(direction: Direction, currency: Currency, *amounts: int) -> None:
        clock.forward(seconds=1)
        operators.remember_amounts(ANYA, direction, currency, [Decimal(each) for each in amounts])

    quoted(RUB_IDR, Currency.RUB, 1000)
    quoted(USDT_RUB, Currency.RUB, 5)
    quoted(RUB_IDR, Currency.IDR, 7)
    quoted(RUB_IDR, Currency.RUB, 2000)
    assert operators.last_directions(ANYA, 2) == [
        (RUB_IDR, Currency.RUB, (Decimal(2000), Decimal(1000))),
        (RUB_IDR, Currency.IDR, (Decimal(7),)),
    ]
    assert len(operators.last_directions(ANYA, 10)) == 3
    assert operators.last_directions(BORIS, 10) == []


def test_a_convention_is_noted_with_who_said_it_and_what_it_was_before(
    operators: Operators, database: Database, clock: Clock
) -> None:
    for meant in (Convention.GROUPS, Convention.GROUPS, Convention.DECIMALS):
        operators.remember_convention(",", meant, by=BY)

    deeds = [deed for _, deed in Audit(database).latest(9)]
    assert deeds == [
        Deed(clock(), ANYA, "Аня", "convention.changed", ",", {"old": "groups", "new": "decimals"}),
        Deed(clock(), ANYA, "Аня", "convention.changed", ",", {"new": "groups"}),
    ]
