"""Given quotes are kept exactly, for good, and decided once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest

from calc.base import base_rate
from calc.deal import quote_paying
from calc.deeds import Deed
from calc.directions import DIRECTIONS, Direction
from calc.margins import Margin
from calc.quotes import Author, GivenQuote, QuoteState, Terms
from storage.audit import Audit
from storage.database import Database, open_database
from storage.quotes import Quotes
from tests.calc.market import MARKET
from tests.storage.conftest import Clock

ANYA, BORIS = Author(1001, "Аня"), Author(1002, "Boris")


@pytest.fixture
def quotes(database: Database) -> Quotes:
    return Quotes(database)


def terms(direction: Direction, margin: str = "2%", *, reverse: bool = False) -> Terms:
    quote = quote_paying(base_rate(direction, MARKET), Margin.parse(margin), pays=Decimal("1000.50"))
    return Terms.of(quote, reverse=reverse)


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
    told = terms(direction, margin, reverse=margin == "2%")
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
    assert quotes.decide(number, QuoteState.ACCEPTED, by=BORIS, at=clock())
    assert not quotes.decide(number, QuoteState.DECLINED, by=ANYA, at=clock())
    kept = quotes.find(number)
    assert kept is not None
    assert (kept.state, kept.decided_by, kept.decided_name) == (QuoteState.ACCEPTED, 1002, "Boris")
    assert kept.decided_at == clock()


def test_of_many_decisions_at_once_one_is_taken(quotes: Quotes, clock: Clock) -> None:
    number = give(quotes, clock).number
    states = [QuoteState.ACCEPTED, QuoteState.DECLINED, QuoteState.CANCELLED] * 4
    with ThreadPoolExecutor(len(states)) as pool:
        decided = list(pool.map(lambda state: quotes.decide(number, state, by=ANYA, at=clock()), states))
    assert decided.count(True) == 1


def test_a_quote_that_is_over_is_not_decided_any_more(quotes: Quotes, clock: Clock) -> None:
    number = give(quotes, clock).number
    clock.forward(minutes=15)
    assert not quotes.decide(number, QuoteState.ACCEPTED, by=ANYA, at=clock())


def test_what_expired_is_written_down_by_its_end_and_nothing_else_is(quotes: Quotes, clock: Clock) -> None:
    over, accepted = give(quotes, clock).number, give(quotes, clock, "d1:8").number
    quotes.decide(accepted, QuoteState.ACCEPTED, by=ANYA, at=clock())
    clock.forward(minutes=10)
    later = give(quotes, clock, "d1:9").number
    clock.forward(minutes=6)
    assert [quote.number for quote in quotes.expire(clock())] == [over]
    assert quotes.expire(clock()) == []
    kept = [quotes.find(number) for number in (over, accepted, later)]
    assert [quote.state for quote in kept if quote] == [QuoteState.EXPIRED, QuoteState.ACCEPTED, QuoteState.OPEN]
    assert kept[0] is not None
    assert kept[0].decided_at == kept[0].valid_until


def test_the_open_ones_are_found_the_next_to_expire_first(quotes: Quotes, clock: Clock) -> None:
    second = give(quotes, clock, "a", valid_until=clock() + timedelta(minutes=20))
    first = give(quotes, clock, "b")
    declined = give(quotes, clock, "c")
    quotes.decide(declined.number, QuoteState.DECLINED, by=ANYA, at=clock())
    assert quotes.open(clock()) == [first, second]
    assert quotes.open(clock(), limit=1) == [first]
    assert quotes.open(clock() + timedelta(minutes=15)) == [second]


def test_a_restart_finds_every_quote(quotes: Quotes, clock: Clock, database: Database, url: str) -> None:
    quote = give(quotes, clock)
    database.close()
    again = open_database(url)
    assert Quotes(again).find(quote.number) == quote
    again.close()


def replaced(quotes: Quotes, clock: Clock, number: int, **changes: object) -> GivenQuote | None:
    told = {"author": BORIS, "terms": terms(DIRECTIONS[1]), "given_at": clock()}
    told["valid_until"] = clock() + timedelta(minutes=15)
    return quotes.replace(f"requote:{number}", number, **{**told, **changes})  # type: ignore[arg-type]  # any field


def test_a_replaced_quote_ends_by_the_new_one_which_names_it(quotes: Quotes, clock: Clock) -> None:
    old = give(quotes, clock)
    clock.forward(minutes=1)
    new = replaced(quotes, clock, old.number)
    assert new is not None
    assert (new.requote_of, new.client, new.author, new.terms) == (old.number, "Иван", BORIS, terms(DIRECTIONS[1]))
    ended = quotes.find(old.number)
    assert ended is not None
    assert (ended.state, ended.decided_name, ended.decided_at) == (QuoteState.CANCELLED, "Boris", clock())
    assert quotes.added(f"requote:{old.number}") == new
    assert replaced(quotes, clock, old.number, author=ANYA) == new


def test_what_a_deal_was_made_of_and_what_was_never_given_is_not_replaced(quotes: Quotes, clock: Clock) -> None:
    number = give(quotes, clock).number
    quotes.decide(number, QuoteState.ACCEPTED, by=ANYA, at=clock())
    assert replaced(quotes, clock, number) is None
    assert replaced(quotes, clock, 77) is None
    assert quotes.added("requote:77") is None


def test_a_client_is_named_and_the_last_ones_are_known(quotes: Quotes, clock: Clock) -> None:
    for key, client in (("a", "Иван"), ("b", "Пётр"), ("c", ""), ("d", "Иван")):
        clock.forward(minutes=1)
        last = give(quotes, clock, key, client=client)
    give(quotes, clock, "e", author=BORIS, client="Олег")
    assert quotes.clients(ANYA.id, 5) == [("Иван", 4), ("Пётр", 2)]
    assert quotes.clients(ANYA.id, 1) == [("Иван", 4)]
    named = quotes.name_client(last.number, "Анна", by=BORIS, at=clock())
    assert named == quotes.find(last.number)
    assert named is not None
    assert named.client == "Анна"
    assert quotes.name_client(77, "Анна", by=BORIS, at=clock()) is None


def deeds(database: Database) -> list[Deed]:
    return [deed for _, deed in reversed(Audit(database).latest(100))]


def test_every_change_is_in_the_audit_once_with_what_a_report_needs(
    quotes: Quotes, clock: Clock, database: Database
) -> None:
    old = give(quotes, clock, client="")
    give(quotes, clock, client="")  # the same press handled again
    quotes.name_client(old.number, "Иван", by=BORIS, at=clock())
    quotes.name_client(old.number, "Иван", by=BORIS, at=clock())
    new = replaced(quotes, clock, old.number)
    assert new is not None
    for _ in range(2):
        quotes.decide(new.number, QuoteState.ACCEPTED, by=ANYA, at=clock())
    late = give(quotes, clock, "late")
    clock.forward(hours=1)
    quotes.expire(clock())

    found = deeds(database)
    assert [(deed.kind, deed.subject, deed.by, deed.name) for deed in found] == [
        ("quote.given", old.id, 1001, "Аня"),
        ("quote.client", old.id, 1002, "Boris"),
        ("quote.cancelled", old.id, 1002, "Boris"),
        ("quote.given", new.id, 1002, "Boris"),
        ("quote.accepted", new.id, 1001, "Аня"),
        ("quote.given", late.id, 1001, "Аня"),
        ("quote.expired", late.id, None, ""),
    ]
    assert (new.number, late.number) == (2, 3)
    assert found[1].details == {"old": "", "new": "Иван"}
    assert found[-1].at == late.valid_until
    told = terms(DIRECTIONS[1])
    assert found[4].details == {
        "author": "1002",
        "author_name": "Boris",
        "client": "Иван",
        "direction": str(told.direction),
        "pays": f"{told.pays:f}",
        "gets": f"{told.gets:f}",
        "rate": f"{told.rate.value:f}",
        "rate_of": told.rate.of,
        "rate_per": told.rate.per,
        "margin": "2%",
        "base": f"{told.base.value:f}",
        "earned_percent": f"{told.earned_percent:f}",
        "profit_rub": f"{told.profit_rub:f}",
        "profit_usdt": f"{told.profit_usdt:f}",
        "requote_of": "1",
    }


def test_a_profit_that_is_not_known_is_not_in_the_audit(quotes: Quotes, clock: Clock, database: Database) -> None:
    base = base_rate(Direction.parse("RUB-EUR"), type(MARKET)(fiat=MARKET.fiat))
    give(quotes, clock, terms=Terms.of(quote_paying(base, Margin(Decimal(2)), pays=Decimal(1000))))
    assert "profit_usdt" not in deeds(database)[0].details
    assert "profit_rub" in deeds(database)[0].details


def test_a_change_that_is_undone_leaves_no_trace_in_the_audit(quotes: Quotes, clock: Clock, database: Database) -> None:
    def fail() -> None:
        with database.write():
            give(quotes, clock)
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert deeds(database) == []
    assert quotes.find(1) is None


def test_a_quote_of_before_the_columns_were_there_reads_as_one_that_names_what_is_paid(database: Database) -> None:
    quotes = Quotes(database)
    quote = give(quotes, Clock())
    row = database.read().execute("SELECT is_reverse, decided_name FROM quotes").fetchone()
    assert row == (0, "")
    assert not quote.terms.reverse
