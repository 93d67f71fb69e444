"""The bot as a process of its own, started, watched and ended from here."""

import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class BotProcess:
    """Runs from `start` to `stop`; `ended` is called, on a thread of its own, when the process is over.

    It is a session of its own, so that a Ctrl-C in the terminal reaches it only through whoever started it.
    """

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        ended: Callable[[], None] = lambda: None,
        ends_within_s: float = 10.0,
    ) -> None:
        self._command = command
        self._environment = environment
        self._ended = ended
        self._ends_within_s = ends_within_s
        self._process: subprocess.Popen[bytes] | None = None
        self._watch = threading.Thread(target=self._wait, name="sandbox-bot", daemon=True)

    def start(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - the command is ours
            self._command, env=dict(self._environment), cwd=ROOT, start_new_session=True
        )
        self._watch.start()

    def stop(self) -> int:
        """End it as a platform would, by SIGTERM and after a while by SIGKILL, unless it has ended.

        Returns the exit code, below zero if a signal ended it.
        """
        assert self._process is not None, "not started"  # noqa: S101 - a mistake of the caller's
        self._process.terminate()
        try:
            code = self._process.wait(timeout=self._ends_within_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        self._watch.join()
        return code

    def _wait(self) -> None:
        assert self._process is not None  # noqa: S101 - the thread starts after it
        self._process.wait()
        self._ended()
