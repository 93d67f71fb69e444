"""Who ends the process, what it says in the end, and that the end is never late."""

import queue
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest

from ops.process import Process
from tests.clocks import Clock

PATIENCE_S = 60.0


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def process(clock: Clock) -> Process:
    return Process(within_s=6.0, clock=clock)


def test_a_stop_that_was_asked_for_is_no_failure(process: Process) -> None:
    process.stop()

    process.wait()

    assert process.failure is None
    assert process.stopping.is_set()


def test_it_waits_until_its_turn_has_come(process: Process) -> None:
    turns = iter([False, False, True])

    assert process.wait(until=lambda: next(turns), every_s=0.0)

    assert not process.stopping.is_set()


def test_a_stop_before_its_turn_has_come_is_the_end(process: Process) -> None:
    process.stop("enough")

    assert not process.wait(until=lambda: False)

    assert not process.wait()  # whoever waits after the end does not wait
    assert process.failure == "enough"


def test_whoever_comes_first_is_heard(process: Process) -> None:
    process.stop("the token was refused")
    process.stop()
    process.stop("something else")

    process.wait()

    assert process.failure == "the token was refused"


def test_a_signal_while_the_main_thread_waits_ends_it() -> None:
    process = Process(within_s=6.0)
    before = signal.signal(signal.SIGUSR1, lambda *_: process.stop())
    main = threading.main_thread().ident
    assert main is not None
    try:
        killer = threading.Timer(0.05, lambda: signal.pthread_kill(main, signal.SIGUSR1))
        killer.start()
        process.wait(every_s=PATIENCE_S)
        killer.join()
    finally:
        signal.signal(signal.SIGUSR1, before)

    assert process.failure is None


def test_a_thread_that_has_ended_ends_the_process_by_name(process: Process) -> None:
    alive, dying = threading.Event(), threading.Event()
    threads = [
        threading.Thread(target=alive.wait, args=[PATIENCE_S], name="poller"),
        threading.Thread(target=dying.wait, args=[PATIENCE_S], name="worker-2"),
    ]
    for thread in threads:
        thread.start()
    process.expect_alive(lambda: threads[:1])
    process.expect_alive(lambda: threads)
    looks: list[str] = []

    def look() -> str | None:
        looks.append("look")
        dying.set()
        threads[1].join(PATIENCE_S)
        return None

    process.expect(look)
    process.wait(every_s=0.0)

    assert process.failure == "the thread worker-2 has ended, and nothing goes on without it"
    assert looks == ["look"]
    alive.set()
    threads[0].join(PATIENCE_S)


def test_a_part_that_is_not_well_ends_the_process(process: Process) -> None:
    answers = iter([None, None, "polling hangs"])
    process.expect(lambda: next(answers))

    process.wait(every_s=0.0)

    assert process.failure == "polling hangs"


def test_after_a_suspension_the_parts_get_time_to_go_on(process: Process, clock: Clock) -> None:
    asked_at: list[float] = []
    pauses_s = iter([1.0, 600.0, 1.0, 28.0, 1.0, 1.0])

    def look() -> str | None:
        asked_at.append(clock.now)
        return "polling hangs" if clock.now > 1600.0 else None

    class Passing:
        """An empty queue; each wait takes its time."""

        def get(self, timeout: float) -> str | None:
            clock.now += next(pauses_s)
            raise queue.Empty

    process.expect(look)
    process._asked = Passing()  # type: ignore[assignment]  # time passes while the main thread waits
    process.wait(every_s=28.0)

    assert asked_at == [1001.0, 1631.0]
    assert process.failure == "polling hangs"


def test_parts_are_closed_the_last_one_first_and_know_of_the_stop(process: Process) -> None:
    closed: list[str] = []

    @contextmanager
    def part() -> Iterator[str]:
        yield "the part"
        assert process.stopping.is_set()
        closed.append("entered")

    with process:
        assert process.enter(part()) == "the part"
        process.at_end(lambda timeout_s: closed.append(f"first {timeout_s:g}"), at_most_s=1.0)
        process.at_end(lambda timeout_s: closed.append(f"second {timeout_s:g}"), at_most_s=2.0)
        process.stop()
        process.wait()

    assert closed == ["second 2", "first 1", "entered"]


def test_all_parts_share_one_deadline(process: Process, clock: Clock) -> None:
    given_s: list[float] = []

    def take(seconds: float, timeout_s: float) -> None:
        given_s.append(timeout_s)
        clock.now += min(seconds, timeout_s)

    with process:
        for seconds in (0.0, 9.0, 0.5, 9.0, 9.0):
            process.at_end(partial(take, seconds), at_most_s=2.5)
        process.stop()
        process.wait()

    assert given_s == [2.5, 2.5, 1.0, 0.5, 0.0]
    assert clock.now == 1006.0


def test_a_start_that_fails_closes_what_was_begun_within_the_same_time(process: Process) -> None:
    given_s: list[float] = []

    def start() -> None:
        with process:
            process.at_end(given_s.append, at_most_s=9.0)
            raise KeyError("a setting")

    with pytest.raises(KeyError):
        start()

    assert given_s == [6.0]
    assert process.stopping.is_set()
