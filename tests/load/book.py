"""`python -m tests.load.book`: how long the book of quotes takes to answer when it holds a hundred thousand."""

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from calc.base import base_rate
from calc.deal import quote_paying
from calc.directions import DIRECTIONS
from calc.margins import Margin
from calc.quotes import Author, QuoteState, Terms
from calc.totals import Sums, summed
from storage.database import Database, open_database
from storage.quote_lists import QuoteLists
from storage.quotes import Quotes
from storage.totals import DayTotals
from tests.calc.market import MARKET

QUOTES, SEED = 100_000, 20261121
ZONE = ZoneInfo("Europe/Moscow")
FIRST = datetime(2025, 1, 1, tzinfo=UTC)
BETWEEN = timedelta(minutes=5)
"""A quote each five minutes is two hundred and eighty eight a day for almost a year."""
DEALS = 2_000
"""Different ones."""
TIMES = 50
PAGE = 9


def fill(database: Database, dice: random.Random, count: int) -> None:
    """Eight operators, three thousand clients, all directions, amounts that come again and again."""
    quotes, bases = Quotes(database), [base_rate(way, MARKET) for way in DIRECTIONS]
    pays = [Decimal(dice.randrange(1, 2000) * 500) + Decimal(dice.randrange(3)) / 4 for _ in range(DEALS)]
    deals = [Terms.of(quote_paying(dice.choice(bases), Margin(Decimal(2)), pays=each)) for each in pays]
    with database.write():
        for number in range(count):
            at, author = FIRST + number * BETWEEN, Author(1000 + dice.randrange(8), "Анна Петрова")
            quote = quotes.add(
                f"{number}",
                author=author,
                client=f"Клиент {dice.randrange(3000)}",
                terms=dice.choice(deals),
                given_at=at,
                valid_until=at + timedelta(minutes=15),
            )
            if dice.random() < 0.6:
                quotes.decide(quote.number, QuoteState.ACCEPTED, by=author, at=at + timedelta(minutes=3))


def questions(database: Database) -> dict[str, Callable[[], Sequence[object]]]:
    lists, totals = QuoteLists(database), DayTotals(database)
    end = FIRST + QUOTES * BETWEEN
    last = end.date()

    def report(days: int) -> list[Sums]:
        return [summed(totals.between(last - timedelta(days=days), last))]

    return {
        "the first page of all": lambda: lists.between(FIRST, end, limit=PAGE),
        "a page in the midst of all": lambda: lists.between(FIRST, end, limit=PAGE, offset=QUOTES // 2),
        "the last page of all": lambda: lists.between(FIRST, end, limit=PAGE, offset=QUOTES - PAGE),
        "a day": lambda: lists.between(end - timedelta(days=1), end, limit=PAGE),
        "the open ones": lambda: lists.open(end - timedelta(minutes=20), limit=PAGE),
        "one operator's": lambda: lists.of_author(1003, limit=PAGE),
        "one operator's, a thousand pages on": lambda: lists.of_author(1003, limit=PAGE, offset=PAGE * 1000),
        "one client's": lambda: lists.of_client("клиент 77", limit=PAGE),
        "clients by a beginning": lambda: lists.clients("к", limit=10),
        "by amount": lambda: lists.of_amount(100_000, limit=PAGE),
        "by amount and currency": lambda: lists.of_amount(100_000, "RUB", limit=PAGE),
        "the report of a day": lambda: report(0),
        "the report of a month": lambda: report(30),
        "the report of the whole year": lambda: report(365),
    }


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{Path(folder)}/desk.db")
        totals = DayTotals(database)
        totals.use_zone(ZONE)
        begun = time.perf_counter()
        fill(database, random.Random(SEED), QUOTES)
        sys.stdout.write(f"seed {SEED}, {QUOTES} quotes written in {time.perf_counter() - begun:.0f} s\n")
        for name, ask in questions(database).items():
            took_ms = [_took_ms(ask) for _ in range(TIMES)]
            worst, found = max(took_ms), len(ask())
            sys.stdout.write(
                f"{name}: {found} rows, median {statistics.median(took_ms):.1f} ms, worst {worst:.1f} ms\n"
            )
        begun = time.perf_counter()
        recounted = totals.recount(ZONE)
        took_s = time.perf_counter() - begun
        same = all(totals.between(day, day) == kept for day, kept in recounted.items())
        sys.stdout.write(f"all totals counted anew in {took_s:.1f} s, the same as kept: {same}\n")
        database.close()


def _took_ms(ask: Callable[[], object]) -> float:
    begun = time.perf_counter()
    ask()
    return 1000 * (time.perf_counter() - begun)


if __name__ == "__main__":
    main()
