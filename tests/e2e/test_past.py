"""The first start fills in the fiat past, and no start after it asks for anything more."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from calc.past import PAIRS, PastRate
from calc.snapshots import Feed
from sandbox.past import days_between, prices_on, table_day
from sandbox.stand import Sandbox
from storage.database import Database, open_database
from storage.history import History
from storage.snapshots import Snapshots
from tests.e2e.bot_process import Bot

DAYS = 4


@contextmanager
def database_of(folder: Path) -> Iterator[Database]:
    database = open_database(f"sqlite:///{folder}/desk.db")
    yield database
    database.close()


def past(folder: Path, pair: str) -> list[PastRate]:
    """Without what is dated today or tomorrow: the rates of now have a say in that."""
    with database_of(folder) as database:
        return History(database).between(pair, datetime(2000, 1, 1, tzinfo=UTC), midnight(moscow_today()))


def midnight(day: date) -> datetime:
    """In Moscow."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=3)


def moscow_today() -> date:
    return (datetime.now(UTC) + timedelta(hours=3)).date()


def test_the_past_is_filled_in_once_whatever_ends_the_process_meanwhile(
    sandbox: Sandbox, new_bot: Callable[..., Bot], tmp_path: Path
) -> None:
    today = moscow_today()
    bot = new_bot(HISTORY_BACKFILL_DAYS=str(DAYS)).start()
    sandbox.journal.wait("cbr_past", count=2, timeout_s=120)
    bot.kill()
    bot.start()
    bot.wait_for("past of fiat filled in", timeout_s=120)
    asked = sandbox.journal.count("cbr_past")
    tables = {table_day(day) for day in days_between(today - timedelta(days=DAYS), today)}
    assert len(tables) <= asked <= len(tables) + 1  # the kill may have come before a table was kept
    for pair in PAIRS[1:]:
        assert {rate.at for rate in past(tmp_path, pair)} == {midnight(day) for day in tables} - {midnight(today)}
    for rate in past(tmp_path, "USD/RUB"):
        day = (rate.at + timedelta(hours=3)).date()
        assert abs(rate.rub - prices_on(day).per_usd["RUB"]) <= rate.rub / 1_000_000
    assert bot.stop() == 0
    bot.start()
    bot.wait_for("past of fiat known", timeout_s=120)
    assert sandbox.journal.count("cbr_past") == asked


def test_a_closed_bank_costs_one_call_of_the_plan_and_no_rate_of_now_is_of_the_past(
    sandbox: Sandbox, new_bot: Callable[..., Bot], tmp_path: Path
) -> None:
    sandbox.faults.add("cbr_past", "451")
    bot = new_bot(API_LAYER_KEY="key", HISTORY_BACKFILL_DAYS="365").start()
    bot.wait_for("past of fiat filled in", timeout_s=120)
    assert len(past(tmp_path, "IDR/RUB")) in {364, 365}
    with database_of(tmp_path) as database:
        (fiat,) = (each for each in Snapshots(database).last() if each.feed is Feed.FIAT)
    assert fiat.as_of is not None
    assert datetime.now(UTC) - fiat.as_of < timedelta(minutes=10)
    assert bot.stop() == 0
    bot.start()
    bot.wait_for("past of fiat known", timeout_s=120)
    assert [sandbox.journal.count(name) for name in ("cbr_past", "apilayer_past", "apilayer")] == [1, 1, 1]
