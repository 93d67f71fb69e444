"""An open quote whose margin falls under the floor is told of, once for each real fall."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from calc.base import Price
from calc.deal import quote_paying
from calc.directions import Cross, Direction
from calc.margins import Margin
from calc.quotes import Author, GivenQuote, QuoteState, Terms, Warned
from calc.snapshots import Feed
from desk.quote_guard import Fall, QuoteGuard
from desk.quoting import Desk
from tests.chat.book import FIAT, NOW, USDT_RUB, Book

ANYA = Author(1001, "Аня")
BUY, SELL = Direction.parse("RUB-USDT"), Direction.parse("USDT-RUB")
FLOOR = Margin(Decimal("0.5"))


class Kept:
    """Quotes and warnings in memory; `of_open` knows no more than the database does."""

    def __init__(self) -> None:
        self.quotes: dict[int, GivenQuote] = {}
        self.warned: dict[int, Warned] = {}

    def open(self, now: datetime) -> list[GivenQuote]:
        return [each for each in self.quotes.values() if each.state_at(now) is QuoteState.OPEN]

    def of_open(self, now: datetime) -> dict[int, Warned]:
        numbers = {each.number for each in self.open(now)}
        return {number: warned for number, warned in self.warned.items() if number in numbers}

    def keep(self, number: int, warned: Warned | None) -> None:
        if warned is None:
            del self.warned[number]
        else:
            self.warned[number] = warned


class Guarded:
    def __init__(self) -> None:
        self.now = NOW
        self.book = Book(USDT_RUB, FIAT)
        self.kept = Kept()
        self.floor = FLOOR
        self.desk = Desk(self.book, price=Price.SIDE, cross=Cross.RUB, utcnow=lambda: self.now)
        self.restart()

    def restart(self) -> None:
        self.guard = QuoteGuard(
            self.kept,
            self.kept,
            offer=self.desk.offer,
            floor_of=lambda _direction, _amount: self.floor,
            utcnow=lambda: self.now,
        )

    def give(self, direction: Direction = BUY, margin: str = "1.5%", pays: str = "358000") -> GivenQuote:
        made = quote_paying(self.desk.offer(direction).base, Margin.parse(margin), pays=Decimal(pays))
        number = len(self.kept.quotes) + 142
        until = self.now + timedelta(minutes=15)
        self.kept.quotes[number] = GivenQuote(number, ANYA, "", Terms.of(made), given_at=self.now, valid_until=until)
        return self.kept.quotes[number]

    def market(self, percent: str) -> None:
        """Both sides so many percent above where they began."""
        part = 1 + Decimal(percent) / 100
        assert USDT_RUB.ask is not None
        assert USDT_RUB.bid is not None
        self.book.held[Feed.USDT_RUB] = replace(
            USDT_RUB, ask=USDT_RUB.ask * part, bid=USDT_RUB.bid * part, close=USDT_RUB.close * part, fetched_at=self.now
        )

    def told(self) -> list[Decimal]:
        """The margins of which the author hears with this look."""
        falls = self.guard.look()
        for fall in falls:
            self.guard.told(fall)
        return [fall.worth.earned_percent for fall in falls]


@pytest.fixture
def guarded() -> Guarded:
    return Guarded()


def test_a_margin_above_the_floor_is_no_news(guarded: Guarded) -> None:
    guarded.give()
    assert guarded.told() == []
    guarded.market("0.9")
    assert guarded.told() == []


def test_a_margin_that_falls_under_the_floor_is_told_once_with_what_it_is_now(guarded: Guarded) -> None:
    quote = guarded.give()
    guarded.market("1.15")
    [fall] = guarded.guard.look()
    assert fall.quote == quote
    assert fall.floor_percent == Decimal("0.5")
    assert fall.worth.earned_percent == Decimal("0.34")
    assert fall.worth.profit_rub is not None
    assert quote.terms.profit_rub is not None
    assert fall.worth.profit_rub < quote.terms.profit_rub
    assert guarded.guard.look() == [], "it is on its way to be told"
    guarded.guard.told(fall)
    assert guarded.told() == []


def test_what_the_client_sells_is_guarded_against_a_falling_market(guarded: Guarded) -> None:
    guarded.give(SELL, pays="5000")
    guarded.market("1.5")
    assert guarded.told() == []
    guarded.market("-1.2")
    assert guarded.told() == [Decimal("0.29")]


def test_it_is_told_again_only_after_a_real_further_fall(guarded: Guarded) -> None:
    guarded.give()
    for percent, expected in (
        ("1.15", ["0.34"]),
        ("1.25", []),
        ("1.39", []),
        ("1.41", ["0.08"]),
        ("1.20", []),
        ("1.60", []),
        ("1.70", ["-0.21"]),
    ):
        guarded.market(percent)
        assert guarded.told() == [Decimal(each) for each in expected], percent


def test_after_a_recovery_the_next_fall_is_a_new_one(guarded: Guarded) -> None:
    guarded.give()
    guarded.market("1.15")
    assert len(guarded.told()) == 1
    guarded.market("0.9")
    assert guarded.told() == [], "above the floor, but hardly"
    guarded.market("1.15")
    assert guarded.told() == []
    guarded.market("0.6")
    assert guarded.told() == []
    guarded.market("1.15")
    assert len(guarded.told()) == 1


def test_what_was_told_is_not_told_again_after_a_restart(guarded: Guarded) -> None:
    guarded.give()
    guarded.market("1.15")
    assert len(guarded.told()) == 1
    guarded.restart()
    assert guarded.told() == []


def test_what_could_not_be_told_is_due_again(guarded: Guarded) -> None:
    guarded.give()
    guarded.market("1.15")
    [fall] = guarded.guard.look()
    guarded.guard.not_told(fall)
    assert len(guarded.told()) == 1


def test_a_held_quote_is_told_of_again_only_when_it_falls_by_much(guarded: Guarded) -> None:
    quote = guarded.give()
    guarded.market("1.15")
    assert len(guarded.told()) == 1
    guarded.market("1.3")
    assert guarded.guard.hold(quote) == Decimal("0.19")
    guarded.market("2.1")
    assert guarded.told() == []
    guarded.market("2.4")
    assert guarded.told() == [Decimal("-0.89")]


def test_a_quote_that_was_given_under_the_floor_is_told_of_when_it_falls_from_there(guarded: Guarded) -> None:
    guarded.give(margin="0.3%")
    assert guarded.told() == []
    guarded.market("0.2")
    assert guarded.told() == []
    guarded.market("0.3")
    assert guarded.told() == [Decimal("-0.01")]


def test_only_open_quotes_are_guarded(guarded: Guarded) -> None:
    number = guarded.give().number
    guarded.kept.quotes[number] = replace(guarded.kept.quotes[number], state=QuoteState.ACCEPTED)
    guarded.give()
    guarded.now += timedelta(minutes=16)
    guarded.market("3")
    assert guarded.told() == []


def test_a_rate_that_is_not_to_be_used_values_nothing(guarded: Guarded) -> None:
    quote = guarded.give()
    guarded.give()
    guarded.market("1.15")
    guarded.now += timedelta(minutes=10)
    guarded.book.held.pop(Feed.USDT_RUB)
    assert guarded.told() == []
    assert guarded.guard.hold(quote) is None
    assert guarded.kept.warned == {}


def test_a_floor_in_units_of_the_rate_is_what_a_quote_at_it_would_earn(guarded: Guarded) -> None:
    guarded.floor = Margin(Decimal("0.50"), absolute=True)
    guarded.give()
    guarded.market("0.85")
    assert guarded.told() == []
    guarded.market("0.95")
    [fall] = guarded.guard.look()
    assert fall.floor_percent == Decimal("0.61")


@pytest.mark.parametrize("floor", ["+1000", "+0.5"])
def test_a_floor_that_fits_no_amount_guards_against_a_loss(guarded: Guarded, floor: str) -> None:
    guarded.floor = Margin.parse(floor)
    guarded.give(pays="358000" if floor == "+1000" else "0.84")
    guarded.market("1")
    before = guarded.told()
    guarded.market("4")
    assert (before, len(guarded.told())) == ([], 1)


def test_a_thousand_open_quotes_are_valued_in_the_blink_of_an_eye(
    guarded: Guarded, record_property: Callable[[str, object], None]
) -> None:
    directions = [BUY, SELL, Direction.parse("USDT-THB"), Direction.parse("RUB-IDR")]
    for number in range(1000):
        guarded.give(directions[number % 4], pays=str(100_000 + number))
    guarded.market("0.1")
    begun = time.process_time()
    assert guarded.guard.look() == []
    spent_s = time.process_time() - begun
    record_property("revaluation_ms", round(spent_s * 1000))
    assert spent_s < 1


def test_a_fall_names_its_quote(guarded: Guarded) -> None:
    guarded.give()
    guarded.market("5")
    assert [type(each) for each in guarded.guard.look()] == [Fall]
