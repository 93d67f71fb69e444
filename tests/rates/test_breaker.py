"""A breaker keeps calls from a source for as long as its trouble asks for, and lets one find out whether it is over."""

from datetime import UTC, datetime, timedelta

import pytest

from rates.breaker import Breaker, SourceState, State
from rates.errors import NotAsked, SourceError, Trouble
from rates.hooks import Hooks
from rates.rests import PASSING, rest_s
from tests.rates.conftest import NOW, Clock

LASTING = sorted(set(Trouble) - PASSING)


@pytest.fixture
def told() -> list[SourceState]:
    return []


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return make(clock)


def make(clock: Clock, source: str = "rapira", hooks: Hooks[SourceState] | None = None) -> Breaker:
    return Breaker(source, clock=clock, utcnow=clock.utcnow, hooks=hooks or Hooks())


def error(trouble: Trouble, *, retry_after_s: float | None = None) -> SourceError:
    return SourceError("rapira", trouble, "seen", retry_after_s=retry_after_s)


def fail(breaker: Breaker, trouble: Trouble, *, times: int = 1, early: bool = False) -> None:
    for _ in range(times):
        breaker.fail(breaker.enter(early=early), error(trouble))


def refusal(breaker: Breaker, *, early: bool = False) -> NotAsked:
    with pytest.raises(NotAsked) as caught:
        breaker.enter(early=early)
    return caught.value


def rest_of(breaker: Breaker, clock: Clock) -> float:
    """Seconds until the source may be probed, as it is told and as it is kept."""
    until = breaker.state().until
    assert until is not None
    rest = (until - clock.utcnow()).total_seconds()
    clock.forward(rest - 0.5)
    refusal(breaker)
    clock.forward(0.5)
    return rest


def test_a_source_is_asked_until_it_has_failed_three_times_in_a_row(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, Trouble.TIMEOUT, times=2)
    assert breaker.state() == SourceState("rapira", State.CLOSED, Trouble.TIMEOUT, NOW, None, 2)
    assert not breaker.succeed(breaker.enter())
    assert breaker.state() == SourceState("rapira", State.CLOSED, None, NOW, None, 0)
    fail(breaker, Trouble.TIMEOUT)
    clock.forward(40)
    fail(breaker, Trouble.GARBAGE)
    fail(breaker, Trouble.UNREACHABLE)
    now = NOW + timedelta(seconds=40)
    until = now + timedelta(seconds=30)
    assert breaker.state() == SourceState("rapira", State.OPEN, Trouble.UNREACHABLE, now, until, 3)
    refused = refusal(breaker)
    assert (refused.source, refused.trouble, refused.status) == ("rapira", Trouble.UNREACHABLE, None)


@pytest.mark.parametrize("trouble", sorted(PASSING))
def test_after_passing_troubles_the_rest_doubles_with_each_probe_that_fails(
    breaker: Breaker, clock: Clock, trouble: Trouble
) -> None:
    fail(breaker, trouble, times=3)
    rests = []
    for _ in range(30):
        rests.append(rest_of(breaker, clock))
        fail(breaker, trouble)
    assert rests == [30, 60, 120, 240, 480] + [600] * 25
    assert (breaker.state().failures, breaker.state().since) == (33, NOW)
    clock.forward(600)
    assert breaker.succeed(breaker.enter())
    fail(breaker, trouble, times=3)
    assert rest_of(breaker, clock) == 30


@pytest.mark.parametrize(
    ("source", "trouble", "seconds"),
    [
        ("rapira", Trouble.BLOCKED, 1_800),
        ("apilayer", Trouble.KEY_REFUSED, 3_600),
        ("exchangerate-api", Trouble.QUOTA, 1_200),
        ("coingecko", Trouble.QUOTA, 60),
        ("rapira", Trouble.QUOTA, 60),
        ("rapira book", Trouble.QUOTA, 60),
        ("cbr", Trouble.QUOTA, 600),
        ("apilayer", Trouble.QUOTA, (datetime(2026, 12, 1, tzinfo=UTC) - NOW).total_seconds()),
    ],
)
def test_other_troubles_open_at_once_and_each_has_its_own_rest(
    clock: Clock, source: str, trouble: Trouble, seconds: float
) -> None:
    breaker = make(clock, source)
    fail(breaker, trouble)
    assert rest_of(breaker, clock) == seconds
    fail(breaker, Trouble.BLOCKED)
    assert rest_of(breaker, clock) == 1_800


