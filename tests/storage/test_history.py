from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calc.directions import Currency
from calc.past import PAIRS, PastRate
from calc.snapshots import FiatTable, Snapshot, UsdtRub
from storage import history as module
from storage.database import Database, open_database
from storage.history import History
from tests.storage.conftest import Clock, only_sqlite, trace

NOW = Clock().moment
MARKET = UsdtRub(Decimal("85.30"), "rapira", NOW, bid=Decimal("85.2"), ask=Decimal("85.350"))
TABLE = FiatTable(
    {
        Currency.RUB: Decimal("84.6100"),
        Currency.EUR: Decimal("0.8628"),
        Currency.THB: Decimal("32.35"),
        Currency.AED: Decimal("3.6725"),
        Currency.ZAR: Decimal("16.71"),
        Currency.IDR: Decimal("17708.123456"),
    },
    "apilayer",
    NOW,
    as_of=NOW - timedelta(minutes=3),
)
USDT, USD = "USDT/RUB", "USD/RUB"
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


@pytest.fixture
def history(database: Database) -> History:
    return History(database)


def market(moment: datetime, close: str = "85.30") -> UsdtRub:
    return replace(MARKET, fetched_at=moment, close=Decimal(close))


def moments(history: History, pair: str = USDT) -> list[datetime]:
    return [rate.at for rate in history.since(pair, BEGINNING)]


def thin_all(history: History) -> None:
    for _ in range(10):
        history.thin(NOW)


def test_there_is_nothing_at_first(history: History) -> None:
    assert all(history.since(pair, BEGINNING) == [] for pair in PAIRS)
    assert history.last(USDT, NOW) is None


def test_rates_come_back_exactly_after_a_restart(url: str) -> None:
    before = open_database(url)
    History(before).keep(MARKET)
    History(before).keep(TABLE)
    before.close()

    database = open_database(url)
    history = History(database)

    (rate,) = history.since(USDT, BEGINNING)
    assert str(rate) == str(PastRate(USDT, NOW, Decimal("85.30"), "rapira", Decimal("85.2"), Decimal("85.350")))
    at = NOW - timedelta(minutes=3)
    assert history.since(USD, BEGINNING) == [PastRate(USD, at, Decimal("84.6100"), "apilayer")]
    assert [moments(history, pair) for pair in PAIRS[1:]] == [[at]] * 6
    database.close()


def test_a_snapshot_kept_twice_is_there_once(history: History) -> None:
    for _ in range(2):
        history.keep(MARKET)
        history.keep(replace(TABLE, fetched_at=NOW + timedelta(hours=1)))

    assert [len(history.since(pair, BEGINNING)) for pair in PAIRS] == [1] * 7


def test_what_is_told_anew_for_a_moment_takes_the_place_of_what_was(history: History) -> None:
    history.keep(MARKET)
    history.keep(UsdtRub(Decimal("85.31"), "coingecko", NOW))

    assert history.since(USDT, BEGINNING) == [PastRate(USDT, NOW, Decimal("85.31"), "coingecko")]


def test_what_is_filled_in_takes_the_place_of_nothing(history: History) -> None:
    history.keep(TABLE)
    older = replace(TABLE, as_of=NOW - timedelta(days=1))

    history.fill([replace(TABLE, source="cbr"), replace(older, source="cbr")], reached=BEGINNING)

    assert [rate.source for rate in history.since(USD, BEGINNING)] == ["cbr", "apilayer"]


def test_how_far_back_it_goes_and_when_a_plan_was_asked_are_known_after_a_restart(url: str) -> None:
    before = open_database(url)
    history = History(before)
    assert (history.reached(), history.asked()) == (None, None)
    history.fill([], reached=NOW)
    history.fill([TABLE], reached=BEGINNING)
    history.ask(NOW)
    before.close()

    database = open_database(url)
    history = History(database)

    assert (history.reached(), history.asked()) == (BEGINNING, NOW)
    database.close()


def test_the_past_is_filled_in_with_its_mark_or_not_at_all(history: History) -> None:
    broken = replace(TABLE, as_of=NOW.replace(tzinfo=None))

    with pytest.raises(ValueError, match="a moment needs a zone"):
        history.fill([TABLE], reached=NOW.replace(tzinfo=None))
    with pytest.raises(ValueError, match="a moment needs a zone"):
        history.fill([TABLE, broken], reached=NOW)

    assert (history.since(USD, BEGINNING), history.reached()) == ([], None)


def test_a_pair_is_read_from_a_moment_on_or_between_two_the_oldest_first(history: History) -> None:
    hours = [NOW + timedelta(hours=hour) for hour in range(6)]
    for moment in reversed(hours):
        history.keep(market(moment))
    history.keep(TABLE)

    def at(rates: list[PastRate]) -> list[datetime]:
        return [rate.at for rate in rates]

    assert at(history.since(USDT, hours[2])) == hours[2:]
    assert at(history.since(USDT, hours[2], limit=2)) == hours[2:4]
    assert at(history.between(USDT, hours[1], hours[4])) == hours[1:4]
    assert at(history.between(USDT, hours[1], hours[4], limit=1)) == hours[1:2]
    assert history.between(USDT, hours[4], hours[1]) == []


