"""How numbers went over the last hours."""

import itertools

import pytest

from ops import usage
from ops.meters import Timings
from ops.samples import FINE_KEPT, Samples
from tests.clocks import Clock


def test_a_sample_is_of_what_was_handled_since_the_last() -> None:
    clock, timings = Clock(), Timings(clock=Clock())
    timings = Timings(clock=clock)
    samples = Samples(timings, memory=lambda: 50_000_000, clock=clock, wall=lambda: clock.now + 1e9)
    clock.now += 5
    for each in range(1, 21):
        timings.add(each / 1000)
    clock.now += 5
    samples.take()
    clock.now += 10
    samples.take()

    first, second = samples.read()
    assert (first.at, first.memory_bytes, first.p50_s, first.p95_s, first.updates) == (
        1e9 + 1_010,
        50_000_000,
        0.011,
        0.02,
        20,
    )
    assert (second.p50_s, second.p95_s, second.updates) == (None, None, 0)


def test_the_last_hour_is_fine_and_the_day_before_it_coarse() -> None:
    clock = Clock()
    samples = Samples(None, memory=lambda: 1, clock=clock, wall=clock)
    for _ in range(360 * 25):
        clock.now += 10
        samples.take()

    moments = [each.at for each in samples.read()]
    steps = [after - before for before, after in itertools.pairwise(moments)]
    assert moments == sorted(moments)
    assert steps[-(FINE_KEPT - 1) :] == [10.0] * (FINE_KEPT - 1)
    assert set(steps[:100]) == {300.0}
    assert 23 * 3600 <= moments[-1] - moments[0] <= 25 * 3600
    assert len(moments) <= 648


def test_nothing_was_sampled_yet() -> None:
    assert Samples(None, memory=lambda: 1).read() == []


def test_the_process_tells_what_it_takes() -> None:
    assert 10_000_000 < usage.memory_bytes() < 4_000_000_000
    assert usage.open_files() > 2
    assert usage.cpu_s() > 0
    assert usage.threads() >= 1


def test_where_the_system_does_not_say_it_is_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usage, "STATM", usage.STATM / "nowhere")
    monkeypatch.setattr(usage, "FILES", usage.FILES / "nowhere")

    assert (usage.memory_bytes(), usage.open_files()) == (0, 0)
