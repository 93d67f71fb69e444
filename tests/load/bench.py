"""One run of a program under load: whole quotes by operators who act on what they see, and what it took."""

import gc
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.load.crowd import Crowd
from tests.load.fast_people import Shown
from tests.load.fast_telegram import TOKEN, FastTelegram
from tests.load.figures import LateFigures
from tests.load.machine import busy_s
from tests.load.operators import Operator
from tests.load.program import Program, Running
from tests.load.told import rates_on

FIRST_OPERATOR = 10_001
STEPS = 5
_APART_S = 1 / 500
"""How far apart operators begin, so that they are not all at the same step; those who think take a quote's time."""
_STARTS_WITHIN_S = 120.0
_QUIET_S = 0.5
_LOOKS_EVERY_S = 0.1


@dataclass(frozen=True, slots=True)
class Load:
    """Operators begin new quotes for `seconds`, and until `total` are made, and end the one in hand.

    Afterwards they look for `looks_back_s` at what comes late or twice. `delay_s` is how late each answer of Telegram's
    is. With `limits` the bot keeps those of Telegram, and what it does in a second is theirs; without them every call
    goes out at once, and what it does is its own.
    """

    operators: int = 50
    seconds: float = 10.0
    think_s: float = 0.0
    delay_s: float = 0.0
    warm_up_s: float = 2.0
    patience_s: float = 60.0
    looks_back_s: float = 1.0
    limits: bool = False
    total: int = 0
    seed: int = 0


class Bench:
    """A program before a crowd, on one thread of this process."""

    def __init__(self, program: Program, load: Load, folder: Path) -> None:
        self.load = load
        self.figures = LateFigures()
        self.telegram = FastTelegram(self._saw, delay_s=load.delay_s)
        ids = range(FIRST_OPERATOR, FIRST_OPERATOR + load.operators)
        self.operators = [
            Operator(
                self.telegram.person(number),
                self.figures,
                seed=load.seed,
                rates=lambda card: rates_on(card.text, self.telegram.market.now()),
            )
            for number in ids
        ]
        self.crowd: Crowd[Shown] = Crowd(
            self.operators, think_s=load.think_s, patience_s=load.patience_s, seed=load.seed
        )
        self._program, self._folder, self._ids = program, folder, ids

    def run(self) -> dict[str, Any]:
        running = Running(self._program, self._folder, self._settings())
        sys.stderr.write(f"{self._program.name}: pid {running.pid}, {self.load.operators} operators\n")
        gc.disable()  # it would look through all that was shown so far, again and again: a sixth of the time
        try:
            return self._measured(running)
        finally:
            gc.enable()
            running.stop()
            self.telegram.loop.close()

    def _settings(self) -> dict[str, str]:
        return {
            "BOT_TOKEN": TOKEN,
            "ADMIN_IDS": ",".join(map(str, self._ids)),
            "TELEGRAM_API_URL": self.telegram.loop.url,
            "DATABASE_URL": f"sqlite:///{self._folder}/desk.db",
            "API_LAYER_KEY": "key",
            "HOST": "127.0.0.1",
            "PORT": "0",
            "NO_PROXY": "127.0.0.1",
            "HISTORY_BACKFILL_DAYS": "0",
            "SEND_LIMITS_ENABLED": str(self.load.limits).lower(),
            **self.telegram.source_urls,
        }

    def _measured(self, running: Running) -> dict[str, Any]:
        telegram = self.telegram
        self._until(lambda: running.is_over or telegram.polled_at is not None, within_s=_STARTS_WITHIN_S)
        if telegram.polled_at is None:
            raise AssertionError(f"{self._program.name} does not poll:\n{running.log.read_text(encoding='utf-8')}")
        first_poll_s = telegram.polled_at - running.started_at
        self._phase(self.load.warm_up_s)
        self._until(lambda: time.monotonic() - telegram.called_at > _QUIET_S, within_s=_STARTS_WITHIN_S)
        self.figures.begin_anew()
        calls_before = telegram.calls.copy()
        before = busy_s(), running.cpu_s(), _own_cpu_s()
        took_s = self._phase(self.load.seconds, total=self.load.total)
        after = busy_s(), running.cpu_s(), _own_cpu_s()
        all_cpu_s, cpu_s, own_cpu_s = (now - then for then, now in zip(before, after, strict=True))
        calls = telegram.calls - calls_before
        resident_mb, threads = running.resident_mb(), running.threads()
        self._settle()
        code = running.stop()
        checked = self.figures.settle()
        for _ in telegram.unanswered:
            self.figures.count("unanswered")
        report = self.figures.report()
        quotes = max(report["quotes"], 1)
        return {
            "program": self._program.name,
            "operators": self.load.operators,
            "think_s": self.load.think_s,
            "delay_ms": round(1000 * self.load.delay_s),
            "limits": self.load.limits,
            "took_s": round(took_s, 2),
            "quotes_per_s": round(report["quotes"] / took_s, 1),
            "replies_per_s": round(report["steps"] / took_s, 1),
            **report,
            "results_checked": checked,
            "answered_twice": telegram.answered_twice,
            "refused": dict(telegram.refusals),
            "cpu_ms_per_quote": round(1000 * cpu_s / quotes, 2),
            "cpu_share": round(cpu_s / took_s, 2),
            "memory_mb": round(resident_mb, 1),
            "threads": threads,
            "first_poll_s": round(first_poll_s, 3),
            "calls_per_quote": {name: round(count / quotes, 2) for name, count in calls.most_common()},
            "source_calls": telegram.source_calls,
            "own_cpu_ms_per_quote": round(1000 * own_cpu_s / quotes, 2),
            "own_cpu_share": round(own_cpu_s / took_s, 2),
            "others_cpu_share": round(max(all_cpu_s - cpu_s - own_cpu_s, 0.0) / took_s, 2),
            "exit": code,
            "errors_logged": len(running.said(" ERROR ")) + len(running.said(" CRITICAL ")),
            "incidents_logged": len(running.said("incident=")),
        }

    def _phase(self, seconds: float, *, total: int = 0) -> float:
        """Operators begin quotes for so long, and until they are so many; the seconds until the last is made."""
        began = time.monotonic()
        made = self.figures.counts

        def enough(_: Operator[Shown]) -> bool:
            return time.monotonic() - began >= seconds and made["quotes"] >= total

        self.crowd.begin(enough, apart_s=max(_APART_S, STEPS * self.load.think_s / self.load.operators))
        self._until(lambda: not self.crowd.working, within_s=seconds + total + 10 * self.load.patience_s)
        return time.monotonic() - began

    def _settle(self) -> None:
        """Until every update is confirmed and every button answered, and a moment longer."""
        telegram = self.telegram
        self._until(lambda: not (telegram.waiting or telegram.unanswered), within_s=self.load.patience_s)
        self._until(lambda: False, within_s=self.load.looks_back_s)

    def _until(self, done: Callable[[], bool], *, within_s: float) -> None:
        until = time.monotonic() + within_s
        while not done() and time.monotonic() < until:
            self.telegram.loop.step(min(self.crowd.idle_s(), _LOOKS_EVERY_S))
            self.crowd.act()
            self.telegram.flush()

    def _saw(self, message: Shown) -> None:
        self.crowd.heard(message)


def bench(program: Program, load: Load) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        return Bench(program, load, Path(folder)).run()


def _own_cpu_s() -> float:
    own = resource.getrusage(resource.RUSAGE_SELF)
    return own.ru_utime + own.ru_stime
