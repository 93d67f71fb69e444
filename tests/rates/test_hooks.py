"""Changes are told to every subscriber in the order in which they happened, whatever a subscriber does."""

import logging
import threading

import pytest

from rates.hooks import MOST_WAITING, Hooks


class Subscriber:
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, int]] = []

    def __call__(self, name: str, state: int) -> None:
        self.told.append((name, state))


@pytest.fixture
def hooks() -> Hooks[int]:
    return Hooks()


def test_each_subscriber_is_told_of_each_change_in_order(hooks: Hooks[int]) -> None:
    first, second = Subscriber(), Subscriber()
    hooks.subscribe(first)
    hooks.subscribe(second)
    hooks.put("rapira", 1)
    hooks.put("cbr", 2)
    assert first.told == []
    hooks.deliver()
    hooks.deliver()
    assert first.told == second.told == [("rapira", 1), ("cbr", 2)]


def test_one_failing_subscriber_is_logged_and_stops_nothing(
    hooks: Hooks[int], caplog: pytest.LogCaptureFixture
) -> None:
    good = Subscriber()
    hooks.subscribe(lambda name, state: state // 0)
    hooks.subscribe(good)
    hooks.put("rapira", 1)
    hooks.put("rapira", 2)
    hooks.deliver()
    assert good.told == [("rapira", 1), ("rapira", 2)]
    assert [(record.levelno, bool(record.exc_info)) for record in caplog.records] == [(logging.ERROR, True)] * 2


def test_a_subscriber_that_ends_its_thread_leaves_the_rest_to_the_next(hooks: Hooks[int]) -> None:
    told = Subscriber()

    def subscriber(name: str, state: int) -> None:
        if state == 1:
            raise SystemExit
        told(name, state)

    hooks.subscribe(subscriber)
    hooks.put("rapira", 1)
    hooks.put("rapira", 2)
    with pytest.raises(SystemExit):
        hooks.deliver()
    hooks.deliver()
    assert told.told == [("rapira", 2)]


def test_a_change_that_a_subscriber_brings_about_is_told_after_the_one_it_was_told(hooks: Hooks[int]) -> None:
    second = Subscriber()

    def first(name: str, state: int) -> None:
        if state == 1:
            hooks.put(name, 2)
            hooks.deliver()

    hooks.subscribe(first)
    hooks.subscribe(second)
    hooks.put("rapira", 1)
    hooks.deliver()
    assert second.told == [("rapira", 1), ("rapira", 2)]


def test_while_a_subscriber_is_busy_others_put_their_changes_and_go_on(hooks: Hooks[int]) -> None:
    told, busy, go_on = Subscriber(), threading.Event(), threading.Event()

    def slow(name: str, state: int) -> None:
        busy.set()
        assert go_on.wait(30)
        told(name, state)

    hooks.subscribe(slow)
    hooks.put("rapira", 1)
    thread = threading.Thread(target=hooks.deliver)
    thread.start()
    assert busy.wait(30)
    hooks.put("rapira", 2)
    hooks.deliver()
    assert told.told == []
    go_on.set()
    thread.join(30)
    assert told.told == [("rapira", 1), ("rapira", 2)]


def test_what_nobody_delivers_takes_a_bounded_memory(hooks: Hooks[int]) -> None:
    told = Subscriber()
    hooks.subscribe(told)
    for number in range(MOST_WAITING + 10):
        hooks.put("rapira", number)
    hooks.deliver()
    assert len(told.told) == MOST_WAITING
    assert told.told[-1] == ("rapira", MOST_WAITING + 9)
