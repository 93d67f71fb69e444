"""How far apart calls are, for every plan, at every point of a month."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rates.pace import Pace, QuotaWarning, every

DAY_S = 86_400.0
MONTH_S = 30 * DAY_S


@pytest.mark.parametrize(
    ("plan", "steady_s"), [(100, 25_920), (250, 10_368), (10_000, 260), (100_000, 60), (100_000_000, 60)]
)
def test_a_month_that_begins_is_as_fresh_as_its_plan_allows(plan: int, steady_s: float) -> None:
    pace = Pace(plan, plan, month_s=MONTH_S, left_s=MONTH_S)
    assert (pace.steady_s, pace.interval_s, pace.turn_s) == (steady_s, steady_s, steady_s)


@given(
    plan=st.integers(1, 200_000), used=st.floats(0, 1), left_s=st.floats(1, 31 * DAY_S), days=st.sampled_from([28, 31])
)
def test_what_is_left_lasts_to_the_end_of_the_month(plan: int, used: float, left_s: float, days: int) -> None:
    pace = Pace(plan, plan - int(plan * used), month_s=days * DAY_S, left_s=min(left_s, days * DAY_S))
    assert pace.interval_s * max(pace.left, 1) >= pace.left_s
    assert pace.interval_s >= pace.steady_s >= 60
    assert 60 <= pace.turn_s <= 12 * 3600 or plan < 63


@pytest.mark.parametrize(("plan", "left", "turn_s"), [(20, 20, 43_200), (100, 10, 43_200), (100, 0, 3_600)])
def test_turns_come_round_where_calls_are_rare(plan: int, left: int, turn_s: float) -> None:
    assert Pace(plan, left, month_s=MONTH_S, left_s=30 * DAY_S).turn_s == turn_s


def test_the_end_of_the_month_is_waited_for_when_it_is_near() -> None:
    assert Pace(100, 0, month_s=MONTH_S, left_s=600).turn_s == 600
    assert Pace(100, 0, month_s=MONTH_S, left_s=5).turn_s == 60


@pytest.mark.parametrize(
    ("left", "days_left", "is_early"),
    [
        (2_000, 12, True),
        (2_001, 12, False),
        (2_000, 6.05, False),
        (100, 1, True),
        (0, 0.001, False),
        (10_000, 30, False),
    ],
)
def test_a_plan_is_early_when_most_of_it_went_before_its_time(left: int, days_left: float, is_early: bool) -> None:
    assert Pace(10_000, left, month_s=MONTH_S, left_s=days_left * DAY_S).is_early is is_early


@pytest.mark.parametrize("plan", [1, 2, 3, 10, 100, 250, 10_000])
def test_no_plan_that_is_used_evenly_is_early(plan: int) -> None:
    for calls in range(1, plan + 1):
        left_s = MONTH_S - (calls - 1) * MONTH_S / max(plan - 1, 1)
        assert not Pace(plan, plan - calls, month_s=MONTH_S, left_s=left_s).is_early


def test_what_is_left_is_told_to_last_as_long_as_it_did_until_now() -> None:
    pace = Pace(10_000, 2_500, month_s=MONTH_S, left_s=15 * DAY_S)
    assert pace.lasts_s == 5 * DAY_S


@pytest.mark.parametrize(
    ("left", "day", "interval_s", "by_hand", "text"),
    [
        (1_990, 24, 1_800, False, "1 990 of 10 000 calls left, at this pace empty on the 24th; now every 30 min"),
        (20, 21, 451, True, "20 of 10 000 calls left, at this pace empty on the 21st; as set, still every 451 s"),
        (1, 3, 90_000, False, "1 of 10 000 calls left, at this pace empty on the 3rd; now every 25.0 h"),
        (0, 2, 60, False, "0 of 10 000 calls left this month; until the next one the other sources have to do"),
    ],
)
def test_the_owner_is_told_in_one_line(left: int, day: int, interval_s: float, by_hand: bool, text: str) -> None:
    warning = QuotaWarning(
        source="apilayer",
        left=left,
        plan=10_000,
        empty_at=datetime(2026, 11, day, tzinfo=UTC),
        interval_s=interval_s,
        is_set_by_hand=by_hand,
    )
    assert str(warning) == f"apilayer: {text}"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.2, "1 s"), (599, "599 s"), (600, "10 min"), (7_199, "120 min"), (25_920, "7.2 h")]
)
def test_a_time_is_told_in_the_unit_that_fits(seconds: float, text: str) -> None:
    assert every(seconds) == text
