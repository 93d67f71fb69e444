"""Who is served when: the jobs of one key one at a time and in order, many keys side by side."""

import itertools
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from chat.delivery.resting import Resting

Job = Callable[[], object]
OnGivenUp = Callable[[str], object]
"""Is told the incident's code when the job was given up; in the watchdog's thread, so it returns soon."""

_logger = logging.getLogger(__name__)


class GivenUp(BaseException):
    """The job of this thread was given up, and its key is served by another: what it still does comes too late.

    No Exception, so that it passes all who handle errors on its way to the edge of the thread.
    """


class Postponed(BaseException):
    """The job cannot go on now: its key rests for so long, without a worker, and then the job begins anew.

    No Exception, for the same reason. `unsent` is False when what it was about to send may have arrived.
    """

    def __init__(self, wait_s: float, *, unsent: bool = True) -> None:
        super().__init__(f"postponed for {wait_s:.1f} s")
        self.wait_s = wait_s
        self.unsent = unsent


@dataclass(slots=True, eq=False)
class Turn:
    """A job at work; `begun_at` is the clock's."""

    key: Hashable
    job: Job
    on_given_up: OnGivenUp
    thread: threading.Thread
    begun_at: float
    given_up: bool = False
    postponed: Postponed | None = None

    def check(self) -> None:
        if self.given_up:
            raise GivenUp