def test_the_last_is_what_was_in_force_at_that_moment(history: History) -> None:
    history.keep(market(NOW - timedelta(minutes=70), "84.1"))
    history.keep(market(NOW, "85.3"))
    history.keep(replace(TABLE, as_of=NOW + timedelta(hours=12)))  # tomorrow's

    hour_ago, now = history.last(USDT, NOW - timedelta(hours=1)), history.last(USDT, NOW)

    assert hour_ago is not None
    assert now is not None
    assert (hour_ago.rub, now.rub) == (Decimal("84.1"), Decimal("85.3"))
    assert history.last(USD, NOW) is None
    assert history.last(USDT, NOW - timedelta(hours=2)) is None


@only_sqlite  # some thousand writes
def test_all_is_kept_for_two_days_then_each_hour_then_each_day(history: History) -> None:
    for minutes in range(0, 100 * 24 * 60, 20):
        history.keep(market(NOW - timedelta(minutes=minutes)))
    thin_all(history)
    kept = moments(history)
    hours_end, days_end = datetime(2026, 11, 19, 9, tzinfo=UTC), datetime(2026, 8, 23, tzinfo=UTC)

    assert sum(moment >= hours_end for moment in kept) == 146
    hourly = [moment for moment in kept if days_end <= moment < hours_end]
    assert len(hourly) == (hours_end - days_end).total_seconds() / 3600
    assert {moment.minute for moment in hourly} == {50}
    daily = [moment for moment in kept if moment < days_end]
    assert len(daily) == 10
    assert {(moment.hour, moment.minute) for moment in daily} == {(23, 50)}


@only_sqlite  # which can be watched at its work
def test_what_is_thinned_is_not_looked_at_again(history: History, database: Database) -> None:
    for minutes in range(0, 100 * 24 * 60, 60):
        history.keep(market(NOW - timedelta(minutes=minutes)))
    thin_all(history)
    statements: list[str] = []
    trace(database, statements.append)

    assert history.thin(NOW) == 0

    assert [statement.split()[0] for statement in statements if "history" in statement] == ["SELECT", "SELECT"]


def test_a_call_looks_at_a_bounded_number_of_rows(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "THINNED_AT_ONCE", 6)
    for minutes in range(0, 24 * 60, 20):
        history.keep(market(NOW - timedelta(days=5, minutes=minutes)))

    gone = [history.thin(NOW) for _ in range(13)]

    assert max(gone) <= 6
    assert sum(gone) == 72 - len(moments(history)) == 72 - 25


SECONDS = st.integers(0, 120 * 86_400).map(lambda seconds: seconds - seconds % 311)
KEPT = st.lists(st.tuples(st.sampled_from(["market", "table"]), SECONDS, st.integers(8_000, 9_000)), max_size=40)


def last_of_each(moments: set[datetime], text: str) -> set[datetime]:
    return {*{f"{moment:{text}}": moment for moment in sorted(moments)}.values()}


def thinned(ever: set[datetime], now: datetime) -> set[datetime]:
    """What should be left of all that was ever kept: said once more, without a database."""
    hours_before = (now - timedelta(days=2)).replace(minute=0, second=0, microsecond=0)
    days_before = (now - timedelta(days=90)).replace(hour=0, minute=0, second=0, microsecond=0)
    hourly = {moment for moment in ever if moment < hours_before}
    daily = {moment for moment in ever if moment < days_before}
    return ever - hourly | (last_of_each(hourly, "%Y%m%d%H") - daily) | last_of_each(daily, "%Y%m%d")


@given(rounds=st.lists(st.tuples(KEPT, st.integers(0, 40 * 86_400)), min_size=1, max_size=4))
@settings(max_examples=60, deadline=None)
def test_thinning_now_and_then_leaves_what_thinning_once_would(
    rounds: list[tuple[list[tuple[str, int, int]], int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder: Path = tmp_path_factory.mktemp("history")
    database = open_database(f"sqlite:///{folder}/desk.db")
    history, now = History(database), NOW
    ever: dict[str, dict[datetime, Decimal]] = {USDT: {}, USD: {}}
    for kept, later_s in rounds:
        for what, ago_s, price in kept:  # some of it late: of hours and days that were thinned before
            at, rub = now - timedelta(seconds=ago_s), Decimal(price) / 100
            snapshot: Snapshot = market(at, str(rub))
            if what == "table":
                snapshot = replace(TABLE, as_of=at, per_usd={**TABLE.per_usd, Currency.RUB: rub})
            history.keep(snapshot)
            ever[USD if what == "table" else USDT][at] = rub
        history.thin(now)
        for pair, rates in ever.items():
            left = thinned(set(rates), now)
            assert {rate.at: rate.rub for rate in history.since(pair, BEGINNING)} == {at: rates[at] for at in left}
        now += timedelta(seconds=later_s)
    database.close()
