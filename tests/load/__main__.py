"""`python -m tests.load COMMAND`: operators who quote, what becomes of their quotes, and what that takes.

On the sandbox: steady, crash, troubles, metrics. Before a stand-in that is made to be fast: bench (one run), sweep (all
numbers of operators), peers (beside other bots), compare (with another commit), ceiling (what the generator carries),
table (of the reports that are named, as Markdown). And starts: of the process, to its first poll.
"""

import argparse
import json
import random
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.load.bench import Load, bench
from tests.load.beside import NAMES
from tests.load.comparing import beside_peers, ceiling, compare, sweep
from tests.load.crashes import ENDINGS, Crashes
from tests.load.figures import NEVER
from tests.load.handovers import OF_BOTS, OF_POSTGRES, OF_REDIS, between_two
from tests.load.machine import machine
from tests.load.metrics import with_and_without
from tests.load.program import IN_THE_IMAGE, ROOT, Program, compiled
from tests.load.soak import Soak, soak
from tests.load.stage import Plan, stage
from tests.load.starts import starts
from tests.load.tables import filled_in, markdown
from tests.load.troubles import add_all


def main() -> int:
    """1 when something happened that never may."""
    options = _options()
    if options.command == "table":
        return table(options)
    if options.command in ALONE:
        report = {"command": options.command, "machine": machine()} | ALONE[options.command](options)
        said(report, options)
        return 1 if any(report.get(name) for name in NEVER) else 0
    seed = random.randrange(10**6) if options.seed is None else options.seed
    sys.stderr.write(f"seed {seed}\n")
    if options.command in BENCHES:
        load = Load(
            options.operators[0],
            options.seconds or 10.0,
            think_s=options.think,
            delay_s=options.delay / 1000,
            limits=options.limits,
            total=options.total,
            seed=seed,
        )
        report = BENCHES[options.command](load, options)
    else:
        plan = Plan(options.operators[0], options.quotes, options.think, patience_s=options.patience, seed=seed)
        report = RUNS[options.command](plan, options)
    report = {"command": options.command, "seed": seed, "machine": machine()} | report
    said(report, options)
    return 1 if any(report[name] for name in NEVER) else 0


def said(report: dict[str, Any], options: argparse.Namespace) -> int:
    text = json.dumps(report, ensure_ascii=False, indent=2)
    sys.stdout.write((markdown(report) if options.command in TABLES else text) + "\n")
    for path in options.json:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n", encoding="utf-8")
    return 0


def table(options: argparse.Namespace) -> int:
    """The reports that are named, as Markdown; into the README, too, where that is asked for."""
    for path in options.json:
        report = json.loads(path.read_text(encoding="utf-8"))
        sys.stdout.write(markdown(report) + "\n")
        if options.readme:
            README.write_text(filled_in(README.read_text(encoding="utf-8"), report), encoding="utf-8")
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
        until = threading.Timer(options.seconds or 600.0, made.enough_time.set)
        until.start()
        return made.run()


def metrics(plan: Plan, options: argparse.Namespace) -> dict[str, Any]:
    return with_and_without(plan, rounds=options.rounds)


def _bot(options: argparse.Namespace) -> Program:
    return compiled(Program.bot(python=options.python, settings=_settings(options)))


def _settings(options: argparse.Namespace) -> dict[str, str]:
    return IN_THE_IMAGE if options.image else {}


def _loads(load: Load, options: argparse.Namespace) -> list[Load]:
    return [replace(load, operators=each) for each in options.operators]


def handovers(plan: Plan, options: argparse.Namespace) -> dict[str, Any]:
    endings = options.endings or ()
    return between_two(plan, options.servers, endings=endings, times=options.times, longest_s=options.longest)


ALL = [*OF_BOTS, *OF_POSTGRES, *OF_REDIS]
SERVERS = ("postgres", "redis")
RUNS = {"steady": steady, "crash": crash, "troubles": troubles, "metrics": metrics, "handovers": handovers}
BENCHES: dict[str, Callable[[Load, argparse.Namespace], dict[str, Any]]] = {
    "bench": lambda load, options: bench(_bot(options), load),
    "sweep": lambda load, options: sweep(_bot(options), load),
    "peers": lambda load, options: beside_peers(
        _bot(options), _loads(load, options), rounds=options.rounds, names=options.peers
    ),
    "compare": lambda load, options: compare(
        options.base,
        _loads(load, options),
        rounds=options.rounds,
        python=options.python,
        settings=_settings(options),
    ),
    "ceiling": lambda load, _: ceiling(load),
}
README = ROOT / "README.md"
ALONE: dict[str, Callable[[argparse.Namespace], dict[str, Any]]] = {
    "starts": lambda options: starts(options.times, python=options.python),
    "soak": lambda options: soak(
        Soak(
            options.total or SOAKED,
            options.operators[0],
            is_traced=options.traced,
            seed=options.seed or 0,
            settings=_settings(options),
        )
    ),
}
SOAKED = 100_000
TABLES = ("sweep", "peers", "compare", "ceiling")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.load", description=__doc__)
    parser.add_argument("command", choices=[*RUNS, *BENCHES, "table", *ALONE])
    parser.add_argument("--operators", type=int, nargs="+", default=[50], help="peers and compare take several (50)")
    parser.add_argument("--quotes", type=int, default=5, help="how many each makes at least (5)")
    parser.add_argument("--think", type=float, default=0.0, help="seconds before each action on average (0)")
    parser.add_argument("--patience", type=float, default=30.0, help="seconds until a screen that misses is lost (30)")
    parser.add_argument("--seconds", type=float, help="how long quotes are begun (10), or the troubles last (600)")
    parser.add_argument("--share", type=float, default=1.0, help="how much of the troubles (1)")
    parser.add_argument("--seed", type=int, help="the same luck again; printed when it is not given")
    parser.add_argument("--json", type=Path, nargs="*", default=[], help="a file for the report, too; what table reads")
    parser.add_argument("--ending", choices=ENDINGS, default="kill", help="how the process ends (kill)")
    parser.add_argument("--times", type=int, default=20, help="how often it ends, or starts (20)")
    parser.add_argument("--python", default=sys.executable, help="the interpreter of the bot, of another environment")
    parser.add_argument("--image", action="store_true", help="with what the image sets, the other bots too")
    parser.add_argument("--readme", action="store_true", help="table writes into the README as well")
    parser.add_argument("--rounds", type=int, default=3, help="how often each of those that are compared runs (3)")
    parser.add_argument("--base", help="the commit to compare with")
    parser.add_argument("--peers", choices=NAMES, nargs="*", default=NAMES, help="which of the other bots (all)")
    parser.add_argument("--total", type=int, default=0, help="quotes to be made at least (0; of a soak 100000)")
    parser.add_argument("--traced", action="store_true", help="a soak says which lines hold the memory; takes longer")
    parser.add_argument("--delay", type=float, default=0.0, help="milliseconds that Telegram takes to answer (0)")
    parser.add_argument("--limits", action="store_true", help="the bot keeps Telegram's limits, which then are its own")
    parser.add_argument("--wiped", action="store_true", help="the database is gone at each start")
    parser.add_argument("--endings", nargs="+", choices=ALL, help="of handovers (all that suit its servers)")
    parser.add_argument("--servers", nargs="+", choices=SERVERS, default=["postgres"], help="of handovers (postgres)")
    parser.add_argument("--longest", type=float, default=5.0, help="seconds between two of them at most (5)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
