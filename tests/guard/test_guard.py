"""The guard fails with both figures when something is worse than its noise, and not before."""

import sys
from pathlib import Path

import pytest

from calc.directions import Currency, Direction
from tests.guard.instructions import instructions
from tests.guard.quotes import alone, cached
from tests.guard.verdicts import Figure, Verdict, judged, keep, read

WAY = Direction(Currency.RUB, Currency.USDT)


@pytest.mark.parametrize(
    ("value", "is_worse", "is_better"), [(121, True, False), (120, False, False), (80, False, False), (79, False, True)]
)
def test_a_figure_may_move_within_its_band(value: float, is_worse: bool, is_better: bool) -> None:
    verdict = Verdict(Figure("a step", value, band=0.2), taken=100)
    assert (verdict.is_worse, verdict.is_better) == (is_worse, is_better)


def test_who_reads_it_sees_both_figures() -> None:
    (worse,) = judged([Figure("a step", 130, band=0.2)], {"a step": 100})
    assert str(worse) == "a step: 130, 100 when it was taken, +30.0%: WORSE than the 20% that it moves by itself"


def test_a_figure_that_was_never_taken_does_not_pass() -> None:
    (new,) = judged([Figure("a step", 130, band=0.2)], {})
    assert new.is_worse
    assert "never taken" in str(new)


def test_figures_are_kept_for_each_series_of_python(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    keep("3.11", [Figure("a step", 130.1234, band=0.2)], file)
    keep("3.12", [Figure("a step", 90, band=0.2)], file)
    assert read("3.11", file) == {"a step": 130.123}
    assert read("3.12", file) == {"a step": 90}
    assert read("3.13", file) == {}


def test_instructions_are_nearly_the_same_each_time_and_grow_with_the_work() -> None:
    tracer = sys.gettrace()
    quote = alone(WAY)
    quote()
    once = instructions(quote)
    assert once > 1_000
    assert instructions(quote) == pytest.approx(once, rel=0.05)
    assert instructions(lambda: (quote(), quote())) > 1.9 * once
    assert sys.gettrace() is tracer


def test_a_quote_out_of_memory_is_that_of_the_arithmetic() -> None:
    memory, arithmetic = cached(WAY), alone(WAY)
    assert [memory() for _ in range(5)] == [arithmetic() for _ in range(5)]
