"""The fiat past before the first start: filled in once, without haste, and never taken for a rate of now."""

import logging
import threading
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest

from calc.directions import Currency
from calc.snapshots import FiatTable
from rates import past as module
from rates.errors import NotAsked, SourceError, Trouble
from rates.past import Backfill, Series
from rates.payloads import garbage
from rates.sources.cbr import MOSCOW
from tests.market import PER_USD
from tests.rates.conftest import NOW, Clock
from tests.rates.snapshots import FIAT

TODAY = date(2026, 11, 20)  # a Friday
A_DAY = timedelta(days=1)
DAYS = 14
TABLES = ["20", "19", "18", "17", "14", "13", "12", "11", "10", "07", "06"]
"""Days of November that have one, of the last fourteen; Saturday's stands for Sunday and Monday, too."""


class History:
    """What the database does."""

    def __init__(self) -> None:
        self.tables: list[FiatTable] = []
        self.mark: datetime | None = None
        self.asked_at: datetime | None = None

    def reached(self) -> datetime | None:
        return self.mark

    def fill(self, snapshots: Iterable[FiatTable], *, reached: datetime) -> None:
        self.tables += snapshots
        self.mark = reached

    def asked(self) -> datetime | None:
        return self.asked_at

    def ask(self, now: datetime) -> None:
        self.asked_at = now

    @property
    def days(self) -> list[str]:
        """As in TABLES."""
        assert all(table.as_of and table.as_of.astimezone(MOSCOW).time() == time() for table in self.tables)
        return [f"{(table.as_of or NOW).astimezone(MOSCOW):%d}" for table in self.tables]


class Bank:
    """The real calendar without holidays; `troubles` are those of the next calls, None for one that goes well."""

    def __init__(self) -> None:
        self.asked: list[date] = []
        self.troubles: list[SourceError | None] = []
        self.tables: dict[date, FiatTable] = {}

    def past(self, day: date) -> FiatTable:
        self.asked.append(day)
        if self.troubles and (trouble := self.troubles.pop(0)) is not None:
            raise trouble
        return self.tables.get(day) or table_of(day - timedelta(days={6: 1, 0: 2}.get(day.weekday(), 0)))


class Plan:
    """A source that counts its calls."""

    def __init__(self) -> None:
        self.asked: list[tuple[date, date]] = []
        self.has_spare = True
        self.trouble: SourceError | None = None
        self.wrong: dict[int, FiatTable] = {}

    def check_spare(self) -> None:
        if not self.has_spare:
            raise NotAsked("apilayer", Trouble.QUOTA, "no call to spare, 3 of 100 left")

    def past(self, first: date, last: date) -> Sequence[FiatTable]:
        self.asked.append((first, last))
        if self.trouble is not None:
            raise self.trouble
        days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        ends = [datetime.combine(day, time(23, 59, 59), UTC) for day in days]
        tables = [replace(FIAT, source="apilayer", as_of=end) for end in ends]
        return [self.wrong.get(number, table) for number, table in enumerate(tables)]


def table_of(day: date) -> FiatTable:
    return replace(FIAT, as_of=datetime.combine(day, time(), MOSCOW).astimezone(UTC))


def trouble(kind: Trouble) -> SourceError:
    return SourceError("cbr", kind, "HTTP 451")


@pytest.fixture
def history() -> History:
    return History()


@pytest.fixture
def bank() -> Bank:
    return Bank()


@pytest.fixture
def plan() -> Plan:
    return Plan()


def backfill(
    bank: Bank, history: History, *, plan: Series | None = None, days: int = DAYS, clock: Clock | None = None
) -> Backfill:
    return Backfill(bank, plan, history, days=days, utcnow=(clock or Clock()).utcnow)


def run(backfill: Backfill) -> list[float]:
    """The pauses between its calls, until it is over."""
    pauses = []
    while (pause := backfill.step()) is not None:
        pauses.append(pause)
        assert len(pauses) < 500
    return pauses


