"""Many runs beside each other: what the table of the README is made of, and what a change brings.

The machine is never quiet, so figures are compared within one run, by turns, and the spread is told with them.
"""

import statistics
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

from tests.load.bench import Load, bench
from tests.load.beside import NAMES, bare, peer
from tests.load.figures import NEVER
from tests.load.program import ROOT, Program, compiled

Report = dict[str, Any]
Run = Callable[[Program, Load], Report]

MEASURES: dict[str, Callable[[Report], float]] = {
    "quotes_per_s": lambda run: run["quotes_per_s"],
    "p50_ms": lambda run: run["step_ms"]["p50"],
    "p95_ms": lambda run: run["step_ms"]["p95"],
    "p99_ms": lambda run: run["step_ms"]["p99"],
    "cpu_ms_per_quote": lambda run: run["cpu_ms_per_quote"],
    "memory_mb": lambda run: run["memory_mb"],
    "first_poll_s": lambda run: run["first_poll_s"],
}
SWEEP = (1, 10, 50, 200, 1000)
KEEPING_LIMITS = ((50, 0.0), (200, 0.0), (50, 3.0), (200, 3.0))
"""Operators and the seconds they think, with the bot keeping Telegram's limits."""
DELAYS_S = (0.0, 0.05)
ENOUGH = 6
"""Pairs, for a difference to be told from noise."""
LONG_RUN = 10_000
"""Quotes, to see what memory becomes."""


def sweep(program: Program, load: Load, *, run: Run = bench) -> Report:
    """One bot: every number of operators, with and without delay, with Telegram's limits kept, and a long run."""
    short = replace(load, total=0)
    loads = [replace(short, operators=each, delay_s=delay_s) for delay_s in DELAYS_S for each in SWEEP]
    loads += [
        replace(short, operators=each, seconds=load.seconds + 10 * think_s, think_s=think_s, limits=True)
        for each, think_s in KEEPING_LIMITS
    ]
    loads.append(replace(load, operators=200, total=load.total or LONG_RUN))
    return gathered([run(program, each) for each in loads])


def beside_peers(
    program: Program, loads: Sequence[Load], *, rounds: int, names: Sequence[str] = NAMES, run: Run = bench
) -> Report:
    """Ours and the others with the same settings by turns, each round beginning with another one; their medians."""
    programs = [program, *(peer(name, settings=program.settings) for name in names)]
    runs = [
        run(program, load)
        for load in loads
        for number in range(rounds)
        for program in (*programs[number % len(programs) :], *programs[: number % len(programs)])
    ]
    return gathered(runs) | {
        "rows": [
            {"program": program.name, "operators": load.operators, **_medians(_of(runs, program, load))}
            for load in loads
            for program in programs
        ]
    }


def ceiling(load: Load, *, run: Run = bench) -> Report:
    """What the generator carries: before a bot that does next to nothing, and by its own processor time."""
    report = gathered([run(bare(), load)])
    return report | {"carries_per_s": round(1000 / report["runs"][0]["own_cpu_ms_per_quote"])}


def compare(
    base: str,
    loads: Sequence[Load],
    *,
    rounds: int,
    python: str = sys.executable,
    settings: Mapping[str, str] | None = None,
) -> Report:
    """Another commit (A) and the tree as it is (B): A B, B A, A B, ..., and the ratio B to A of each pair."""
    with _tree_of(base) as tree:
        before = compiled(Program.bot(f"A {base}", tree=tree, python=python, settings=settings))
        now = compiled(Program.bot("B this tree", python=python, settings=settings))
        return paired(before, now, loads, rounds=rounds)


def paired(before: Program, now: Program, loads: Sequence[Load], *, rounds: int, run: Run = bench) -> Report:
    runs, rows = list[Report](), list[Report]()
    for load in loads:
        pairs = [_pair(before, now, load, run=run, turned=number % 2 == 1) for number in range(rounds)]
        runs += [each for pair in pairs for each in pair]
        rows += [
            {"operators": load.operators, "measure": name, **_ratio(measure, pairs)}
            for name, measure in MEASURES.items()
        ]
    return gathered(runs) | {"rows": rows}


def gathered(runs: Sequence[Report]) -> Report:
    """The runs, and the sum of what no run may count."""
    counted = {name: sum(run[name] for run in runs) for name in NEVER}
    return {**counted, "examples": [run["examples"] for run in runs if run["examples"]], "runs": list(runs)}


def _pair(before: Program, now: Program, load: Load, *, run: Run, turned: bool) -> tuple[Report, Report]:
    if turned:
        second = run(now, load)
        return run(before, load), second
    return run(before, load), run(now, load)


def _ratio(measure: Callable[[Report], float], pairs: Sequence[tuple[Report, Report]]) -> Report:
    """`ratio` is the median of the pairs', `band` the lowest and the highest; with 1 in the band it may be noise.

    Of two trees that are alike all of `ENOUGH` pairs lie on one side of 1 in 3 % of the cases, of two pairs in half.
    """
    before, now = ([measure(pair[side]) for pair in pairs] for side in (0, 1))
    ratios = [new / old if old else 1.0 for old, new in zip(before, now, strict=True)]
    return {
        "before": statistics.median(before),
        "now": statistics.median(now),
        "ratio": round(statistics.median(ratios), 3),
        "band": [round(min(ratios), 3), round(max(ratios), 3)],
        "is_noise": min(ratios) <= 1 <= max(ratios),
        "is_enough": len(ratios) >= ENOUGH,
    }


def _of(runs: Iterable[Report], program: Program, load: Load) -> list[Report]:
    return [run for run in runs if run["program"] == program.name and run["operators"] == load.operators]


def _medians(runs: Sequence[Report]) -> Report:
    measured = {name: [measure(run) for run in runs] for name, measure in MEASURES.items()}
    return {
        name: {"median": statistics.median(each), "lowest": min(each), "highest": max(each)}
        for name, each in measured.items()
    }


@contextmanager
def _tree_of(commit: str) -> Iterator[Path]:
    """The files of a commit, in a folder of their own."""
    packed = subprocess.run(["git", "archive", commit], cwd=ROOT, capture_output=True, check=False)
    if packed.returncode:
        sys.stderr.write(packed.stderr.decode())
        raise SystemExit(2)
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(fileobj=BytesIO(packed.stdout)) as tar:
            tar.extractall(folder, filter="data")
        yield Path(folder)
