"""Each optimisation switched off, one by one: the start line says so, and the desk quotes all the same."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.e2e.bot_process import Bot
from tests.e2e.operator import Operator

OFF = {
    "cache": "CACHE_ENABLED",
    "preloading": "PRELOAD_POPULAR_PAIRS",
    "shared_loads": "SHARED_LOADS_ENABLED",
    "gate": "GATE_ENABLED",
    "send_limits": "SEND_LIMITS_ENABLED",
    "gzip": "GZIP_ENABLED",
    "one_core": "ONE_CORE_ENABLED",
    "inbox": "INBOX",
}


@pytest.mark.parametrize(("flag", "setting"), OFF.items())
def test_without_it_a_quote_is_as_right(
    new_bot: Callable[..., Bot], anna: Operator, tmp_path: Path, flag: str, setting: str
) -> None:
    bot = new_bot(**{setting: "off"}).start()
    anna.person.send("1000 руб usdt 2%")

    anna.wait_for("Клиент получает: ")
    assert f" {flag}=off" in bot.lines("starting version=")[0]
    bot.stop()
    with closing(sqlite3.connect(tmp_path / "desk.db")) as database:
        (kept,) = database.execute("SELECT count(*) FROM inbox").fetchone()
    assert (kept == 0) is (flag == "inbox")
