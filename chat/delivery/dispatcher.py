"""Who is served when: the jobs of one key one at a time and in order, many keys side by side."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Hashable

Job = Callable[[], object]

_logger = logging.getLogger(__name__)


class Dispatcher:
    """A bounded pool of daemon threads, `worker-1`, `worker-2`..., which starts at once; any thread may call.

    A key is in `_queues` while it waits for a worker or has one, and in `_ready` only while it waits for one.
    After each job its key goes to the end of the ready ones, so a busy chat takes turns with the others.
    """

    def __init__(self, workers: int = 16, *, name: str = "worker") -> None:
        self._lock = threading.Lock()
        self._work = threading.Condition(self._lock)
        self._changed = threading.Condition(self._lock)
        self._queues: dict[Hashable, deque[Job]] = {}
        self._ready: deque[Hashable] = deque()
        self._waiting = 0
        self._running = 0
        self._stopping = False
        for number in range(1, workers + 1):
            threading.Thread(target=self._serve, name=f"{name}-{number}", daemon=True).start()

    def submit(self, key: Hashable, job: Job) -> None:
        """Runs the job after all earlier ones of its key. Raises RuntimeError once stopping."""
        with self._lock:
            if self._stopping:
                raise RuntimeError("the dispatcher is stopping")
            queue = self._queues.get(key)
            if queue is None:
                self._queues[key] = deque((job,))
                self._ready.append(key)
                self._work.notify()
            else:
                queue.append(job)
            self._waiting += 1

    def waiting(self) -> int:
        """How many jobs wait for their turn; those at work are not counted."""
        with self._lock:
            return self._waiting

    def running(self) -> int:
        """How many jobs are at work."""
        with self._lock:
            return self._running

    def wait_for_room(self, capacity: int, timeout_s: float | None = None) -> bool:
        """Waits until fewer than `capacity` jobs wait, or a stop began; False when the time ran out first."""
        with self._lock:
            return self._changed.wait_for(lambda: self._waiting < capacity or self._stopping, timeout_s)

    def idle(self, timeout_s: float | None = None) -> bool:
        """Waits until nothing waits and nothing runs; False when the time ran out first."""
        with self._lock:
            return self._changed.wait_for(lambda: not self._waiting and not self._running, timeout_s)

    def settle(self) -> bool:
        """Waits until nothing waits and nothing runs, or a stop began; False for the stop."""
        with self._lock:
            self._changed.wait_for(lambda: self._stopping or not (self._waiting or self._running))
            return not self._stopping

    def stop(self, timeout_s: float) -> list[tuple[Hashable, Job]]:
        """Begins no more jobs and gives those at work the time to end.

        Returns the jobs that were not begun, in order per key; how many did not end in time says `running()`.
        """
        with self._lock:
            self._stopping = True
            self._work.notify_all()
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._running, timeout_s)
            left = [(key, job) for key, queue in self._queues.items() for job in queue]
            self._queues.clear()
            self._ready.clear()
            self._waiting = 0
            return left

    def _serve(self) -> None:
        while (taken := self._take()) is not None:
            key, job = taken
            try:
                job()
            except BaseException:  # the edge of a thread: even a SystemExit must not cost the key its worker
                _logger.exception("job failed key=%s", key)
            finally:
                self._finish(key)

    def _take(self) -> tuple[Hashable, Job] | None:
        with self._lock:
            while not self._ready and not self._stopping:
                self._work.wait()
            if self._stopping:
                return None
            key = self._ready.popleft()
            self._waiting -= 1
            self._running += 1
            self._changed.notify_all()
            return key, self._queues[key].popleft()

    def _finish(self, key: Hashable) -> None:
        with self._lock:
            self._running -= 1
            if self._queues.get(key):
                self._ready.append(key)  # no notify: the worker that ends here looks for work next
            else:
                self._queues.pop(key, None)
            self._changed.notify_all()


def key_of(update: object) -> int:
    """Whose turn an update takes: its chat's, or its user's where there is no chat (inline); 0 when it names neither.

    Takes a raw update of any kind, of a future or a broken one too, and never raises. In a private chat both numbers
    are the same, so a user's inline queries keep in step with the dialogue.
    """
    for about in update.values() if isinstance(update, dict) else ():
        if isinstance(about, dict):
            message = about.get("message")
            places = (about.get("chat"), message.get("chat") if isinstance(message, dict) else None)
            for place in (*places, about.get("from"), about.get("user")):
                number = place.get("id") if isinstance(place, dict) else None
                if isinstance(number, int):
                    return number
    return 0
