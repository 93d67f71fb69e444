"""Ends the bot again and again while operators are in mid-quote, and starts it again."""

import random
import threading
import time
from collections.abc import Callable

from tests.load.stage import Stage

ENDINGS = ("kill", "term")


class Crashes:
    """A thread of its own from `start` to `join`; `kill` is SIGKILL, `term` a SIGTERM that has to end well.

    With `wiped` the database is gone at each start, as on a platform that wipes the disk with each deploy.
    """

    def __init__(self, stage: Stage, *, ending: str, times: int, wiped: bool = False, longest_s: float = 1.0) -> None:
        self._stage, self._times, self._wiped, self._longest_s = stage, times, wiped, longest_s
        self._end: Callable[[], None] = self._kill if ending == "kill" else self._terminate
        self._random = random.Random(stage.plan.seed)
        self._never = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="crashes")
        if wiped:
            stage.forgets = True

    def start(self) -> None:
        self._thread.start()

    def join(self) -> None:
        """Raises what went wrong."""
        self._thread.join()
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        try:
            for _ in range(self._times):
                self._never.wait(self._random.uniform(0.0, self._longest_s))
                self._end()
                if self._wiped:
                    for file in self._stage.folder.glob("desk.db*"):
                        file.unlink()
                self._stage.bot.start()
                self._stage.figures.counts["restarts"] += 1
        except BaseException as failure:  # noqa: BLE001 - the edge of a thread; `join` raises it
            self._failure = failure
        finally:
            self._stage.enough_time.set()

    def _kill(self) -> None:
        self._stage.cut_at.append(time.monotonic())
        self._stage.bot.kill()

    def _terminate(self) -> None:
        """Where Telegram is the queue, what was done out of turn comes again even after an orderly end."""
        if self._wiped:
            self._stage.cut_at.append(time.monotonic())
        code = self._stage.bot.stop()
        assert code == 0, f"ended with {code} after SIGTERM"
