"""The course of a pair begins with the rate that was in force, and what is asked for is read as people write it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from calc.directions import Currency
from calc.past import PastRate
from desk.charting import USUAL, ChartOutOfRange, Point, UnreadableChart, course, read
from desk.pair_reading import UnreadablePair, read_pair

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Past:
    def __init__(self, **hours_ago: str) -> None:
        """By hours: `_5` is five hours ago."""
        rates = [(NOW - int(ago[1:]) * HOUR, Decimal(rub)) for ago, rub in hours_ago.items()]
        self.rates = [PastRate("USDT/RUB", at, rub, "rapira") for at, rub in sorted(rates)]
        self.most = 5_000

    def between(self, pair: str, begin: datetime, end: datetime) -> Sequence[PastRate]:
        return [each for each in self.rates if each.pair == pair and begin <= each.at < end][: self.most]

    def last(self, pair: str, moment: datetime) -> PastRate | None:
        return next((each for each in reversed(self.rates) if each.pair == pair and each.at <= moment), None)


def test_a_course_has_its_lowest_highest_and_last() -> None:
    drawn = course(Past(_30="82", _20="80.5", _10="83.1", _1="81"), Currency.USDT, DAY, now=NOW)
    assert drawn is not None
    assert (drawn.pair, drawn.begin, drawn.end) == ("USDT/RUB", NOW - DAY, NOW)
    assert drawn.points[0] == Point(NOW - DAY, Decimal(82)), "in force since before"
    assert drawn.lowest == Point(NOW - 20 * HOUR, Decimal("80.5"))
    assert drawn.highest == Point(NOW - 10 * HOUR, Decimal("83.1"))
    assert drawn.last == Point(NOW - HOUR, Decimal(81))


def test_of_two_that_are_equal_the_latest_is_named() -> None:
    drawn = course(Past(_5="80", _4="81", _3="80", _2="81"), Currency.USDT, DAY, now=NOW)
    assert drawn is not None
    assert (drawn.lowest.at, drawn.highest.at) == (NOW - 3 * HOUR, NOW - 2 * HOUR)


def test_a_past_of_many_rates_is_read_whole_and_what_is_seen_of_it_is_kept() -> None:
    past = Past()
    past.most = 700
    values = [Decimal(8000 + (step * 37) % 101) / 100 for step in range(8_640)]
    values[4_321], values[8_000] = Decimal("70.01"), Decimal("90.02")
    past.rates = [
        PastRate("USDT/RUB", NOW - DAY + step * timedelta(seconds=10), rub, "rapira") for step, rub in enumerate(values)
    ]
    drawn = course(past, Currency.USDT, DAY, now=NOW)
    assert drawn is not None
    assert 800 < len(drawn.points) <= 4 * 800 + 1
    assert (drawn.lowest.rub, drawn.highest.rub) == (Decimal("70.01"), Decimal("90.02"))
    assert drawn.last == Point(NOW - timedelta(seconds=10), values[-1])
    assert [each.at for each in drawn.points] == sorted(each.at for each in drawn.points)


def test_a_rate_of_before_holds_where_none_came_since() -> None:
    drawn = course(Past(_900="82"), Currency.USDT, DAY, now=NOW)
    assert drawn is not None
    assert drawn.points == (Point(NOW - DAY, Decimal(82)),)


def test_where_nothing_is_known_there_is_no_course() -> None:
    assert course(Past(), Currency.USDT, DAY, now=NOW) is None
    assert course(Past(_1="81"), Currency.EUR, DAY, now=NOW) is None


@pytest.mark.parametrize(
    ("text", "currency", "span"),
    [
        ("", None, USUAL),
        ("usdt/rub", Currency.USDT, USUAL),
        ("usdt/rub 7d", Currency.USDT, 7 * DAY),
        ("USDT/RUB 7D", Currency.USDT, 7 * DAY),
        ("rub/usdt 24h", Currency.USDT, DAY),
        ("юсдт за 30 дней", Currency.USDT, 30 * DAY),
        ("евро месяц", Currency.EUR, 30 * DAY),
        ("$ неделя", Currency.USD, 7 * DAY),
        ("idr 2 weeks", Currency.IDR, 14 * DAY),
        ("бат за год", Currency.THB, 365 * DAY),
        ("thb 90д.", Currency.THB, 90 * DAY),
        ("3д", None, 3 * DAY),
        ("неделя", None, 7 * DAY),
        ("за 3 дня", None, 3 * DAY),
    ],
)
def test_a_chart_is_asked_for_as_people_write(text: str, currency: Currency | None, span: timedelta) -> None:
    assert read(text) == (currency, span)


@pytest.mark.parametrize("text", ["btc", "usdt/eur", "rub", "usdt > 90", "usdt 7 попугаев", "usdt 7", "7 7"])
def test_what_is_no_chart_is_said_to_be_none(text: str) -> None:
    with pytest.raises(UnreadableChart) as caught:
        read(text)
    assert caught.value.text == text


@pytest.mark.parametrize("text", ["usdt 5 min", "usdt 366d", "eur 99999 лет", "2 years"])
def test_too_short_and_too_long_a_time_is_refused(text: str) -> None:
    with pytest.raises(ChartOutOfRange):
        read(text)


def test_a_pair_is_told_from_what_follows() -> None:
    assert read_pair("usdt / rub > 90") == (Currency.USDT, "> 90")
    assert read_pair("выше 90", others=["выше"]) == (None, "выше 90")
    with pytest.raises(UnreadablePair) as caught:
        read_pair("btc/rub > 90")
    assert caught.value.text == "btc/rub > 90"
