"""A check asks each source once, side by side, and leaves alone whoever would mind."""

import logging
import threading
from datetime import timedelta

import pytest

from calc.snapshots import Snapshot
from rates.breaker import State
from rates.checkup import Checkup
from rates.errors import Trouble
from rates.guarded import Guarded
from tests.rates.conftest import NOW, Clock
from tests.rates.snapshots import USDT_RUB
from tests.rates.test_guarded import Source, error, fail, guarded


def checkup(clock: Clock, *sources: Guarded) -> Checkup:
    return Checkup(sources, utcnow=clock.utcnow)


def test_a_source_that_nobody_needed_yet_is_asked_and_what_is_known_of_it_is_told(clock: Clock) -> None:
    source = Source("coingecko", USDT_RUB)
    guard = guarded(source, clock)
    assert guard.report().answered_at is None
    checkup(clock, guard).run()
    assert source.calls == 1
    assert guard.report().answered_at == NOW


def test_a_failed_check_is_a_failure_like_any_other_and_stays_in_memory(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "rates.checkup")
    source = Source("rapira", error("rapira", Trouble.TIMEOUT))
    guard = guarded(source, clock)
    checkup(clock, guard).run()
    clock.forward(60)
    source.has = USDT_RUB
    checkup(clock, guard).run()
    report = guard.report()
    assert (report.last_trouble, report.troubled_at) == (Trouble.TIMEOUT, NOW)
    assert (report.state.trouble, report.answered_at) == (None, NOW + timedelta(seconds=60))
    assert caplog.messages == ["source checked source=rapira timeout", "source checked source=rapira ok"]


@pytest.mark.parametrize(("name", "apart_s"), [("rapira", 10), ("exchangerate-api", 3_600)])
def test_who_answered_a_moment_ago_is_not_asked_again(clock: Clock, name: str, apart_s: int) -> None:
    source = Source(name, USDT_RUB)
    check = checkup(clock, guarded(source, clock))
    for _ in range(5):
        check.run()
    clock.forward(apart_s - 1)
    check.run()
    assert source.calls == 1
    clock.forward(1)
    check.run()
    assert source.calls == 2


def test_a_rest_after_a_refusal_holds_and_one_after_a_passing_trouble_does_not(clock: Clock) -> None:
    blocked, down = (Source(name, error(name, Trouble.BLOCKED)) for name in ("rapira", "cbr"))
    down.has = error("cbr", Trouble.UNREACHABLE)
    guards = [guarded(each, clock) for each in (blocked, down)]
    fail(guards[0])
    fail(guards[1], times=3)
    clock.forward(6)
    blocked.has = down.has = USDT_RUB
    checkup(clock, *guards).run()
    assert (blocked.calls, down.calls) == (1, 4)
    assert [guard.state().state for guard in guards] == [State.OPEN, State.CLOSED]


def test_sources_are_asked_side_by_side_and_a_bug_in_one_is_only_its_own(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    together = threading.Barrier(3)

    def meet() -> Snapshot:
        together.wait(30)
        return USDT_RUB

    def fall() -> Snapshot:
        together.wait(30)
        raise ZeroDivisionError

    names = ("rapira", "coingecko", "cbr")
    guards = [guarded(Source(name, fall if name == "cbr" else meet), clock) for name in names]
    checkup(clock, *guards).run()
    assert [guard.report().answered_at for guard in guards] == [NOW, NOW, None]
    assert "source not checked source=cbr" in caplog.text
