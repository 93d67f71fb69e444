"""Given quotes are kept exactly, for good, and decided once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest

from calc.base import base_rate
from calc.deal import quote_paying
from calc.directions import DIRECTIONS, Direction
from calc.margins import Margin
from calc.quotes import Author, GivenQuote, QuoteState, Terms
from storage.database import Database, open_database
from storage.quotes import Quotes
from tests.calc.test_base import MARKET
from tests.storage.conftest import Clock

ANYA = Author(1001, "Аня")


@pytest.fixture
def quotes(database: Database) -> Quotes:
    return Quotes(database)


def terms(direction: Direction, margin: str = "2%") -> Terms:
    return Terms.of(quote_paying(base_rate(direction, MARKET), Margin.parse(margin), pays=Decimal("1000.50")))


def give(quotes: Quotes, clock: Clock, key: str = "d1:7", **changes: object) -> GivenQuote:
    told = {
        "author": ANYA,
        "client": "Иван",
        "terms": terms(DIRECTIONS[0]),
        "given_at": clock(),
        "valid_until": clock() + timedelta(minutes=15),
    }
    return quotes.add(key, **{**told, **changes})  # type: ignore[arg-type]  # any field


@pytest.mark.parametrize("margin", ["2%", "0.01%", "+0.5"])
@pytest.mark.parametrize("direction", DIRECTIONS, ids=str)
def test_a_quote_of_every_direction_is_read_back_exactly(
    quotes: Quotes, clock: Clock, direction: Direction, margin: str
) -> None:
    told = terms(direction, margin)
    quote = give(quotes, clock, terms=told)
    assert quote.terms == told
    assert quotes.find(quote.number) == quote
    assert (quote.author, quote.client, quote.given_at) == (ANYA, "Иван", clock())
    assert (quote.state, quote.requote_of, quote.decided_at, quote.decided_by) == (QuoteState.OPEN, None, None, None)


def test_a_profit_that_is_not_known_stays_unknown(quotes: Quotes, clock: Clock) -> None:
    base = base_rate(Direction.parse("RUB-EUR"), type(MARKET)(fiat=MARKET.fiat))
    unknown = Terms.of(quote_paying(base, Margin(Decimal(2)), pays=Decimal(1000)))
    assert unknown.profit_usdt is None
    assert give(quotes, clock, terms=unknown).terms == unknown


def test_numbers_rise_and_are_never_given_twice(quotes: Quotes, clock: Clock, database: Database) -> None:
    assert [give(quotes, clock, f"d1:{press}").number for press in range(3)] == [1, 2, 3]
    with database.write() as connection:
        connection.execute("DELETE FROM quotes WHERE number = 3")
    assert give(quotes, clock, "d1:9").number == 4


def test_the_same_key_is_one_quote_and_keeps_its_first_terms(quotes: Quotes, clock: Clock) -> None:
    first = give(quotes, clock)
    clock.forward(minutes=1)
    assert give(quotes, clock, client="Пётр") == first


def test_a_number_that_was_never_given_is_nothing(quotes: Quotes) -> None:
    assert quotes.find(1) is None


def test_an_open_quote_is_decided_once(quotes: Quotes, clock: Clock) -> None:
    number = give(quotes, clock).number
    clock.forward(minutes=5)
    assert quotes.decide(number, QuoteState.ACCEPTED, by=1002, at=clock())
    assert not quotes.decide(number, QuoteState.DECLINED, by=1001, at=clock())
    kept = quotes.find(number)
    assert kept is not None
    assert (kept.state, kept.decided_by, kept.decided_at) == (QuoteState.ACCEPTED, 1002, clock())


def test_of_many_decisions_at_once_one_is_taken(quotes: Quotes, clock: Clock) -> None:
    number = give(quotes, clock).number
    states = [QuoteState.ACCEPTED, QuoteState.DECLINED, QuoteState.CANCELLED] * 4
    with ThreadPoolExecutor(len(states)) as pool:
        decided = list(pool.map(lambda state: quotes.decide(number, state, by=1, at=clock()), states))
    assert decided.count(True) == 1


def test_a_quote_that_is_over_is_not_decided_any_more(quotes: Quotes, clock: Clock) -> None:
    number = give(quotes, clock).number
    clock.forward(minutes=15)
    assert not quotes.decide(number, QuoteState.ACCEPTED, by=1001, at=clock())


def test_what_expired_is_written_down_by_its_end_and_nothing_else_is(quotes: Quotes, clock: Clock) -> None:
    over, accepted = give(quotes, clock).number, give(quotes, clock, "d1:8").number
    quotes.decide(accepted, QuoteState.ACCEPTED, by=1001, at=clock())
    clock.forward(minutes=10)
    later = give(quotes, clock, "d1:9").number
    clock.forward(minutes=6)
    assert quotes.expire(clock()) == 1
    assert quotes.expire(clock()) == 0
    kept = [quotes.find(number) for number in (over, accepted, later)]
    assert [quote.state for quote in kept if quote] == [QuoteState.EXPIRED, QuoteState.ACCEPTED, QuoteState.OPEN]
    assert kept[0] is not None
    assert kept[0].decided_at == kept[0].valid_until


def test_the_open_ones_are_found_the_next_to_expire_first(quotes: Quotes, clock: Clock) -> None:
    second = give(quotes, clock, "a", valid_until=clock() + timedelta(minutes=20))
    first = give(quotes, clock, "b")
    declined = give(quotes, clock, "c")
    quotes.decide(declined.number, QuoteState.DECLINED, by=1001, at=clock())
    assert quotes.open(clock()) == [first, second]
    assert quotes.open(clock(), limit=1) == [first]
    assert quotes.open(clock() + timedelta(minutes=15)) == [second]


def test_a_restart_finds_every_quote(quotes: Quotes, clock: Clock, database: Database, url: str) -> None:
    quote = give(quotes, clock)
    database.close()
    again = open_database(url)
    assert Quotes(again).find(quote.number) == quote
    again.close()
