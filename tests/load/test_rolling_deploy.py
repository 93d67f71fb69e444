"""Operators in mid-quote while a later version starts, moves the schema forward, and follows the one that serves."""

import threading
from collections.abc import Callable

from storage.migrations import MIGRATIONS
from tests.e2e.bot_process import ROOT
from tests.load.figures import NEVER
from tests.load.stage import Plan, Stage, stage
from tests.postgres import PostgresServer

PATIENCE_S = 120.0
QUOTES_BEFORE = 4


class Deploy:
    """As a platform does it, on a thread of its own: it starts the later version, and ends the earlier one."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.old, self.later = stage.bot, stage.bot.twin()
        self.later.script = ROOT / "tests/e2e/processes/later_bot.py"
        self.in_mid_quote = 0
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="deploy")

    def start(self) -> None:
        self._thread.start()

    def join(self) -> None:
        """Raises what went wrong."""
        self._thread.join()
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        try:
            self._until(lambda: self._stage.figures.counts["quotes"] >= QUOTES_BEFORE)
            self.later.run()
            self.later.wait_for("standby: ", timeout_s=PATIENCE_S)
            seen = self._stage.figures.counts["quotes"]
            self._until(lambda: self._stage.figures.counts["quotes"] > seen)  # on the schema of the later one
            self.in_mid_quote = sum(operator.awaits is not None for operator in self._stage.operators)
            code = self.old.stop()
            assert code == 0, f"ended with {code}"
            self.later.wait_for("polling workers=", timeout_s=PATIENCE_S)
            self._stage.bot = self.later
        except BaseException as failure:  # noqa: BLE001 - the edge of a thread; `join` raises it
            self._failure = failure
        finally:
            self._stage.enough_time.set()

    @staticmethod
    def _until(found: Callable[[], bool]) -> None:
        never = threading.Event()
        for _ in range(int(PATIENCE_S / 0.02)):
            if found():
                return
            never.wait(0.02)
        raise AssertionError("the operators do not get on")


def test_a_rolling_deploy_loses_and_doubles_nothing(postgres: PostgresServer) -> None:
    plan = Plan(operators=12, quotes=2, think_s=0.1, patience_s=90.0, seed=3)
    with stage(plan, DATABASE_URL=postgres.database()) as made:
        made.bot.start()
        deploy = Deploy(made)
        deploy.start()
        report = made.run()
        deploy.join()
        deploy.old.run()
        assert deploy.old.wait_over() == 1
        assert f"schema version {len(MIGRATIONS) + 1}, this program knows" in deploy.old.output[-1]
    counted = {name: report.get(name, 0) for name in (*NEVER, "unanswered", "begun_again")}
    assert counted == dict.fromkeys(counted, 0), report["examples"]
    assert report["quotes"] == sum(operator.made for operator in made.operators) >= 24
    assert deploy.in_mid_quote > 0
    assert report["bot_exit"] == report["incidents_logged"] == len(deploy.old.lines("incident=")) == 0
