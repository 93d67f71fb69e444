"""Base rates out of memory, and what is asked of the sources when memory is not enough."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from calc.base import Price
from calc.directions import DIRECTIONS, Cross, Currency, Direction
from calc.errors import DeskError
from calc.snapshots import Depth, Feed, Level
from calc.typed import Pair, TypedRate
from desk.gate import Concern
from desk.offers import NoUsableRate, Offer
from desk.quoting import Desk
from tests.chat.book import FIAT, NOW, USDT_RUB, Book

BUY, SELL, CROSS = (Direction.parse(text) for text in ("RUB-USDT", "USDT-RUB", "USDT-THB"))


def desk(book: Book, *, now: datetime = NOW, price: Price = Price.SIDE, cross: Cross = Cross.RUB) -> Desk:
    return Desk(book, price=price, cross=cross, utcnow=lambda: now)


@pytest.mark.parametrize("direction", DIRECTIONS, ids=str)
def test_memory_answers_every_direction_without_asking_anybody(direction: Direction) -> None:
    book = Book(USDT_RUB, FIAT)
    assert desk(book).offer(direction).base.direction == direction
    assert desk(book).fetch(direction).base.direction == direction
    assert book.asked == []


def test_the_settings_choose_price_and_cross() -> None:
    book = Book(USDT_RUB, FIAT)
    assert desk(book, price=Price.CLOSE).offer(BUY).base.value == Decimal("81.65")
    assert desk(book, cross=Cross.USD).offer(CROSS).base.value == Decimal("32.358504")


def test_what_is_missing_is_named() -> None:
    with pytest.raises(NoUsableRate) as caught:
        desk(Book()).offer(CROSS)
    assert caught.value.feeds == (Feed.USDT_RUB, Feed.FIAT)
    assert caught.value.reasons == ("no rate",)


def test_a_leg_too_old_is_not_quoted_and_is_asked_anew() -> None:
    later = NOW + timedelta(minutes=31)
    book = Book(USDT_RUB, FIAT)
    with pytest.raises(NoUsableRate) as caught:
        desk(book, now=later).offer(CROSS)
    assert caught.value.feeds == (Feed.USDT_RUB,)
    assert caught.value.reasons == ("age",)

    book.next[Feed.USDT_RUB] = replace(USDT_RUB, fetched_at=later)
    assert desk(book, now=later).fetch(CROSS).base.legs[0].fetched_at == later
    assert book.asked == [Feed.USDT_RUB]


def test_what_is_too_old_to_be_quoted_restates_no_profit_and_tells_no_peg_of_another_rate() -> None:
    euro, later = Direction.parse("RUB-EUR"), NOW + timedelta(minutes=30)
    young = desk(Book(USDT_RUB, FIAT), now=later - timedelta(microseconds=1)).offer(euro).base
    old = desk(Book(USDT_RUB, FIAT), now=later).offer(euro).base
    assert (young.peg is None, young.rub_per_usdt_ask) == (False, USDT_RUB.ask)
    assert (old.peg, old.rub_per_usdt_ask, old.rub_per_usdt_bid) == (None, None, None)
    assert old.value == young.value
    assert desk(Book(USDT_RUB, FIAT), now=later).is_current(Offer(young))
    long_ago = replace(FIAT, source="apilayer", as_of=NOW - timedelta(hours=80))
    assert desk(Book(USDT_RUB, long_ago)).offer(BUY).base.peg is None


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
    book.next[Feed.USDT_RUB] = replace(USDT_RUB, bid=Decimal("81.64"), fetched_at=later)
    assert desk(book, now=later).refetch(SELL).base.value == Decimal("81.64")
    desk(book, now=later).refetch(Direction.parse("RUB-EUR"))
    assert book.asked == [Feed.USDT_RUB]


def test_refetch_of_what_came_this_moment_asks_nobody() -> None:
    book = Book(USDT_RUB, FIAT)
    desk(book, now=NOW + timedelta(seconds=9)).refetch(SELL)
    assert book.asked == []


def test_refetch_without_anything_in_memory_asks() -> None:
    book = Book()
    book.next[Feed.USDT_RUB] = USDT_RUB
    assert desk(book).refetch(SELL).base.value == Decimal("81.62")


def test_refetch_that_fails_says_so() -> None:
    book = Book(USDT_RUB)
    book.next[Feed.USDT_RUB] = DeskError("dead")
    with pytest.raises(NoUsableRate):
        desk(book, now=NOW + timedelta(minutes=1)).refetch(SELL)


def test_refetch_asks_for_a_fiat_table_that_is_too_old() -> None:
    later = NOW + timedelta(hours=81)
    book = Book(USDT_RUB, FIAT)
    book.next = {
        Feed.USDT_RUB: replace(USDT_RUB, fetched_at=later),
        Feed.FIAT: replace(FIAT, fetched_at=later, as_of=later),
    }
    assert desk(book, now=later).refetch(CROSS).base.legs[1].fetched_at == later
    assert sorted(book.asked) == [Feed.FIAT, Feed.USDT_RUB]


def moved(*, minutes: float = 0, factor: str = "1") -> Book:
    """Memory as it is later, at another price."""
    later, factor_ = NOW + timedelta(minutes=minutes), Decimal(factor)
    bid, ask = Decimal("81.62") * factor_, Decimal("81.66") * factor_
    return Book(replace(USDT_RUB, bid=bid, ask=ask, fetched_at=later), FIAT)


def test_a_base_rate_holds_for_a_while_against_small_moves() -> None:
    offer = desk(Book(USDT_RUB)).offer(SELL)
    assert desk(moved(minutes=5, factor="1.005"), now=NOW + timedelta(minutes=5)).is_current(offer)
    assert desk(moved(minutes=5, factor="0.995"), now=NOW + timedelta(minutes=5)).is_current(offer)


@pytest.mark.parametrize(
    "memory",
    [moved(minutes=5.1), moved(minutes=1, factor="1.0051"), moved(minutes=1, factor="0.9949"), Book()],
    ids=["far behind", "risen", "fallen", "nothing usable"],
)
def test_a_base_rate_is_not_current_when_memory_has_moved_on(memory: Book) -> None:
    offer = desk(Book(USDT_RUB)).offer(SELL)
    assert not desk(memory, now=NOW + timedelta(minutes=6)).is_current(offer)


def test_a_table_of_yesterday_is_not_current_when_memory_has_the_one_of_today() -> None:
    direction = Direction.parse("RUB-EUR")
    today = NOW + timedelta(hours=23)
    offer = desk(Book(FIAT)).offer(direction)
    assert desk(Book(FIAT), now=today).is_current(offer)
    assert not desk(Book(replace(FIAT, fetched_at=today, as_of=today)), now=today).is_current(offer)


def test_a_base_rate_made_of_other_legs_is_not_current() -> None:
    offer = desk(Book(USDT_RUB, FIAT), cross=Cross.USD).offer(CROSS)
    assert not desk(Book(USDT_RUB, FIAT), cross=Cross.RUB).is_current(offer)


def test_a_rate_taken_before_the_order_book_was_at_hand_is_taken_anew() -> None:
    book = Book(USDT_RUB, FIAT)
    without = desk(book).offer(SELL)
    level = Level(Decimal("81.62"), Decimal(100))
    book.order_book = replace(USDT_RUB, depth=Depth(bids=(level,), asks=(level,)))
    with_levels = desk(book).offer(SELL)
    assert with_levels.base.levels == (level,)
    assert not desk(book).is_current(without)
    assert desk(book).is_current(with_levels)
    book.order_book = None
    assert desk(book).is_current(with_levels)
    assert desk(book).is_current(without)


def test_with_the_gate_switched_off_a_doubtful_rate_is_quoted_and_the_doubt_is_said() -> None:
    book, later = Book(USDT_RUB, FIAT), NOW + timedelta(minutes=31)
    open_gate = Desk(book, price=Price.SIDE, cross=Cross.RUB, refuses=False, utcnow=lambda: later)

    offer = open_gate.offer(BUY)

    assert (offer.refusals, [each.concern for each in offer.findings]) == ((), [Concern.AGE])
    with pytest.raises(NoUsableRate):
        desk(book, now=later).offer(BUY)


def outcome(of: Desk, direction: Direction) -> Offer | tuple[str, ...]:
    try:
        return of.offer(direction)
    except NoUsableRate as error:
        return error.reasons


@pytest.mark.parametrize("source", ["erapi", "cbr"])
@pytest.mark.parametrize("cross", Cross)
def test_an_offer_made_before_is_what_would_be_made_now(source: str, cross: Cross) -> None:
    """Around each moment at which a snapshot comes of age."""
    book, now = Book(USDT_RUB, replace(FIAT, source=source, as_of=NOW - timedelta(days=1))), NOW
    asked = Desk(book, price=Price.SIDE, cross=cross, utcnow=lambda: now)

    for minutes in (0, 4.99, 5, 5.01, 29.99, 30, 119, 120, 26 * 60, 26 * 60 + 1, 80 * 60, 12 * 24 * 60, 13 * 24 * 60):
        now = NOW + timedelta(minutes=minutes)
        for direction in DIRECTIONS:
            for _ in range(2):
                assert outcome(asked, direction) == outcome(desk(book, now=now, cross=cross), direction), minutes


def test_an_offer_is_made_once_until_something_changes() -> None:
    book = Book(USDT_RUB, FIAT)
    asked = desk(book)
    made = asked.offer(CROSS)
    assert asked.offer(CROSS) is made

    book.held[Feed.USDT_RUB] = replace(USDT_RUB, bid=Decimal("81.60"))
    assert asked.offer(CROSS).base.value < made.base.value

    book.held[Feed.USDT_RUB] = USDT_RUB
    assert asked.offer(CROSS) == made

    book.jumped = (replace(USDT_RUB, bid=Decimal("90.00")),)
    with pytest.raises(NoUsableRate, match="usdt_rub"):
        asked.offer(CROSS)


def test_a_rate_that_somebody_types_is_quoted_at_once_and_no_longer_than_it_stands() -> None:
    standing: tuple[TypedRate, ...] = ()
    asked = Desk(Book(USDT_RUB, FIAT), typed=lambda: standing, price=Price.SIDE, cross=Cross.RUB, utcnow=lambda: NOW)
    before = asked.offer(BUY)

    pair, until = Pair(Currency.RUB, per=Currency.USDT), NOW + timedelta(minutes=30)
    standing = (TypedRate(pair, Decimal("80.10"), by=1, name="Аня", at=NOW, until=until),)
    assert asked.offer(BUY).base.value == Decimal("80.10")

    standing = ()
    assert asked.offer(BUY) == before
