"""The life of a quote, and what is too late."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from calc.quotes import Author, GivenQuote, QuoteState, Terms
from desk.quote_book import NoSuchQuote, QuoteBook, QuoteIsOver
from tests.calc.test_quotes import NOW, terms

ANYA, BORIS = Author(1001, "Аня"), Author(1002, "Boris")


class Store:
    """As the database does it, in memory."""

    def __init__(self) -> None:
        self.quotes: dict[int, GivenQuote] = {}
        self.keys: dict[str, int] = {}
        self._numbers = itertools.count(1)

    def add(
        self,
        key: str,
        *,
        author: Author,
        client: str,
        terms: Terms,
        given_at: datetime,
        valid_until: datetime,
        requote_of: int | None = None,
    ) -> GivenQuote:
        if key not in self.keys:
            number = self.keys[key] = next(self._numbers)
            self.quotes[number] = GivenQuote(
                number, author, client, terms, given_at=given_at, valid_until=valid_until, requote_of=requote_of
            )
        return self.quotes[self.keys[key]]

    def replace(
        self, key: str, number: int, *, author: Author, terms: Terms, given_at: datetime, valid_until: datetime
    ) -> GivenQuote | None:
        if key not in self.keys:
            self.decide(number, QuoteState.CANCELLED, by=author, at=given_at)
            old = self.find(number)
            if old is None or old.state is QuoteState.ACCEPTED:
                return None
            self.add(
                key,
                author=author,
                client=old.client,
                terms=terms,
                given_at=given_at,
                valid_until=valid_until,
                requote_of=number,
            )
        return self.added(key)

    def added(self, key: str) -> GivenQuote | None:
        return self.quotes[self.keys[key]] if key in self.keys else None

    def find(self, number: int) -> GivenQuote | None:
        return self.quotes.get(number)

    def decide(self, number: int, state: QuoteState, *, by: Author, at: datetime) -> bool:
        quote = self.quotes.get(number)
        if quote is None or quote.state_at(at) is not QuoteState.OPEN:
            return False
        self.quotes[number] = replace(quote, state=state, decided_at=at, decided_by=by.id, decided_name=by.name)
        return True

    def name_client(self, number: int, client: str, *, by: Author, at: datetime) -> GivenQuote | None:
        if number in self.quotes:
            self.quotes[number] = replace(self.quotes[number], client=client)
        return self.quotes.get(number)

    def clients(self, author: int, limit: int) -> list[tuple[str, int]]:
        named = {each.client: each.number for each in self.quotes.values() if each.author.id == author and each.client}
        return list(named.items())[::-1][:limit]

    def expire(self, at: datetime) -> list[GivenQuote]:
        over = [quote for quote in self.quotes.values() if quote.state is not quote.state_at(at)]
        for quote in over:
            self.quotes[quote.number] = replace(quote, state=QuoteState.EXPIRED, decided_at=quote.valid_until)
        return [self.quotes[quote.number] for quote in over]


class Desk:
    def __init__(self) -> None:
        self.now = NOW
        self.store = Store()
        self.told: list[tuple[int, str]] = []
        self.book = QuoteBook(
            self.store,
            utcnow=lambda: self.now,
            tell=lambda quote: self.told.append((quote.number, str(quote.state))),
        )

    def given(self) -> GivenQuote:
        return self.book.give("d1:7", terms(), author=ANYA, client="Иван")


@pytest.fixture
def desk() -> Desk:
    return Desk()


DECISIONS: dict[QuoteState, Callable[[QuoteBook], GivenQuote]] = {
    QuoteState.ACCEPTED: lambda book: book.accept(1, by=BORIS),
    QuoteState.DECLINED: lambda book: book.decline(1, by=BORIS),
    QuoteState.CANCELLED: lambda book: book.cancel(1, by=BORIS),
}


def test_a_given_quote_is_open_for_a_quarter_of_an_hour(desk: Desk) -> None:
    quote = desk.given()
    assert (quote.author, quote.client, quote.state) == (ANYA, "Иван", QuoteState.OPEN)
    assert quote.valid_until - quote.given_at == timedelta(minutes=15)
    assert desk.book.find(quote.number) == quote


def test_the_same_press_gives_one_quote_however_often_it_is_handled(desk: Desk) -> None:
    assert desk.book.given("d1:7") is None
    assert desk.given() == desk.given() == desk.book.given("d1:7")
    assert len(desk.store.quotes) == 1


@pytest.mark.parametrize("state", DECISIONS)
def test_a_decision_is_written_down_with_who_and_when(desk: Desk, state: QuoteState) -> None:
    desk.given()
    desk.now += timedelta(minutes=3)
    quote = DECISIONS[state](desk.book)
    assert (quote.state, quote.decided_by, quote.decided_name) == (state, 1002, "Boris")
    assert quote.decided_at == desk.now


@pytest.mark.parametrize("state", DECISIONS)
def test_the_same_decision_twice_is_one(desk: Desk, state: QuoteState) -> None:
    desk.given()
    first = DECISIONS[state](desk.book)
    desk.now += timedelta(minutes=1)
    assert DECISIONS[state](desk.book) == first
    desk.now += timedelta(hours=1)
    assert DECISIONS[state](desk.book) == first


@pytest.mark.parametrize("first", DECISIONS)
@pytest.mark.parametrize("second", DECISIONS)
def test_another_decision_comes_too_late(desk: Desk, first: QuoteState, second: QuoteState) -> None:
    desk.given()
    DECISIONS[first](desk.book)
    if first is not second:
        with pytest.raises(QuoteIsOver) as caught:
            DECISIONS[second](desk.book)
        assert (caught.value.state, caught.value.quote.state) == (first, first)


@pytest.mark.parametrize("state", DECISIONS)
def test_nothing_can_be_decided_after_the_end(desk: Desk, state: QuoteState) -> None:
    desk.given()
    desk.now += timedelta(minutes=15)
    with pytest.raises(QuoteIsOver) as caught:
        DECISIONS[state](desk.book)
    assert caught.value.state is QuoteState.EXPIRED


def test_what_time_decided_is_written_down_by_the_moment_of_the_end(desk: Desk) -> None:
    quote = desk.given()
    assert not desk.book.expire()
    desk.now += timedelta(hours=2)
    assert [each.number for each in desk.book.expire()] == [quote.number]
    kept = desk.book.find(quote.number)
    assert (kept.state, kept.decided_at, kept.decided_by) == (QuoteState.EXPIRED, quote.valid_until, None)


def test_a_requote_names_the_old_and_ends_it(desk: Desk) -> None:
    desk.given()
    desk.now += timedelta(minutes=5)
    assert desk.book.successor(1) is None
    again = desk.book.requote(1, terms(pays="90000"), author=BORIS)
    assert (again.number, again.requote_of, again.client, again.author) == (2, 1, "Иван", BORIS)
    assert again.valid_until == desk.now + timedelta(minutes=15)
    assert desk.book.find(1).state is QuoteState.CANCELLED
    assert desk.book.successor(1) == again


def test_a_quote_has_one_successor_whoever_asks_and_however_often(desk: Desk) -> None:
    desk.given()
    first = desk.book.requote(1, terms(), author=ANYA)
    assert desk.book.requote(1, terms(pays="90000"), author=BORIS) == first
    assert len(desk.store.quotes) == 2


@pytest.mark.parametrize("state", [QuoteState.DECLINED, QuoteState.CANCELLED])
def test_what_ended_without_a_deal_can_be_given_anew(desk: Desk, state: QuoteState) -> None:
    desk.given()
    DECISIONS[state](desk.book)
    assert desk.book.requote(1, terms(), author=ANYA).requote_of == 1
    assert desk.book.find(1).state is state


def test_an_expired_quote_can_be_given_anew_and_a_made_deal_cannot(desk: Desk) -> None:
    desk.given()
    desk.now += timedelta(minutes=20)
    assert desk.book.requote(1, terms(), author=ANYA).requote_of == 1
    desk.book.accept(2, by=ANYA)
    with pytest.raises(QuoteIsOver) as caught:
        desk.book.requote(2, terms(), author=ANYA)
    assert caught.value.state is QuoteState.ACCEPTED


def test_a_client_is_named_later_in_one_short_line(desk: Desk) -> None:
    desk.book.give("d1:7", terms(), author=ANYA)
    assert desk.book.name_client(1, f"  Иван\n{'х' * 100} ", by=BORIS).client == f"Иван {'х' * 59}"
    desk.book.give("d1:8", terms(), author=ANYA, client="Пётр")
    assert desk.book.clients(ANYA.id, 1) == [("Пётр", 2)]


def test_a_number_that_was_never_given_is_no_quote(desk: Desk) -> None:
    attempts: tuple[Callable[[int], object], ...] = (
        desk.book.find,
        lambda number: desk.book.accept(number, by=ANYA),
        lambda number: desk.book.requote(number, terms(), author=ANYA),
        lambda number: desk.book.name_client(number, "Иван", by=ANYA),
    )
    for attempt in attempts:
        with pytest.raises(NoSuchQuote):
            attempt(7)


def test_a_quote_is_valid_until_its_client_was_told(desk: Desk) -> None:
    until = desk.book.until()
    assert until == desk.now + timedelta(minutes=15)
    desk.now += timedelta(minutes=6)
    quote = desk.book.give("inline", terms(), author=ANYA, valid_until=until)
    assert (quote.given_at, quote.valid_until) == (desk.now, until)


def test_every_state_is_told_once_whatever_is_handled_again(desk: Desk) -> None:
    desk.given()
    desk.now += timedelta(seconds=1)
    desk.given()
    desk.book.decline(1, by=BORIS)
    desk.book.decline(1, by=ANYA)

    assert desk.told == [(1, "open"), (1, "declined")]


def test_what_time_decided_is_told_when_it_is_written_down(desk: Desk) -> None:
    desk.given()
    desk.now += timedelta(hours=1)
    desk.book.expire()
    desk.book.expire()

    assert desk.told == [(1, "open"), (1, "expired")]


def test_a_requote_is_told_as_the_beginning_of_one_and_the_end_of_the_other(desk: Desk) -> None:
    desk.given()
    for _ in range(2):
        desk.now += timedelta(seconds=1)
        desk.book.requote(1, terms(), author=BORIS)

    assert desk.told == [(1, "open"), (2, "open"), (1, "cancelled")]


def test_a_requote_of_what_had_ended_and_what_cannot_be_done_tell_no_end(desk: Desk) -> None:
    desk.given()
    desk.book.decline(1, by=ANYA)
    desk.now += timedelta(seconds=1)
    desk.book.requote(1, terms(), author=BORIS)
    with pytest.raises(QuoteIsOver):
        desk.book.accept(1, by=BORIS)

    assert desk.told == [(1, "open"), (1, "declined"), (2, "open")]
