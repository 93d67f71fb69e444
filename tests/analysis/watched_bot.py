"""bot.py as it is, watched from within: what each function and each statement took. Run by the analysis alone.

`python tests/analysis/watched_bot.py FILE`; the file is written when the bot has ended.
"""

import json
import sqlite3
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import yappi

ROOT = Path(__file__).parents[2]

took: dict[str, list[float]] = defaultdict(lambda: [0, 0.0, 0.0])
"""How often each statement ran, and the seconds that all took and the longest one."""


class Watched(sqlite3.Connection):
    def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
        begun = time.perf_counter()
        try:
            return super().execute(sql, *parameters)
        finally:
            spent, row = time.perf_counter() - begun, took[" ".join(sql.split())]
            row[0], row[1], row[2] = row[0] + 1, row[1] + spent, max(row[2], spent)


def main(report: Path) -> None:
    sys.path.insert(0, str(ROOT))
    connect = sqlite3.connect
    sqlite3.connect = lambda *args, **more: connect(*args, factory=Watched, **more)  # type: ignore[assignment]
    import bot  # noqa: PLC0415  with the connections that are watched

    yappi.set_clock_type("cpu")
    yappi.start(builtins=False)
    sys.argv = ["bot.py"]
    try:
        bot.main()
    finally:
        yappi.stop()
        stats = yappi.get_func_stats()
        functions = [[each.module, each.lineno, each.name, each.ncall, each.tsub, each.ttot] for each in stats]
        report.write_text(json.dumps({"functions": functions, "statements": took}), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
