"""Runs beside each other: in which order, and what is said of them."""

from typing import Any

import pytest

from tests.load.bench import Load
from tests.load.beside import NAMES
from tests.load.comparing import beside_peers, ceiling, gathered, paired, sweep
from tests.load.figures import NEVER
from tests.load.program import IN_THE_IMAGE, Program
from tests.load.tables import filled_in, markdown

OURS, A, B = Program("quote desk", ()), Program("A", ()), Program("B", ())
LOAD = Load(operators=50)


class Runs:
    """Takes the place of a run: a quote takes what is told for the program, and `noise` more each time."""

    def __init__(self, cpu_ms: dict[str, float], *, noise: float = 0.0) -> None:
        self.order: list[str] = []
        self._cpu_ms, self._noise = cpu_ms, noise

    def __call__(self, program: Program, load: Load) -> dict[str, Any]:
        self.order.append(program.name)
        cpu_ms = self._cpu_ms.get(program.name, 10.0) + self._noise * len(self.order)
        return {
            "program": program.name,
            "operators": load.operators,
            "think_s": load.think_s,
            "delay_ms": 1000 * load.delay_s,
            "limits": load.limits,
            "quotes_per_s": 1000 / cpu_ms,
            "replies_per_s": 5000 / cpu_ms,
            "quotes": load.total or 1000,
            "step_ms": {"p50": cpu_ms, "p95": 2 * cpu_ms, "p99": 3 * cpu_ms},
            "cpu_ms_per_quote": cpu_ms,
            "own_cpu_ms_per_quote": 0.5,
            "others_cpu_share": 0.25,
            "memory_mb": 50.0,
            "source_calls": 3,
            "first_poll_s": 0.2,
            "results_checked": 100,
            "examples": {},
            **dict.fromkeys(NEVER, 0),
        }


def test_two_commits_take_turns_and_each_pair_is_a_ratio() -> None:
    runs = Runs({"A": 10.0, "B": 5.0})
    report = paired(A, B, [LOAD], rounds=4, run=runs)
    assert runs.order == ["A", "B", "B", "A", "A", "B", "B", "A"]
    (cpu,) = [row for row in report["rows"] if row["measure"] == "cpu_ms_per_quote"]
    assert (cpu["before"], cpu["now"], cpu["ratio"], cpu["band"], cpu["is_noise"]) == (
        10.0,
        5.0,
        0.5,
        [0.5, 0.5],
        False,
    )


def test_too_few_pairs_tell_nothing() -> None:
    few, enough = (paired(A, B, [LOAD], rounds=rounds, run=Runs({"A": 10.0, "B": 5.0})) for rounds in (5, 6))
    assert [row["is_enough"] for report in (few, enough) for row in report["rows"][:1]] == [False, True]


def test_what_the_machine_does_over_time_is_noise_and_no_difference() -> None:
    report = paired(A, B, [LOAD], rounds=4, run=Runs({"A": 10.0, "B": 10.0}, noise=1.0))
    (cpu,) = [row for row in report["rows"] if row["measure"] == "cpu_ms_per_quote"]
    assert cpu["is_noise"]
    assert cpu["band"][0] < 1 < cpu["band"][1]


def test_each_round_begins_with_another_bot_and_the_medians_are_told() -> None:
    runs = Runs({"quote desk": 4.0, "aiogram 3": 8.0})
    report = beside_peers(OURS, [LOAD], rounds=3, names=["aiogram 3"], run=runs)
    assert runs.order == ["quote desk", "aiogram 3", "aiogram 3", "quote desk", "quote desk", "aiogram 3"]
    assert [(row["program"], row["cpu_ms_per_quote"]["median"]) for row in report["rows"]] == [
        ("quote desk", 4.0),
        ("aiogram 3", 8.0),
    ]


def test_others_run_with_the_settings_of_ours() -> None:
    given, runs = list[str | None](), Runs({})

    def run(program: Program, load: Load) -> dict[str, Any]:
        given.append(program.settings.get("PYTHONOPTIMIZE"))
        return runs(program, load)

    beside_peers(Program("quote desk", (), IN_THE_IMAGE), [LOAD], rounds=1, run=run)
    assert given == ["2"] * (1 + len(NAMES))


def test_what_may_never_happen_is_summed_over_all_runs() -> None:
    runs = Runs({})
    reports = [runs(A, LOAD), runs(A, LOAD) | {"wrong": 2, "examples": {"wrong": ["…"]}}]
    assert (gathered(reports)["wrong"], gathered(reports)["examples"]) == (2, [{"wrong": ["…"]}])


def test_a_sweep_has_every_number_of_operators_with_and_without_delay_and_limits() -> None:
    seen = {(run["operators"], run["delay_ms"], run["limits"]) for run in sweep(OURS, LOAD, run=Runs({}))["runs"]}
    assert {(each, delay_ms, False) for each in (1, 10, 50, 200, 1000) for delay_ms in (0, 50)} < seen
    assert (200, 0, True) in seen


def test_a_sweep_ends_with_ten_thousand_quotes_for_the_sake_of_memory() -> None:
    assert sweep(OURS, LOAD, run=Runs({}))["runs"][-1]["quotes"] == 10_000


@pytest.mark.parametrize(
    ("command", "report", "row"),
    [
        (
            "sweep",
            sweep(OURS, LOAD, run=Runs({})),
            "| 1 | 0 ms | off, 0 s | 1000 | 100 | 500 | 10 ms | 20 ms | 30 ms | 10.0 ms | 50 MB | 3 | 0, 0, 0 |",
        ),
        (
            "peers",
            beside_peers(OURS, [LOAD], rounds=1, run=Runs({NAMES[0]: 8.0})),
            f"| 50 | {NAMES[0]} | 125 | 16 ms | 8.0 ms | 50 MB | 0.20 s |",
        ),
        (
            "compare",
            paired(A, B, [LOAD], rounds=6, run=Runs({"A": 10.0, "B": 5.0})),
            "| 50 | cpu_ms_per_quote | 10 | 5 | 0.500 | 0.500 | 0.500 |  |",
        ),
        ("ceiling", ceiling(LOAD, run=Runs({})), "| 50 | 100 | 0.50 ms | 2000 quotes/s |"),
    ],
)
def test_a_report_becomes_a_table_that_names_the_machine(command: str, report: dict[str, Any], row: str) -> None:
    machine = {"cores": 2, "cpu": "EPYC", "python": "3.11.7", "commit": "abc1234"}
    table = markdown({"command": command, "seed": 7, "machine": machine, **report})
    assert row in table
    assert "2 cores, EPYC, Python 3.11.7, commit abc1234, seed 7; " in table
    assert "others on the machine took up to 0.25 of a core" in table


def test_the_readme_gets_a_table_between_its_marks_and_keeps_the_rest() -> None:
    machine = {"cores": 2, "cpu": "EPYC", "python": "3.11.7", "commit": "abc1234"}
    report = {"command": "ceiling", "seed": 7, "machine": machine, **ceiling(LOAD, run=Runs({}))}
    text = "before\n<!-- ceiling -->\nold\n<!-- /ceiling -->\nafter <!-- peers -->\n"
    filled = filled_in(text, report)
    assert filled.startswith("before\n<!-- ceiling -->\n| operators |")
    assert filled.endswith("\n<!-- /ceiling -->\nafter <!-- peers -->\n")
    assert filled_in(filled, report) == filled
    with pytest.raises(ValueError, match="sweep"):
        filled_in(text, report | {"command": "sweep"})
