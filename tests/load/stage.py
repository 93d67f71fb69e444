"""A sandbox, the real bot as a process of its own, and a crowd before it; what came of it is one report."""

import resource
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.messages import Message
from sandbox.stand import Sandbox
from tests.e2e.bot_process import Bot
from tests.load.crowd import SandboxCrowd
from tests.load.figures import Figures
from tests.load.operators import Operator
from tests.load.told import rates_on

FIRST_OPERATOR = 10_001
_LOOKS_BACK_S = 1.5
_ANSWER_TAKES_S = 1.0
"""How long before its end a process may have sent something and not have learnt it: the machine is busy."""
_SETTLES_WITHIN_S = 90.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How many operators do how much; a `think_s` of 0 is an operator who never thinks."""

    operators: int = 50
    quotes: int = 5
    think_s: float = 0.0
    patience_s: float = 90.0
    seed: int = 0


class Stage:
    """`enough_time` lets operators end after the quote in hand, once they have made the planned ones.

    `cut_at` are the moments at which the bot was killed; what it sent just before, it may send again. On a disk that
    `forgets` it may send any first card again: nothing there knows what was sent.
    """

    def __init__(self, plan: Plan, sandbox: Sandbox, bot: Bot, folder: Path) -> None:
        self.plan, self.sandbox, self.bot, self.folder = plan, sandbox, bot, folder
        self.figures = Figures()
        self.cut_at: list[float] = []
        self.forgets = False
        self.operators: list[Operator[Message]] = [
            Operator(
                sandbox.person(number),
                self.figures,
                seed=plan.seed,
                rates=lambda card: rates_on(card.text, sandbox.market.now()),
                was_cut=self._was_cut,
            )
            for number in ids(plan.operators)
        ]
        self.enough_time = threading.Event()

    def _was_cut(self, at: float) -> bool:
        return self.forgets or any(0 <= cut - at < _ANSWER_TAKES_S for cut in self.cut_at)

    def run(self) -> dict[str, Any]:
        """The report of a run with a bot that was started; the bot is stopped at its end."""
        crowd = SandboxCrowd(
            self.sandbox,
            self.operators,
            think_s=self.plan.think_s,
            patience_s=self.plan.patience_s,
            seed=self.plan.seed,
        )
        cpu_before_s, began = resource.getrusage(resource.RUSAGE_SELF), time.monotonic()
        took_s = crowd.run(
            enough=lambda operator: operator.made >= self.plan.quotes and self.enough_time.is_set(),
        )
        self._settle(crowd)
        memory_mb, bot_cpu_s = resident_mb(self.bot), cpu_s(self.bot)
        code = self.bot.stop()
        elapsed_s = time.monotonic() - began
        own = resource.getrusage(resource.RUSAGE_SELF)
        own_cpu_s = own.ru_utime + own.ru_stime - cpu_before_s.ru_utime - cpu_before_s.ru_stime
        self._count_answers()
        report = self.figures.report()
        return {
            "operators": self.plan.operators,
            "think_s": self.plan.think_s,
            "seed": self.plan.seed,
            "took_s": round(took_s, 2),
            "quotes_per_s": round(report["quotes"] / took_s, 1),
            **report,
            "bot_exit": code,
            "bot_memory_mb": round(memory_mb),
            "bot_cpu_s": round(bot_cpu_s, 2),
            "stand_cpu_share": round(own_cpu_s / elapsed_s, 2),
            "errors_logged": len(self.bot.lines(" ERROR ")) + len(self.bot.lines(" CRITICAL ")),
            "incidents_logged": len(self.bot.lines("incident=")),
        }

    def _settle(self, crowd: SandboxCrowd) -> None:
        """Until Telegram has nothing left to give and every button is answered, and a moment longer.

        One that was pressed before a kill may never be: its update was done, and the process died before the answer.
        """
        until, last_cut = time.monotonic() + _SETTLES_WITHIN_S, max(self.cut_at, default=0.0)

        def is_waited_for() -> bool:
            return any(query.at >= last_cut for query in self.sandbox.unanswered())

        while (self.sandbox.updates.pending or is_waited_for()) and time.monotonic() < until:
            crowd.linger(0.1)
        crowd.linger(_LOOKS_BACK_S)

    def _count_answers(self) -> None:
        for query in self.sandbox.unanswered():
            self.figures.count("unanswered", f"{query.user_id} pressed {query.data}")
        for operator in self.operators:
            for number in operator.callbacks:
                if len(self.sandbox.queries.answers(number)) > 1:
                    self.figures.count("answered_twice")


@contextmanager
def stage(plan: Plan, **settings: str) -> Iterator[Stage]:
    """With a bot that is made and not started; its fiat rates come from the source that tells all their digits."""
    with Sandbox(seed=plan.seed) as sandbox, tempfile.TemporaryDirectory() as folder:
        for number in ids(plan.operators):
            sandbox.person(number)
        admins = ",".join(map(str, ids(plan.operators)))
        given = {"ADMIN_IDS": admins, "API_LAYER_KEY": "key", "LOG_LEVEL": "INFO", **settings}
        bot = Bot(sandbox, Path(folder), **given)
        try:
            yield Stage(plan, sandbox, bot, Path(folder))
        finally:
            if bot.process is not None and bot.process.poll() is None:
                bot.kill()


def ids(operators: int) -> range:
    return range(FIRST_OPERATOR, FIRST_OPERATOR + operators)


def resident_mb(bot: Bot) -> float:
    assert bot.process is not None
    status = Path(f"/proc/{bot.process.pid}/status").read_text(encoding="ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def cpu_s(bot: Bot) -> float:
    """Seconds of processor time of the process that runs now."""
    assert bot.process is not None
    fields = Path(f"/proc/{bot.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100
