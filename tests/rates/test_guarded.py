"""A guarded source costs no call while it rests, has one probe at a time, and tells of its states."""

import gc
import logging
import threading
import weakref
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from calc.snapshots import Feed, Snapshot
from rates.breaker import SourceState, State
from rates.chain import Chain
from rates.errors import NoRate, NotAsked, SourceError, Trouble
from rates.guarded import Guarded, SourceCall, log_state
from rates.hooks import Hooks
from tests.rates.conftest import Clock
from tests.rates.snapshots import USDT_RUB

CROSSED = replace(USDT_RUB, bid=Decimal("81.7"), ask=Decimal("81.5"))


class Source:
    """Gives what it has, raises it, or does it."""

    def __init__(self, name: str, has: Snapshot | BaseException | Callable[[], Snapshot]) -> None:
        self.name = name
        self.has = has
        self.calls = 0

    def fetch(self) -> Snapshot:
        self.calls += 1
        if isinstance(self.has, BaseException):
            raise self.has
        return self.has() if callable(self.has) else self.has


def error(name: str, trouble: Trouble) -> SourceError:
    return SourceError(name, trouble, "seen")


def guarded(source: Source, clock: Clock, on_change: Hooks[SourceState] | None = None) -> Guarded:
    return Guarded(source, clock=clock, utcnow=clock.utcnow, on_change=on_change)


def fail(guard: Guarded, *, times: int = 1) -> None:
    for _ in range(times):
        with pytest.raises(SourceError):
            guard.fetch()


def test_a_source_that_is_well_is_the_source_itself(clock: Clock) -> None:
    source = Source("rapira", USDT_RUB)
    guard = guarded(source, clock)
    assert guard.name == guard.last_resort.name == "rapira"
    assert [guard.fetch(), guard.fetch()] == [USDT_RUB, USDT_RUB]
    assert (source.calls, guard.state().state) == (2, State.CLOSED)


def test_a_resting_source_costs_no_call(clock: Clock) -> None:
    source = Source("rapira", error("rapira", Trouble.BLOCKED))
    guard = guarded(source, clock)
    fail(guard)
    for _ in range(100):
        with pytest.raises(NotAsked, match=r"rapira: blocked \(resting until 12:35 UTC\)"):
            guard.fetch()
    assert source.calls == 1
    clock.forward(1_800)
    source.has = USDT_RUB
    assert guard.fetch() is USDT_RUB
    assert guard.state().state is State.CLOSED


def test_nonsense_is_a_failure_to_the_breaker_too(clock: Clock) -> None:
    guard = guarded(Source("rapira", CROSSED), clock)
    fail(guard, times=3)
    assert (guard.state().state, guard.state().trouble) == (State.OPEN, Trouble.GARBAGE)


@pytest.mark.parametrize("reason", [KeyboardInterrupt(), SystemExit(), ZeroDivisionError("a bug")])
def test_a_probe_that_dies_gives_its_place_back(clock: Clock, reason: BaseException) -> None:
    source = Source("rapira", error("rapira", Trouble.QUOTA))
    guard = guarded(source, clock)
    fail(guard)
    clock.forward(60)
    source.has = reason
    with pytest.raises(type(reason)):
        guard.fetch()
    assert guard.state().state is State.OPEN
    source.has = USDT_RUB
    assert guard.fetch() is USDT_RUB


def test_a_source_that_did_not_call_has_neither_failed_nor_become_well(clock: Clock) -> None:
    not_due = NotAsked("apilayer", Trouble.QUOTA, "next call in 7.4 h", retry_after_s=26_784)
    source = Source("apilayer", not_due)
    guard = guarded(source, clock)
    fail(guard, times=10)
    assert (guard.state().state, guard.state().failures) == (State.CLOSED, 0)
    source.has = error("apilayer", Trouble.KEY_REFUSED)
    fail(guard)
    clock.forward(3_600)
    resting, source.has = guard.state(), not_due
    fail(guard)
    assert guard.state() == resting


