"""An alert is told when what it waits for happens: not twice for one crossing, and never missed."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from calc.alerts import Move, Rule, Threshold
from desk.alerts import BACK, COOLDOWN, Points, begin, decide
from tests.chat.book import NOW

ABOVE_90 = Threshold("USDT/RUB", above=True, level=Decimal(90))
BELOW_80 = Threshold("USDT/RUB", above=False, level=Decimal(80))
ONE_PERCENT_AN_HOUR = Move("USDT/RUB", Decimal(1), timedelta(hours=1))

Tick = tuple[timedelta, Decimal]
"""How long after the one before, and the value."""
MINUTE = timedelta(minutes=1)


def ticks(*values: str, every: timedelta = 20 * MINUTE) -> list[Tick]:
    return [(every, Decimal(value)) for value in values]


def told(rule: Rule, history: Sequence[Tick], *, first: str | None = None) -> list[tuple[int, Decimal]]:
    """Which of the ticks were told, by number, and what they moved from or crossed."""
    value = None if first is None else Decimal(first)
    now, state = NOW, begin(rule, value, now=NOW)
    seen: list[tuple[datetime, Decimal]] = [] if value is None else [(NOW, value)]
    said = []
    for number, (pause, tick) in enumerate(history):
        now += pause
        seen.append((now, tick))
        decision = decide(rule, state, tick, now=now, past=lambda start: in_force(seen, start))
        state = decision.state
        if decision.since is not None:
            said.append((number, decision.since))
    return said


def in_force(seen: Points, start: datetime) -> Points:
    earlier = [point for point in seen if point[0] <= start]
    return [*earlier[-1:], *(point for point in seen if point[0] > start)]


def test_a_crossing_is_told_once_however_long_the_rate_stays_there() -> None:
    assert told(ABOVE_90, ticks("89", "90", "90.01", "91", "90.50", "90.01"), first="89") == [(2, Decimal(90))]
    assert told(BELOW_80, ticks("81", "80", "79.99", "79", "79.5"), first="81") == [(2, Decimal(80))]


def test_a_rate_that_trembles_at_the_level_is_told_once() -> None:
    assert len(told(ABOVE_90, ticks("90.01", "89.99", "90.02", "89.90", "90.05"), first="89")) == 1
    assert len(told(BELOW_80, ticks("79.99", "80.01", "79.98", "80.10", "79.95"), first="81")) == 1


def test_a_rate_that_came_back_far_enough_is_told_anew() -> None:
    assert [number for number, _ in told(ABOVE_90, ticks("90.5", "89.82", "90.5"), first="89")] == [0, 2]
    assert [number for number, _ in told(BELOW_80, ticks("79.5", "80.16", "79.5"), first="81")] == [0, 2]


def test_what_is_so_already_is_told_when_it_comes_to_be_so_anew() -> None:
    assert told(ABOVE_90, ticks("91", "92"), first="91") == []
    assert [number for number, _ in told(ABOVE_90, ticks("91", "89", "91"), first="91")] == [2]
    assert [number for number, _ in told(ABOVE_90, ticks("91", "92"))] == [0], "unknown at first"


def test_two_crossings_within_the_cooldown_are_told_once_and_what_holds_after_it_is_told_then() -> None:
    fast = ticks("91", "89", "91", "91", "91", every=5 * MINUTE)
    assert [number for number, _ in told(ABOVE_90, fast, first="89")] == [0, 3]
    gone = ticks("91", "89", "91", "89", "89", every=5 * MINUTE)
    assert [number for number, _ in told(ABOVE_90, gone, first="89")] == [0]


def test_a_move_is_told_from_the_furthest_value_within_its_time() -> None:
    quick = ticks("80", "79.5", "80.30", every=20 * MINUTE)
    assert told(ONE_PERCENT_AN_HOUR, quick, first="80") == [(2, Decimal("79.5"))]
    assert told(ONE_PERCENT_AN_HOUR, ticks("80.2", "80.4", "79.5"), first="80") == [(2, Decimal("80.4"))]


def test_a_move_that_took_longer_is_not_told() -> None:
    slow = ticks("80.2", "80.4", "80.6", "80.8", "81", every=40 * MINUTE)
    assert told(ONE_PERCENT_AN_HOUR, slow, first="80") == []


def test_a_move_is_told_again_only_for_another_one() -> None:
    assert told(ONE_PERCENT_AN_HOUR, ticks("80.9", "80.9", "81.2", "81"), first="80") == [(0, Decimal(80))]
    further = ticks("80.9", "81.3", "81.8")
    assert [number for number, _ in told(ONE_PERCENT_AN_HOUR, further, first="80")] == [0, 2]


def test_a_second_move_within_the_cooldown_waits_for_its_end() -> None:
    fast = ticks("80.9", "82", "82", "82", every=5 * MINUTE)
    assert [number for number, _ in told(ONE_PERCENT_AN_HOUR, fast, first="80")] == [0, 3]


def test_a_move_from_a_value_that_was_not_known_begins_with_the_first_that_is() -> None:
    assert told(ONE_PERCENT_AN_HOUR, ticks("80", "80.5", "81")) == [(2, Decimal(80))]


def test_a_value_that_stood_from_before_the_time_counts_as_in_force_at_its_start() -> None:
    assert told(ONE_PERCENT_AN_HOUR, ticks("82", every=timedelta(days=2)), first="80") == [(0, Decimal(80))]


steps = st.tuples(
    st.timedeltas(min_value=timedelta(seconds=1), max_value=timedelta(hours=3)),
    st.decimals(min_value=70, max_value=100, places=2),
)


@given(
    history=st.lists(steps, max_size=30), first=st.decimals(min_value=70, max_value=100, places=2), above=st.booleans()
)
def test_a_threshold_is_never_told_twice_without_a_way_back_and_never_missed(
    history: list[Tick], first: Decimal, above: bool
) -> None:
    rule = Threshold("USDT/RUB", above=above, level=Decimal(85))
    sign = 1 if above else -1
    said = {number for number, _ in told(rule, history, first=str(first))}
    moments, now = [], NOW
    for pause, _ in history:
        now += pause
        moments.append(now)
    armed, last = sign * (first - 85) <= 0, None
    for number, (_, value) in enumerate(history):
        beyond = sign * (value - 85) > 0
        came_back = sign * (Fraction(value) - 85) <= -85 * Fraction(BACK)
        is_due = beyond and armed and (last is None or moments[number] - moments[last] >= COOLDOWN)
        assert (number in said) == is_due
        if is_due:
            armed, last = False, number
        elif came_back:
            armed = True


@given(history=st.lists(steps, min_size=1, max_size=30), first=st.decimals(min_value=70, max_value=100, places=2))
def test_a_move_is_told_exactly_when_it_is_far_enough_from_some_value_since_the_last_telling(
    history: list[Tick], first: Decimal
) -> None:
    said = dict(told(ONE_PERCENT_AN_HOUR, history, first=str(first)))
    points, now, last = [(NOW, first)], NOW, None
    for number, (pause, value) in enumerate(history):
        now += pause
        ends = [at for at, _ in points[1:]] + [now]
        within = [each for (_, each), end in zip(points, ends, strict=True) if end > now - timedelta(hours=1)]
        furthest = max(abs(Fraction(value) / Fraction(each) - 1) for each in within)
        is_cooling = last is not None and now - last < COOLDOWN
        is_due = furthest * 100 >= 1 and not is_cooling
        assert (number in said) == is_due
        if is_due:
            assert abs(Fraction(value) / Fraction(said[number]) - 1) == furthest
            points, last = [], now
        points.append((now, value))
