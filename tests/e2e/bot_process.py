"""The real bot as a process on the sandbox: started, killed, started again, and everything it printed."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from ops.settings import specs
from sandbox.stand import Sandbox

ROOT = Path(__file__).parents[2]
OPERATOR, COLLEAGUE, STRANGER = 1001, 1002, 2001
ENDS_WITHIN_S = 120.0
REREAD = " ops.rereading: settings "


class Bot:
    """`output` grows while the process runs; a restarted one goes on in it."""

    def __init__(self, sandbox: Sandbox, folder: Path, **settings: str) -> None:
        self.sandbox = sandbox
        self._folder = folder
        self.output: list[str] = []
        self._settings = {
            "BOT_TOKEN": sandbox.token,
            "ADMIN_IDS": f"{OPERATOR},{COLLEAGUE}",
            "TELEGRAM_API_URL": sandbox.telegram_url,
            "DATABASE_URL": f"sqlite:///{folder}/desk.db",
            "LOG_LEVEL": "DEBUG",
            "HOST": "127.0.0.1",
            "PORT": "0",  # any that is free: tests run side by side
            "NO_PROXY": "127.0.0.1",
            "HISTORY_BACKFILL_DAYS": "0",  # calls that tests of other things would have to tell from their own
            **sandbox.source_urls,
            **settings,
        }
        self._changed = threading.Condition()
        self.python, self.script = sys.executable, ROOT / "bot.py"
        self.process: subprocess.Popen[str] | None = None

    def setting(self, name: str) -> str:
        """What it was started with."""
        return self._settings[name]

    def twin(self) -> "Bot":
        """Another one with the same settings, not started."""
        return Bot(self.sandbox, self._folder, **self._settings)

    def start(self) -> "Bot":
        """Returns when it polls."""
        polls = len(self.lines("polling workers="))
        self.run()
        self.wait_for("polling workers=", count=polls + 1)
        return self

    def run(self) -> None:
        """Returns at once."""
        self.process = subprocess.Popen(
            [self.python, str(self.script)],
            cwd=self._folder,  # where no .env of a developer is
            env=self._environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )
        self._reader = threading.Thread(target=self._read, args=[self.process], daemon=True)
        self._reader.start()

    def once(self, *arguments: str) -> tuple[int, str]:
        """Another process with the same settings that does one thing; its exit code and what it printed."""
        done = subprocess.run(
            [self.python, str(self.script), *arguments],
            cwd=self._folder,
            env=self._environment(),
            capture_output=True,
            encoding="utf-8",
            timeout=ENDS_WITHIN_S,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    def reread(self, written: str) -> None:
        """As an owner does who has changed the .env file beside the bot."""
        self.write_env(written)
        lines = len(self.lines(REREAD))
        self._running.send_signal(signal.SIGHUP)
        self.wait_for(REREAD, count=lines + 1)

    def write_env(self, written: str) -> None:
        (self._folder / ".env").write_text(written, encoding="utf-8")

    def kill(self) -> None:
        """As a platform does that has lost its patience."""
        self._running.kill()
        self._over()

    def stop(self) -> int:
        """As a platform does before a deploy; the exit code."""
        self._running.terminate()
        return self._over()

    def signal(self, number: int) -> None:
        """Returns at once."""
        self._running.send_signal(number)

    def _over(self) -> int:
        code = self._running.wait(ENDS_WITHIN_S)
        self._reader.join(ENDS_WITHIN_S)
        if self._running.stdout:
            self._running.stdout.close()
        return code

    def is_over(self, *, within_s: float) -> bool:
        try:
            self._running.wait(within_s)
        except subprocess.TimeoutExpired:
            return False
        return True

    def wait_over(self) -> int:
        """The exit code of a process that ends by itself."""
        return self._over()

    def lines(self, part: str) -> list[str]:
        with self._changed:
            return [line for line in self.output if part in line]

    def wait_for(self, part: str, *, count: int = 1, timeout_s: float = 120.0) -> str:
        """The last line with this part, when there are so many of them."""

        def found() -> list[str]:
            return [line for line in self.output if part in line]

        with self._changed:
            if not self._changed.wait_for(lambda: len(found()) >= count, timeout_s):
                raise AssertionError(f"no {part!r} in:\n{''.join(self.output)}")
            return found()[-1]

    def settle(self, updates: int) -> None:
        """Waits until it has handled so many updates in all: what it showed may be there a moment before it is kept."""
        self.wait_for("update handled", count=updates)

    @property
    def text(self) -> str:
        return "".join(self.output)

    @property
    def pid(self) -> int:
        return self._running.pid

    @property
    def _running(self) -> subprocess.Popen[str]:
        assert self.process is not None, "not started"
        return self.process

    def _environment(self) -> dict[str, str]:
        # Without compiled files each start would compile three hundred modules anew.
        left_out = {spec.name for spec in specs()} | {"PYTHONDONTWRITEBYTECODE"}
        inherited = {name: value for name, value in os.environ.items() if name not in left_out}
        return inherited | self._settings

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            with self._changed:
                self.output.append(line)
                self._changed.notify_all()
