"""The order book is asked for beside the price, and a desk without one quotes as if there were none."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from calc.snapshots import Depth, Feed, Level, Market, Snapshot
from rates.book import Book
from rates.cache import Cache
from rates.chain import Chain
from rates.errors import NoRate, SourceError, Trouble
from rates.guarded import Guarded
from rates.hooks import Hooks
from rates.order_book import OrderBook
from tests.rates.conftest import Clock
from tests.rates.snapshots import FIAT, USDT_RUB

DEPTH = Depth(bids=(Level(Decimal("81.62"), Decimal(1000)),), asks=(Level(Decimal("81.66"), Decimal(1000)),))
PLATE = replace(USDT_RUB, source="rapira book", depth=DEPTH)


class Plate:
    """A source that shows an order book fetched now; or fails."""

    name = "rapira book"

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.shown: Snapshot = PLATE
        self.trouble: Trouble | None = None
        self.calls = 0

    def fetch(self) -> Snapshot:
        self.calls += 1
        if self.trouble is not None:
            raise SourceError(self.name, self.trouble, "as told")
        return replace(self.shown, fetched_at=self.clock.utcnow())


@pytest.fixture
def plate(clock: Clock) -> Plate:
    return Plate(clock)


@pytest.fixture
def guarded(plate: Plate, clock: Clock) -> Guarded:
    return Guarded(plate, clock=clock, utcnow=clock.utcnow)


@pytest.fixture
def order_book(guarded: Guarded, clock: Clock) -> OrderBook:
    return OrderBook(guarded, utcnow=clock.utcnow)


def test_before_the_first_answer_there_is_none(order_book: OrderBook, plate: Plate) -> None:
    assert (order_book.latest(), plate.calls) == (None, 0)


def test_it_is_at_hand_for_five_minutes(order_book: OrderBook, clock: Clock) -> None:
    order_book.refresh()
    clock.forward(300)
    assert order_book.latest() == PLATE
    clock.forward(0.001)
    assert order_book.latest() is None


def test_a_price_from_elsewhere_asks_for_the_order_book(order_book: OrderBook, plate: Plate) -> None:
    assert order_book.follow(USDT_RUB)
    assert (order_book.latest(), plate.calls) == (None, 0)


def test_an_order_book_that_served_as_the_price_is_not_asked_again(order_book: OrderBook, plate: Plate) -> None:
    assert not order_book.follow(PLATE)
    assert (order_book.latest(), plate.calls) == (PLATE, 0)


def test_a_fiat_table_has_nothing_to_do_with_it(order_book: OrderBook) -> None:
    assert not order_book.follow(FIAT)


def test_an_answer_without_levels_is_no_order_book(order_book: OrderBook, plate: Plate) -> None:
    order_book.refresh()
    plate.shown = replace(PLATE, depth=None)
    order_book.refresh()
    assert order_book.latest() == PLATE
    plate.shown = FIAT
    order_book.refresh()
    assert order_book.latest() == PLATE


def test_one_that_fails_leaves_the_last_one_to_grow_old(
    order_book: OrderBook, plate: Plate, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    order_book.refresh()
    plate.trouble = Trouble.TIMEOUT
    clock.forward(120)
    order_book.refresh()
    assert order_book.latest() == PLATE
    assert "large amounts are quoted at the top: rapira book: timeout" in caplog.text


def test_one_that_rests_is_not_asked_whoever_found_out(
    order_book: OrderBook, guarded: Guarded, plate: Plate, caplog: pytest.LogCaptureFixture
) -> None:
    plate.trouble = Trouble.BLOCKED
    with pytest.raises(NoRate):
        Chain(Feed.USDT_RUB, [guarded]).fetch()
    caplog.clear()
    order_book.refresh()
    assert (plate.calls, order_book.latest(), caplog.text) == (1, None, "")


def test_what_it_finds_out_the_chain_need_not(order_book: OrderBook, guarded: Guarded, plate: Plate) -> None:
    plate.trouble = Trouble.BLOCKED
    order_book.refresh()
    with pytest.raises(NoRate):
        Chain(Feed.USDT_RUB, [guarded]).fetch()
    assert plate.calls == 1


def test_the_market_has_the_order_book_beside_the_price(order_book: OrderBook, clock: Clock) -> None:
    cache: Cache[Feed, Snapshot] = Cache(clock=clock)
    book = Book(
        cache,
        {},
        ttl_s={},
        on_accept=Hooks(),
        on_demand=False,
        utcnow=clock.utcnow,
        order_book=order_book.latest,
    )
    assert book.market() == Market()
    order_book.refresh()
    assert book.market() == Market(order_book=PLATE)
    clock.forward(timedelta(minutes=6).total_seconds())
    assert book.market() == Market()
