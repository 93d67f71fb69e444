import logging
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from calc.directions import Currency
from calc.snapshots import FiatTable, UsdtRub
from storage.database import Database, open_database
from storage.snapshots import Snapshots
from tests.storage.conftest import Clock

START = Clock().moment
MARKET = UsdtRub(
    Decimal("85.30"), "rapira", START + timedelta(microseconds=1), bid=Decimal("85.2"), ask=Decimal("85.350")
)
TABLE = FiatTable(
    {Currency.RUB: Decimal("84.6100"), Currency.IDR: Decimal("17708.123456"), Currency.EUR: Decimal("1E-8")},
    "cbr",
    START,
    as_of=START + timedelta(hours=14),
)


@pytest.fixture
def snapshots(database: Database) -> Snapshots:
    return Snapshots(database)


def test_there_is_nothing_at_first(snapshots: Snapshots) -> None:
    assert snapshots.last() == []


def test_snapshots_come_back_exactly_after_a_restart(url: str) -> None:
    before = open_database(url)
    Snapshots(before).keep(MARKET)
    Snapshots(before).keep(TABLE)
    before.close()

    database = open_database(url)
    fiat, market = Snapshots(database).last()

    assert (fiat, market) == (TABLE, MARKET)
    assert str(market) == str(MARKET)  # every digit, the last zeros too
    assert str(fiat) == str(TABLE)
    database.close()


def test_what_a_source_did_not_say_stays_unsaid(snapshots: Snapshots) -> None:
    bare = UsdtRub(Decimal("85.3"), "coingecko", START)
    snapshots.keep(MARKET)
    snapshots.keep(replace(bare, fetched_at=MARKET.fetched_at))

    assert snapshots.last() == [replace(bare, fetched_at=MARKET.fetched_at)]


def test_the_newest_one_stays_whichever_comes_last(snapshots: Snapshots) -> None:
    newer = replace(MARKET, close=Decimal("86.01"), fetched_at=MARKET.fetched_at + timedelta(seconds=120))

    snapshots.keep(newer)
    snapshots.keep(MARKET)

    assert snapshots.last() == [newer]


def test_one_that_cannot_be_read_does_not_hide_the_other(
    snapshots: Snapshots, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    snapshots.keep(MARKET)
    snapshots.keep(TABLE)
    database.read().execute("UPDATE snapshots SET close = 'about 85' WHERE feed = 'usdt_rub'")

    with caplog.at_level(logging.WARNING):
        assert snapshots.last() == [TABLE]

    assert "kept snapshot of usdt_rub cannot be read" in caplog.text


@pytest.mark.parametrize("table", [None, "[]", '{"XYZ": "1"}', "{", '{"RUB": 1, "EUR": null}'])
def test_a_table_of_another_shape_is_left_out(snapshots: Snapshots, database: Database, table: str | None) -> None:
    snapshots.keep(TABLE)
    database.read().execute("UPDATE snapshots SET per_usd = ?", (table,))

    assert snapshots.last() == []


def test_feeds_of_another_version_are_passed_over(snapshots: Snapshots, database: Database) -> None:
    snapshots.keep(MARKET)
    database.read().execute("INSERT INTO snapshots (feed, source, fetched_at) VALUES ('gold', 'x', 'y')")

    assert snapshots.last() == [MARKET]
