"""Whom a cache asks, and where it lets work be done beside."""

import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import FrameType

from rates.flights import Flight

TTL_S, STALE_S, FAILURE_TTL_S = 300.0, 1500.0, 3.0


class Beside:
    """Keeps what it is given to run until a test runs it."""

    def __init__(self) -> None:
        self.jobs: list[Callable[[], None]] = []

    def __call__(self, job: Callable[[], None]) -> None:
        self.jobs.append(job)

    def run(self) -> None:
        for job in self.jobs:
            job()
        self.jobs.clear()


class Source:
    """Counts its calls; answers with what it was told to, once it is let."""

    def __init__(self, answer: str | BaseException = "81.65") -> None:
        self.answer = answer
        self.calls = 0
        self.called = threading.Event()
        self.may_answer = threading.Event()
        self.may_answer.set()

    def __call__(self) -> str:
        self.calls += 1
        self.called.set()
        assert self.may_answer.wait(30)
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer


def never() -> str:
    raise AssertionError("nobody may be asked")


def in_threads(count: int, action: Callable[[], str]) -> list[Future[str]]:
    """Starts them; a pool of its own size, so that all are at it at once."""
    pool = ThreadPoolExecutor(count)
    futures = [pool.submit(action) for _ in range(count)]
    pool.shutdown(wait=False)
    return futures


def wait_until_waiting(count: int) -> None:
    """Until so many threads wait for the load of another."""
    ticks = threading.Event()
    for _ in range(2_000):
        if sum(frame_waits(frame) for frame in sys._current_frames().values()) >= count:
            return
        ticks.wait(0.005)
    raise AssertionError(f"there are no {count} who wait")


def frame_waits(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code is Flight.outcome.__code__:
            return True
        frame = frame.f_back
    return False
