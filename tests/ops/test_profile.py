import threading
import tracemalloc
from datetime import date

import pytest

from ops.monitor import Day
from ops.profile import Allocations, Profiling, describe


def test_every_thread_is_seen_with_what_it_does() -> None:
    parked, go = threading.Event(), threading.Event()

    def wait_for_the_test() -> None:
        parked.set()
        go.wait(30)

    thread = threading.Thread(target=wait_for_the_test, name="parked")
    thread.start()
    parked.wait(30)
    text = describe([Day(date(2026, 11, 21), "/new", 3, 1.0, 2.5, 9.0)])
    go.set()
    thread.join()

    assert "thread parked\n" in text
    assert "in wait_for_the_test" in text
    assert "thread MainThread\n" in text
    assert text.splitlines()[-1].split() == ["/new", "3", "1.0", "2.5", "9.0"]


def test_it_is_written_when_it_is_asked_for_and_one_that_fails_is_not_the_last(
    caplog: pytest.LogCaptureFixture,
) -> None:
    days: list[list[Day] | Exception] = [[], ValueError("on purpose")]
    asked = threading.Semaphore(0)

    def look() -> list[Day]:
        asked.release()
        found = days.pop()
        if isinstance(found, Exception):
            raise found
        return found

    profiling = Profiling(look)
    profiling.start()
    for _ in range(2):
        profiling.ask()
        assert asked.acquire(timeout=30)
    profiling.stop(20)

    assert not profiling.thread.is_alive()
    assert [line.partition("\n")[0] for line in caplog.messages] == ["not done name=profile", "profile"]


def test_allocations_cost_nothing_until_they_are_asked_for() -> None:
    allocations = Allocations()
    assert allocations.top() is None
    assert not tracemalloc.is_tracing()

    allocations.begin()
    allocations.begin()
    held = [bytes(10_000) for _ in range(100)]
    top = allocations.top()
    allocations.end()

    assert len(held) == 100
    assert top is not None
    assert any("ops/test_profile.py:" in line and "KiB" in line for line in top)
    assert not tracemalloc.is_tracing()
    assert allocations.top() is None
