"""Alerts are read the way operators write them; what cannot be one is said to be so."""

from datetime import timedelta
from decimal import Decimal

import pytest

from calc.alerts import Move, Rule, Threshold
from calc.directions import Currency
from calc.numbers import NumberError
from calc.past import PAIRS
from desk.alert_reading import AlertOutOfRange, Part, UnreadableAlert, read

HOUR = timedelta(hours=1)


def above(level: str, pair: str = "USDT/RUB") -> Rule:
    return Threshold(pair, above=True, level=Decimal(level))


def below(level: str, pair: str = "USDT/RUB") -> Rule:
    return Threshold(pair, above=False, level=Decimal(level))


def move(percent: str, within: timedelta = HOUR, pair: str = "USDT/RUB") -> Rule:
    return Move(pair, Decimal(percent), within)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("usdt/rub > 90", above("90")),
        ("USDT/RUB>90", above("90")),
        ("usdt > 90.5", above("90.5")),
        ("usdt-rub >= 90,50", above("90.50")),
        ("юсдт/руб выше 90", above("90")),
        ("тезер дороже 90", above("90")),
        ("usdt above 90", above("90")),
        ("rub/usdt < 80", below("80")),
        ("usdt/rub<80", below("80")),
        ("доллар ниже 80,5", below("80.5", "USD/RUB")),
        ("$ < 80", below("80", "USD/RUB")),
        ("€/₽ <= 90", below("90", "EUR/RUB")),
        ("евро дешевле 90", below("90", "EUR/RUB")),
        ("eur under 90", below("90", "EUR/RUB")),
        ("idr > 0.0048", above("0.0048", "IDR/RUB")),
        ("usdt/rub 1% 1h", move("1")),
        ("usdt/rub ± 1 % in 1 h", move("1")),
        ("usdt/rub +/-1.5% per 30 min", move("1.5", 30 * timedelta(minutes=1))),
        ("юсдт 0,5% за 15 мин", move("0.5", timedelta(minutes=15))),
        ("доллар 1 % за час", move("1", pair="USD/RUB")),
        ("бат 2 процента за сутки", move("2", timedelta(days=1), "THB/RUB")),
        ("евро 3% 7 дней", move("3", timedelta(days=7), "EUR/RUB")),
        ("usdt 1% 24ч.", move("1", timedelta(days=1))),
    ],
)
def test_a_line_is_one_rule(text: str, rule: Rule) -> None:
    assert read(text) == rule


@pytest.mark.parametrize("text", ["usdt/rub", "usdt", "юсдт/руб", "₮"])
def test_a_pair_alone_asks_for_the_condition(text: str) -> None:
    assert read(text) == Part(Currency.USDT)


def test_nothing_asks_for_everything() -> None:
    assert read("") == Part()


@pytest.mark.parametrize("text", ["eur 1%", "евро ±1 %", "eur/rub 1 процент"])
def test_a_move_without_a_time_asks_for_it(text: str) -> None:
    times = (HOUR, timedelta(days=1), timedelta(days=7))
    assert read(text) == Part(rules=tuple(move("1", within, "EUR/RUB") for within in times))


def test_a_move_without_a_time_is_within_the_limits_all_the_same() -> None:
    with pytest.raises(AlertOutOfRange):
        read("eur 0.01%")
    with pytest.raises(UnreadableAlert):
        read("1%")


def test_a_condition_alone_asks_for_the_pair_it_may_be_for() -> None:
    assert read("1% 1h") == Part(rules=tuple(move("1", pair=pair) for pair in PAIRS))
    assert read("> 90") == Part(
        rules=tuple(above("90", pair) for pair in ("USDT/RUB", "USD/RUB", "EUR/RUB", "AED/RUB"))
    )
    assert read("выше 0.005") == Part(rules=(above("0.005", "IDR/RUB"),))


@pytest.mark.parametrize(
    "text",
    [
        "btc > 90",
        "usdt/eur > 90",
        "rub > 90",
        "rub/rub > 1",
        "usdt 90",
        "usdt about 90",
        "usdt 1% 1 fortnight",
        "90",
    ],
)
def test_what_is_no_alert_is_said_to_be_so(text: str) -> None:
    with pytest.raises(UnreadableAlert):
        read(text)


@pytest.mark.parametrize("text", ["usdt > 9000000", "usdt > ninety", "usdt > 90 90", "> 9000000", "> ninety"])
def test_a_level_that_cannot_be_is_objected_to(text: str) -> None:
    with pytest.raises(NumberError):
        read(text)


@pytest.mark.parametrize("text", ["usdt 0.05% 1h", "usdt 60% 1h", "usdt 1% 1 min", "usdt 1% 8 дней", "usdt 1% 99999 d"])
def test_a_move_out_of_all_proportion_is_objected_to(text: str) -> None:
    with pytest.raises(AlertOutOfRange):
        read(text)
