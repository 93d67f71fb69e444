"""What a measurement was made on, and how much of the machine others took meanwhile."""

import os
import platform
import subprocess
from pathlib import Path
from typing import Any

from tests.load.program import ROOT

_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
_IDLE = (3, 4)
"""Idle, and waiting for a disk, among the first eight counters of /proc/stat."""


def machine() -> dict[str, Any]:
    return {"cores": os.cpu_count(), "cpu": _cpu(), "python": platform.python_version(), "commit": _commit()}


def busy_s() -> float:
    """Seconds of processor time that everybody on the machine has taken since it started, stolen ones included."""
    counters = Path("/proc/stat").read_text(encoding="ascii").partition("\n")[0].split()[1:9]
    return sum(int(each) for place, each in enumerate(counters) if place not in _IDLE) / _TICKS_A_SECOND


def _cpu() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")


def _commit() -> str:
    asked = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return asked.stdout.strip() or "unknown"
