"""A month of the fiat feed on each plan, with a restart every day, on a clock that is moved along."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise
from pathlib import Path

import pytest

from calc.snapshots import Feed, Snapshot
from rates.chain import Chain
from rates.errors import NoRate, SourceError, Trouble
from rates.http import Answer, Http
from rates.pace import QuotaWarning
from rates.periodic import Periodic
from rates.quota import Quota
from rates.sources.apilayer import ApiLayer
from storage.database import open_database
from storage.quota import KeyCalls
from tests.rates.payloads import body
from tests.rates.snapshots import FIAT

DAY_S = 86_400.0
GOOD = Answer(200, {}, body("apilayer_latest.json"))
FAULTS: list[Answer | SourceError] = [
    Answer(502, {}, b"<html>"),
    Answer(200, {}, b"<html>"),
    Answer(400, {}, b"{}"),
    SourceError("apilayer", Trouble.TIMEOUT, "no whole answer in 10 s"),
    SourceError("apilayer", Trouble.UNREACHABLE, "ConnectionError"),
]
Answers = Callable[[str, float], Answer | SourceError]


class Month:
    """The source counts what reaches it; seconds are those since the month began."""

    def __init__(self, path: Path, answers: Answers, *, plan: int, begin: datetime, keys: tuple[str, ...]) -> None:
        self.path = path
        self.answers = answers
        self.plan = plan
        self.begin = begin
        self.end_s = ((begin + timedelta(days=31)).replace(day=1) - begin).total_seconds()
        self.keys = keys
        self.seconds = 0.0
        self.received: dict[str, list[float]] = {key: [] for key in keys}
        self.told: list[QuotaWarning] = []
        self.tables: list[tuple[float, str]] = []
        self.is_fallback_well = True

    def utcnow(self) -> datetime:
        return self.begin + timedelta(seconds=self.seconds)

    def live(self, *, until_s: float, interval_s: float | None = None, asks_at_once: bool = False) -> None:
        """One process: from a start to a kill. It asks at once where no snapshot was kept that tells when it did."""
        database = open_database(f"sqlite:///{self.path}/desk.db")
        quota = Quota(
            "apilayer",
            KeyCalls(database, now=self.utcnow),
            keys=self.keys,
            plan=self.plan,
            interval_s=interval_s,
            tell=self.told.append,
            utcnow=self.utcnow,
        )
        source = ApiLayer(Wire(self), url="", keys=self.keys, quota=quota, utcnow=self.utcnow)
        chain = Chain(Feed.FIAT, [source, Fallback(self)])

        def turn() -> None:
            self.tables.append((self.seconds, chain.fetch().source))

        refresh = Periodic("refresh-fiat", turn, interval_s=quota.turn_s, quiet=(NoRate,), clock=lambda: self.seconds)
        if self.tables and not asks_at_once:
            self.seconds = max(self.seconds, self.tables[-1][0] + quota.turn_s())
        while self.seconds < until_s:
            self.seconds += refresh.step()
        self.seconds = until_s
        database.close()

    def live_with_a_restart_every_day(self, *, interval_s: float | None = None) -> None:
        days = int(self.end_s / DAY_S)
        for day in range(1, days + 1):
            self.live(until_s=day * DAY_S - 0.001, interval_s=interval_s)

    @property
    def calls(self) -> int:
        return sum(map(len, self.received.values()))


class Wire(Http):
    """Every call takes half a second; none goes anywhere."""

    def __init__(self, month: Month) -> None:
        self.month = month

    def get(
        self,
        url: str,
        *,
        source: str,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        key = (headers or {})["apikey"]
        self.month.received[key].append(self.month.seconds)
        self.month.seconds += 0.5
        answer = self.month.answers(key, self.month.seconds)
        if isinstance(answer, SourceError):
            raise answer
        moment = str(int(self.month.utcnow().timestamp())).encode()
        return replace(answer, body=answer.body.replace(b"1795176243", moment))


class Fallback:
    name = "cbr"

    def __init__(self, month: Month) -> None:
        self.month = month

    def fetch(self) -> Snapshot:
        if not self.month.is_fallback_well:
            raise SourceError(self.name, Trouble.UNAVAILABLE, "HTTP 503")
        return FIAT


@pytest.fixture
def month_of(tmp_path: Path) -> Callable[..., Month]:
    def make(answers: Answers, *, plan: int, month: int = 11, keys: tuple[str, ...] = ("k3yOfTheDesk",)) -> Month:
        return Month(tmp_path, answers, plan=plan, begin=datetime(2027, month, 1, tzinfo=UTC), keys=keys)

    return make


def failing_each(nth: int) -> Answers:
    calls: Iterator[int] = count(1)

    def answer(key: str, seconds: float) -> Answer | SourceError:
        number = next(calls)
        return FAULTS[number // nth % len(FAULTS)] if number % nth == 0 else GOOD

    return answer


def always_good(key: str, seconds: float) -> Answer | SourceError:
    return GOOD


@pytest.mark.parametrize("month", [2, 11, 12])
@pytest.mark.parametrize("plan", [100, 250])
def test_a_healthy_month_uses_its_plan_and_no_more(month_of: Callable[..., Month], plan: int, month: int) -> None:
    desk = month_of(always_good, plan=plan, month=month)
    desk.live_with_a_restart_every_day()
    assert 0.9 * plan <= desk.calls <= plan
    assert {source for _, source in desk.tables} == {"apilayer"}
    assert desk.told == []


@pytest.mark.parametrize("plan", [100, 250, 10_000])
def test_a_month_with_failures_stays_within_its_plan(month_of: Callable[..., Month], plan: int) -> None:
    desk = month_of(failing_each(3), plan=plan)
    desk.live_with_a_restart_every_day()
    assert 0.9 * plan <= desk.calls <= plan


@pytest.mark.parametrize("plan", [100, 250, 10_000])
def test_a_month_in_which_nothing_else_answers_either_lasts_to_its_end(
    month_of: Callable[..., Month], plan: int
) -> None:
    desk = month_of(failing_each(2), plan=plan)
    desk.is_fallback_well = False
    desk.live_with_a_restart_every_day()
    assert desk.calls <= plan
    assert max(desk.received[desk.keys[0]]) > desk.end_s - 2 * DAY_S


@pytest.mark.parametrize("plan", [100, 250, 10_000])
def test_a_process_that_ends_every_half_hour_burns_nothing(month_of: Callable[..., Month], plan: int) -> None:
    desk = month_of(always_good, plan=plan)
    for half_hour in range(1, 2 * 48):
        desk.live(until_s=half_hour * DAY_S / 48, asks_at_once=True)
    assert 0 < desk.calls <= plan * 2 / 30 + 1


def test_ten_thousand_calls_are_spread_evenly(month_of: Callable[..., Month]) -> None:
    desk = month_of(always_good, plan=10_000)
    desk.live_with_a_restart_every_day()
    received = desk.received[desk.keys[0]]
    assert 9_000 <= len(received) <= 10_000
    assert max(after - before for before, after in pairwise(received)) < 300
    assert desk.told == []


@pytest.mark.parametrize("plan", [100, 250])
def test_what_was_burnt_early_is_stretched_and_told_once(month_of: Callable[..., Month], plan: int) -> None:
    """Somebody else uses the key, too: on the 8th nine tenths are gone."""

    def answer(key: str, seconds: float) -> Answer | SourceError:
        others = int(plan * 0.9) if seconds > 7 * DAY_S else 0
        left = max(plan - others - desk.calls, 0)
        return Answer(200, {"x-ratelimit-limit-month": str(plan), "x-ratelimit-remaining-month": str(left)}, GOOD.body)

    desk = month_of(answer, plan=plan)
    desk.plan = 2 * plan  # what was set is wrong, too
    desk.live_with_a_restart_every_day()
    assert desk.calls <= plan * 0.1 + 7 * plan / 30 + 2
    assert len(desk.told) == 1
    gaps_s = [after - before for (before, _), (after, _) in pairwise(desk.tables)]
    assert max(gaps_s) < 0.6 * DAY_S


def test_an_interval_set_by_hand_ends_with_the_plan(month_of: Callable[..., Month]) -> None:
    desk = month_of(always_good, plan=250)
    desk.live_with_a_restart_every_day(interval_s=3_600)
    assert desk.calls == 250
    assert len(desk.told) == 1


def test_each_key_has_a_plan_of_its_own(month_of: Callable[..., Month]) -> None:
    desk = month_of(always_good, plan=100, keys=("first", "second"))
    desk.live_with_a_restart_every_day()
    assert len(desk.received["first"]) == 100
    assert 80 <= len(desk.received["second"]) <= 100


def test_a_dead_key_does_not_make_the_other_one_run_dry(month_of: Callable[..., Month]) -> None:
    desk = month_of(
        lambda key, _: Answer(401, {}, b"{}") if key == "first" else GOOD, plan=100, keys=("first", "second")
    )
    desk.live_with_a_restart_every_day()
    assert len(desk.received["first"]) <= 31
    assert 90 <= len(desk.received["second"]) <= 100
    assert desk.received["second"][-1] > 28 * DAY_S


def test_no_key_is_in_the_files_of_the_database(month_of: Callable[..., Month]) -> None:
    desk = month_of(always_good, plan=100)
    desk.live(until_s=DAY_S)
    assert desk.calls
    files = [path.read_bytes() for path in desk.path.iterdir()]
    assert files
    assert not any(desk.keys[0].encode() in file for file in files)
