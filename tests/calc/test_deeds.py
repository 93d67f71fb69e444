"""What a deed is about."""

from datetime import UTC, datetime

import pytest

from calc.deeds import Area, Deed

NOON = datetime(2026, 5, 4, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "area"),
    [
        ("quote.accepted", Area.QUOTES),
        ("margin.changed", Area.MARGINS),
        ("own_margin.changed", Area.MARGINS),
        ("floor.changed", Area.MARGINS),
        ("margin_buttons.changed", Area.MARGINS),
        ("rate.typed", Area.RATES),
        ("team.joined", Area.TEAM),
        ("approval.used", Area.APPROVALS),
        ("book.exported", Area.DESK),
        ("something", Area.DESK),
    ],
)
def test_each_deed_is_found_by_what_it_is_about(kind: str, area: Area) -> None:
    assert Deed(NOON, None, "", kind, "", {}).area is area
