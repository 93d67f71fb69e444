"""What a day added up to is kept with every quote, exactly, and equals what all quotes add up to."""

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from calc.base import base_rate
from calc.deal import quote_paying
from calc.directions import DIRECTIONS, Direction
from calc.margins import Margin
from calc.quotes import Author, GivenQuote, QuoteState, Terms
from calc.totals import Total, summed
from storage.database import Database, open_database
from storage.quotes import Quotes
from storage.totals import DayTotals
from tests.calc.market import MARKET

MOSCOW, KATHMANDU = ZoneInfo("Europe/Moscow"), ZoneInfo("Asia/Kathmandu")
ANYA, BORIS = Author(1001, "Аня"), Author(1002, "Boris")
RUB_USDT = Direction.parse("RUB-USDT")
TODAY = date(2026, 11, 21)
NOON = datetime(2026, 11, 21, 9, tzinfo=UTC)
VALID = timedelta(minutes=15)

Give = Callable[..., GivenQuote]


def terms(direction: Direction = RUB_USDT, pays: str = "1000.50", margin: str = "2%") -> Terms:
    return Terms.of(quote_paying(base_rate(direction, MARKET), Margin.parse(margin), pays=Decimal(pays)))


@pytest.fixture
def quotes(database: Database) -> Quotes:
    return Quotes(database)


@pytest.fixture
def totals(database: Database) -> DayTotals:
    totals = DayTotals(database)
    assert totals.use_zone(MOSCOW)
    return totals


@pytest.fixture
def give(quotes: Quotes) -> Give:
    def give(at: datetime = NOON, *, author: Author = ANYA, told: Terms | None = None, key: str = "") -> GivenQuote:
        return quotes.add(
            key or f"{at}{author}{told}",
            author=author,
            client="",
            terms=told or terms(),
            given_at=at,
            valid_until=at + VALID,
        )

    return give


def test_a_quote_counts_on_the_day_it_is_given_and_its_deal_when_it_is_accepted(
    quotes: Quotes, totals: DayTotals, give: Give
) -> None:
    quote = give()
    assert totals.between(TODAY, TODAY) == [Total(ANYA, RUB_USDT, given=1)]
    quotes.decide(quote.number, QuoteState.ACCEPTED, by=BORIS, at=NOON)
    assert totals.between(TODAY, TODAY) == [
        Total(
            ANYA,
            RUB_USDT,
            given=1,
            accepted=1,
            deals=1,
            pays=Decimal("1000.50"),
            gets=quote.terms.gets,
            profit_rub=quote.terms.profit_rub or Decimal(0),
            profit_usdt=quote.terms.profit_usdt or Decimal(0),
        )
    ]


def test_a_quote_that_is_accepted_after_midnight_is_a_deal_of_the_next_day(
    quotes: Quotes, totals: DayTotals, give: Give
) -> None:
    quote = give(datetime(2026, 11, 21, 20, 55, tzinfo=UTC))  # 23:55 in Moscow
    quotes.decide(quote.number, QuoteState.ACCEPTED, by=ANYA, at=quote.given_at + timedelta(minutes=10))
    tomorrow = TODAY + timedelta(days=1)
    (first,), (second,), (both,) = (
        totals.between(*days) for days in ((TODAY, TODAY), (tomorrow, tomorrow), (TODAY, tomorrow))
    )
    assert (first.given, first.accepted, first.deals, first.pays) == (1, 1, 0, Decimal(0))
    assert (second.given, second.accepted, second.deals, second.pays) == (0, 0, 1, Decimal("1000.50"))
    assert (both.given, both.accepted, both.deals, both.pays) == (1, 1, 1, Decimal("1000.50"))


@pytest.mark.parametrize("state", [QuoteState.DECLINED, QuoteState.CANCELLED])
def test_what_was_not_accepted_is_no_deal(quotes: Quotes, totals: DayTotals, give: Give, state: QuoteState) -> None:
    quotes.decide(give().number, state, by=ANYA, at=NOON)
    assert totals.between(TODAY, TODAY) == [Total(ANYA, RUB_USDT, given=1)]


def test_nothing_counts_twice(quotes: Quotes, totals: DayTotals, give: Give) -> None:
    number = give(key="d1:7").number
    give(key="d1:7")
    assert quotes.decide(number, QuoteState.ACCEPTED, by=ANYA, at=NOON)
    assert not quotes.decide(number, QuoteState.ACCEPTED, by=BORIS, at=NOON)
    (total,) = totals.between(TODAY, TODAY)
    assert (total.given, total.accepted, total.deals) == (1, 1, 1)


def test_what_is_undone_is_not_counted(database: Database, totals: DayTotals, give: Give) -> None:
    def fail() -> None:
        with database.write():
            give()
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert totals.between(TODAY, TODAY) == []


