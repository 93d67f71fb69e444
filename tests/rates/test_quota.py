"""Which call may go out: counted before it is sent, spread over the month, never more than the plan."""

import logging
import math
from datetime import UTC, datetime, timedelta

import pytest

from rates.errors import NotAsked, SourceError, Trouble
from rates.pace import KeyUse, QuotaWarning
from rates.quota import Quota, hash_of
from tests.rates.conftest import Clock
from tests.rates.counting import Counted

DAY_S = 86_400
MONTH = "2026-11"


class Desk:
    """A quota on a clock that moves when it is told to, since the 20th of November, a little after noon."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.counts = Counted(clock.utcnow)
        self.told: list[QuotaWarning] = []

    def quota(self, *keys: str, plan: int = 100, interval_s: float | None = None) -> Quota:
        return Quota(
            "apilayer",
            self.counts,
            keys=keys or ("first",),
            plan=plan,
            interval_s=interval_s,
            tell=self.told.append,
            utcnow=self.clock.utcnow,
        )

    def used(self, key: str = "first") -> int:
        return self.counts.rows[MONTH, hash_of(key)].used


@pytest.fixture
def desk(clock: Clock) -> Desk:
    return Desk(clock)


def call(
    quota: Quota,
    key: str = "first",
    *,
    trouble: Trouble | None = None,
    limit: str | None = None,
    remaining: str | None = None,
) -> None:
    headers = {"x-ratelimit-limit-month": limit, "x-ratelimit-remaining-month": remaining}
    told = {name: value for name, value in headers.items() if value is not None}
    quota.settle(quota.count(key), told, trouble=trouble)


def test_a_first_call_is_always_due_and_the_next_an_interval_later(desk: Desk, clock: Clock) -> None:
    quota = desk.quota()
    quota.check_due()
    call(quota)
    clock.forward(20_000)
    with pytest.raises(NotAsked, match=r"quota \(next call in 77 min, 99 of 100 left\)") as caught:
        desk.quota().check_due()
    assert caught.value.retry_after_s == pytest.approx(25_920 * 0.95 - 20_000)
    clock.forward(caught.value.retry_after_s or 0)
    quota.check_due()


def test_what_is_used_is_told_by_key_and_with_the_next_call(desk: Desk, clock: Clock) -> None:
    quota = desk.quota("first", "second")
    assert [(key.used, key.plan, key.is_refused) for key in quota.in_use().keys] == [(0, 100, False)] * 2
    assert (quota.in_use().next_call_at, quota.in_use().empty_at) == (clock.utcnow(), None)
    call(quota, "first", trouble=Trouble.QUOTA, limit="50", remaining="0")
    clock.forward(1)
    call(quota, "second")
    assert quota.in_use().keys == (KeyUse(50, 50, is_refused=True), KeyUse(1, 100, is_refused=False))
    assert quota.in_use().next_call_at == clock.utcnow() + timedelta(seconds=25_920 * 0.95)


def test_what_is_used_too_fast_runs_out_before_the_month_does(desk: Desk) -> None:
    quota = desk.quota()
    call(quota, limit="100", remaining="10")
    assert f"{quota.in_use().empty_at:%d.%m.}" == "22.11."
    call(quota, limit="100", remaining="0")
    assert quota.in_use().next_call_at is None


def test_a_turn_is_never_sooner_than_a_whole_month_allows(desk: Desk) -> None:
    assert desk.quota(plan=100).turn_s() == 25_920
    assert desk.quota(plan=10_000).turn_s() == 260
    assert desk.quota("first", "second", plan=100).turn_s() == 12_960


def test_a_plan_burnt_early_is_stretched_over_the_rest_of_the_month(desk: Desk, clock: Clock) -> None:
    quota = desk.quota()
    left_s = (datetime(2026, 12, 1, tzinfo=UTC) - clock.utcnow()).total_seconds()
    call(quota, limit="100", remaining="30")
    assert quota.turn_s() == pytest.approx(left_s / 30, abs=1)


def test_with_an_interval_set_by_hand_what_is_left_lasts_for_so_many_intervals(desk: Desk, clock: Clock) -> None:
    quota = desk.quota(plan=100, interval_s=60)
    call(quota)
    assert quota.in_use().empty_at == clock.utcnow() + timedelta(seconds=99 * 60)


def test_an_interval_set_by_hand_stands_over_the_plan_but_not_over_its_end(desk: Desk) -> None:
    quota = desk.quota(plan=2, interval_s=300)
    assert quota.turn_s() == 300
    call(quota)
    call(quota)
    with pytest.raises(SourceError, match=r"quota \(all calls of the month used\)") as caught:
        call(quota)
    assert caught.value.trouble is Trouble.QUOTA
    assert desk.used() == 2


def test_after_failures_the_next_call_is_sooner_and_later_each_time(desk: Desk, clock: Clock) -> None:
    for wait_s in (15, 30, 60, 120):
        call(desk.quota(), trouble=Trouble.TIMEOUT)
        with pytest.raises(NotAsked):
            desk.quota().check_due()
        clock.forward(wait_s * 0.96)
        desk.quota().check_due()
    call(desk.quota())
    clock.forward(240)
    with pytest.raises(NotAsked):
        desk.quota().check_due()


def test_a_call_is_counted_before_it_is_sent_whatever_comes_of_it(desk: Desk) -> None:
    desk.quota().count("first")
    assert desk.used() == 1


def test_a_new_month_is_a_new_plan(desk: Desk, clock: Clock) -> None:
    quota = desk.quota(plan=1)
    call(quota)
    clock.forward(11 * DAY_S)
    quota.check_due()
    call(quota)
    assert desk.used() == 1


def test_a_call_that_is_answered_in_the_next_month_belongs_to_its_own(desk: Desk, clock: Clock) -> None:
    quota = desk.quota()
    counted = quota.count("first")
    clock.forward(11 * DAY_S)
    quota.settle(counted, {"x-ratelimit-limit-month": "100", "x-ratelimit-remaining-month": "7"}, trouble=None)
    assert desk.used() == 93
    assert quota.turn_s() > 25_000


@pytest.mark.parametrize(
    ("limit", "remaining", "used"),
    [
        ("250", "173", 77),
        (None, "60", 40),
        ("250", None, 1),
        ("250", "250", 1),
        ("100", "0", 100),
        ("0", "0", 1),
        ("lots", "-3", 1),
        (None, None, 1),
    ],
)
def test_headers_correct_a_count_upward(desk: Desk, limit: str | None, remaining: str | None, used: int) -> None:
    call(desk.quota(), limit=limit, remaining=remaining)
    assert desk.used() == used


def test_a_source_that_allows_less_than_was_set_is_believed(desk: Desk) -> None:
    quota = desk.quota(plan=10_000)
    call(quota, limit="100", remaining="99")
    assert quota.turn_s() == 25_920


def test_a_key_that_is_refused_does_not_count_as_left_until_it_answers(desk: Desk) -> None:
    quota = desk.quota("first", "second")
    call(quota, "first", trouble=Trouble.KEY_REFUSED)
    assert quota.turn_s() == 25_920
    call(quota, "second", trouble=Trouble.QUOTA)
    assert quota.turn_s() == 12_960
    call(quota, "first")
    assert quota.turn_s() == 25_920
    call(quota, "first", trouble=Trouble.TIMEOUT)
    assert quota.turn_s() == 25_920


def test_the_owner_is_told_once_when_most_is_used_before_its_time(desk: Desk) -> None:
    call(desk.quota(), limit="100", remaining="21")
    assert desk.told == []
    for remaining in ("20", "19"):
        call(desk.quota(), limit="100", remaining=remaining)
    (warning,) = desk.told
    assert (warning.left, warning.plan) == (20, 100)
    assert str(warning).endswith("at this pace empty on the 25th; now every 12.6 h")


def test_an_interval_set_by_hand_is_told_as_it_is(desk: Desk) -> None:
    call(desk.quota(interval_s=300), limit="100", remaining="3")
    assert str(desk.told[0]).endswith("as set, still every 300 s")


def test_what_cannot_be_counted_is_not_called(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    quota = desk.quota()
    desk.counts.broken = OSError("database or disk is full")
    for refused in (quota.check_due, lambda: quota.count("first")):
        with pytest.raises(SourceError, match="its calls cannot be counted") as caught:
            refused()
        assert caught.value.trouble is Trouble.UNAVAILABLE
    assert quota.turn_s() == 3_600
    assert all(record.levelno == logging.ERROR for record in caplog.records)


def test_a_rate_is_not_lost_for_a_count_that_cannot_be_settled(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    quota = desk.quota()
    counted = quota.count("first")
    desk.counts.broken = OSError("database or disk is full")
    quota.settle(counted, {}, trouble=None)
    assert "call not settled source=apilayer" in caplog.text


def test_a_clock_that_was_set_back_holds_no_call_up(desk: Desk, clock: Clock) -> None:
    call(desk.quota())
    clock.forward(-DAY_S)
    desk.quota().check_due()


def test_a_key_given_twice_has_one_plan(desk: Desk) -> None:
    assert desk.quota("first", "first").turn_s() == 25_920


def test_a_plan_has_a_call_to_spare_while_the_others_hardly_stretch(desk: Desk, clock: Clock) -> None:
    left_s = (datetime(2026, 12, 1, tzinfo=UTC) - clock.utcnow()).total_seconds()
    quota = desk.quota(plan=100)
    enough = math.ceil(left_s / (1.1 * 25_920)) + 1
    call(quota, limit="100", remaining=str(enough))
    quota.check_spare()
    call(quota, limit="100", remaining=str(enough - 1))
    with pytest.raises(NotAsked, match=rf"no call to spare, {enough - 1} of 100 left"):
        quota.check_spare()


@pytest.mark.parametrize("plan", [1, 2, 10, 100, 250, 10_000])
def test_a_call_to_spare_never_leaves_too_few_for_the_month(desk: Desk, clock: Clock, plan: int) -> None:
    quota = desk.quota(plan=plan)
    for _ in range(min(plan, 300)):
        call(quota)
        try:
            quota.check_spare()
        except NotAsked:
            continue
        left = plan - desk.used() - 1
        left_s = (datetime(2026, 12, 1, tzinfo=UTC) - clock.utcnow()).total_seconds()
        assert left_s / left <= 1.1 * max(math.ceil(30 * DAY_S / plan), 60)


def test_no_call_is_spared_before_the_first_one_or_after_one_that_failed(desk: Desk) -> None:
    quota = desk.quota()
    with pytest.raises(NotAsked, match="no call to spare, 100 of 100 left"):
        quota.check_spare()
    call(quota)
    quota.check_spare()
    call(quota, trouble=Trouble.TIMEOUT)
    with pytest.raises(NotAsked, match="no call to spare, 98 of 100 left"):
        quota.check_spare()


def test_no_call_is_spared_that_cannot_be_counted(desk: Desk) -> None:
    desk.counts.broken = OSError("disk full")
    with pytest.raises(SourceError, match="its calls cannot be counted"):
        desk.quota().check_spare()