def test_the_tables_are_fetched_back_from_today_and_no_day_twice(bank: Bank, history: History) -> None:
    pauses = run(backfill(bank, history))
    assert history.days == TABLES
    assert len(bank.asked) == len(history.tables)  # a weekend is not asked for day by day
    assert pauses == [1.0] * (len(bank.asked) - 1)


def test_a_year_is_some_260_calls(bank: Bank, history: History) -> None:
    run(backfill(bank, history, days=365))
    assert len(bank.asked) == 262
    assert history.tables[-1].as_of == datetime(2025, 11, 19, 21, tzinfo=UTC)


def test_what_was_filled_in_is_not_asked_for_again(bank: Bank, history: History, clock: Clock) -> None:
    run(backfill(bank, history, clock=clock))
    for _ in range(3):
        bank.asked.clear()
        clock.forward(9 * 86_400)
        assert run(backfill(bank, history, clock=clock)) == []
        assert bank.asked == []


def test_it_goes_on_after_a_restart_from_where_it_was(bank: Bank, history: History) -> None:
    first = backfill(bank, history)
    for _ in range(5):
        first.step()
    run(backfill(bank, history))
    assert history.days == TABLES
    assert len(bank.asked) == len(set(bank.asked)) == len(history.tables)


def test_a_longer_past_is_added_to_a_shorter_one(bank: Bank, history: History) -> None:
    run(backfill(bank, history, days=4))
    assert history.days == TABLES[:5]
    run(backfill(bank, history))
    assert history.days == TABLES


def test_a_day_that_is_garbage_is_passed_over_for_good(bank: Bank, history: History) -> None:
    bank.troubles = [None, garbage("cbr", "USD is missing")]
    run(backfill(bank, history))
    assert history.days == TABLES[:1] + TABLES[2:]
    assert len(bank.asked) == len(set(bank.asked))


def test_garbage_on_the_last_days_ends_it_as_well(bank: Bank, history: History) -> None:
    bank.troubles = [*[None] * 9, garbage("cbr", "no XML"), garbage("cbr", "no XML")]
    run(backfill(bank, history))
    bank.asked.clear()
    run(backfill(bank, history))
    assert bank.asked == []


def test_garbage_alone_fills_nothing_in_and_is_asked_for_at_the_next_start(bank: Bank, history: History) -> None:
    for _ in range(2):
        bank.troubles = [garbage("cbr", "no XML")] * 9
        run(backfill(bank, history))
    assert bank.asked == [TODAY, TODAY - A_DAY, TODAY - 2 * A_DAY] * 2
    bank.troubles = [garbage("cbr", "no XML")] * 9
    run(backfill(bank, history, days=1))
    assert bank.asked[6:] == [TODAY, TODAY - A_DAY]
    assert history.mark is None


@pytest.mark.parametrize("kind", [Trouble.TIMEOUT, Trouble.UNREACHABLE, Trouble.UNAVAILABLE])
def test_a_passing_trouble_is_waited_out_and_the_day_asked_for_again(
    bank: Bank, history: History, kind: Trouble
) -> None:
    bank.troubles = [None, trouble(kind), trouble(kind), None, trouble(kind), trouble(kind)]
    pauses = run(backfill(bank, history))
    assert history.days == TABLES
    assert pauses[:6] == [1.0, 2.0, 4.0, 1.0, 2.0, 4.0]
    assert bank.asked[1:4] == [TODAY - A_DAY] * 3


def test_three_troubles_in_a_row_end_it_until_the_next_start(bank: Bank, history: History) -> None:
    bank.troubles = [None, *[trouble(Trouble.TIMEOUT)] * 3]
    assert run(backfill(bank, history)) == [1.0, 2.0, 4.0]
    assert history.days == TABLES[:1]
    run(backfill(bank, history))
    assert history.days == TABLES


@pytest.mark.parametrize("kind", [Trouble.BLOCKED, Trouble.QUOTA, Trouble.KEY_REFUSED])
def test_a_refusal_is_not_asked_about_twice(bank: Bank, history: History, kind: Trouble) -> None:
    bank.troubles = [None, trouble(kind)]
    assert run(backfill(bank, history)) == [1.0]
    assert len(bank.asked) == 2