@pytest.mark.parametrize(
    ("source", "named_s", "seconds"),
    [
        ("coingecko", 90, 90),
        ("coingecko", 0, 5),
        ("coingecko", -60, 5),
        ("coingecko", 999_999_999, 3_600),
        ("apilayer", 60, 60),
        ("apilayer", 2 * 86_400, 2 * 86_400),
        ("apilayer", 999_999_999, (datetime(2026, 12, 1, tzinfo=UTC) - NOW).total_seconds()),
    ],
)
def test_a_source_may_name_its_rest_within_bounds(clock: Clock, source: str, named_s: float, seconds: float) -> None:
    breaker = make(clock, source)
    breaker.fail(breaker.enter(), error(Trouble.QUOTA, retry_after_s=named_s))
    assert rest_of(breaker, clock) == seconds


@pytest.mark.parametrize(
    ("now", "end"),
    [
        (datetime(2026, 1, 31, 23, 59, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)),
        (datetime(2026, 1, 31, 23, 59, 59, tzinfo=UTC), datetime(2026, 2, 1, 0, 0, 4, tzinfo=UTC)),
        (datetime(2026, 2, 2, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)),
        (datetime(2026, 12, 20, 12, 4, 5, 6, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)),
        (datetime(2027, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_monthly_quota_is_used_up_until_the_next_month(now: datetime, end: datetime) -> None:
    rest = rest_s("apilayer", error(Trouble.QUOTA), failed_probes=7, now=now)
    assert now + timedelta(seconds=rest) == end


@pytest.mark.parametrize(
    ("after_s", "source", "trouble", "detail"),
    [
        (0.0, "rapira", Trouble.BLOCKED, "resting until 12:35 UTC"),
        (55.0, "rapira", Trouble.BLOCKED, "resting until 12:35 UTC"),
        (55.001, "rapira", Trouble.BLOCKED, "resting until 12:36 UTC"),
        (11.5 * 3600, "rapira", Trouble.BLOCKED, "resting until 2026-11-21 00:05 UTC"),
        (0.0, "apilayer", Trouble.QUOTA, "resting until 2026-12-01 00:00 UTC"),
    ],
)
def test_a_refusal_tells_the_minute_in_which_asking_is_allowed_again(
    clock: Clock, after_s: float, source: str, trouble: Trouble, detail: str
) -> None:
    breaker = make(clock, source)
    clock.forward(after_s)
    fail(breaker, trouble)
    assert (refusal(breaker).trouble, refusal(breaker).detail) == (trouble, detail)


def test_one_probe_at_a_time_finds_out(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, Trouble.TIMEOUT, times=3)
    clock.forward(30)
    probe = breaker.enter()
    assert breaker.state() == SourceState("rapira", State.HALF_OPEN, Trouble.TIMEOUT, NOW, None, 3)
    assert refusal(breaker).detail == refusal(breaker, early=True).detail == "a probe is under way"
    clock.forward(3_600)
    refusal(breaker)
    assert breaker.succeed(probe)
    well_since = NOW + timedelta(seconds=3_630)
    assert breaker.state() == SourceState("rapira", State.CLOSED, None, well_since, None, 0)
    breaker.enter()
    breaker.enter()


@pytest.mark.parametrize("trouble", LASTING)
def test_once_something_else_is_sent_a_rest_after_a_refusal_is_over_and_has_one_probe(
    breaker: Breaker, trouble: Trouble
) -> None:
    fail(breaker, trouble)
    breaker.renew()
    assert breaker.state() == SourceState("rapira", State.OPEN, trouble, NOW, NOW, 1)
    probe = breaker.enter()
    refusal(breaker)
    assert breaker.succeed(probe)


def test_what_is_sent_has_no_part_in_a_passing_trouble(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, Trouble.TIMEOUT, times=3)
    breaker.renew()
    assert rest_of(breaker, clock) == 30


def test_a_probe_from_before_a_renewal_says_nothing_and_stands_in_nobodys_way(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, Trouble.KEY_REFUSED)
    clock.forward(3_600)
    old = breaker.enter()
    breaker.renew()
    new = breaker.enter()
    assert breaker.fail(old, error(Trouble.KEY_REFUSED)) is None
    assert not breaker.succeed(old)
    assert breaker.succeed(new)


def test_a_probe_that_is_abandoned_gives_its_place_to_the_next(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, Trouble.TIMEOUT, times=3)
    clock.forward(30)
    resting = breaker.state()
    breaker.abandon(breaker.enter())
    assert breaker.state() == resting
    assert breaker.succeed(breaker.enter())


def test_an_abandoned_call_says_nothing_of_a_source_that_is_well(breaker: Breaker) -> None:
    fail(breaker, Trouble.TIMEOUT, times=2)
    breaker.abandon(breaker.enter())
    assert (breaker.state().state, breaker.state().failures) == (State.CLOSED, 2)


def test_a_call_from_before_the_rest_neither_ends_it_nor_makes_it_longer(breaker: Breaker, clock: Clock) -> None:
    late = [breaker.enter() for _ in range(3)]
    fail(breaker, Trouble.QUOTA)
    resting = breaker.state()
    clock.forward(50)
    assert not breaker.succeed(late[0])
    assert breaker.fail(late[1], error(Trouble.BLOCKED)) is None
    breaker.abandon(late[2])
    assert breaker.state() == resting
    clock.forward(10)
    probe = breaker.enter()
    assert not breaker.succeed(late[0])
    breaker.abandon(late[2])
    refusal(breaker)
    assert breaker.succeed(probe)


def test_only_a_new_rest_or_a_new_trouble_is_news(breaker: Breaker, clock: Clock) -> None:
    def outcome(trouble: Trouble) -> SourceState | None:
        return breaker.fail(breaker.enter(), error(trouble))

    assert [outcome(Trouble.TIMEOUT), outcome(Trouble.TIMEOUT)] == [None, None]
    assert outcome(Trouble.TIMEOUT) == breaker.state()
    clock.forward(30)
    assert outcome(Trouble.TIMEOUT) is None
    clock.forward(60)
    assert outcome(Trouble.BLOCKED) == breaker.state()
    clock.forward(1_800)
    assert outcome(Trouble.BLOCKED) is None


@pytest.mark.parametrize("trouble", sorted(PASSING))
def test_with_nothing_else_left_a_source_is_probed_early_but_not_at_once(
    breaker: Breaker, clock: Clock, trouble: Trouble
) -> None:
    fail(breaker, trouble, times=3)
    assert refusal(breaker, early=True).detail == "asked a moment ago"
    clock.forward(4.9)
    refusal(breaker, early=True)
    clock.forward(0.1)
    refusal(breaker)
    assert breaker.succeed(breaker.enter(early=True))
    assert breaker.state().state is State.CLOSED


@pytest.mark.parametrize("trouble", LASTING)
def test_a_source_that_refused_is_never_probed_early(breaker: Breaker, clock: Clock, trouble: Trouble) -> None:
    fail(breaker, trouble)
    while clock.utcnow() < (breaker.state().until or NOW):
        refusal(breaker, early=True)
        clock.forward(5)
    assert breaker.succeed(breaker.enter(early=True))


def test_early_probes_that_fail_leave_the_rest_as_it_was(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, Trouble.TIMEOUT, times=3)
    until = breaker.state().until
    for _ in range(5):
        clock.forward(5)
        fail(breaker, Trouble.TIMEOUT, early=True)
        assert breaker.state().until == until
    clock.forward(5)
    fail(breaker, Trouble.TIMEOUT)
    assert rest_of(breaker, clock) == 60


def test_a_rest_that_ends_while_an_early_probe_fails_is_a_little_longer(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, Trouble.TIMEOUT, times=3)
    clock.forward(25)
    probe = breaker.enter(early=True)
    clock.forward(10)
    breaker.fail(probe, error(Trouble.TIMEOUT))
    assert rest_of(breaker, clock) == 5
    fail(breaker, Trouble.TIMEOUT)
    assert rest_of(breaker, clock) == 60


def test_an_early_probe_that_is_refused_begins_the_rest_of_that_trouble(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, Trouble.TIMEOUT, times=3)
    clock.forward(5)
    fail(breaker, Trouble.BLOCKED, early=True)
    assert rest_of(breaker, clock) == 1_800


def test_a_source_that_is_well_may_be_asked_at_the_last_too(breaker: Breaker, clock: Clock) -> None:
    breaker.enter(early=True)
    fail(breaker, Trouble.TIMEOUT)
    assert refusal(breaker, early=True).trouble is Trouble.TIMEOUT
    clock.forward(5)
    breaker.enter(early=True)


def test_every_state_it_comes_to_is_put_and_none_is_told_by_the_breaker_itself(
    clock: Clock, told: list[SourceState]
) -> None:
    hooks: Hooks[SourceState] = Hooks()
    hooks.subscribe(lambda source, state: told.append(state))
    breaker = make(clock, hooks=hooks)
    fail(breaker, Trouble.TIMEOUT, times=3)
    clock.forward(30)
    fail(breaker, Trouble.GARBAGE)
    clock.forward(60)
    breaker.abandon(breaker.enter())
    breaker.succeed(breaker.enter())
    breaker.succeed(breaker.enter())
    assert told == []
    hooks.deliver()
    assert [(state.state, state.trouble) for state in told] == [
        (State.OPEN, Trouble.TIMEOUT),
        (State.HALF_OPEN, Trouble.TIMEOUT),
        (State.OPEN, Trouble.GARBAGE),
        (State.HALF_OPEN, Trouble.GARBAGE),
        (State.OPEN, Trouble.GARBAGE),
        (State.HALF_OPEN, Trouble.GARBAGE),
        (State.CLOSED, None),
    ]
    assert told[-1] == breaker.state()
