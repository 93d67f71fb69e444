"""Whatever happens in whatever order: no call while a source rests, never two probes, and no place is lost."""

from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from rates.breaker import Breaker, Call, SourceState, State
from rates.errors import NotAsked, SourceError, Trouble
from rates.hooks import Hooks
from tests.rates.conftest import Clock

PASSING = {Trouble.UNREACHABLE, Trouble.TIMEOUT, Trouble.UNAVAILABLE, Trouble.STALE, Trouble.GARBAGE}
LASTING_S = {Trouble.BLOCKED: 1_800.0, Trouble.KEY_REFUSED: 3_600.0, Trouble.QUOTA: 60.0}
PASSING_S = (30.0, 60.0, 120.0, 240.0, 480.0, 600.0)
LONGEST_CALL_S = 12.0


class AnySource(RuleBasedStateMachine):
    """A breaker beside a model of its own: a list of calls under way, and one of what came of those that count."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.told: list[State] = []
        hooks: Hooks[SourceState] = Hooks()
        hooks.subscribe(lambda source, state: self.told.append(state.state))
        self.hooks = hooks
        self.breaker = Breaker("rapira", clock=self.clock, utcnow=self.clock.utcnow, hooks=hooks)
        self.calls: list[Call] = []
        self.counting: list[Call] = []
        self.probe: Call | None = None
        self.probe_is_early = False
        self.failures: list[Trouble] = []
        self.failed_at = 0.0
        self.rest_until: float | None = None
        self.failed_probes = 0

    @rule(seconds=st.sampled_from([0.001, 1.0, 4.999, 5.0, 29.0, 30.0, 60.0, 600.0, 1_800.0, 3_600.0]))
    def time_passes(self, seconds: float) -> None:
        self.clock.forward(seconds)

    @precondition(lambda self: self.rest_until is not None)
    @rule(short_s=st.sampled_from([0.0, 0.001]))
    def the_rest_is_about_over(self, short_s: float) -> None:
        self.clock.seconds = max(self.clock.seconds, (self.rest_until or 0.0) - short_s)

    @rule(early=st.booleans())
    def ask(self, early: bool) -> None:
        may_ask = self.may_ask(early=early)
        try:
            call = self.breaker.enter(early=early)
        except NotAsked:
            assert not may_ask
        else:
            assert may_ask
            self.calls.append(call)
            if self.rest_until is None:
                self.counting.append(call)
            else:
                self.probe_is_early = self.clock() < self.rest_until
                self.probe = call

    def may_ask(self, *, early: bool) -> bool:
        has_just_failed = bool(self.failures) and self.clock() - self.failed_at < 5
        if self.probe is not None or (early and has_just_failed):
            return False
        is_over = self.rest_until is None or self.clock() >= self.rest_until
        return is_over or (early and self.failures[-1] in PASSING)

    @precondition(lambda self: self.calls)
    @rule(data=st.data())
    def a_call_succeeds(self, data: st.DataObject) -> None:
        call = self.ended(data)
        counts = self.counts(call)
        assert self.breaker.succeed(call) == (counts and self.rest_until is not None)
        if counts:
            if self.rest_until is not None:
                self.counting.clear()
            self.failures.clear()
            self.probe = self.rest_until = None
            self.failed_probes = 0

    @precondition(lambda self: self.calls)
    @rule(data=st.data(), trouble=st.sampled_from(Trouble), took_s=st.sampled_from([0.0, 0.3, LONGEST_CALL_S]))
    def a_call_fails(self, data: st.DataObject, trouble: Trouble, took_s: float) -> None:
        self.clock.forward(took_s)
        call = self.ended(data)
        self.breaker.fail(call, SourceError("rapira", trouble, "seen"))
        if not self.counts(call):
            return
        self.failures.append(trouble)
        self.failed_at = self.clock()
        if self.rest_until is not None and self.probe_is_early and trouble in PASSING:
            self.rest_until = max(self.rest_until, self.failed_at + 5)
        elif self.rest_until is not None:
            self.failed_probes += 1
            self.rest(trouble)
        elif trouble in LASTING_S or len(self.failures) == 3:
            self.counting.clear()
            self.rest(trouble)
        self.probe = None

    def rest(self, trouble: Trouble) -> None:
        doubled_s = PASSING_S[min(self.failed_probes, len(PASSING_S) - 1)]
        self.rest_until = self.failed_at + LASTING_S.get(trouble, doubled_s)

    @precondition(lambda self: self.calls)
    @rule(data=st.data())
    def a_call_dies(self, data: st.DataObject) -> None:
        call = self.ended(data)
        self.breaker.abandon(call)
        if call is self.probe:
            self.probe = None

    def ended(self, data: st.DataObject) -> Call:
        return self.calls.pop(data.draw(st.integers(0, len(self.calls) - 1)))

    def counts(self, call: Call) -> bool:
        return call is self.probe or any(call is each for each in self.counting)

    @invariant()
    def it_says_what_it_is(self) -> None:
        state = self.breaker.state()
        resting = State.HALF_OPEN if self.probe is not None else State.OPEN
        assert state.state is (State.CLOSED if self.rest_until is None else resting)
        assert state.trouble is (self.failures[-1] if self.failures else None)
        assert state.failures == len(self.failures)
        assert (state.until is None) == (state.state is not State.OPEN)
        if state.until is not None and self.rest_until is not None:
            left = timedelta(seconds=self.rest_until - self.clock())
            assert abs(state.until - self.clock.utcnow() - left) < timedelta(milliseconds=1)

    @invariant()
    def what_is_told_is_where_it_stands(self) -> None:
        before = len(self.told)
        self.hooks.deliver()
        assert (self.told or [State.CLOSED])[-1] is self.breaker.state().state
        assert len(self.told) <= before + 1


def test_no_order_of_events_lets_a_call_through_that_should_not_be_made() -> None:
    run_state_machine_as_test(AnySource, settings=settings(max_examples=300, stateful_step_count=40, deadline=None))
