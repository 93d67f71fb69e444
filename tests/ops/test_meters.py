"""What is counted and timed while the bot works."""

import time
from collections.abc import Callable

import pytest

from ops.meters import MOST_KINDS, Counts, Timings, percentile
from tests.clocks import Clock


def test_counts_are_by_labels() -> None:
    counts = Counts()
    for labels in (("a", "ok"), ("a", "ok"), ("a", "429")):
        counts.add(*labels)

    assert counts.read() == {("a", "ok"): 2, ("a", "429"): 1}


def test_whatever_strangers_send_the_labels_stay_bounded() -> None:
    counts, timings = Counts(), Timings()
    for number in range(MOST_KINDS + 50):
        counts.add(str(number))
        timings.add(0.1, str(number))
    counts.add("0")

    assert len(counts.read()) == len(timings.read()) == MOST_KINDS + 1
    assert counts.read()["other",] == 50
    assert counts.read()["0",] == 2
    assert timings.read()["other",].count == 50


def test_a_time_is_in_the_first_bucket_that_holds_it() -> None:
    timings = Timings((0.1, 1.0))
    for seconds in (0.05, 0.1, 0.5, 3.0):
        timings.add(seconds, "message")

    spread = timings.read()["message",]
    assert spread.counts == (2, 1, 1)
    assert (spread.count, spread.longest_s) == (4, 3.0)
    assert spread.total_s == pytest.approx(3.65)


def test_the_last_times_are_remembered_as_they_were() -> None:
    clock = Clock(100.0)
    timings = Timings(clock=clock, recent=3)
    for seconds in (9.0, 0.3, 0.1, 0.2):
        clock.now += 1
        timings.add(seconds)

    assert timings.since(0.0) == [0.1, 0.2, 0.3]
    assert timings.since(103.0) == [0.2]


def test_a_count_and_a_time_take_microseconds() -> None:
    """About one and two of them; an update makes some thirty. The best of many tries counts, on its own thread."""
    counts, timings = Counts(), Timings()

    def both() -> None:
        counts.add("message", "done")
        timings.add(0.01, "message")

    assert min(_took_s(both) for _ in range(20)) < 20e-6


def _took_s(work: Callable[[], None], times: int = 500) -> float:
    begun = time.thread_time()
    for _ in range(times):
        work()
    return (time.thread_time() - begun) / times


def test_a_percentile_is_one_of_what_was_measured() -> None:
    ordered = [each / 100 for each in range(1, 101)]

    assert (percentile(ordered, 0.5), percentile(ordered, 0.95), percentile(ordered, 1.0)) == (0.51, 0.96, 1.0)
    assert percentile([], 0.5) is None