def test_a_profit_that_is_not_known_is_counted_and_not_summed(quotes: Quotes, totals: DayTotals, give: Give) -> None:
    base = base_rate(Direction.parse("RUB-EUR"), type(MARKET)(fiat=MARKET.fiat))
    unknown = Terms.of(quote_paying(base, Margin(Decimal(2)), pays=Decimal(1000)))
    quotes.decide(give(told=unknown).number, QuoteState.ACCEPTED, by=ANYA, at=NOON)
    (total,) = totals.between(TODAY, TODAY)
    assert (total.profit_usdt, total.without_usdt, total.without_rub) == (Decimal(0), 1, 0)
    assert total.profit_rub == unknown.profit_rub


def test_the_last_name_of_an_operator_stands(totals: DayTotals, give: Give) -> None:
    give()
    give(NOON + timedelta(minutes=1), author=Author(1001, "Анна"))
    assert [each.author.name for each in totals.between(TODAY, TODAY)] == ["Анна"]


def a_busy_month(quotes: Quotes, give: Give, seed: int) -> None:
    dice = random.Random(seed)
    at = datetime(2026, 10, 25, tzinfo=UTC)
    for _ in range(300):
        at += timedelta(minutes=dice.randrange(300))
        amount = f"{dice.randrange(100_00, 900_000_00) / 100:.2f}"
        told = terms(dice.choice(DIRECTIONS), pays=amount, margin=dice.choice(["0.5%", "2%", "1.25%"]))
        quote = give(at, author=dice.choice([ANYA, BORIS]), told=told)
        state = dice.choice([QuoteState.ACCEPTED, QuoteState.ACCEPTED, QuoteState.DECLINED, None])
        if state is not None:
            decided = at + timedelta(seconds=dice.randrange(900))
            assert quotes.decide(quote.number, state, by=ANYA, at=decided)


def of_each_day(totals: DayTotals) -> dict[date, list[Total]]:
    days = (date(2026, 10, 1) + timedelta(days=count) for count in range(100))
    return {day: kept for day in days if (kept := totals.between(day, day))}


@pytest.mark.parametrize("seed", [1, 2])
def test_what_is_kept_is_what_all_quotes_add_up_to(quotes: Quotes, totals: DayTotals, give: Give, seed: int) -> None:
    a_busy_month(quotes, give, seed)
    kept = of_each_day(totals)
    assert len(kept) > 25
    assert kept == totals.recount(MOSCOW)


def test_a_period_is_the_sum_of_its_days(quotes: Quotes, totals: DayTotals, give: Give) -> None:
    a_busy_month(quotes, give, 4)
    days = of_each_day(totals)
    first, last = sorted(days)[3], sorted(days)[17]
    parts = [each for day, kept in days.items() if first <= day <= last for each in kept]
    whole = totals.between(first, last)
    assert summed(whole) == summed(parts)
    assert len({(each.author.id, each.direction) for each in whole}) == len(whole)


def test_another_zone_cuts_all_days_anew_and_those_to_come(
    database: Database, quotes: Quotes, totals: DayTotals, give: Give, url: str
) -> None:
    a_busy_month(quotes, give, 3)
    assert not totals.use_zone(MOSCOW)
    assert totals.use_zone(KATHMANDU)
    give(datetime(2026, 12, 24, 18, 20, tzinfo=UTC))  # 00:05 of Christmas there
    kept = of_each_day(totals)
    assert kept == totals.recount(KATHMANDU)
    assert kept != totals.recount(MOSCOW)
    assert max(kept) == date(2026, 12, 25)
    database.close()
    again = open_database(url)
    assert not DayTotals(again).use_zone(KATHMANDU)
    assert of_each_day(DayTotals(again)) == kept
    again.close()


def test_days_are_those_of_utc_until_a_zone_is_used(database: Database, give: Give) -> None:
    give(datetime(2026, 11, 21, 23, 55, tzinfo=UTC))
    totals = DayTotals(database)
    assert [each.given for each in totals.between(TODAY, TODAY)] == [1]
    assert totals.use_zone(MOSCOW)
    assert totals.between(TODAY, TODAY) == []


def test_sums_stay_exact_where_floats_would_not(quotes: Quotes, totals: DayTotals, give: Give) -> None:
    for minute in range(10):
        told = terms(pays="999999999.99")
        quote = give(NOON + timedelta(minutes=minute), told=told)
        quotes.decide(quote.number, QuoteState.ACCEPTED, by=ANYA, at=quote.given_at)
    (total,) = totals.between(TODAY, TODAY)
    assert total.pays == Decimal("9999999999.90")
