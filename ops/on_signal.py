"""Work that a signal asks for, on a thread of its own: in the handler of a signal nothing may be done."""

import logging
import queue
import threading
from collections.abc import Callable

log = logging.getLogger(__name__)


class OnSignal:
    """A daemon thread that does its work each time it is asked to."""

    def __init__(self, name: str, work: Callable[[], object]) -> None:
        self._work = work
        # What a queue of this kind does cannot be caught in the middle by a second signal; an Event has a lock.
        self._asked: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @property
    def thread(self) -> threading.Thread:
        return self._thread

    def start(self) -> None:
        self._thread.start()

    def ask(self, *_: object) -> None:
        """Has it done soon. Does nothing else, so a signal handler may be this."""
        self._asked.put(True)

    def stop(self, timeout_s: float) -> None:
        self._asked.put(False)
        self._thread.join(timeout_s)

    def _run(self) -> None:
        while self._asked.get():
            try:
                self._work()
            except Exception:  # the edge of a thread: the next signal may do better
                log.exception("not done name=%s", self._thread.name)