def test_a_subscriber_that_ends_the_thread_of_a_probe_does_not_keep_its_place(clock: Clock) -> None:
    def subscriber(source: str, state: SourceState) -> None:
        if state.state is State.HALF_OPEN and probed.calls == 1:
            probed.calls += 1
            raise SystemExit

    probed = Source("rapira", error("rapira", Trouble.QUOTA))
    hooks: Hooks[SourceState] = Hooks()
    hooks.subscribe(subscriber)
    guard = guarded(probed, clock, hooks)
    fail(guard)
    clock.forward(60)
    with pytest.raises(SystemExit):
        guard.fetch()
    probed.has = USDT_RUB
    assert guard.fetch() is USDT_RUB


def test_of_sixteen_threads_one_probes_and_none_waits_for_it(clock: Clock) -> None:
    begun, go_on, refused = threading.Event(), threading.Event(), threading.Semaphore(0)
    together = threading.Barrier(16)
    outcomes: list[Snapshot | NotAsked] = []

    def probe() -> Snapshot:
        begun.set()
        assert go_on.wait(30)
        return USDT_RUB

    def ask() -> None:
        together.wait(30)
        try:
            outcomes.append(guard.fetch())
        except NotAsked as error:
            outcomes.append(error)
            refused.release()

    source = Source("rapira", error("rapira", Trouble.QUOTA))
    guard = guarded(source, clock)
    fail(guard)
    clock.forward(60)
    source.has = probe
    threads = [threading.Thread(target=ask) for _ in range(16)]
    for thread in threads:
        thread.start()
    assert begun.wait(30)
    for _ in range(15):
        assert refused.acquire(timeout=30)
    assert guard.state().state is State.HALF_OPEN
    go_on.set()
    for thread in threads:
        thread.join(30)
    assert (source.calls, len(outcomes), outcomes[-1]) == (2, 16, USDT_RUB)
    assert {str(outcome) for outcome in outcomes[:-1]} == {"rapira: quota (a probe is under way)"}


