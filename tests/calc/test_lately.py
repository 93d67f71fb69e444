"""What was just worked out: remembered for the very same objects, for no others, and never more than a little of it."""

from decimal import Decimal

import pytest

from calc.lately import MOST, lately


def test_the_same_objects_are_worked_out_once() -> None:
    asked = list[Decimal]()

    @lately
    def twice(value: Decimal) -> Decimal:
        asked.append(value)
        return 2 * value

    amount = Decimal("1000.00")

    assert twice(amount) is twice(amount)
    assert asked == [amount]


def test_equal_objects_that_are_written_otherwise_are_others() -> None:
    @lately
    def written(value: Decimal) -> str:
        return str(value)

    assert written(Decimal("1000.00")) == "1000.00"
    assert written(Decimal(1000)) == "1000"


def test_an_object_that_is_held_keeps_its_place() -> None:
    @lately
    def same(value: list[int]) -> list[int]:
        return value

    assert all(same([number]) == [number] for number in range(3 * MOST))


def test_what_it_raises_is_raised_each_time() -> None:
    @lately
    def failing(value: str) -> str:
        raise ValueError(value)

    for _ in range(2):
        with pytest.raises(ValueError, match="no number"):
            failing("no number")
