"""A program under load: started like a service, its processor time and memory read from /proc, ended by SIGTERM."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
IN_THE_IMAGE = {"PYTHONOPTIMIZE": "2", "GLIBC_TUNABLES": "glibc.malloc.tcache_count=0"}
"""What the image sets that changes how much a program takes; its Dockerfile says why."""
_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
_ENDS_WITHIN_S = 120.0


@dataclass(frozen=True, slots=True)
class Program:
    """What is started, and where; `settings` come on top of those that every program under load gets.

    Who is kept to one core takes the same time for the same work, wherever the system would have put its threads.
    """

    name: str
    command: Sequence[str]
    settings: Mapping[str, str] = field(default_factory=dict)
    core: int | None = None

    @classmethod
    def bot(
        cls,
        name: str = "quote desk",
        *,
        tree: Path = ROOT,
        python: str = sys.executable,
        settings: Mapping[str, str] | None = None,
    ) -> "Program":
        """The bot of a tree, with the Python that runs this or that of another environment."""
        return cls(name, (python, str(tree / "bot.py")), settings or {})


def compiled(bot: Program) -> Program:
    """The same, after it and its libraries were compiled for its settings: a start that does so takes 10 MB more."""
    python, script = bot.command
    rooms = [str(each.parent) for each in sorted(Path(script).parent.glob("*/__init__.py"))]
    environment = os.environ | bot.settings
    subprocess.run([python, "-m", "compileall", "-q", *rooms], env=environment, check=True)
    loading = [python, script, "--version"]
    subprocess.run(loading, cwd=Path(script).parent, env=environment, stdout=subprocess.DEVNULL, check=True)
    return bot


class Running:
    """What it prints goes into a file: reading it along would take time from whoever measures."""

    def __init__(self, program: Program, folder: Path, given: Mapping[str, str]) -> None:
        self.log = folder / "log.txt"
        self.started_at = time.monotonic()
        inherited = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "TMPDIR"}}
        with self.log.open("wb") as log, _kept_to(program.core):
            self._process = subprocess.Popen(
                program.command,
                cwd=folder,  # where no .env of a developer is
                env={**inherited, **given, **program.settings},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.pid = self._process.pid

    @property
    def is_over(self) -> bool:
        return self._process.poll() is not None

    def cpu_s(self) -> float:
        """User and system time so far, of all threads."""
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS_A_SECOND

    def resident_mb(self) -> float:
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024

    def threads(self) -> int:
        return len(list(Path(f"/proc/{self.pid}/task").iterdir()))

    def said(self, part: str) -> list[str]:
        """The lines of its log that have this part."""
        return [line for line in self.log.read_text(encoding="utf-8", errors="replace").splitlines() if part in line]

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def stop(self) -> int:
        """The exit code after SIGTERM; who does not end by then is killed."""
        if not self.is_over:
            self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(_ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()


@contextmanager
def _kept_to(core: int | None) -> Iterator[None]:
    """Who is started meanwhile, by this thread, has no other core."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, allowed if core is None else {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)
