"""`python -m tests.load starts`: from the start of the process to its first poll and to its first answer."""

import statistics
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from sandbox.stand import Sandbox
from tests.e2e.bot_process import OPERATOR, ROOT, Bot

FIRST_UPDATE = 100_000_001
BEFORE_THE_POLL = "import sys, joints.early; print(len(sys.modules))"
BEFORE_AN_ANSWER = "import sys, bot; print(len(sys.modules))"


def starts(times: int, *, python: str = sys.executable, root: Path = ROOT) -> dict[str, Any]:
    """Medians of so many starts on a database that there is already; each time an operator has asked for help before.

    CPU is that of the whole process: it holds on a machine that others use too, where seconds do not.
    """
    with tempfile.TemporaryDirectory() as folder:
        rounds = [_start(number, Path(folder), python, root) for number in range(times + 1)][1:]
    figures = {name: round(statistics.median(each[name] for each in rounds), 1) for name in rounds[0]}
    return figures | {
        "modules_before_the_poll": _count(BEFORE_THE_POLL, python, root),
        "modules_before_an_answer": _count(BEFORE_AN_ANSWER, python, root),
        "starts": times,
    }


def _start(number: int, folder: Path, python: str, root: Path) -> dict[str, float]:
    """The first one makes the database, so it is not counted."""
    with Sandbox(first_update_id=FIRST_UPDATE + number) as sandbox:
        sandbox.person(OPERATOR).send("/help")
        bot = Bot(sandbox, folder, LOG_LEVEL="INFO")
        bot.python, bot.script = python, root / "bot.py"
        cpu_ms: dict[str, float] = {}

        def watch(name: str) -> None:
            sandbox.journal.wait(name)
            cpu_ms[name] = cpu_of_ms(bot.pid)

        begun = sandbox.journal.clock()
        bot.run()
        polled = threading.Thread(target=watch, args=["getUpdates"])
        polled.start()
        watch("sendMessage")
        polled.join()
        bot.settle(updates=1)
        resident = resident_mb(bot.pid)
        bot.stop()
        at = {name: 1000 * (sandbox.journal.calls(name)[0].at - begun) for name in cpu_ms}
        return {
            "first_poll_ms": at["getUpdates"],
            "first_poll_cpu_ms": cpu_ms["getUpdates"],
            "first_answer_ms": at["sendMessage"],
            "first_answer_cpu_ms": cpu_ms["sendMessage"],
            "resident_mb": resident,
        }


def cpu_of_ms(pid: int) -> float:
    """Of the threads that it has at the moment."""
    used = 0
    for each in Path(f"/proc/{pid}/task").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):  # a thread that has just ended
            used += int((each / "schedstat").read_text(encoding="ascii").split()[0])
    return used / 1e6


def resident_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def _count(code: str, python: str, root: Path) -> int:
    done = subprocess.run([python, "-c", code], cwd=root, capture_output=True, encoding="ascii", check=True)
    return int(done.stdout)
