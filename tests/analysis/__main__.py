"""`make analyse`: where to look next, each place with what it costs. Writes build/analysis.md and prints it."""

import json
import sqlite3
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storage.database import open_database
from tests.analysis.lints import lints
from tests.analysis.starting import imported
from tests.load.bench import Load, bench
from tests.load.program import Program

ROOT = Path(__file__).parents[2]
REPORT = ROOT / "build" / "analysis.md"
WATCHED = ROOT / "tests" / "analysis" / "watched_bot.py"
LOAD = Load(operators=8, seconds=10.0, warm_up_s=0.0)
"""Few: the watching makes the bot several times slower, and nobody shall wait for an answer in vain."""
ROWS = 25


@dataclass(frozen=True, slots=True)
class Profile:
    """Of a load run: what each function and each statement took, and how many quotes it was for."""

    quotes: int
    functions: Sequence[tuple[str, int, str, int, float, float]]
    statements: dict[str, tuple[int, float, float]]

    @property
    def total_s(self) -> float:
        return sum(own_s for *_, own_s, _ in self.functions)

    def shares(self) -> dict[tuple[str, str], float]:
        return {(file, name): all_s / self.total_s for file, _, name, _, _, all_s in self.functions}


def profile() -> Profile:
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "told.json"
        made: dict[str, Any] = bench(Program("watched", (sys.executable, str(WATCHED), str(told))), LOAD)
        found = json.loads(told.read_text(encoding="utf-8"))
    functions = [
        (_place(file), line, name.rpartition(".")[2], *figures) for file, line, name, *figures in found["functions"]
    ]
    return Profile(made["quotes"], functions, found["statements"])


def _place(file: str) -> str:
    """Within the house, or within whatever it was installed into."""
    path = Path(file)
    if path.is_relative_to(ROOT) and ".venv" not in path.parts:
        return str(path.relative_to(ROOT))
    parts = file.partition("site-packages/")[2] or "/".join(path.parts[-2:])
    return str(parts)


def report(found: Profile) -> Iterator[str]:
    yield "# Where to look next\n"
    yield "## The start: what is imported before the first poll\n"
    yield from _table(
        ("package", "modules", "own ms", "MB with all it needs"),
        [
            (
                each.package,
                each.modules,
                f"{each.own_ms:.1f}",
                "" if each.memory_mb is None else f"{each.memory_mb:.1f}",
            )
            for each in imported()[:ROWS]
        ],
    )
    yield f"## The profile of {found.quotes} quotes: processor time, the watching included\n"
    slowest = sorted(found.functions, key=lambda each: -each[4])[:ROWS]
    yield from _table(
        ("function", "calls a quote", "own share", "share with all it calls"),
        [
            (f"{file}:{line} {name}", f"{calls / found.quotes:.1f}", _share(own_s, found), _share(all_s, found))
            for file, line, name, calls, own_s, all_s in slowest
        ],
    )
    yield "## Our own functions with all they call\n"
    ours = [each for each in found.functions if (ROOT / each[0]).is_file()]
    yield from _table(
        ("function", "calls a quote", "share with all it calls"),
        [
            (f"{file}:{line} {name}", f"{calls / found.quotes:.1f}", _share(all_s, found))
            for file, line, name, calls, _, all_s in sorted(ours, key=lambda each: -each[5])[:ROWS]
        ],
    )
    yield "## Statements, by what they took in all, waiting for their turn included\n"
    yield from _table(
        ("ms in all", "times a quote", "mean us", "longest ms", "statement", "plan"),
        [
            (f"{1000 * all_s:.1f}", f"{count / found.quotes:.2f}", f"{1e6 * all_s / count:.0f}", f"{1000 * most_s:.1f}",
             f"`{sql[:160]}`", plan)
            for sql, (count, all_s, most_s), plan in _with_plans(found)
        ],
    )  # fmt: skip
    yield "## More involved than the rest, by what it costs\n"
    yield from _table(
        ("place", "function", "said", "share of the load run"),
        [(each.place, each.function, each.said, f"{each.share:.1%}") for each in lints(found.shares())[:ROWS]],
    )


def _share(seconds: float, found: Profile) -> str:
    return f"{seconds / found.total_s:.1%}"


def _with_plans(found: Profile) -> list[tuple[str, tuple[int, float, float], str]]:
    slowest = sorted(found.statements.items(), key=lambda each: -each[1][1])[:ROWS]
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{folder}/desk.db")
        try:
            return [(sql, row, _plan(database.read(), sql)) for sql, row in slowest]
        finally:
            database.close()


def _plan(connection: Any, sql: str) -> str:
    """Empty for what has none, BEGIN and its kind."""
    try:
        rows = connection.execute(f"EXPLAIN QUERY PLAN {sql}", [None] * sql.count("?")).fetchall()
    except sqlite3.Error:
        return ""
    return "; ".join(detail for *_, detail in rows)


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(str(cell).replace('|', '/') for cell in row)} |"
    yield ""


def main() -> None:
    text = "\n".join(report(profile())) + "\n"
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(text, encoding="utf-8")
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
