import pytest

from calc.directions import DIRECTIONS, Currency, Direction
from calc.snapshots import Feed


def test_there_are_fourteen_directions_each_named_once() -> None:
    assert len(set(DIRECTIONS)) == len({str(each) for each in DIRECTIONS}) == 14


@pytest.mark.parametrize("each", DIRECTIONS, ids=str)
def test_a_direction_is_read_back_from_its_name(each: Direction) -> None:
    assert Direction.parse(str(each)) == each


@pytest.mark.parametrize("text", ["", "RUB", "RUB-", "RUB-RUB", "USD-RUB", "USDT-USDT", "rub-usd", "RUB-USD-EUR"])
def test_what_is_no_direction_of_the_desk_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a"):
        Direction.parse(text)


def test_nobody_pays_out_a_hundredth_of_a_rupiah() -> None:
    assert {str(each.step) for each in Currency} == {"0.01", "1"}
    assert str(Currency.IDR.step) == "1"


def test_there_are_two_feeds() -> None:
    assert [str(each) for each in Feed] == ["usdt_rub", "fiat"]
