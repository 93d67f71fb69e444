"""How far a snapshot may move at once."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from calc.directions import Currency
from calc.jumps import Move, is_jump, largest_move, speaks_for
from calc.snapshots import Snapshot, UsdtRub
from tests.rates.snapshots import FIAT, USDT_RUB


def usdt_rub(factor: str) -> UsdtRub:
    by = Decimal(factor)
    bid, ask = (price * by for price in (Decimal("81.62"), Decimal("81.66")))
    return replace(USDT_RUB, close=USDT_RUB.close * by, bid=bid, ask=ask)


def fiat(currency: Currency, factor: str) -> Snapshot:
    return replace(FIAT, per_usd={**FIAT.per_usd, currency: FIAT.per_usd[currency] * Decimal(factor)})


@pytest.mark.parametrize(
    ("factor", "expected"),
    [("1", False), ("1.03", False), ("0.97", False), ("1.0300001", True), ("0.9699999", True), ("10", True)],
)
def test_usdt_rub_jumps_beyond_three_percent_either_way(factor: str, expected: bool) -> None:
    assert is_jump(USDT_RUB, usdt_rub(factor)) is expected


@pytest.mark.parametrize(("factor", "expected"), [("1.05", False), ("0.95", False), ("1.0501", True), ("0.9499", True)])
@pytest.mark.parametrize("currency", FIAT.per_usd)
def test_a_fiat_table_jumps_with_any_currency_in_it_beyond_five_percent(
    currency: Currency, factor: str, expected: bool
) -> None:
    assert is_jump(FIAT, fiat(currency, factor)) is expected


def test_the_largest_move_is_told_with_both_values() -> None:
    jumped = replace(USDT_RUB, bid=Decimal(60))
    assert largest_move(USDT_RUB, jumped) == Move("bid", Decimal("81.62"), Decimal(60))
    assert largest_move(USDT_RUB, jumped).part == 1 - Fraction(60) / Fraction("81.62")


INDEX = UsdtRub(close=USDT_RUB.close, source="coingecko", fetched_at=USDT_RUB.fetched_at)
ONE_SIDE = replace(USDT_RUB, close=USDT_RUB.close - Decimal("0.05"), ask=Decimal(90))


def test_a_side_that_only_one_of_two_sources_names_is_compared_with_what_the_other_is_quoted_at() -> None:
    assert not is_jump(USDT_RUB, INDEX)
    assert not is_jump(INDEX, USDT_RUB)
    assert is_jump(INDEX, ONE_SIDE)
    assert largest_move(INDEX, ONE_SIDE) == Move("ask", INDEX.close, Decimal(90))


def test_a_source_without_sides_does_not_speak_for_a_jump_of_one_side() -> None:
    assert not speaks_for(replace(INDEX, close=ONE_SIDE.close), ONE_SIDE, against=USDT_RUB)


@pytest.mark.parametrize(
    ("other", "expected"), [("1.05", True), ("1.0815", True), ("1.0816", False), ("1.025", True), ("1.024", False)]
)
def test_another_source_speaks_for_a_jump_when_it_is_nearer_to_it_than_to_what_was_before(
    other: str, expected: bool
) -> None:
    before, held = USDT_RUB, usdt_rub("1.05")
    assert speaks_for(usdt_rub(other), held, against=before) is expected


def test_another_source_that_is_a_jump_away_from_both_speaks_for_nothing() -> None:
    assert not speaks_for(usdt_rub("1.2"), usdt_rub("1.05"), against=USDT_RUB)
