"""Typed rates stand for a bounded time, over restarts, and end when somebody says so."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from calc.directions import Currency
from calc.typed import Pair, TypedRate
from desk.typed_rates import TypedRates, stands_for
from tests.chat.driver import NOW

USDT, EURO = Pair(Currency.RUB, Currency.USDT), Pair(Currency.RUB, Currency.EUR)


class Store:
    def __init__(self) -> None:
        self.kept: list[TypedRate] = []
        self.ended: list[tuple[Pair, int, datetime]] = []

    def standing(self, now: datetime) -> Sequence[TypedRate]:
        return [typed for typed in self.kept if now < typed.until]

    def keep(self, typed: TypedRate) -> None:
        self.kept.append(typed)

    def end(self, pair: Pair, *, by: int, at: datetime) -> None:
        self.ended.append((pair, by, at))


class Clock:
    now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_rate_stands_for_half_an_hour_and_a_fiat_rate_for_four(clock: Clock) -> None:
    rates = TypedRates(Store(), utcnow=clock)
    usdt = rates.type(USDT, Decimal("87.5"), by=1001, name="Аня")
    euro = rates.type(EURO, Decimal("95.1"), by=1001, name="Аня")
    assert rates.standing() == (usdt, euro)
    assert (stands_for(USDT), stands_for(EURO)) == (timedelta(minutes=30), timedelta(hours=4))
    clock.now = NOW + timedelta(minutes=30)
    assert rates.standing() == (euro,)
    clock.now = NOW + timedelta(hours=4)
    assert rates.standing() == ()


def test_a_restart_finds_what_stands(clock: Clock) -> None:
    store = Store()
    typed = TypedRates(store, utcnow=clock).type(USDT, Decimal("87.5"), by=1001, name="Аня")
    assert TypedRates(store, utcnow=clock).standing() == (typed,)


def test_the_last_of_a_pair_stands(clock: Clock) -> None:
    rates = TypedRates(Store(), utcnow=clock)
    rates.type(USDT, Decimal("87.5"), by=1001, name="Аня")
    last = rates.type(USDT, Decimal(88), by=1002, name="Boris")
    assert rates.standing() == (last,)


def test_a_rate_that_is_ended_is_gone_at_once_and_that_is_kept(clock: Clock) -> None:
    store = Store()
    rates = TypedRates(store, utcnow=clock)
    rates.type(USDT, Decimal("87.5"), by=1001, name="Аня")
    rates.end(EURO, by=1002)
    rates.end(USDT, by=1002)
    assert rates.standing() == ()
    assert store.ended == [(EURO, 1002, NOW), (USDT, 1002, NOW)]