def test_calls_of_a_source_that_is_well_run_side_by_side(clock: Clock) -> None:
    together = threading.Barrier(8)

    def meet() -> Snapshot:
        together.wait(30)
        return USDT_RUB

    guard = guarded(Source("rapira", meet), clock)
    threads = [threading.Thread(target=guard.fetch) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not together.broken
    assert guard.state().state is State.CLOSED


def test_a_rest_and_its_end_are_a_line_each(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "rates.guarded")
    source = Source("rapira", error("rapira", Trouble.TIMEOUT))
    guard = guarded(source, clock)
    fail(guard, times=10)
    clock.forward(30)
    fail(guard, times=10)
    clock.forward(60)
    source.has = USDT_RUB
    guard.fetch()
    guard.fetch()
    assert caplog.messages == [
        "source rests source=rapira trouble=timeout until=2026-11-20 12:04:35+00:00",
        "source is well again source=rapira",
    ]


def test_every_state_can_be_read_in_the_log(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "rates.guarded")
    hooks: Hooks[SourceState] = Hooks()
    hooks.subscribe(log_state)
    fail(guarded(Source("rapira", error("rapira", Trouble.BLOCKED)), clock, hooks))
    assert "source state source=rapira state=open trouble=blocked until=2026-11-20 12:34:05+00:00" in caplog.messages


def test_whoever_subscribed_is_told_outside_of_the_lock_and_before_the_call_returns(clock: Clock) -> None:
    told: list[tuple[str, State]] = []

    def subscriber(source: str, state: SourceState) -> None:
        asked = threading.Thread(target=lambda: told.append((source, guard.state().state)))
        asked.start()
        asked.join(30)
        assert not asked.is_alive()

    hooks: Hooks[SourceState] = Hooks()
    hooks.subscribe(lambda source, state: state.failures // 0)
    hooks.subscribe(subscriber)
    source = Source("rapira", error("rapira", Trouble.QUOTA))
    guard = guarded(source, clock, hooks)
    fail(guard)
    assert told == [("rapira", State.OPEN)]
    clock.forward(60)
    source.has = USDT_RUB
    assert guard.fetch() is USDT_RUB
    assert told[1:] == [("rapira", State.HALF_OPEN), ("rapira", State.CLOSED)]


def test_neither_a_failure_nor_what_it_held_stays_in_memory(clock: Clock) -> None:
    class Answer:
        pass

    def die() -> Snapshot:
        answer = Answer()
        seen.append(weakref.ref(answer))
        raise error("rapira", Trouble.BLOCKED)

    seen: list[weakref.ref[Answer]] = []
    hooks: Hooks[SourceState] = Hooks()
    guard = guarded(Source("rapira", die), clock, hooks)
    fail(guard)
    fail(guard, times=1_000)
    gc.collect()
    assert [ref() for ref in seen] == [None]


class Market:
    """A feed of two guarded sources."""

    def __init__(self, clock: Clock) -> None:
        self.rapira = Source("rapira", error("rapira", Trouble.TIMEOUT))
        self.coingecko = Source("coingecko", error("coingecko", Trouble.TIMEOUT))
        guards = [guarded(self.rapira, clock), guarded(self.coingecko, clock)]
        self.chain = Chain(Feed.USDT_RUB, guards, last_resort=[each.last_resort for each in guards])

    def fail(self, *, times: int = 1) -> NoRate:
        for _ in range(times):
            with pytest.raises(NoRate) as caught:
                self.chain.fetch()
        return caught.value

    @property
    def calls(self) -> tuple[int, int]:
        return self.rapira.calls, self.coingecko.calls


@pytest.fixture
def market(clock: Clock) -> Market:
    return Market(clock)


def test_a_chain_passes_a_resting_source_over_and_comes_back_to_it(market: Market, clock: Clock) -> None:
    market.coingecko.has = USDT_RUB
    assert [market.chain.fetch() for _ in range(10)] == [USDT_RUB] * 10
    assert market.calls == (3, 10)
    clock.forward(30)
    market.rapira.has = USDT_RUB
    assert market.chain.fetch() is USDT_RUB
    assert market.calls == (4, 10)


def test_when_all_rest_each_is_asked_once_in_five_seconds_at_most(
    market: Market, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    market.fail(times=3)
    assert market.calls == (3, 3)
    caplog.clear()
    nothing = market.fail(times=10)
    assert market.calls == (3, 3)
    assert caplog.text == ""
    assert [str(cause) for cause in nothing.causes] == [
        "rapira: timeout (resting until 12:05 UTC)",
        "coingecko: timeout (resting until 12:05 UTC)",
    ]
    clock.forward(5)
    nothing = market.fail(times=10)
    assert market.calls == (4, 4)
    clock.forward(5)
    market.coingecko.has = USDT_RUB
    assert market.chain.fetch() is USDT_RUB
    assert market.calls == (5, 5)


def test_a_call_that_failed_slowly_is_not_repeated_at_the_last(market: Market, clock: Clock) -> None:
    def slow(name: str) -> Callable[[], Snapshot]:
        def time_out() -> Snapshot:
            clock.forward(10)
            raise error(name, Trouble.TIMEOUT)

        return time_out

    market.rapira.has, market.coingecko.has = slow("rapira"), slow("coingecko")
    for turn in range(1, 6):
        market.fail()
        assert market.calls == (turn, turn)


def test_of_those_that_rest_only_the_ones_in_passing_trouble_are_asked_at_the_last(
    market: Market, clock: Clock
) -> None:
    market.rapira.has = error("rapira", Trouble.BLOCKED)
    market.fail(times=3)
    for _ in range(10):
        clock.forward(5)
        market.fail()
    assert market.calls == (1, 13)


def test_every_call_that_is_made_is_told_with_its_trouble_and_its_time(clock: Clock) -> None:
    told: list[SourceCall] = []
    calls: Hooks[SourceCall] = Hooks()
    calls.subscribe(lambda _, call: told.append(call))

    def slowly() -> Snapshot:
        clock.forward(0.25)
        if len(told) == 1:
            raise error("rapira", Trouble.BLOCKED)
        return USDT_RUB

    guard = Guarded(Source("rapira", slowly), clock=clock, utcnow=clock.utcnow, on_call=calls)
    guard.fetch()
    fail(guard, times=2)  # the second is not made: the source rests

    assert told == [SourceCall("rapira", None, 0.25), SourceCall("rapira", Trouble.BLOCKED, 0.25)]
