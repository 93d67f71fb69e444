"""Quotes that were given and accepted, put straight into the book of a chat."""

from datetime import datetime, timedelta
from decimal import Decimal

from calc.base import base_rate
from calc.deal import quote_getting, quote_paying
from calc.directions import Direction
from calc.margins import Margin
from calc.quotes import Author, GivenQuote, QuoteState, Terms
from calc.snapshots import Market
from storage.quotes import Quotes
from tests.chat.book import FIAT, USDT_RUB
from tests.chat.driver import OPERATOR, Chat

MARKET = Market(usdt_rub=USDT_RUB, fiat=FIAT)
ANYA = Author(OPERATOR, "Анна Петрова")


def give(
    chat: Chat,
    pays: str = "100000",
    way: str = "RUB-USDT",
    margin: str = "2%",
    *,
    at: datetime | None = None,
    author: Author = ANYA,
    client: str = "",
    gets: str | None = None,
    state: QuoteState | None = None,
    market: Market = MARKET,
) -> GivenQuote:
    """Decided three minutes after it was given, where `state` says so; `gets`: the client wanted exactly that."""
    moment, base = at or chat.now, base_rate(Direction.parse(way), market)
    if gets is None:
        terms = Terms.of(quote_paying(base, Margin.parse(margin), pays=Decimal(pays)))
    else:
        terms = Terms.of(quote_getting(base, Margin.parse(margin), gets=Decimal(gets)), reverse=True)
    quotes = Quotes(chat.database)
    quote = quotes.add(
        f"{moment}:{author.id}:{pays}:{gets}:{way}:{client}",
        author=author,
        client=client,
        terms=terms,
        given_at=moment,
        valid_until=moment + timedelta(minutes=15),
    )
    if state is not None:
        assert quotes.decide(quote.number, state, by=author, at=moment + timedelta(minutes=3))
    found = quotes.find(quote.number)
    assert found is not None
    return found
