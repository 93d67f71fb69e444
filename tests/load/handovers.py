"""Two bots on one database: the one that serves is ended or frozen again and again, and the other one goes on."""

import random
import signal
import threading
import time
from collections import defaultdict

from tests.load.stage import Stage

ENDINGS = ("kill", "term", "freeze")
TAKES_S = 20.0


class Handovers:
    """A thread of its own from `start` to `join`; who has ended is started again, and stands by.

    A `freeze` is a SIGSTOP until the other one polls; who wakes then has to end by itself, with code 1.
    `took_s` holds for each kind of end how long nobody polled.
    """

    def __init__(self, stage: Stage, *, times: int, longest_s: float = 1.0) -> None:
        """Each kind of end `times`, in an order that the seed of the plan decides."""
        self._stage, self._longest_s = stage, longest_s
        self._other = stage.bot.twin()
        self._random = random.Random(stage.plan.seed)
        self._endings = [*ENDINGS] * times
        self._random.shuffle(self._endings)
        self._never = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="handovers")
        self.took_s: dict[str, list[float]] = defaultdict(list)

    def start(self) -> None:
        self._stage.bot.start()
        self._stand_by()
        self._thread.start()

    def join(self) -> None:
        """Raises what went wrong."""
        self._thread.join()
        code = self._other.stop()
        if self._failure is not None:
            raise self._failure
        assert code == 0, f"the standby ended with {code} after SIGTERM"

    def _run(self) -> None:
        try:
            for ending in self._endings:
                self._never.wait(self._random.uniform(0.0, self._longest_s))
                self._hand_over(ending)
                self._stage.figures.counts["handovers"] += 1
        except BaseException as failure:  # noqa: BLE001 - the edge of a thread; `join` raises it
            self._failure = failure
        finally:
            self._stage.enough_time.set()

    def _hand_over(self, ending: str) -> None:
        old, new = self._stage.bot, self._other
        polled, begun = len(new.lines("polling workers=")), time.monotonic()
        if ending == "term":
            code = old.stop()
            assert code == 0, f"ended with {code} after SIGTERM"
        else:
            self._stage.cut_at.append(begun)
            if ending == "kill":
                old.kill()
            else:
                old.signal(signal.SIGSTOP)
        new.wait_for("polling workers=", count=polled + 1, timeout_s=TAKES_S)
        self.took_s[ending].append(time.monotonic() - begun)
        if ending == "freeze":
            old.signal(signal.SIGCONT)
            code = old.wait_over()
            assert code == 1, f"ended with {code} after it was frozen"
        self._stage.bot, self._other = new, old
        self._stand_by()

    def _stand_by(self) -> None:
        waits = len(self._other.lines("standby: "))
        self._other.run()
        self._other.wait_for("standby: ", count=waits + 1, timeout_s=TAKES_S)