@pytest.mark.parametrize(
    ("wrong", "detail"),
    [
        (replace(FIAT, as_of=None), "without a date"),
        (table_of(TODAY + A_DAY), "dated 2026-11-20 21:00, asked for 2026-11-19 21:00 UTC"),
        (table_of(TODAY - timedelta(days=12)), "dated 2026-11-07 21:00"),
        (replace(table_of(TODAY), per_usd={**PER_USD, Currency.RUB: Decimal(824)}), "RUB 824 per USD is out of bounds"),
        (replace(table_of(TODAY), per_usd={**PER_USD, Currency.IDR: Decimal("NaN")}), "IDR NaN per USD"),
    ],
)
def test_what_cannot_have_been_in_force_that_day_is_garbage(
    bank: Bank, history: History, wrong: FiatTable, detail: str, caplog: pytest.LogCaptureFixture
) -> None:
    bank.tables[TODAY] = wrong
    run(backfill(bank, history))
    assert history.days == TABLES[1:]
    assert f"past of fiat not told day=2026-11-20 cbr: garbage ({detail}" in caplog.text


def test_the_longest_gap_of_january_is_no_garbage(bank: Bank, history: History) -> None:
    bank.tables[TODAY] = table_of(TODAY - timedelta(days=11))
    run(backfill(bank, history))
    assert history.days[0] == "09"
    assert bank.asked[1] == TODAY - timedelta(days=12)


def test_where_the_bank_gives_nothing_one_call_of_a_plan_fills_all_in(
    bank: Bank, history: History, plan: Plan, clock: Clock
) -> None:
    bank.troubles = [trouble(Trouble.BLOCKED)]
    run(backfill(bank, history, plan=plan, clock=clock))
    assert plan.asked == [(TODAY - timedelta(days=DAYS), TODAY - A_DAY)]
    assert [table.as_of for table in history.tables][::13] == [
        datetime(2026, 11, 6, 23, 59, 59, tzinfo=UTC),
        datetime(2026, 11, 19, 23, 59, 59, tzinfo=UTC),
    ]
    clock.forward(40 * 86_400)
    run(backfill(bank, history, plan=plan, clock=clock))
    assert len(bank.asked) == len(plan.asked) == 1


def test_a_year_of_a_plan_is_365_days_at_any_hour(history: History, plan: Plan, clock: Clock) -> None:
    for _ in range(24):
        bank = Bank()
        bank.troubles = [trouble(Trouble.BLOCKED)]
        history.mark = history.asked_at = None
        run(backfill(bank, history, plan=plan, days=365, clock=clock))
        clock.forward(3_600)
    assert {(last - first).days + 1 for first, last in plan.asked} <= {364, 365}
    assert len(plan.asked) == 24


def test_yesterday_alone_is_a_day_that_is_over(bank: Bank, history: History, plan: Plan, clock: Clock) -> None:
    clock.forward(11 * 3_600)  # it is tomorrow in Moscow
    bank.troubles = [trouble(Trouble.BLOCKED)]
    run(backfill(bank, history, plan=plan, days=1, clock=clock))
    assert plan.asked == [(TODAY - A_DAY, TODAY - A_DAY)]


def test_a_bank_that_gave_something_costs_no_call_of_a_plan(bank: Bank, history: History, plan: Plan) -> None:
    bank.troubles = [None, trouble(Trouble.BLOCKED)]
    run(backfill(bank, history, plan=plan))
    assert plan.asked == []


def test_a_rest_is_had_of_a_plan_when_the_bank_closes_in_between(bank: Bank, history: History, plan: Plan) -> None:
    bank.troubles = [None, None, trouble(Trouble.TIMEOUT), trouble(Trouble.BLOCKED), trouble(Trouble.BLOCKED)]
    run(backfill(bank, history, plan=plan))
    run(backfill(bank, history, plan=plan))
    assert plan.asked == [(TODAY - timedelta(days=DAYS), TODAY - 2 * A_DAY)]


