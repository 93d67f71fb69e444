"""The cache says about how much memory its values take."""

import sys
from datetime import UTC, datetime
from decimal import Decimal

from calc.directions import Currency
from calc.snapshots import FiatTable
from rates.weight import weight


def test_a_table_weighs_more_than_its_shell_and_less_than_a_page() -> None:
    table = FiatTable(
        per_usd={Currency.RUB: Decimal("82.412507"), Currency.IDR: Decimal("17248.35")},
        source="apilayer",
        fetched_at=datetime(2026, 11, 20, 12, 4, tzinfo=UTC),
    )
    assert sys.getsizeof(table) + 2 * sys.getsizeof(Decimal(1)) < weight(table) < 4_096


def test_what_is_held_twice_is_counted_once() -> None:
    value = "81.62" * 100
    assert weight([value, value]) == sys.getsizeof([value, value]) + sys.getsizeof(value)


def test_what_holds_itself_can_be_weighed() -> None:
    ring: list[object] = []
    ring.append(ring)
    assert weight((ring, {"a"}, frozenset(), FiatTable)) > sys.getsizeof(ring)
