"""`python -m tests.load COMMAND`: operators who quote and what becomes of their quotes, or starts; as JSON."""

import argparse
import json
import random
import sys
import threading
from pathlib import Path
from typing import Any

from tests.load.bench import Load, bench
from tests.load.crashes import ENDINGS, Crashes
from tests.load.figures import NEVER
from tests.load.metrics import compare
from tests.load.program import Program
from tests.load.stage import Plan, stage
from tests.load.starts import starts
from tests.load.troubles import add_all


def main() -> int:
    """1 when something happened that never may."""
    options = _options()
    if options.command == "starts":
        return said(starts(options.times, python=options.python), options)
    seed = random.randrange(10**6) if options.seed is None else options.seed
    sys.stderr.write(f"seed {seed}\n")
    plan = Plan(options.operators, options.quotes, options.think, patience_s=options.patience, seed=seed)
    report = {"command": options.command} | RUNS[options.command](plan, options)
    said(report, options)
    return 1 if any(report[name] for name in NEVER) else 0


def said(report: dict[str, Any], options: argparse.Namespace) -> int:
    text = json.dumps(report, ensure_ascii=False, indent=2)
    sys.stdout.write(text + "\n")
    if options.json:
        options.json.write_text(text + "\n", encoding="utf-8")
    return 0


def steady(plan: Plan, _: argparse.Namespace) -> dict[str, Any]:
    with stage(plan) as made:
        made.bot.start()
        made.enough_time.set()
        return made.run()


def crash(plan: Plan, options: argparse.Namespace) -> dict[str, Any]:
    settings = {"INBOX": "telegram"} if options.wiped else {}
    with stage(plan, **settings) as made:
        made.bot.start()
        crashes = Crashes(made, ending=options.ending, times=options.times, wiped=options.wiped)
        crashes.start()
        report = made.run()
        crashes.join()
        return {"ending": options.ending, "wiped": options.wiped, **report}


def troubles(plan: Plan, options: argparse.Namespace) -> dict[str, Any]:
    with stage(plan, PRELOAD_INTERVAL="5", FIAT_REFRESH_INTERVAL="60") as made:
        made.bot.start()
        add_all(made.sandbox, share=options.share)
        until = threading.Timer(options.seconds, made.enough_time.set)
        until.start()
        return made.run()


def metrics(plan: Plan, options: argparse.Namespace) -> dict[str, Any]:
    return compare(plan, rounds=options.rounds)


def one_bench(plan: Plan, options: argparse.Namespace) -> dict[str, Any]:
    load = Load(
        plan.operators,
        options.seconds,
        think_s=plan.think_s,
        delay_s=options.delay / 1000,
        limits=options.limits,
        seed=plan.seed,
    )
    return bench(Program.bot(), load)


RUNS = {"steady": steady, "crash": crash, "troubles": troubles, "metrics": metrics, "bench": one_bench}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.load", description=__doc__)
    parser.add_argument("command", choices=[*RUNS, "starts"])
    parser.add_argument("--operators", type=int, default=50)
    parser.add_argument("--quotes", type=int, default=5, help="how many each makes at least (5)")
    parser.add_argument("--think", type=float, default=0.0, help="seconds before each action on average (0)")
    parser.add_argument("--patience", type=float, default=30.0, help="seconds until a screen that misses is lost (30)")
    parser.add_argument("--seconds", type=float, default=600.0, help="how long the troubles last (600)")
    parser.add_argument("--share", type=float, default=1.0, help="how much of the troubles (1)")
    parser.add_argument("--seed", type=int, help="the same luck again; printed when it is not given")
    parser.add_argument("--json", type=Path, help="a file for the report, too")
    parser.add_argument("--ending", choices=ENDINGS, default="kill", help="how the process ends (kill)")
    parser.add_argument("--times", type=int, default=20, help="how often it ends, or starts (20)")
    parser.add_argument("--python", default=sys.executable, help="the interpreter that starts, of another environment")
    parser.add_argument("--rounds", type=int, default=3, help="how often with metrics and without (3)")
    parser.add_argument("--delay", type=float, default=0.0, help="milliseconds that Telegram takes to answer (0)")
    parser.add_argument("--limits", action="store_true", help="the bot keeps Telegram's limits, which then are its own")
    parser.add_argument("--wiped", action="store_true", help="the database is gone at each start")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