def test_a_plan_that_can_spare_nothing_is_asked_when_it_can(bank: Bank, history: History, plan: Plan) -> None:
    bank.troubles = [trouble(Trouble.BLOCKED)] * 2
    plan.has_spare = False
    run(backfill(bank, history, plan=plan))
    assert (plan.asked, history.asked_at) == ([], None)
    plan.has_spare = True
    run(backfill(bank, history, plan=plan))
    assert len(plan.asked) == 1


def test_a_plan_that_refuses_is_left_alone_for_a_month_however_often_the_bot_starts(
    bank: Bank, history: History, plan: Plan, clock: Clock
) -> None:
    plan.trouble = SourceError("apilayer", Trouble.KEY_REFUSED, "HTTP 403")
    for _ in range(31 * 24):
        bank.troubles = [trouble(Trouble.BLOCKED)]
        run(backfill(bank, history, plan=plan, clock=clock))
        clock.forward(3_600)
    assert len(plan.asked) == 2
    assert history.mark is None


def test_a_day_of_a_plan_that_is_out_of_bounds_is_left_out(
    bank: Bank, history: History, plan: Plan, caplog: pytest.LogCaptureFixture
) -> None:
    bank.troubles = [trouble(Trouble.BLOCKED)]
    plan.wrong[3] = replace(FIAT, per_usd={**PER_USD, Currency.IDR: Decimal("0.0048")}, source="apilayer")
    run(backfill(bank, history, plan=plan))
    assert len(history.tables) == DAYS - 1
    assert "day left out apilayer: garbage (IDR 0.0048 per USD is out of bounds)" in caplog.text


def test_a_plan_of_wrong_days_alone_fills_nothing_in(bank: Bank, history: History, plan: Plan) -> None:
    bank.troubles = [trouble(Trouble.BLOCKED)]
    plan.wrong = dict.fromkeys(range(DAYS), replace(FIAT, per_usd={}, as_of=None))
    run(backfill(bank, history, plan=plan))
    assert (history.tables, history.mark) == ([], None)


class Stopping(Bank):
    """Is stopped while it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.turns: Backfill | None = None
        self.reached = threading.Event()

    def past(self, day: date) -> FiatTable:
        assert self.turns is not None
        self.turns.stop(0)
        self.reached.set()
        return super().past(day)


@pytest.mark.parametrize("troubles", [[], [trouble(Trouble.BLOCKED)]], ids=["told", "refused"])
def test_nothing_is_kept_or_asked_once_it_is_stopped(
    history: History, plan: Plan, troubles: list[SourceError | None]
) -> None:
    bank = Stopping()
    bank.troubles = troubles
    bank.turns = backfill(bank, history, plan=plan)
    assert bank.turns.step() is None
    assert (history.tables, plan.asked) == ([], [])


def test_a_stop_during_the_call_of_a_plan_keeps_nothing(bank: Bank, history: History, plan: Plan) -> None:
    bank.troubles = [trouble(Trouble.BLOCKED)]
    turns = backfill(bank, history, plan=plan)
    history.ask = lambda now: turns.stop(0)  # type: ignore[method-assign]
    assert turns.step() is None
    assert (len(plan.asked), history.tables) == (1, [])


def test_it_runs_on_a_thread_of_its_own_and_ends_with_it(
    bank: Bank, history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FIRST_S", 0.0)
    monkeypatch.setattr(module, "PAUSE_S", 0.0)
    turns = backfill(bank, history)
    turns.start()
    turns._thread.join(30)
    assert history.days == TABLES
    turns.stop()


def test_the_rates_of_now_go_first_and_a_stop_does_not_wait_for_them(bank: Bank, history: History) -> None:
    turns = backfill(bank, history)
    turns.start()
    turns.stop(10)
    assert "backfill" not in {thread.name for thread in threading.enumerate()}
    assert bank.asked == []


def test_what_nobody_expected_ends_it_with_a_traceback(
    bank: Bank, history: History, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "FIRST_S", 0.0)
    history.reached = lambda: 1 // 0  # type: ignore[method-assign,assignment,return-value]
    turns = backfill(bank, history)
    with caplog.at_level(logging.ERROR):
        turns.start()
        turns._thread.join(30)
    (record,) = caplog.records
    assert (record.getMessage(), bool(record.exc_info)) == ("past of fiat not filled in", True)
