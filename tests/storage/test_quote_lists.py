"""Quotes are found by day, operator, client and amount, page by page."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from calc.base import base_rate
from calc.deal import quote_paying
from calc.directions import Direction
from calc.margins import Margin
from calc.quotes import Author, GivenQuote, QuoteState, Terms, client_key
from storage import quote_lists
from storage.database import Database
from storage.quote_lists import QuoteLists
from storage.quotes import Quotes
from tests.calc.market import MARKET

NOON = datetime(2026, 11, 21, 9, tzinfo=UTC)

Give = Callable[..., GivenQuote]


@pytest.fixture
def quotes(database: Database) -> Quotes:
    return Quotes(database)


@pytest.fixture
def lists(database: Database) -> QuoteLists:
    return QuoteLists(database)


@pytest.fixture
def give(quotes: Quotes) -> Give:
    def give(
        minute: int = 0, *, author: int = 1001, client: str = "", pays: str = "1000", way: str = "RUB-USDT"
    ) -> GivenQuote:
        at = NOON + timedelta(minutes=minute)
        base = base_rate(Direction.parse(way), MARKET)
        return quotes.add(
            f"{minute}:{author}:{client}:{pays}:{way}",
            author=Author(author, "Аня"),
            client=client,
            terms=Terms.of(quote_paying(base, Margin.parse("2%"), pays=Decimal(pays))),
            given_at=at,
            valid_until=at + timedelta(minutes=15),
        )

    return give


def numbers(quotes: list[GivenQuote]) -> list[int]:
    return [each.number for each in quotes]


def test_a_day_is_read_page_by_page_the_latest_first(lists: QuoteLists, give: Give) -> None:
    for minute in (-1, 0, 5, 9, 60):
        give(minute, author=minute)
    give(5, author=3)  # at the very moment of another one
    page = [lists.between(NOON, NOON + timedelta(hours=1), limit=2, offset=at) for at in (0, 2, 4)]
    assert [numbers(each) for each in page] == [[4, 6], [3, 2], []]


def test_the_open_ones_are_those_that_are_valid_the_next_to_expire_first(
    lists: QuoteLists, quotes: Quotes, give: Give
) -> None:
    second, first, declined = give(5), give(0), give(6)
    quotes.decide(declined.number, QuoteState.DECLINED, by=Author(1, "Аня"), at=NOON + timedelta(minutes=7))
    assert lists.open(NOON + timedelta(minutes=8), limit=9) == [first, second]
    assert lists.open(NOON + timedelta(minutes=8), limit=9, offset=1) == [second]
    assert lists.open(NOON + timedelta(minutes=15), limit=9) == [second]


def test_an_operator_finds_their_own(lists: QuoteLists, give: Give) -> None:
    mine, _, later = give(0), give(1, author=1002), give(2)
    assert lists.of_author(1001, limit=9) == [later, mine]
    assert lists.of_author(1001, limit=9, offset=1) == [mine]


@pytest.mark.parametrize("typed", ["Иван Петров", "иван  петров", " ИВАН ПЕТРОВ "])
def test_a_client_is_found_however_the_name_is_typed(lists: QuoteLists, give: Give, typed: str) -> None:
    first, _, last = give(0, client="Иван Петров"), give(1, client="Иван Петрович"), give(2, client="иван петров")
    assert lists.of_client(client_key(typed), limit=9) == [last, first]


def test_a_client_who_is_named_later_is_found(lists: QuoteLists, quotes: Quotes, give: Give) -> None:
    number = give(0, client="Иван").number
    named = quotes.name_client(number, "Анна К.", by=Author(1001, "Аня"), at=NOON)
    assert lists.of_client("анна к.", limit=9) == [named]
    assert lists.of_client("иван", limit=9) == []


def test_clients_are_offered_by_how_their_names_begin(lists: QuoteLists, give: Give) -> None:
    for minute, client in enumerate(["Пётр", "Иван", "", "иван", "Игорь", "Anna"]):
        give(minute, client=client)
    assert [each.client for each in lists.clients("и", limit=9)] == ["иван", "Игорь"]
    assert [each.client for each in lists.clients("и", limit=1)] == ["иван"]
    assert lists.clients("яков", limit=9) == []


def test_an_amount_is_found_on_both_sides_whatever_the_cents(lists: QuoteLists, give: Give) -> None:
    paid, other = give(0, pays="1200.99"), give(1, pays="5000")
    got = give(2, pays="99950")
    assert got.terms.gets == Decimal("1200.02")
    assert lists.of_amount(1200, limit=9) == [got, paid]
    assert lists.of_amount(5000, limit=9, offset=1) == []
    assert lists.of_amount(5000, limit=9) == [other]


def test_an_amount_with_its_currency_is_found_on_that_side_alone(lists: QuoteLists, give: Give) -> None:
    rub, usdt = give(0, pays="1000"), give(1, pays="1000", way="USDT-RUB")
    assert lists.of_amount(1000, limit=9) == [usdt, rub]
    assert lists.of_amount(1000, "RUB", limit=9) == [rub]
    assert lists.of_amount(1000, "USDT", limit=9) == [usdt]
    assert lists.of_amount(1000, "EUR", limit=9) == []


def test_a_quote_with_the_same_amount_on_both_sides_is_found_once(lists: QuoteLists, give: Give) -> None:
    both = give(0, pays="1.90", way="USDT-USD")
    assert int(both.terms.pays) == int(both.terms.gets) == 1
    assert lists.of_amount(1, limit=9) == [both]
    assert lists.of_amount(1, "USD", limit=9) == [both]


def test_a_period_is_read_whole_from_its_begin(lists: QuoteLists, give: Give, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quote_lists, "READ_AT_ONCE", 2)
    for minute in (-1, 0, 5, 9, 60):
        give(minute, author=minute)
    give(5, author=3)
    assert numbers(list(lists.given(NOON, NOON + timedelta(hours=1)))) == [2, 3, 6, 4]
