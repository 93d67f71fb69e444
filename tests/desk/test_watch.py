"""A change of the gate's word is told, once, to everybody who wants to know."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from calc.base import Price
from calc.directions import DIRECTIONS, Cross, Currency
from calc.snapshots import Feed
from desk.gate import Concern
from desk.quoting import Desk
from desk.watch import Verdict, Watch
from rates.hooks import Hooks
from tests.chat.book import FIAT, NOW, USDT_RUB, Book


class Watching:
    def __init__(self, book: Book) -> None:
        self.book = book
        self.now = NOW
        self.told: list[tuple[str, Verdict]] = []
        self.hooks: Hooks[Verdict] = Hooks()
        self.hooks.subscribe(lambda name, verdict: self.told.append((name, verdict)))
        desk = Desk(book, price=Price.SIDE, cross=Cross.RUB, utcnow=self.utcnow)
        self.watch = Watch(desk.offer, self.hooks)

    def utcnow(self) -> datetime:
        return self.now


@pytest.fixture
def watching() -> Watching:
    return Watching(Book(USDT_RUB, FIAT))


def test_nothing_is_told_while_all_is_good(watching: Watching) -> None:
    watching.watch.look()
    watching.watch.look()
    assert watching.told == []
    assert [verdict.direction for verdict in watching.watch.verdicts()] == list(DIRECTIONS)
    assert all(verdict.is_quotable and not verdict.concerns for verdict in watching.watch.verdicts())


def test_a_leg_that_ages_is_told_for_every_direction_that_has_it_once_for_each_change(watching: Watching) -> None:
    watching.now = NOW + timedelta(minutes=6)
    watching.watch.look()
    watching.watch.look()
    with_usdt = [str(each) for each in DIRECTIONS if Currency.USDT in (each.pays, each.gets)]
    assert [name for name, _ in watching.told] == with_usdt
    assert {(v.is_quotable, v.concerns) for _, v in watching.told} == {(True, frozenset({Concern.AGE}))}

    watching.told.clear()
    watching.now = NOW + timedelta(minutes=31)
    watching.watch.look()
    assert [name for name, _ in watching.told] == with_usdt
    assert not any(verdict.is_quotable for _, verdict in watching.told)

    watching.told.clear()
    watching.book.held[Feed.USDT_RUB] = replace(USDT_RUB, fetched_at=watching.now)
    watching.watch.look()
    assert {(v.is_quotable, v.concerns) for _, v in watching.told} == {(True, frozenset())}


def test_a_market_off_the_peg_is_told_for_all_directions(watching: Watching) -> None:
    watching.book.held[Feed.USDT_RUB] = replace(USDT_RUB, close=Decimal(95), bid=Decimal("94.9"), ask=Decimal("95.1"))
    watching.watch.look()
    assert len(watching.told) == len(DIRECTIONS)
    assert {verdict.concerns for _, verdict in watching.told} == {frozenset({Concern.PEG})}


def test_no_rate_at_all_is_told_too() -> None:
    watching = Watching(Book())
    watching.watch.look()
    assert {(v.is_quotable, v.concerns) for _, v in watching.told} == {(False, frozenset())}


def test_who_is_told_may_look_again_and_whoever_fails_stops_no_other(watching: Watching) -> None:
    heard: list[str] = []

    def fail(_name: str, _verdict: Verdict) -> None:
        raise RuntimeError("of a subscriber")

    def look_again(name: str, _verdict: Verdict) -> None:
        heard.append(name)
        watching.watch.look()

    watching.hooks.subscribe(fail)
    watching.hooks.subscribe(look_again)
    watching.now = NOW + timedelta(minutes=31)
    watching.watch.look()
    assert len(heard) == len(watching.told)
