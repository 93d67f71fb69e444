"""A quote out of memory beside the arithmetic that it is made of."""

import itertools
import statistics
import time
from collections.abc import Callable, Iterator
from decimal import Decimal

from calc.base import Price, base_rate
from calc.deal import Quote, quote_paying
from calc.directions import Cross, Direction
from calc.margins import Margin
from calc.snapshots import Feed, Market, Snapshot
from desk.quoting import Desk
from rates.book import Book
from rates.cache import Cache
from rates.hooks import Hooks
from tests.rates.conftest import NOW
from tests.rates.desks import TTL_S
from tests.rates.snapshots import FIAT, USDT_RUB

MARGIN, LEAST, DIFFERENT = Margin(Decimal("2.5")), Decimal("12345.67"), 1_000
"""Another amount each time: what was just worked out for the same one is remembered."""
PAIRS, CALLS = 25, 100

Make = Callable[[], Quote]


class NoSource:
    """Memory has everything."""

    def fetch(self, *, other_than: str | None = None) -> Snapshot:
        raise AssertionError("nobody is asked")


def cached(direction: Direction) -> Make:
    """With book, cache and gate as the bot has them."""
    cache: Cache[Feed, Snapshot] = Cache()
    sources = dict.fromkeys(Feed, NoSource())
    book = Book(cache, sources, ttl_s=TTL_S, on_accept=Hooks(), on_demand=False, utcnow=lambda: NOW)
    book.restore([USDT_RUB, FIAT])
    desk = Desk(book, price=Price.SIDE, cross=Cross.RUB, utcnow=lambda: NOW)
    amounts = _amounts()
    return lambda: quote_paying(desk.offer(direction).base, MARGIN, pays=next(amounts))


def alone(direction: Direction) -> Make:
    """Nothing but the arithmetic, on the same snapshots."""
    market = Market(usdt_rub=USDT_RUB, fiat=FIAT)
    amounts = _amounts()
    return lambda: quote_paying(
        base_rate(direction, market, price=Price.SIDE, cross=Cross.RUB), MARGIN, pays=next(amounts)
    )


def _amounts() -> Iterator[Decimal]:
    return itertools.cycle([LEAST + number for number in range(DIFFERENT)])


def ratio(one: Make, other: Make) -> float:
    """How many times the processor time of the other; the median of pairs in one run."""
    return statistics.median(_took_s(one) / _took_s(other) for _ in range(PAIRS))


def _took_s(make: Make) -> float:
    begun = time.thread_time()
    for _ in range(CALLS):
        make()
    return time.thread_time() - begun
