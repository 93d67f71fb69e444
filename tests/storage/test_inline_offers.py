"""What was shown to choose from comes back exactly, until it is forgotten."""

from datetime import timedelta
from decimal import Decimal

import pytest

from calc.directions import DIRECTIONS, Direction
from calc.inline_offers import InlineOffer
from storage.database import Database
from storage.inline_offers import InlineOffers
from tests.calc.test_quotes import NOW, terms


def offer(offer_id: str, direction: str = "RUB-USDT") -> InlineOffer:
    return InlineOffer(offer_id, 1001, "100000 RUB -> USDT 2%", terms(direction), NOW + timedelta(minutes=15))


@pytest.mark.parametrize("direction", DIRECTIONS, ids=str)
def test_an_offer_comes_back_as_it_was(database: Database, direction: Direction) -> None:
    offers = InlineOffers(database)
    kept = offer("o1", str(direction))
    offers.keep([kept, offer("o2")], NOW)
    assert offers.find("o1") == kept
    assert offers.find("o3") is None


def test_an_offer_that_is_known_stays_as_it_is(database: Database) -> None:
    offers = InlineOffers(database)
    offers.keep([offer("o1")], NOW)
    offers.keep([offer("o1", "USDT-RUB")], NOW)
    assert offers.find("o1") == offer("o1")


def test_what_nobody_chose_is_forgotten(database: Database) -> None:
    offers = InlineOffers(database)
    offers.keep([offer("o1")], NOW - timedelta(hours=2))
    offers.keep([offer("o2")], NOW)
    assert offers.forget_older_than(NOW - timedelta(hours=1)) == 1
    assert offers.find("o1") is None
    found = offers.find("o2")
    assert found is not None
    assert found.terms.pays == Decimal(100_000)
