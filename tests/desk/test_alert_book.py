"""The alerts of all operators: each sees every accepted rate, and what it has told survives a restart."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from calc.alerts import Alert, Move, Rule, Threshold
from calc.directions import Currency
from calc.past import PastRate
from calc.snapshots import Market, Snapshot
from desk.alert_book import MOST_OF_ONE, AlertBook, Telling, TooManyAlerts
from tests.chat.book import FIAT, NOW, USDT_RUB
from tests.chat.driver import COLLEAGUE, OPERATOR

ABOVE_82 = Threshold("USDT/RUB", above=True, level=Decimal(82))
ONE_PERCENT_A_DAY = Move("USDT/RUB", Decimal(1), timedelta(days=1))


class Store:
    def __init__(self) -> None:
        self.kept: dict[tuple[int, int, str], Alert] = {}

    def all(self) -> list[Alert]:
        return list(self.kept.values())

    def keep(self, alert: Alert) -> None:
        self.kept[alert.key] = alert

    def forget(self, alert: Alert) -> None:
        self.kept.pop(alert.key, None)


class Past:
    def __init__(self, *points: tuple[timedelta, str]) -> None:
        self.rates = [PastRate("USDT/RUB", NOW - ago, Decimal(value), "rapira") for ago, value in points]

    def last(self, pair: str, moment: datetime) -> PastRate | None:
        return next((each for each in reversed(self.rates) if each.pair == pair and each.at <= moment), None)

    def since(self, pair: str, moment: datetime) -> list[PastRate]:
        return [each for each in self.rates if each.pair == pair and each.at >= moment]


class Desk:
    def __init__(self) -> None:
        self.store, self.past, self.now = Store(), Past(), NOW
        self.market = Market(usdt_rub=USDT_RUB, fiat=FIAT)
        self.restart()

    def restart(self) -> None:
        self.book = AlertBook(self.store, self.past, market=lambda: self.market, utcnow=lambda: self.now)

    def add(self, rule: Rule, owner: int = OPERATOR, chat_id: int = OPERATOR) -> Alert:
        return self.book.add(rule, owner=owner, chat_id=chat_id, thread_id=None, language="ru")

    def at(self, close: str, *, after: timedelta = timedelta(minutes=20)) -> list[Telling]:
        self.now += after
        return self.book.seen(replace(USDT_RUB, close=Decimal(close), fetched_at=self.now))

    def told(self, close: str, *, after: timedelta = timedelta(minutes=20)) -> list[str]:
        due = self.at(close, after=after)
        for telling in due:
            self.book.told(telling)
        return [str(telling.alert.rule) for telling in due]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_only_the_alerts_of_the_pair_see_its_rates(desk: Desk) -> None:
    desk.add(ABOVE_82)
    desk.add(Threshold("USD/RUB", above=True, level=Decimal(80)))
    (due,) = desk.at("82.10")
    assert (due.alert.rule, due.value, due.since) == (ABOVE_82, Decimal("82.10"), Decimal(82))
    assert desk.book.seen(FIAT) == [], "it was above at the start"


def test_what_was_told_is_not_told_again_after_a_restart(desk: Desk) -> None:
    desk.add(ABOVE_82)
    assert desk.told("82.10") == ["USDT/RUB>82"]
    desk.restart()
    assert desk.told("82.20") == []
    assert desk.told("81") == []
    desk.restart()
    assert desk.told("82.20") == ["USDT/RUB>82"]


def test_what_was_due_and_not_told_is_due_again_with_the_next_rate_or_the_next_start(desk: Desk) -> None:
    desk.add(ABOVE_82)
    (due,) = desk.at("82.10")
    desk.book.not_told(due)
    assert len(desk.at("82.20")) == 1
    desk.restart()
    assert desk.told("82.30") == ["USDT/RUB>82"]


def test_an_alert_that_was_removed_meanwhile_does_not_come_back(desk: Desk) -> None:
    alert = desk.add(ABOVE_82)
    (due,) = desk.at("82.10")
    desk.book.remove(OPERATOR, OPERATOR, str(ABOVE_82))
    desk.book.remove(OPERATOR, OPERATOR, str(ABOVE_82))
    desk.book.told(due)
    desk.book.not_told(due)
    assert desk.book.of(OPERATOR, OPERATOR) == ()
    assert desk.store.kept == {}
    assert alert.state.is_armed


def test_an_alert_removed_while_it_is_decided_is_not_told(desk: Desk) -> None:
    desk.add(ONE_PERCENT_A_DAY)
    last = desk.past.last

    def meanwhile(pair: str, moment: datetime) -> PastRate | None:
        desk.book.remove(OPERATOR, OPERATOR, str(ONE_PERCENT_A_DAY))
        return last(pair, moment)

    desk.past.last = meanwhile  # type: ignore[method-assign]  # the database is where another thread gets its turn
    assert desk.at("90") == []


def test_the_same_rule_twice_is_one_and_everybody_has_their_own(desk: Desk) -> None:
    first = desk.add(ABOVE_82)
    desk.now += timedelta(hours=1)
    assert desk.add(ABOVE_82) is first
    desk.add(ABOVE_82, owner=COLLEAGUE, chat_id=COLLEAGUE)
    desk.add(ABOVE_82, chat_id=-100500)
    assert [alert.rule for alert in desk.book.of(OPERATOR, OPERATOR)] == [ABOVE_82]
    assert len(desk.at("82.10")) == 3


def test_all_alerts_of_one_who_is_out_go_in_whichever_chat(desk: Desk) -> None:
    desk.add(ABOVE_82)
    desk.add(ABOVE_82, chat_id=-500)
    kept = desk.add(ABOVE_82, owner=COLLEAGUE, chat_id=COLLEAGUE)
    desk.book.remove_of(OPERATOR)
    assert list(desk.store.kept.values()) == [kept]
    assert [each.alert.owner for each in desk.at("82.50")] == [COLLEAGUE]


def test_one_operator_has_a_bounded_number(desk: Desk) -> None:
    for level in range(90, 90 + MOST_OF_ONE):
        desk.add(Threshold("USDT/RUB", above=True, level=Decimal(level)))
    with pytest.raises(TooManyAlerts) as caught:
        desk.add(ABOVE_82)
    assert caught.value.allowed == MOST_OF_ONE
    desk.add(ABOVE_82, owner=COLLEAGUE, chat_id=COLLEAGUE)


def test_a_move_is_seen_across_a_restart_by_the_history(desk: Desk) -> None:
    desk.market = Market(usdt_rub=replace(USDT_RUB, close=Decimal(80)))
    desk.add(ONE_PERCENT_A_DAY)
    assert desk.told("80.3", after=timedelta(hours=30)) == []
    desk.past = Past((timedelta(hours=30), "80"), (-timedelta(hours=20), "79.8"), (-timedelta(hours=30), "80.3"))
    desk.restart()
    (due,) = desk.at("80.8", after=timedelta(hours=1))
    assert due.since == Decimal("79.8")


def test_a_move_without_any_history_counts_from_what_was_known_when_it_was_made(desk: Desk) -> None:
    desk.add(ONE_PERCENT_A_DAY)
    (due,) = desk.at("82.60", after=timedelta(days=3))
    assert due.since == USDT_RUB.close


def test_a_move_from_no_rate_at_all_begins_with_the_first(desk: Desk) -> None:
    desk.market = Market()
    desk.add(ONE_PERCENT_A_DAY)
    assert desk.book.value("USDT/RUB") is None
    assert desk.told("81.65") == []
    desk.restart()
    assert desk.told("82.60") == [str(ONE_PERCENT_A_DAY)]


def test_a_daily_table_that_is_dated_ahead_is_told_once(desk: Desk) -> None:
    """The history has it from the day it names; it is not told again when that hour passes."""
    rule = Move("EUR/RUB", Decimal(1), timedelta(hours=1))
    desk.add(rule)
    tomorrow = replace(FIAT, per_usd={**FIAT.per_usd, Currency.EUR: Decimal("0.85")}, as_of=NOW + timedelta(hours=8))
    old, new = (
        PastRate("EUR/RUB", at, value, "cbr")
        for at, value in (
            (NOW - timedelta(hours=15), Decimal("95.5163")),
            (NOW + timedelta(hours=8), Decimal("96.9559")),
        )
    )
    desk.past.rates = [old, new]
    seen: list[Snapshot] = []
    told = 0
    for hours in range(20):
        desk.now = NOW + timedelta(hours=hours, minutes=10)
        snapshot = replace(tomorrow, fetched_at=desk.now)
        seen.append(snapshot)
        for telling in desk.book.seen(snapshot):
            desk.book.told(telling)
            told += 1
        desk.restart()
    assert told == 1


@pytest.mark.parametrize(
    ("rules", "kept"),
    [
        ([], 1),
        ([ABOVE_82], 1),
        ([ABOVE_82, Move("USDT/RUB", Decimal(50), timedelta(days=2))], 3),
        ([Move("USDT/RUB", Decimal(50), timedelta(days=2)), Move("USDT/RUB", Decimal(50), timedelta(days=7))], 8),
        ([Move("USD/RUB", Decimal(50), timedelta(days=7))], 1),
    ],
    ids=["no alert", "a threshold", "two days", "a week", "another pair"],
)
def test_points_that_no_alert_looks_back_to_are_let_go(desk: Desk, rules: list[Rule], kept: int) -> None:
    for rule in rules:
        desk.add(rule)
    for day in range(30):
        desk.at(str(80 + day % 2), after=timedelta(days=1))
    assert len(desk.book._changes["USDT/RUB"]) == kept


def test_an_alert_that_looks_back_further_than_those_before_begins_with_the_value_of_now(desk: Desk) -> None:
    for close in ("80", "81.65"):
        assert desk.told(close, after=timedelta(hours=1)) == []
    desk.add(ONE_PERCENT_A_DAY)
    assert desk.told("82.40", after=timedelta(hours=1)) == []
    (due,) = desk.at("82.60", after=timedelta(hours=1))
    assert due.since == Decimal("81.65")


def test_the_value_of_now_is_that_of_the_market(desk: Desk) -> None:
    assert desk.book.value("USDT/RUB") == Decimal("81.65")
    assert desk.book.value("USD/RUB") == Decimal("82.412507")


def test_what_the_process_saw_itself_needs_no_history(desk: Desk) -> None:
    desk.market = Market(usdt_rub=replace(USDT_RUB, close=Decimal(80)))
    desk.add(ONE_PERCENT_A_DAY)
    hour = timedelta(hours=1)
    for close, after in (("80", hour), ("80", hour), ("80.3", 30 * hour)):
        assert desk.told(close, after=after) == []
    (due,) = desk.at("81.2", after=hour)
    assert due.since == Decimal(80)
