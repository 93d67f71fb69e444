"""What each dependency and each room adds to the start: milliseconds of importing, and memory."""

import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
MEMORY = """
import importlib, sys
def resident_kib():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
before = resident_kib()
for name in sys.argv[1:]:
    importlib.import_module(name)
print(resident_kib() - before)
"""


LEAST_MS, RUNS = 2.0, 3


@dataclass(frozen=True, slots=True)
class Imported:
    """Of a package with all its modules: the time in them alone, and the MB that they and what they need take."""

    package: str
    modules: int
    own_ms: float
    memory_mb: float | None


def imported() -> list[Imported]:
    """Of everything that `import bot` brings, the slowest first."""
    runs = [by_package(_told()) for _ in range(RUNS)]
    packages = []
    for package, modules in runs[0].items():
        own_ms = min(sum(run.get(package, {}).values()) for run in runs) / 1000
        if own_ms >= LEAST_MS:
            packages.append(Imported(package, len(modules), own_ms, _memory_mb(modules)))
    return sorted(packages, key=lambda each: -each.own_ms)


def _told() -> str:
    command = [sys.executable, "-X", "importtime", "-c", "import bot"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=120).stderr


def by_package(told: str) -> dict[str, dict[str, int]]:
    """The modules of each top package with their microseconds, without what they import themselves.

    The format is that of `-X importtime`: `import time:  self [us] | cumulative | imported package`.
    """
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for line in told.splitlines():
        own, separator, rest = line.removeprefix("import time:").partition("|")
        if separator and own.strip().isdigit():
            module = rest.partition("|")[2].strip()
            found[module.partition(".")[0]][module] = int(own)
    return dict(found)


def _memory_mb(modules: Iterable[str]) -> float | None:
    """None for what cannot be imported alone."""
    command = [sys.executable, "-c", MEMORY, *modules]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    return int(done.stdout) / 1024 if done.returncode == 0 else None
