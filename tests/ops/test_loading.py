"""What other packages load only because it is there is left out, and can still be loaded by who needs it."""

import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from ops.loading import EAGER, without

ROOT = Path(__file__).parents[2]


def test_inside_a_package_counts_as_not_installed_and_afterwards_as_before() -> None:
    assert "colorsys" not in sys.modules
    with without("colorsys"), pytest.raises(ImportError):
        importlib.import_module("colorsys")
    assert importlib.import_module("colorsys").rgb_to_hls


def test_what_was_loaded_before_stays() -> None:
    before = sys.modules["json"]
    with without("json"):
        assert sys.modules["json"] is before
    assert sys.modules["json"] is before


RARE = {"argparse", "xml", "prometheus_client"}
"""What only an option, the Bank of Russia and a scrape need."""


def loaded_by(*names: str) -> set[str]:
    code = f"import json, sys, {', '.join(names)}; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], cwd=ROOT, capture_output=True, encoding="ascii", check=False
    )
    assert done.returncode == 0, done.stderr
    return {name.partition(".")[0] for name in json.loads(done.stdout)}


def test_a_bot_loads_none_of_what_telebot_and_requests_would_take_along() -> None:
    loaded = loaded_by("bot")
    assert {"telebot", "requests"} <= loaded
    assert loaded & {*EAGER, *RARE, "asyncio", "psycopg", "xlsxwriter", "waitress"} == set()


def test_its_pages_load_nothing_that_only_a_scrape_needs() -> None:
    loaded = loaded_by("bot", "ops.pages", "ops.listening")
    assert "waitress" in loaded
    assert loaded & RARE == set()
