"""Where the code is more involved than the rest of the house, and what that costs while it runs."""

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
RULES = "C901,PLR0912,PLR0915,PERF,FURB,SIM,C4"
STRICTER = "lint.mccabe.max-complexity=7", "lint.pylint.max-branches=7", "lint.pylint.max-statements=30"
"""Than what the house forbids: these are places to look at, not mistakes."""
DEFINED = re.compile(r"\s*(?:async )?def (\w+)")


@dataclass(frozen=True, slots=True)
class Lint:
    """`share` is of the processor time of a load run; 0 for what did not run."""

    place: str
    function: str
    said: str
    share: float


def lints(shares: Mapping[tuple[str, str], float]) -> list[Lint]:
    """`shares` by file and function; what costs most first."""
    options = [argument for each in STRICTER for argument in ("--config", each)]
    rooms = ["bot.py", "calc", "rates", "storage", "desk", "chat", "ops", "joints"]
    command = [sys.executable, "-m", "ruff", "check", "--select", RULES, "--output-format", "json", *options, *rooms]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    found = [_lint(each, shares) for each in json.loads(done.stdout)]
    return sorted(found, key=lambda each: (-each.share, each.place))


def _lint(told: Mapping[str, object], shares: Mapping[tuple[str, str], float]) -> Lint:
    path, location = Path(str(told["filename"])), told["location"]
    assert isinstance(location, dict)
    file, row = str(path.relative_to(ROOT)), int(location["row"])
    function = _function(path, row)
    return Lint(f"{file}:{row}", function, f"{told['code']} {told['message']}", shares.get((file, function), 0.0))


def _function(path: Path, row: int) -> str:
    """The one that the row is in, or nothing at the top of a module."""
    for line in reversed(path.read_text(encoding="utf-8").splitlines()[:row]):
        if found := DEFINED.match(line):
            return found[1]
    return ""
