"""Base rates out of memory, and what is asked of the sources when memory is not enough."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from calc.base import Cross, Price
from calc.directions import DIRECTIONS, Direction
from calc.errors import DeskError
from calc.snapshots import Feed
from desk.quoting import Desk, NoUsableRate
from tests.chat.driver import FIAT, NOW, USDT_RUB, Book

BUY, SELL, CROSS = (Direction.parse(text) for text in ("RUB-USDT", "USDT-RUB", "USDT-THB"))


def desk(book: Book, *, now: datetime = NOW, price: Price = Price.SIDE, cross: Cross = Cross.RUB) -> Desk:
    return Desk(book, price=price, cross=cross, utcnow=lambda: now)


@pytest.mark.parametrize("direction", DIRECTIONS, ids=str)
def test_memory_answers_every_direction_without_asking_anybody(direction: Direction) -> None:
    book = Book(USDT_RUB, FIAT)
    assert desk(book).base(direction).direction == direction
    assert desk(book).fetch(direction).direction == direction
    assert book.asked == []


def test_the_settings_choose_price_and_cross() -> None:
    book = Book(USDT_RUB, FIAT)
    assert desk(book, price=Price.CLOSE).base(BUY).value == Decimal("81.65")
    assert desk(book, cross=Cross.USD).base(CROSS).value == Decimal("32.358504")


def test_what_is_missing_is_named() -> None:
    with pytest.raises(NoUsableRate) as caught:
        desk(Book()).base(CROSS)
    assert caught.value.feeds == (Feed.USDT_RUB, Feed.FIAT)


def test_a_leg_too_old_is_not_quoted_and_is_asked_anew() -> None:
    later = NOW + timedelta(minutes=31)
    book = Book(USDT_RUB, FIAT)
    with pytest.raises(NoUsableRate) as caught:
        desk(book, now=later).base(CROSS)
    assert caught.value.feeds == (Feed.USDT_RUB,)

    book.next[Feed.USDT_RUB] = replace(USDT_RUB, fetched_at=later)
    assert desk(book, now=later).fetch(CROSS).legs[0].fetched_at == later
    assert book.asked == [Feed.USDT_RUB]


def test_a_failed_fetch_tells_the_causes() -> None:
    with pytest.raises(NoUsableRate) as caught:
        desk(Book()).fetch(SELL)
    assert [(cause.source, cause.trouble) for cause in caught.value.causes] == [
        ("rapira", "timeout"),
        ("coingecko", "quota"),
    ]


def test_a_failed_fetch_whose_causes_nobody_kept_is_a_failed_fetch() -> None:
    class Forgetful(Book):
        def last_error(self, feed: Feed) -> None:  # type: ignore[override]  # a book may know nothing
            return None

    with pytest.raises(NoUsableRate) as caught:
        desk(Forgetful()).fetch(SELL)
    assert caught.value.causes == ()


def test_refetch_asks_the_exchange_and_leaves_the_fiat_quota_alone() -> None:
    later = NOW + timedelta(seconds=30)
    book = Book(USDT_RUB, FIAT)
    book.next[Feed.USDT_RUB] = replace(USDT_RUB, bid=Decimal("81.70"), fetched_at=later)
    assert desk(book, now=later).refetch(SELL).value == Decimal("81.70")
    desk(book, now=later).refetch(Direction.parse("RUB-EUR"))
    assert book.asked == [Feed.USDT_RUB]


def test_refetch_of_what_came_this_moment_asks_nobody() -> None:
    book = Book(USDT_RUB, FIAT)
    desk(book, now=NOW + timedelta(seconds=9)).refetch(SELL)
    assert book.asked == []


def test_refetch_without_anything_in_memory_asks() -> None:
    book = Book()
    book.next[Feed.USDT_RUB] = USDT_RUB
    assert desk(book).refetch(SELL).value == Decimal("81.62")


def test_refetch_that_fails_says_so() -> None:
    book = Book(USDT_RUB)
    book.next[Feed.USDT_RUB] = DeskError("dead")
    with pytest.raises(NoUsableRate):
        desk(book, now=NOW + timedelta(minutes=1)).refetch(SELL)


def test_a_base_rate_is_current_until_a_leg_is_ageing() -> None:
    base = desk(Book(USDT_RUB)).base(SELL)
    assert desk(Book(), now=NOW + timedelta(minutes=4)).is_current(base)
    assert not desk(Book(), now=NOW + timedelta(minutes=5)).is_current(base)
