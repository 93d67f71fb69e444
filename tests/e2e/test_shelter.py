"""A disk that is full: nothing that was accepted is lost, and the desk goes on quoting."""

import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.e2e.bot_process import ROOT, Bot
from tests.e2e.operator import Operator

needs_signals = pytest.mark.skipif(not hasattr(signal, "SIGUSR2"), reason="Windows has none")


@needs_signals
def test_a_full_disk_costs_nobody_a_quote_and_everything_is_there_afterwards(
    new_bot: Callable[..., Bot], anna: Operator, tmp_path: Path
) -> None:
    bot = new_bot()
    bot.script = ROOT / "tests/e2e/processes/full_disk_bot.py"
    bot.start()
    anna.open()
    anna.press("RUB")
    bot.signal(signal.SIGUSR2)
    bot.wait_for("no page more")
    anna.press("USDT")
    anna.press("2 %")
    anna.person.send("я" * 4000)  # which is more than there is room for
    bot.wait_for("the disk takes nothing, going on in a copy")
    anna.wait_for("Слишком длинно")  # it was not lost
    anna.type("2500")
    assert "Клиент платит: 2 500 RUB" in anna.text
    anna.wait_for("❗ Диск ничего не принимает: ", timeout_s=120)

    bot.signal(signal.SIGUSR2)
    bot.wait_for("pages again")
    anna.wait_for("✅ Диск снова всё принимает", timeout_s=120)
    anna.type("3500")
    bot.stop()

    with closing(sqlite3.connect(tmp_path / "desk.db")) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert database.execute("SELECT count(*) FROM inbox WHERE done_at IS NULL").fetchone() == (0,)
    bot.start()
    anna.type("4500")
    assert "Клиент платит: 4 500 RUB" in anna.text
