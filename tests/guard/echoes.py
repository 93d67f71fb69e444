"""A step of a quote beside the echo of a bare TeleBot: processor time of the two processes before one stand-in."""

import os
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from tests.load.bench import STEPS, Load, bench
from tests.load.fast_people import Shown
from tests.load.fast_telegram import TOKEN, FastTelegram
from tests.load.figures import NEVER
from tests.load.program import ROOT, Program, Running

PEOPLE, WARM_UP_S, SECONDS, ROUNDS = 10, 1.0, 2.0, 9
STARTS_WITHIN_S = 60.0
CORE = min(os.sched_getaffinity(0))
"""Of both: with threads spread over several either takes longer by what the others at work there leave."""
ECHO = Program("echo", (sys.executable, "-m", "tests.guard.echo_bot"), {"PYTHONPATH": str(ROOT)}, core=CORE)
BOT = replace(Program.bot(), core=CORE)


def ratio() -> float:
    """How many times the processor time of an echo a step takes; the median of pairs in one run."""
    return statistics.median(step_ms() / echo_ms() for _ in range(ROUNDS))


def step_ms() -> float:
    """One of the five of a whole quote, everything that a step brings about included."""
    report = bench(BOT, Load(PEOPLE, SECONDS, warm_up_s=WARM_UP_S))
    assert not any(report[name] for name in NEVER), report
    per_quote: float = report["cpu_ms_per_quote"]
    return per_quote / STEPS


def echo_ms() -> float:
    heard = 0

    def say_again(message: Shown) -> None:
        nonlocal heard
        heard += 1
        telegram.people[message.chat_id].send("1 000")

    telegram = FastTelegram(say_again)

    def go_on(seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            telegram.loop.step(0.05)
            telegram.flush()

    with tempfile.TemporaryDirectory() as folder:
        running = Running(ECHO, Path(folder), {"BOT_TOKEN": TOKEN, "TELEGRAM_API_URL": telegram.loop.url})
        try:
            for number in range(PEOPLE):
                telegram.person(1 + number).send("1 000")
            until = time.monotonic() + STARTS_WITHIN_S
            while heard < PEOPLE and time.monotonic() < until:
                go_on(0.05)
            go_on(WARM_UP_S)
            heard_before, cpu_before_s = heard, running.cpu_s()
            go_on(SECONDS)
            assert heard > heard_before, running.log.read_text(encoding="utf-8")
            return 1000 * (running.cpu_s() - cpu_before_s) / (heard - heard_before)
        finally:
            running.stop()
            telegram.loop.close()
