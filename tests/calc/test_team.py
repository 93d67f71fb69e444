"""Roles by their words, and limits that are none."""

from decimal import Decimal

import pytest

from calc.team import NO_LIMITS, Limits, Role


def test_each_role_may_do_what_those_below_it_may_and_reads_back_from_its_word() -> None:
    assert Role.VIEWER < Role.OPERATOR < Role.OWNER
    assert [each.word for each in Role] == ["viewer", "operator", "owner"]
    assert [Role.parse(each.word) for each in Role] == list(Role)


@pytest.mark.parametrize("word", ["", "admin", "1"])
def test_a_word_that_is_no_role_is_refused(word: str) -> None:
    with pytest.raises(ValueError, match="no role"):
        Role.parse(word)


def test_limits_are_none_when_neither_is_set() -> None:
    assert NO_LIMITS.is_none
    assert not Limits(amount=Decimal(1)).is_none
    assert not Limits(margin=Decimal(1)).is_none
