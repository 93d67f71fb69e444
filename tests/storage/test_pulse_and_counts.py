"""That the database can be written, and how many quotes a day has."""

import sqlite3
from datetime import timedelta

import pytest

from calc.quotes import QuoteState
from storage.database import Database
from storage.pulse import Pulse
from storage.quote_counts import QuoteCounts
from storage.quotes import Quotes
from tests.storage.conftest import Clock, only_sqlite
from tests.storage.test_quotes import ANYA, give


def test_a_beat_is_written_in_the_place_of_the_last(database: Database, clock: Clock) -> None:
    pulse = Pulse(database, now=clock)
    pulse.beat()
    clock.forward(seconds=10)
    pulse.beat()

    assert database.read().execute("SELECT name, at FROM pulse LIMIT 9").fetchall() == [
        ("beat", "2026-11-21T09:30:10.000000+00:00")
    ]


@only_sqlite
def test_a_database_that_cannot_be_written_says_so(database: Database) -> None:
    with database.write() as connection:
        connection.execute("PRAGMA query_only = ON")

    with pytest.raises(sqlite3.OperationalError):
        Pulse(database).beat()


def test_quotes_are_counted_by_direction_and_state_from_a_moment_on(database: Database, clock: Clock) -> None:
    quotes, counts = Quotes(database), QuoteCounts(database)
    give(quotes, clock, "of yesterday")
    clock.forward(days=1)
    for key in "abc":
        number = give(quotes, clock, key).number
    quotes.decide(number, QuoteState.ACCEPTED, by=ANYA, at=clock())

    assert counts.since(clock()) == {("RUB-USDT", "open"): 2, ("RUB-USDT", "accepted"): 1}
    assert counts.since(clock() + timedelta(seconds=1)) == {}