class Dispatcher:
    """A bounded pool of daemon threads, `worker-1`, `worker-2`..., which starts at once; any thread may call.

    Of those that wait for work the one that came last is woken: what it needs is still at hand, and the others are
    left alone while few are enough.

    A key is in `_queues` while it waits for a worker or has one, and in `_ready` only while it waits for one. A job
    that raises Postponed stays the first of its key, which is in `_resting` meanwhile.
    After each job its key goes to the end of the ready ones, so a busy chat takes turns with the others.
    """

    def __init__(self, workers: int = 16, *, name: str = "worker", clock: Callable[[], float] = time.monotonic) -> None:
        self._lock = threading.Lock()
        self._asleep: list[threading.Lock] = []
        self._changed = threading.Condition(self._lock)
        self._name = name
        self._numbers = itertools.count(1)
        self._clock = clock
        self._own = threading.local()
        self._queues: dict[Hashable, deque[tuple[Job, OnGivenUp]]] = {}
        self._ready: deque[Hashable] = deque()
        self._resting = Resting(clock)
        self._waiting = 0
        self._turns: set[Turn] = set()
        self._hung = 0
        self._failed = 0
        self._threads: set[threading.Thread] = set()
        self._stopping = False
        with self._lock:
            for _ in range(workers):
                self._add_worker()

    @property
    def threads(self) -> list[threading.Thread]:
        """Those that serve, until a stop; one whose job was given up has another in its place."""
        with self._lock:
            return list(self._threads)

    def submit(self, key: Hashable, job: Job, *, on_given_up: OnGivenUp = lambda _incident: None) -> None:
        """Runs the job after all earlier ones of its key. Raises RuntimeError once stopping."""
        with self._lock:
            if self._stopping:
                raise RuntimeError("the dispatcher is stopping")
            queue = self._queues.get(key)
            if queue is None:
                self._queues[key] = deque(((job, on_given_up),))
                self._ready.append(key)
                self._wake_one()
            else:
                queue.append((job, on_given_up))
            self._waiting += 1

    def waiting(self) -> int:
        """How many jobs wait for their turn; those at work are not counted."""
        with self._lock:
            return self._waiting

    def running(self) -> int:
        """How many jobs are at work, without those that were given up."""
        with self._lock:
            return len(self._turns)

    def resting(self) -> int:
        """How many keys wait for their time, Telegram's silence mostly, and for no worker."""
        with self._lock:
            return len(self._resting)

    def hung(self) -> int:
        """How many jobs were given up and have not ended yet."""
        with self._lock:
            return self._hung

    @property
    def failed(self) -> int:
        """How many jobs have ended in an error of their own."""
        with self._lock:
            return self._failed

    def overdue(self, after_s: float) -> list[Turn]:
        """The jobs that have been at work for so long."""
        now = self._clock()
        with self._lock:
            return [turn for turn in self._turns if now - turn.begun_at >= after_s]

    def give_up(self, turn: Turn) -> bool:
        """Serves the key of a job that hangs without waiting for its end, with a new worker; False if it has ended."""
        with self._lock:
            if turn not in self._turns:
                return False
            turn.given_up = True
            self._hung += 1
            self._threads.discard(turn.thread)
            self._end(turn)
            if not self._stopping:
                self._add_worker()
            return True

    def check(self) -> None:
        """Raises GivenUp in a thread whose job was given up; for whoever is about to have an effect."""
        turn: Turn | None = getattr(self._own, "turn", None)
        if turn is not None:
            turn.check()

    def permit(self) -> Callable[[], object]:
        """The check of this thread's job, for another thread that has an effect in its place."""
        turn: Turn | None = getattr(self._own, "turn", None)
        return _of_no_job if turn is None else turn.check

    def wait_for_room(self, capacity: int, timeout_s: float | None = None) -> bool:
        """Waits until fewer than `capacity` jobs wait, or a stop began; False when the time ran out first."""
        with self._lock:
            return self._changed.wait_for(lambda: self._waiting < capacity or self._stopping, timeout_s)

    def idle(self, timeout_s: float | None = None) -> bool:
        """Waits until nothing waits and nothing runs; False when the time ran out first."""
        with self._lock:
            return self._changed.wait_for(lambda: not self._waiting and not self._turns, timeout_s)

    def settle(self) -> bool:
        """Waits until nothing runs and nothing waits but what was postponed, or a stop began; False for the stop."""
        with self._lock:
            self._changed.wait_for(lambda: self._stopping or not (self._ready or self._turns))
            return not self._stopping

    def stop(self, timeout_s: float) -> list[tuple[Hashable, Job]]:
        """Begins no more jobs and gives those at work the time to end.

        Returns the jobs that were not begun, in order per key; how many did not end in time says `running()`.
        """
        with self._lock:
            self._stopping = True
            while self._asleep:
                self._wake_one()
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._turns, timeout_s)
            left = [(key, job) for key, queue in self._queues.items() for job, _ in queue]
            self._queues.clear()
            self._ready.clear()
            self._resting.clear()
            self._waiting = 0
            return left

    def _add_worker(self) -> None:
        thread = threading.Thread(target=self._serve, name=f"{self._name}-{next(self._numbers)}", daemon=True)
        self._threads.add(thread)
        thread.start()

    def _serve(self) -> None:
        while (turn := self._take()) is not None:
            self._own.turn = turn
            try:
                turn.job()
            except Postponed as postponed:
                turn.postponed = postponed
            except GivenUp:
                _logger.warning("job ended after it was given up key=%s", turn.key)
            except BaseException:  # the edge of a thread: even a SystemExit must not cost the key its worker
                with self._lock:
                    self._failed += 1
                _logger.exception("job failed key=%s", turn.key)
            if not self._finish(turn):
                return

    def _take(self) -> Turn | None:
        with self._lock:
            while not self._wake() and not self._stopping:
                self._sleep(self._resting.next_s())
            if self._stopping:
                return None
            key = self._ready.popleft()
            if self._ready or self._resting.next_s() is not None:
                self._wake_one()  # another one minds what is ready too, and the time of those that rest
            job, on_given_up = self._queues[key].popleft()
            turn = Turn(key, job, on_given_up, threading.current_thread(), self._clock())
            self._waiting -= 1
            self._turns.add(turn)
            self._changed.notify_all()
            return turn

    def _sleep(self, timeout_s: float | None) -> None:
        """Until it is this worker's turn to look for work, or its time is over; the lock is held before and after."""
        mine = threading.Lock()
        mine.acquire()
        self._asleep.append(mine)
        self._lock.release()
        try:
            mine.acquire(timeout=-1 if timeout_s is None else timeout_s)
        finally:
            self._lock.acquire()
            if mine in self._asleep:
                self._asleep.remove(mine)

    def _wake_one(self) -> None:
        """The lock is held."""
        if self._asleep:
            self._asleep.pop().release()

    def _wake(self) -> bool:
        """Whether any key is ready, those included that have rested."""
        self._ready.extend(self._resting.rested())
        return bool(self._ready)

    def _finish(self, turn: Turn) -> bool:
        """Whether the worker goes on; one whose job was given up has been replaced."""
        with self._lock:
            if turn.given_up:
                self._hung -= 1
                return False
            self._end(turn)
            return True

    def _end(self, turn: Turn) -> None:
        self._turns.remove(turn)
        if turn.postponed is not None and not turn.given_up and not self._stopping:
            self._queues[turn.key].appendleft((turn.job, turn.on_given_up))
            self._waiting += 1
            self._resting.add(turn.key, turn.postponed.wait_s)  # no notify: the worker that ends here minds the time
        elif self._queues.get(turn.key):
            self._ready.append(turn.key)  # no notify: the worker that ends or begins here looks for work next
        else:
            self._queues.pop(turn.key, None)
        self._changed.notify_all()


def _of_no_job() -> None:
    """What no update brought about is never given up."""


def key_of(update: object) -> Hashable:
    """Whose turn an update takes: its chat's, or its user's where there is no chat; 0 when it names neither.

    Takes a raw update of any kind, of a future or a broken one too, and never raises. What was sent through the bot
    has a line of its own: it may have to wait for another chat than the one that its sender has with the bot.
    """
    if isinstance(update, dict) and isinstance(chosen := update.get("chosen_inline_result"), dict):
        return "chosen", key_of({"chosen": chosen})
    for about in update.values() if isinstance(update, dict) else ():
        if isinstance(about, dict):
            message = about.get("message")
            places = (about.get("chat"), message.get("chat") if isinstance(message, dict) else None)
            for place in (*places, about.get("from"), about.get("user")):
                number = place.get("id") if isinstance(place, dict) else None
                if isinstance(number, int):
                    return number
    return 0
