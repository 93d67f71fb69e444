from decimal import Decimal

from calc.usual import KEPT, Way, far, with_amounts

USUAL = tuple(map(Decimal, (10_000, 50_000, 20_000)))


def test_an_amount_is_far_at_ten_times_the_most_and_at_a_tenth_of_the_least() -> None:
    ways = [far(Decimal(each), USUAL) for each in (500_000, 499_999, 1_001, 1_000)]
    assert ways == [Way.MORE, None, None, Way.LESS]


def test_nothing_is_far_from_an_operator_of_whom_little_is_known() -> None:
    assert far(Decimal(10**9), USUAL[:2]) is None


def test_the_latest_amounts_are_kept_once_each_and_first() -> None:
    assert with_amounts(USUAL, [Decimal(20_000), Decimal(7)]) == tuple(map(Decimal, (7, 20_000, 10_000, 50_000)))
    many = with_amounts(USUAL, [Decimal(each) for each in range(1, KEPT)])
    assert len(many) == KEPT
    assert many[0] == KEPT - 1
