"""All threads are on one core where there is room on it, and on any where others have work for all of them."""

import itertools
import os
import sys
import threading
from collections.abc import Collection, Mapping

import pytest

from ops.one_core import ROUNDS, Linux, OneCore, best, put_all

only_linux = pytest.mark.skipif(sys.platform != "linux", reason="no other system tells how busy each core is")


class Machine:
    """Cores that others use, and whatever of the others' cores this process does."""

    def __init__(self, *cores: int) -> None:
        self.cores: Collection[int] = cores
        self.used = dict.fromkeys(cores, 0.0)
        self.own = self.now = 0.0
        self.chosen: list[set[int]] = []
        self.trouble: Exception | None = None
        self.says_nothing: Exception | None = None

    def passes(self, *, own: float = 0.0, **others: float) -> None:
        """A second, with the part of it that others used of core `c0`, `c1`...; this process is spread, or on one."""
        self.now += 1.0
        self.own += own
        on = self.chosen[-1] if self.chosen else set(self.cores)
        for core in self.cores:
            self.used[core] += others.get(f"c{core}", 0.0) + (own / len(on) if core in on else 0.0)

    def allowed(self) -> Collection[int]:
        return self.cores

    def busy_s(self) -> Mapping[int, float]:
        if self.says_nothing is not None:
            raise self.says_nothing
        return dict(self.used)

    def own_s(self) -> float:
        return self.own

    def use(self, cores: Collection[int]) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.chosen.append(set(cores))


def looking(machine: Machine) -> OneCore:
    one = OneCore(machine, clock=lambda: machine.now)
    one.look()
    return one


def test_the_threads_go_to_the_quietest_core_and_stay_while_there_is_room() -> None:
    machine = Machine(0, 1)
    one = looking(machine)
    machine.passes(own=0.9, c0=0.2, c1=0.1)
    one.look()
    assert one.core == 1
    machine.passes(own=0.9, c0=0.0, c1=0.1)
    one.look()
    assert machine.chosen == [{1}]


def test_they_move_when_others_come_to_their_core() -> None:
    machine = Machine(0, 1)
    one = looking(machine)
    for busy_core in ("c0", "c1", "c0"):
        machine.passes(own=0.3, **{busy_core: 0.6})
        one.look()
    assert machine.chosen == [{1}, {0}, {1}]


def test_where_all_cores_are_busy_they_are_on_any_until_one_is_not() -> None:
    machine = Machine(2, 3)
    one = looking(machine)
    machine.passes(own=0.5)
    one.look()
    machine.passes(own=0.5, c2=0.5, c3=0.5)
    one.look()
    assert one.core is None
    machine.passes(own=0.5, c2=0.7, c3=0.1)
    one.look()
    assert machine.chosen == [{2}, {2, 3}, {3}]


def test_a_look_right_after_another_decides_nothing() -> None:
    machine = Machine(0, 1)
    one = looking(machine)
    machine.used[0] += 0.01
    machine.now += 0.01
    one.look()
    assert machine.chosen == []


def test_of_one_core_nothing_is_chosen() -> None:
    machine = Machine(4)
    one = looking(machine)
    machine.passes(own=0.5)
    one.look()
    assert machine.chosen == []


def test_a_system_that_minds_it_itself_is_asked_no_more(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    machine = Machine(0, 1)
    one = looking(machine)
    machine.trouble = PermissionError("not in here")
    for _ in range(3):
        machine.passes(own=0.5)
        one.look()
    assert one.core is None
    assert [record.getMessage() for record in caplog.records] == [
        "threads are left on any core: PermissionError('not in here')"
    ]


def test_threads_do_not_stay_on_a_core_that_nobody_looks_at_any_more() -> None:
    machine = Machine(0, 1)
    one = looking(machine)
    machine.passes(own=0.5)
    one.look()
    machine.says_nothing = OSError("too many open files")
    for _ in range(2):
        machine.passes(own=0.5)
        one.look()
    assert one.core is None
    assert machine.chosen == [{0}, {0, 1}]


def test_a_system_that_tells_nothing_of_its_cores_is_left_alone() -> None:
    assert best({0: 0.0, 1: 0.0}, own=0.9, core=None) is None


def test_a_thread_that_begins_while_they_are_listed_goes_along() -> None:
    """It came from one that was not there yet, and so may be anywhere."""
    listings, there = iter([[1, 2, 3], [1, 2, 3, 4], [1, 3, 4, 5], [1, 3, 4, 5]]), list[int]()

    def put(thread: int) -> None:
        if thread == 2:
            raise ProcessLookupError("it has ended")
        there.append(thread)

    put_all(lambda: next(listings), put)

    assert there == [1, 3, 4, 5]
    assert next(listings, None) is None


def test_where_threads_begin_without_an_end_it_is_left_at_that() -> None:
    begun, there = itertools.count(1), set[int]()

    put_all(lambda: [*there, next(begun)], there.add)

    assert there == set(range(1, ROUNDS + 1))


@only_linux
def test_what_linux_tells_is_of_the_cores_that_the_process_may_use() -> None:
    linux = Linux()
    assert set(linux.allowed()) <= linux.busy_s().keys()
    assert all(seconds >= 0 for seconds in linux.busy_s().values())
    assert linux.own_s() > 0


@only_linux
def test_all_threads_go_along_and_those_that_they_begin() -> None:
    linux, before = Linux(), os.sched_getaffinity(0)
    core, goes_on, seen = min(before), threading.Event(), list[set[int]]()

    def look() -> None:
        goes_on.wait(30)
        seen.append(os.sched_getaffinity(0))

    def both() -> None:
        look()
        later = threading.Thread(target=look)
        later.start()
        later.join()

    waiting = threading.Thread(target=both)
    waiting.start()
    try:
        linux.use({core})
        goes_on.set()
        waiting.join()
    finally:
        linux.use(before)
    assert seen == [{core}, {core}]
    assert os.sched_getaffinity(0) == before


def test_the_one_that_the_bot_makes_may_look_on_any_system() -> None:
    one = OneCore()
    one.look()
    assert one.core is None
