"""`make measure`: what an operator and an owner feel, measured on the real process and the sandbox without delay."""

import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

from sandbox.stand import Sandbox
from tests.e2e.bot_process import OPERATOR, Bot
from tests.e2e.operator import Operator

STARTS = 7
PRESSES = 500
OPERATORS = 50
"""They take turns: one alone would soon press faster than Telegram lets a bot edit."""
PAUSE_S = 0.05


def first_poll_s() -> float:
    """From the start of the process to the arrival of its first getUpdates, on a new database."""
    with Sandbox() as sandbox, tempfile.TemporaryDirectory() as folder:
        sandbox.person(OPERATOR).send("/help")  # something that waits, so that the poll is answered at once
        bot = Bot(sandbox, Path(folder), LOG_LEVEL="INFO")
        begun = time.monotonic()
        bot.run()
        sandbox.journal.wait("getUpdates")
        took_s = sandbox.journal.calls("getUpdates")[0].at - begun
        bot.stop()
        return took_s


def presses() -> tuple[list[float], float, float]:
    """Seconds from each press to the edited screen; MB of the process before the first and after the last."""
    with Sandbox() as sandbox, tempfile.TemporaryDirectory() as folder:
        numbers = range(OPERATOR, OPERATOR + OPERATORS)
        admins = ",".join(map(str, numbers))
        bot = Bot(sandbox, Path(folder), LOG_LEVEL="INFO", ADMIN_IDS=admins).start()
        operators = [Operator(sandbox.person(number)) for number in numbers]
        operators[0].quote("RUB", "USDT", margin="2", amount="1000")
        before_mb, took_s, never = resident_mb(bot), list[float](), threading.Event()
        for each in operators[1:]:
            each.quote("RUB", "USDT", margin="2", amount="1000")
        for number in range(PRESSES):
            never.wait(PAUSE_S)
            each = operators[number % OPERATORS]
            seen = each.card
            press = each.person.press(seen, "Другая сумма" if number // OPERATORS % 2 == 0 else "‹ Назад")
            took_s.append(each.person.wait_edit(seen).at - press.at)
        after_mb = resident_mb(bot)
        bot.stop()
        return took_s, before_mb, after_mb


def resident_mb(bot: Bot) -> float:
    assert bot.process is not None
    status = Path(f"/proc/{bot.process.pid}/status").read_text(encoding="ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def main() -> None:
    starts = [first_poll_s() for _ in range(STARTS)]
    took_s, before_mb, after_mb = presses()
    ordered = sorted(took_s)
    sys.stdout.write(
        f"press to edited screen, warm, {PRESSES} presses: median {1000 * statistics.median(took_s):.1f} ms, "
        f"p95 {1000 * ordered[int(0.95 * PRESSES)]:.1f} ms\n"
        f"start to first poll, {STARTS} starts: median {statistics.median(starts):.2f} s, longest {max(starts):.2f} s\n"
        f"memory: {before_mb:.0f} MB after the first quote, {after_mb:.0f} MB after {PRESSES} presses\n"
    )


if __name__ == "__main__":
    main()
