"""The one connection to Redis that all threads share: a thread of its own speaks, and nobody waits beyond ASK_S."""

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from storage.errors import RedisAway
from storage.redis_wire import RedisWire, Wire, WireBroken

log = logging.getLogger(__name__)

ASK_S = 2.0
"""How long somebody waits for an answer in all, whatever hangs: a name look-up, a connection, a server, a queue."""
PAUSE_S = 3.0
"""Between a failure and the next attempt; twice as long each time when it has failed again soon after it was back."""
LONGEST_PAUSE_S = 30.0
STEADY_S = 60.0
"""After so long without a failure the pauses are short again."""
SILENT_S = 5.0
"""When there was nothing to say for so long it is asked whether it is there."""
MOST_WAITING = 1_000
"""Commands that wait for their turn; beyond this they are not worth sending."""
NO_ANSWER = "it does not answer"

Command = Sequence[str | int]


class _Job:
    """`make` is asked when its turn has come; None is nothing to send. `told` hears an answer, on the link's thread."""

    __slots__ = ("ended", "make", "reply", "told", "trouble")

    def __init__(self, make: Callable[[], Command | None], told: Callable[[Any], object] | None) -> None:
        self.make = make
        self.told = told
        self.ended = threading.Event()
        self.reply: Any = None
        self.trouble: str | None = NO_ANSWER


class Link:
    """Any thread may call it.

    After a failure Redis is away: whoever asks hears so at once, what was waiting is forgotten, and the thread tries
    again every few seconds until the server takes a write. A server that is full is as much away as one that is dead.
    """

    def __init__(
        self,
        connect: Callable[[], Wire],
        *,
        probe: str,
        ask_s: float = ASK_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`probe` is a key that is written to see whether one can."""
        self._connect = connect
        self._probe = probe
        self._ask_s = ask_s
        self._clock = clock
        self._lock = threading.Lock()
        self._wire: Wire | None = None
        self._own: Wire | None = None  # the thread's, to be closed by it alone
        self._visit = 0
        self._trouble: str | None = "it has not answered yet"
        self._began_at = self._since = clock()
        self._pause_s = PAUSE_S
        self._falls = 0
        self._listeners: tuple[Callable[[bool], object], ...] = ()
        self._jobs: queue.Queue[_Job | None] = queue.Queue(MOST_WAITING)
        self._settled, self._stopping = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="redis", daemon=True)

    @property
    def thread(self) -> threading.Thread:
        return self._thread

    @property
    def is_here(self) -> bool:
        return self._wire is not None

    @property
    def trouble(self) -> str | None:
        """Why it is away; None while it is here."""
        return self._trouble

    @property
    def falls(self) -> int:
        """How often it went away, a start without it included."""
        return self._falls

    def listen(self, listener: Callable[[bool], object]) -> None:
        """Is told of each change whether Redis is here, on the thread that found out."""
        self._listeners += (listener,)

    def start(self) -> None:
        """Returns when the first attempt has ended, or has taken too long."""
        self._thread.start()
        self._settled.wait(self._ask_s)

    def stop(self, timeout_s: float) -> None:
        """What waits goes out before, if there is time for it."""
        self._stopping.set()
        try:
            self._jobs.put_nowait(None)
        except queue.Full:
            log.debug("redis is told of the end after its next job")
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def ask(self, *command: str | int) -> Any:
        """The answer. Raises RedisAway, after ASK_S at the latest."""
        job, visit = _Job(lambda: command, None), self._visit
        if not self._put(job):
            raise RedisAway(self._trouble or "too much waits for it")
        if not job.ended.wait(self._ask_s):
            self._fall(NO_ANSWER, visit)
            raise RedisAway(NO_ANSWER)
        if job.trouble is not None:
            raise RedisAway(job.trouble)
        return job.reply

    def tell(self, make: Callable[[], Command | None], told: Callable[[Any], object] | None = None) -> bool:
        """Sends what `make` gives when its turn has come, and waits for nothing; False when it will not be sent."""
        return self._put(_Job(make, told))

    def _put(self, job: _Job) -> bool:
        if not self.is_here:
            return False
        try:
            self._jobs.put_nowait(job)
        except queue.Full:
            return False
        return True

    def _run(self) -> None:
        try:
            while not (self._stopping.is_set() and self._jobs.empty()):
                if self.is_here:
                    self.serve(SILENT_S)
                else:
                    self._stopping.wait(self.arrive())
                    if self._stopping.is_set():
                        return
        finally:
            self._fall("it is not asked any more", self._visit, is_said=False)
            self._close()

    def arrive(self) -> float:
        """One attempt; the seconds until the next."""
        self._close()
        try:
            wire = self._own = self._connect()
            wire.call("SET", self._probe, "1", "PX", 1_000)
        except WireBroken as error:
            self._still_away(str(error))
            return self._pause_s
        self._forget_jobs()
        with self._lock:
            away_s, self._since = self._clock() - self._since, self._clock()
            self._wire, self._trouble = wire, None
            self._visit += 1
        log.info("redis is here away_s=%.1f", away_s)
        self._tell(is_here=True)
        self._settled.set()
        return 0.0

    def serve(self, wait_s: float) -> None:
        """One job, or a look whether it is there when there was none for `wait_s`."""
        wire, visit = self._wire, self._visit
        try:
            job = self._jobs.get(timeout=wait_s)
        except queue.Empty:
            job = _Job(lambda: ("PING",), None)
        if job is None:
            return
        if wire is None or visit != self._visit:
            job.ended.set()
            return
        try:
            self._do(job, wire)
        except WireBroken as error:
            job.trouble = str(error)
            self._fall(job.trouble, visit)
        except Exception:  # the edge of a thread: what one part of the desk did not foresee is not the end of all
            log.exception("what redis was asked failed")
        finally:
            job.ended.set()

    @staticmethod
    def _do(job: _Job, wire: Wire) -> None:
        command = job.make()
        if command is not None:
            job.reply = wire.call(*command)
            if job.told is not None:
                job.told(job.reply)
        job.trouble = None

    def _still_away(self, reason: str) -> None:
        is_news = reason != self._trouble
        self._trouble = reason
        if not self._settled.is_set():
            self._falls += 1
            self._settled.set()
        if is_news:
            log.warning("redis is away, going on from memory and the database: %s", reason)

    def _fall(self, reason: str, visit: int, *, is_said: bool = True) -> None:
        """Any thread, whoever finds out first."""
        with self._lock:
            wire = self._wire
            if wire is None or visit != self._visit:
                return
            here_s, self._since = self._clock() - self._since, self._clock()
            is_first = self._visit == 1
            self._pause_s = PAUSE_S if is_first or here_s >= STEADY_S else min(2 * self._pause_s, LONGEST_PAUSE_S)
            self._wire, self._trouble = None, reason
            self._falls += is_said
        if is_said:
            log.warning("redis is away, going on from memory and the database: %s", reason)
        wire.cut()
        self._tell(is_here=False)
        self._forget_jobs()

    def _close(self) -> None:
        own, self._own = self._own, None
        if own is not None:
            own.close()

    def _forget_jobs(self) -> None:
        """Who waits for an answer hears at once that there is none."""
        while True:
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                return
            if job is not None:
                job.ended.set()

    def _tell(self, *, is_here: bool) -> None:
        for listener in self._listeners:
            listener(is_here)


def link_to(url: str, *, desk: str) -> Link:
    """Not started. `desk` is what the names of this desk's keys begin with."""
    return Link(lambda: RedisWire(url), probe=f"{desk}:probe")
