"""The line of all new messages: its bound, its order, and what becomes of a moment that nobody comes for."""

import heapq
import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.delivery.line import IN_ALL, KEPT_S, MOST, Line

NEVER = None
BEGAN = 1000.0


@dataclass
class Run:
    """Who asks when, and how late each comes to a moment that it was told; NEVER for who does not come at all."""

    lates_s: Sequence[float | None] = (0.0,)
    line: Line = field(default_factory=lambda: Line(places=10_000))
    went: list[tuple[float, int]] = field(default_factory=list)
    told: dict[int, float] = field(default_factory=dict)
    tries: Counter[int] = field(default_factory=Counter)

    def of(self, people: Sequence[float], notices: Sequence[float] = ()) -> "Run":
        lates_s, order = itertools.cycle(self.lates_s), itertools.count()
        due = [(BEGAN + at, next(order), number) for number, at in enumerate(people)]
        due += [(BEGAN + at, next(order), -number) for number, at in enumerate(notices, 1)]
        heapq.heapify(due)
        while due:
            now, _, who = heapq.heappop(due)
            self.tries[who] += 1
            wait_s = self.line.take_what_is_left(now) if who < 0 else self.line.take(now, who)
            if not wait_s:
                self.went.append((now, who))
                continue
            self.told.setdefault(who, now + wait_s)
            late_s = next(lates_s)
            if late_s is not NEVER:
                heapq.heappush(due, (now + wait_s + late_s, next(order), who))
        return self

    @property
    def most_in_a_second(self) -> int:
        moments = [at for at, _ in self.went]
        return max(sum(begin <= at < begin + 1.0 for at in moments) for begin in moments)


MOMENTS = st.lists(st.floats(0.0, 6.0), min_size=1, max_size=120)
LATE = st.one_of(st.just(0.0), st.floats(0.0, 0.05), st.floats(0.0, 3.0))


@given(people=MOMENTS, notices=MOMENTS, lates_s=st.lists(st.one_of(LATE, st.none()), min_size=1, max_size=20))
def test_never_more_than_thirty_go_in_any_second_however_late_each_comes_or_not_at_all(
    people: list[float], notices: list[float], lates_s: list[float | None]
) -> None:
    assert Run(lates_s).of(people, notices).most_in_a_second <= MOST


@given(people=MOMENTS)
def test_who_is_in_time_goes_at_the_moment_that_was_kept_in_the_order_of_asking(people: list[float]) -> None:
    run = Run().of(sorted(people))

    assert [who for _, who in run.went] == sorted(run.tries)
    assert max(run.tries.values()) <= 2
    assert {who: at for at, who in run.went if who in run.told} == pytest.approx(run.told)


@given(people=MOMENTS, lates_s=st.lists(LATE, min_size=1, max_size=20))
def test_everybody_goes_after_a_few_tries_however_late_they_come(people: list[float], lates_s: list[float]) -> None:
    run = Run(lates_s).of(people)

    assert len(run.went) == len(people)
    assert run.tries.total() <= 3 * len(people)


@given(people=MOMENTS, comes=st.lists(st.booleans(), min_size=1, max_size=20))
def test_who_never_comes_delays_nobody(people: list[float], comes: list[bool]) -> None:
    everybody = Run().of(sorted(people))
    some = Run([0.0 if each else NEVER for each in comes]).of(sorted(people))

    assert some.told == everybody.told
    assert set(some.went) <= set(everybody.went)


def test_a_burst_goes_at_once_and_the_others_twenty_five_a_second() -> None:
    run = Run().of([0.0] * 55)

    assert [at - BEGAN for at, _ in run.went] == pytest.approx([0.0] * 5 + [number / 25 for number in range(1, 51)])


def test_who_comes_too_early_keeps_the_same_moment() -> None:
    line = Line(places=10)
    waits_s = [line.take(BEGAN, who) for who in range(8)]

    assert line.take(BEGAN + 0.03, 6) == pytest.approx(waits_s[6] - 0.03)
    assert line.take(BEGAN + waits_s[6], 6) == 0.0


def test_who_comes_late_still_goes_before_whoever_has_to_line_up() -> None:
    line = Line(places=10_000)
    for who in range(100):
        line.take(BEGAN, who)

    assert line.take(BEGAN + 2.0, 200) > 1.0
    assert line.take(BEGAN + 2.0, 7) == 0.0


def test_a_moment_is_taken_once() -> None:
    line = Line(places=10_000)
    for who in range(30):
        line.take(BEGAN, who)
    assert line.take(BEGAN + 0.5, 8) == 0.0

    assert line.take(BEGAN + 0.5, 8) > 0.4


def test_a_moment_that_passed_long_ago_is_nobodys() -> None:
    line = Line(places=10_000)
    for who in range(8):
        line.take(BEGAN, who)
    later = BEGAN + KEPT_S + 1.0
    assert [line.take(later, 100 + who) for who in range(IN_ALL.burst)] == [0.0] * IN_ALL.burst

    assert line.take(later, 7) == pytest.approx(IN_ALL.interval_s)


def test_many_who_are_late_together_do_not_come_again_together() -> None:
    line = Line(places=10_000)
    for who in range(100):
        line.take(BEGAN, who)
    later = BEGAN + 10.0
    waits_s = [line.take(later, who) for who in range(5, 100)]

    assert waits_s.count(0.0) == MOST
    again = Counter(round(wait_s, 6) for wait_s in waits_s if wait_s)
    assert max(again.values()) <= 2
    assert max(again) < 1.0 + len(again) / 25


def test_who_has_no_name_is_told_how_long_and_nothing_is_kept() -> None:
    line = Line(places=10_000)
    for who in range(5):
        line.take(BEGAN, who)

    assert [line.take(BEGAN, None) for _ in range(9)] == pytest.approx([0.04] * 9)
    assert line.take(BEGAN + 0.04, 5) == 0.0


def test_of_too_many_who_wait_the_last_have_no_moment() -> None:
    line = Line(places=10)
    waits_s = [line.take(BEGAN, who) for who in range(20)]

    assert waits_s[:15] == pytest.approx([0.0] * 5 + [number / 25 for number in range(1, 11)])
    assert waits_s[15:] == pytest.approx([11 / 25] * 5)


def test_what_nobody_waits_for_goes_when_nobody_is_in_the_line() -> None:
    line = Line(places=10_000)
    for who in range(10):
        line.take(BEGAN, who)

    assert line.take_what_is_left(BEGAN) == pytest.approx(10 / 25)
    assert line.take_what_is_left(BEGAN + 10 / 25) == 0.0


def test_notices_come_again_one_after_the_other() -> None:
    line = Line(places=10_000)
    waits_s = [line.take_what_is_left(BEGAN) for _ in range(5)]

    assert waits_s == pytest.approx([0.0, 0.04, 0.09, 0.14, 0.19])


@given(notices=st.lists(st.floats(0.0, 2.0), min_size=1, max_size=60), late_s=st.floats(0.0, 0.009))
def test_notices_alone_are_out_after_a_few_tries(notices: list[float], late_s: float) -> None:
    run = Run([late_s]).of([], sorted(notices))

    assert len(run.went) == len(notices)
    assert run.tries.total() <= 3 * len(notices)
