import logging
import threading
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

import pytest

from ops.monitor import ENOUGH, SLOWEST, STEPS, Day, Monitor


class Desk:
    """A monitor on a clock that is turned, and days that are kept."""

    def __init__(self) -> None:
        self.now = 100.0
        self.today = datetime(2026, 11, 20, 12, tzinfo=UTC)
        self.days: dict[date, list[Day]] = {}
        self.monitor = self.new()

    def new(self) -> Monitor:
        return Monitor(slow_ms=1000, utcnow=lambda: self.today, clock=lambda: self.now)

    def keep(self, days: Iterable[Day]) -> None:
        for each in days:
            self.days.setdefault(each.day, []).append(each)

    def of(self, day: date) -> Iterable[Day]:
        return self.days.get(day, [])

    def do(self, step: str, *, ms: float, times: int = 1, **spent_ms: float) -> None:
        for _ in range(times):
            with self.monitor.working(step):
                for what, value in spent_ms.items():
                    self.monitor.spent(what, value / 1000)
                self.now += ms / 1000


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_median_and_p95_are_within_a_quarter_and_the_slowest_is_exact(desk: Desk) -> None:
    for ms in range(1, 101):
        desk.do("/new", ms=ms)

    [day] = desk.monitor.today()

    assert (day.step, day.count) == ("/new", 100)
    assert day.slowest_ms == pytest.approx(100)
    assert 50 <= day.p50_ms <= 62.5
    assert 95 <= day.p95_ms <= 100.001


def test_the_steps_are_told_apart_and_the_slowest_comes_first(desk: Desk) -> None:
    desk.do("pays", ms=10)
    desk.do("amount", ms=300)

    assert [day.step for day in desk.monitor.today()] == ["amount", "pays"]


def test_a_slow_one_is_logged_with_where_its_time_went(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.do("amount", ms=999)
    assert caplog.text == ""

    desk.do("amount", ms=1500, telegram=1200, database=100)

    assert "slow step=amount duration_ms=1500.0 own_ms=200.0 database_ms=100.0 telegram_ms=1200.0" in caplog.text
    assert desk.monitor.slowest()[0].spent_ms == {"telegram": 1200, "database": 100}


def test_what_another_thread_spends_or_nobody_is_nobodys(desk: Desk) -> None:
    desk.monitor.spent("database", 5.0)
    with desk.monitor.working("amount"):
        thread = threading.Thread(target=desk.monitor.spent, args=("database", 5.0))
        thread.start()
        thread.join()

    assert desk.monitor.slowest()[0].spent_ms == {}


def test_work_within_work_has_its_own_account(desk: Desk) -> None:
    with desk.monitor.working("outer"):
        desk.do("inner", ms=10, database=5)
        desk.monitor.spent("telegram", 0.002)

    spent = {slow.step: slow.spent_ms for slow in desk.monitor.slowest()}
    assert spent == {"outer": {"telegram": 2}, "inner": {"database": 5}}


def test_only_so_many_slow_ones_and_steps_are_remembered(desk: Desk) -> None:
    for number in range(STEPS + 5):
        desk.do(f"step {number}", ms=number + 1)

    assert len(desk.monitor.slowest()) == SLOWEST
    assert desk.monitor.slowest()[0].took_ms == pytest.approx(STEPS + 5)
    assert len(desk.monitor.today()) == STEPS + 1
    assert {day.step: day.count for day in desk.monitor.today()}["other"] == 5


def test_the_hour_is_one_line_and_begins_anew(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    desk.do("pays", ms=10, times=3)
    desk.do("amount", ms=400)

    desk.monitor.summarise()
    desk.monitor.summarise()

    [line] = caplog.messages
    assert line == "last hour updates=4 steps=2 p95_ms=400.0 slowest_ms=400.0 slowest_step=amount"


def test_a_step_twice_as_slow_as_the_day_before_is_noted_once(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.do("amount", ms=40, times=ENOUGH)
    desk.do("pays", ms=5, times=ENOUGH)
    desk.today += timedelta(days=1)
    desk.do("amount", ms=90, times=ENOUGH)
    desk.do("pays", ms=20, times=ENOUGH)  # which nobody notices

    desk.monitor.summarise()
    desk.monitor.summarise()

    [(before, now)] = desk.monitor.doubled()
    assert (round(before.p95_ms), round(now.p95_ms), now.step) == (40, 90, "amount")
    assert caplog.text.count("slower step=amount") == 1
    desk.today += timedelta(days=1)
    desk.do("amount", ms=250, times=ENOUGH)
    desk.monitor.summarise()
    assert caplog.text.count("slower step=amount") == 2


def test_too_few_say_nothing(desk: Desk) -> None:
    desk.do("amount", ms=40, times=ENOUGH)
    desk.today += timedelta(days=1)
    desk.do("amount", ms=400, times=ENOUGH - 1)

    assert desk.monitor.doubled() == []


def test_the_day_before_outlives_a_restart_and_a_gap_does_not(desk: Desk) -> None:
    desk.do("amount", ms=40, times=ENOUGH)
    desk.monitor.summarise(desk)
    desk.today += timedelta(days=1)
    desk.monitor = desk.new()
    desk.monitor.restore(desk)
    desk.do("amount", ms=200, times=ENOUGH)
    assert [now.step for _, now in desk.monitor.doubled()] == ["amount"]

    desk.today += timedelta(days=2)
    desk.do("amount", ms=900, times=ENOUGH)
    assert desk.monitor.doubled() == []


def test_what_takes_minutes_has_a_bucket_too(desk: Desk) -> None:
    desk.do("amount", ms=1_000_000)

    assert desk.monitor.today()[0].p95_ms == pytest.approx(1_000_000)


def test_a_call_that_is_timed_is_on_the_account_of_its_step_also_when_it_fails(desk: Desk) -> None:
    def call(text: str, *, ms: float) -> str:
        desk.now += ms / 1000
        if not text:
            raise LookupError(text)
        return text

    timed = desk.monitor.timing("telegram", call)
    with desk.monitor.working("amount"):
        assert timed("sent", ms=20) == "sent"
        with pytest.raises(LookupError):
            timed("", ms=30)

    assert desk.monitor.slowest()[0].spent_ms == {"telegram": pytest.approx(50)}
