"""A given quote: its name, its terms, and its state as time goes by."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from calc.base import base_rate
from calc.deal import quote_paying
from calc.directions import DIRECTIONS, Direction
from calc.kept import base_from_data, base_to_data, terms_from_data, terms_to_data
from calc.margins import Margin
from calc.quotes import Author, GivenQuote, QuoteState, Terms, name_of, number_of
from calc.snapshots import Market
from tests.calc.market import MARKET
from tests.calc.test_depth import ORDER_BOOK

NOW = datetime(2026, 11, 20, 12, 4, tzinfo=UTC)


def terms(direction: str = "RUB-USDT", pays: str = "100000") -> Terms:
    base = base_rate(Direction.parse(direction), MARKET)
    return Terms.of(quote_paying(base, Margin(Decimal(2)), pays=Decimal(pays)))


def given(**changes: object) -> GivenQuote:
    quote = GivenQuote(142, Author(1001, "Аня"), "", terms(), given_at=NOW, valid_until=NOW + timedelta(minutes=15))
    return replace(quote, **changes)  # type: ignore[arg-type]  # any field


def test_a_quote_is_named_by_four_digits_or_more() -> None:
    assert (given().id, name_of(12_345)) == ("Q-0142", "Q-12345")


@pytest.mark.parametrize(
    ("text", "number"),
    [("Q-0142", 142), ("q142", 142), (" 142 ", 142), ("q-1", 1), ("Q-12345", 12_345)]
    + [(text, None) for text in ("", "Q-", "0", "Q-0000", "-5x", "Q--1", "1.5", "١٤٢", "9" * 13, "Q 142")],
)
def test_the_number_of_a_quote_is_read_as_people_write_it(text: str, number: int | None) -> None:
    assert number_of(text) == number


@pytest.mark.parametrize("number", [1, 142, 9_999, 10_000, 123_456])
def test_a_name_reads_back(number: int) -> None:
    assert number_of(name_of(number)) == number


@pytest.mark.parametrize("state", QuoteState)
def test_only_an_open_quote_expires_and_exactly_at_its_end(state: QuoteState) -> None:
    quote = given(state=state)
    end = quote.valid_until
    assert quote.state_at(end - timedelta(microseconds=1)) is state
    assert quote.state_at(end) is (QuoteState.EXPIRED if state is QuoteState.OPEN else state)


@pytest.mark.parametrize("direction", DIRECTIONS, ids=str)
def test_the_terms_are_what_was_calculated(direction: Direction) -> None:
    quote = quote_paying(base_rate(direction, MARKET), Margin(Decimal(2)), pays=Decimal(1000))
    frozen = Terms.of(quote)
    assert (frozen.pays, frozen.gets, frozen.rate, frozen.direction) == (quote.pays, quote.gets, quote.rate, direction)
    assert (frozen.earned_percent, frozen.profit_rub, frozen.profit_usdt) == (
        quote.earned_percent,
        quote.profit_rub,
        quote.profit_usdt,
    )


def test_the_terms_hold_the_price_of_the_order_book_and_not_the_order_book() -> None:
    base = base_rate(Direction.parse("USDT-RUB"), Market(MARKET.usdt_rub, MARKET.fiat, order_book=ORDER_BOOK))
    quote = quote_paying(base, Margin(Decimal(2)), pays=Decimal(10_000))
    assert quote.depth is not None
    assert Terms.of(quote).base == replace(quote.base, levels=())


@pytest.mark.parametrize("direction", DIRECTIONS, ids=str)
def test_a_kept_base_rate_comes_back_exactly(direction: Direction) -> None:
    base = base_rate(direction, Market(MARKET.usdt_rub, MARKET.fiat, order_book=ORDER_BOOK))
    assert base_from_data(base_to_data(base)) == base


@pytest.mark.parametrize("direction", DIRECTIONS, ids=str)
@pytest.mark.parametrize("reverse", [True, False])
def test_kept_terms_come_back_exactly(direction: Direction, reverse: bool) -> None:
    quote = quote_paying(base_rate(direction, MARKET), Margin(Decimal("0.5"), absolute=True), pays=Decimal(1000))
    frozen = Terms.of(quote, reverse=reverse)
    assert terms_from_data(terms_to_data(frozen)) == frozen
