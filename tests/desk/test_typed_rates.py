"""Typed rates stand for a bounded time, over restarts, and end when somebody says so."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from calc.directions import Currency
from calc.team import Person
from calc.typed import Pair, TypedRate
from desk.typed_rates import TypedRates, stands_for
from tests.chat.book import NOW

USDT, EURO = Pair(Currency.RUB, Currency.USDT), Pair(Currency.RUB, Currency.EUR)


class Store:
    def __init__(self) -> None:
        self.kept: list[TypedRate] = []
        self.ended: list[tuple[Pair, int, datetime]] = []
        self.others: list[Callable[[], object]] = []

    def standing(self, now: datetime) -> Sequence[TypedRate]:
        return [typed for typed in self.kept if now < typed.until]

    def keep(self, typed: TypedRate) -> None:
        self.kept.append(typed)
        self.meanwhile()

    def end(self, pair: Pair, *, by: Person, at: datetime) -> None:
        self.ended.append((pair, by.id, at))
        self.kept = [typed for typed in self.kept if typed.pair != pair]
        self.meanwhile()

    def meanwhile(self) -> None:
        """What others do between the store's word and its being heard, once."""
        others, self.others = self.others, []
        for other in others:
            other()


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
    rates.end(EURO, by=Person(1002, ""))
    rates.end(USDT, by=Person(1002, ""))
    assert rates.standing() == ()
    assert store.ended == [(EURO, 1002, NOW), (USDT, 1002, NOW)]


def test_of_two_who_decide_at_once_the_store_has_the_last_word(clock: Clock) -> None:
    store = Store()
    rates = TypedRates(store, utcnow=clock)
    store.others = [lambda: rates.end(USDT, by=Person(1002, ""))]
    rates.type(USDT, Decimal("87.5"), by=1001, name="Аня")
    assert rates.standing() == (), "it was ended after it was kept, and nobody would end it again"

    store.others = [lambda: rates.type(USDT, Decimal(88), by=1002, name="Boris")]
    rates.type(USDT, Decimal("87.5"), by=1001, name="Аня")
    assert [typed.value for typed in rates.standing()] == [Decimal(88)]

    store.others = [lambda: rates.type(USDT, Decimal(89), by=1002, name="Boris")]
    rates.end(USDT, by=Person(1001, ""))
    assert [typed.value for typed in rates.standing()] == [Decimal(89)]


def test_what_was_read_earlier_does_not_replace_what_was_read_later(clock: Clock) -> None:
    class Slow(Store):
        def standing(self, now: datetime) -> Sequence[TypedRate]:
            read = super().standing(now)
            self.meanwhile()
            return read

        def keep(self, typed: TypedRate) -> None:
            self.kept.append(typed)

    store = Slow()
    rates = TypedRates(store, utcnow=clock)
    store.others = [lambda: rates.end(USDT, by=Person(1002, ""))]
    rates.type(USDT, Decimal("87.5"), by=1001, name="Аня")
    assert rates.standing() == ()
