"""Which messages show a quote is known after a restart, and what its author was told last."""

from datetime import timedelta
from decimal import Decimal

import pytest

from calc.quote_cards import CardKind, Page, QuoteCard
from calc.quotes import QuoteState, Warned
from storage.database import Database, open_database
from storage.quote_cards import QuoteCards
from storage.quote_warnings import QuoteWarnings
from storage.quotes import Quotes
from tests.storage.conftest import Clock
from tests.storage.test_quotes import ANYA, give

CARD = QuoteCard(1001, 100, number=142, language="ru")


@pytest.fixture
def cards(database: Database) -> QuoteCards:
    return QuoteCards(database)


def test_a_card_is_found_until_it_ends_and_its_quote_for_longer(cards: QuoteCards, clock: Clock) -> None:
    cards.keep(CARD, at=clock())
    assert cards.live() == [CARD]
    cards.end(CARD)
    assert cards.live() == []
    assert cards.find(1001, 100) == CARD
    assert cards.find(1001, 101) is None


def test_a_message_shows_what_it_was_told_last(cards: QuoteCards, clock: Clock) -> None:
    asking = QuoteCard(1001, 100, number=143, language="en", kind=CardKind.WARNING, page=Page.CLIENT)
    cards.keep(CARD, at=clock())
    cards.end(CARD)
    cards.keep(asking, at=clock())
    assert cards.live() == [asking]


def test_the_oldest_quotes_come_first_also_after_a_restart(
    cards: QuoteCards, clock: Clock, database: Database, url: str
) -> None:
    other = QuoteCard(-100500, 7, number=141, language="en")
    for card in (CARD, other):
        cards.keep(card, at=clock())
    database.close()
    again = open_database(url)
    assert QuoteCards(again).live() == [other, CARD]
    again.close()


def test_only_what_ended_is_forgotten_with_age(cards: QuoteCards, clock: Clock) -> None:
    ended = QuoteCard(1001, 101, number=143, language="ru")
    for card in (CARD, ended):
        cards.keep(card, at=clock())
    cards.end(ended)
    assert cards.forget_older_than(clock()) == 0
    assert cards.forget_older_than(clock() + timedelta(days=1)) == 1
    assert (cards.find(1001, 100), cards.find(1001, 101)) == (CARD, None)


def test_what_an_author_was_told_is_kept_while_the_quote_is_open(database: Database, clock: Clock) -> None:
    quotes, warnings = Quotes(database), QuoteWarnings(database)
    first, second = give(quotes, clock, "a").number, give(quotes, clock, "b").number
    warnings.keep(first, Warned(Decimal("0.35")))
    warnings.keep(second, Warned(Decimal("-0.10")))
    warnings.keep(second, Warned(Decimal("-1.20"), is_held=True))
    assert warnings.of_open(clock()) == {
        first: Warned(Decimal("0.35")),
        second: Warned(Decimal("-1.20"), is_held=True),
    }
    warnings.keep(first, None)
    quotes.decide(second, QuoteState.DECLINED, by=ANYA, at=clock())
    assert warnings.of_open(clock()) == {}
