"""What owners see of the running bot itself, and what it writes into its log."""

import signal
from collections.abc import Callable

import pytest

from ops.version import VERSION
from sandbox.stand import Sandbox
from tests.e2e.bot_process import Bot
from tests.e2e.operator import Operator


def test_status_and_debug_tell_of_the_running_bot(new_bot: Callable[..., Bot], anna: Operator) -> None:
    bot = new_bot(SLOW_OPERATION="0.001", GATE_ENABLED="off").start()
    anna.open("/new")
    anna.press("RUB")
    bot.settle(2)

    anna.open("/status")
    assert f"версия {VERSION}" in anna.text
    assert "✓ Telegram ответил " in anna.text
    assert "⚠️ Выключено: gate" in anna.text
    anna.open("/debug slow")
    assert "  /new" in anna.text
    assert "telegram " in anna.text
    assert "database " in anna.text
    anna.open("/debug logs 100")
    told = anna.text.splitlines()
    assert 1 < len(told) <= 100
    for line in told:  # the newest, which of them depends on how much there is to say
        bot.wait_for(line)
    anna.open("/debug cache")
    assert "Кэш: записей 2" in anna.text
    assert bot.lines("starting version=")
    assert bot.lines("slow step=/new duration_ms=")
    assert bot.lines("slow step=press source duration_ms=")


def test_cleared_rates_are_fetched_anew_at_once(sandbox: Sandbox, bot: Bot, anna: Operator) -> None:
    sandbox.journal.wait("rapira")
    sandbox.journal.wait("cbr")

    anna.person.send("/debug clear")

    sandbox.journal.wait("rapira", count=2)
    sandbox.journal.wait("cbr", count=2)


def test_memory_is_watched_when_an_owner_asks(bot: Bot, anna: Operator) -> None:
    anna.open("/debug top")
    assert "слежу за памятью" in anna.text
    anna.open("/debug top")
    assert "KiB" in anna.text
    anna.open("/debug top off")
    assert "больше не слежу" in anna.text


@pytest.mark.skipif(not hasattr(signal, "SIGUSR1"), reason="Windows has none")
def test_a_signal_writes_the_stacks_of_all_threads_and_the_timings_into_the_log(bot: Bot, anna: Operator) -> None:
    anna.open()
    bot.settle(1)

    bot.signal(signal.SIGUSR1)

    bot.wait_for("slowest\n")
    for name in ("thread MainThread", "thread poller", "thread refresh-usdt_rub"):
        assert bot.lines(name), name
    anna.press("RUB")


def test_owners_are_told_of_another_program_that_polls_and_of_its_end(
    sandbox: Sandbox, bot: Bot, anna: Operator
) -> None:
    anna.open("/settings")
    fault = sandbox.faults.add("getUpdates", "409")
    bot.wait_for("polling pauses: 409")

    anna.wait_for("❗ Другая программа опрашивает", timeout_s=120)

    sandbox.faults.clear(fault_id=fault.id)
    anna.wait_for("✅ Больше никто не опрашивает", timeout_s=120)
