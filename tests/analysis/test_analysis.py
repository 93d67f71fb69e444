"""What the analysis reads out of what others tell, and that it finds what it looks for."""

import subprocess
import sys
from pathlib import Path

from tests.analysis.__main__ import Profile, report
from tests.analysis.lints import lints
from tests.analysis.starting import by_package

TOLD = """import time: self [us] | cumulative | imported package
import time:       100 |        100 |     json.decoder
import time:        50 |        150 |   json
import time:      2000 |       2150 | chat.front
a line of something else | with bars | in it
"""
WATCH = """
import runpy, sqlite3, sys
from pathlib import Path
watched = runpy.run_path(sys.argv[1])
connection = sqlite3.connect(":memory:", factory=watched["Watched"])
for _ in range(3):
    connection.execute("SELECT  1\\n")
assert list(watched["took"]) == ["SELECT 1"], watched["took"]
count, all_s, longest_s = watched["took"]["SELECT 1"]
assert count == 3 and all_s >= longest_s > 0
"""


def test_the_time_of_a_package_is_that_of_its_own_modules() -> None:
    assert by_package(TOLD) == {"json": {"json.decoder": 100, "json": 50}, "chat": {"chat.front": 2000}}


def test_what_is_involved_comes_with_its_share_of_the_time() -> None:
    shares = {("calc/base.py", "base_rate"): 0.25}

    first, *_ = lints(shares)

    assert (first.function, first.share) == ("base_rate", 0.25)
    assert first.place.startswith("calc/base.py:")


def test_statements_are_timed_each_by_itself() -> None:
    script = Path(__file__).with_name("watched_bot.py")
    subprocess.run([sys.executable, "-c", WATCH, str(script)], check=True, timeout=60)


def test_the_report_says_what_each_place_costs() -> None:
    ours = ("calc/deal.py", 90, "quote_paying", 20, 0.5, 1.0)
    other = ("http/client.py", 1, "send", 80, 1.5, 1.5)
    found = Profile(10, [ours, other], {"SELECT 1": (20, 0.1, 0.05), "BEGIN IMMEDIATE": (10, 0.2, 0.1)})

    said = "\n".join(report(found))

    assert "| http/client.py:1 send | 8.0 | 75.0% | 75.0% |" in said
    assert "| calc/deal.py:90 quote_paying | 2.0 | 50.0% |" in said
    assert "| 100.0 | 2.00 | 5000 | 50.0 | `SELECT 1` | SCAN CONSTANT ROW |" in said
    assert "| chat |" in said
