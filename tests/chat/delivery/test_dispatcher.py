"""Order within a key, side by side across keys, and nothing lost on the way."""

import logging
import threading
from collections.abc import Callable
from functools import partial

import pytest

from chat.delivery.dispatcher import Dispatcher, key_of
from tests.chat.delivery.incoming import PATIENCE_S
from tests.chat.delivery.jobs import Gate, fail


def test_jobs_of_a_key_keep_their_order_and_never_overlap(make: Callable[..., Dispatcher]) -> None:
    dispatcher = make()
    ran: dict[int, list[int]] = {key: [] for key in range(10)}
    busy: set[int] = set()
    overlaps: list[int] = []

    def job(key: int, number: int) -> None:
        if key in busy:
            overlaps.append(key)
        busy.add(key)
        ran[key].append(number)
        busy.remove(key)

    for number in range(100):
        for key in range(10):
            dispatcher.submit(key, partial(job, key, number))

    assert dispatcher.idle(PATIENCE_S)
    assert not overlaps
    assert ran == {key: list(range(100)) for key in range(10)}


def test_a_slow_key_delays_nobody(make: Callable[..., Dispatcher]) -> None:
    dispatcher = make(workers=2)
    slow, others = Gate(), [threading.Event() for _ in range(50)]
    dispatcher.submit("slow", slow)
    dispatcher.submit("slow", lambda: None)
    assert slow.begun.wait(PATIENCE_S)

    for number, done in enumerate(others):
        dispatcher.submit(number, done.set)

    assert all(done.wait(PATIENCE_S) for done in others)
    assert dispatcher.waiting() == 1
    slow.opened.set()
    assert dispatcher.idle(PATIENCE_S)


def test_as_many_keys_as_workers_are_served_side_by_side(make: Callable[..., Dispatcher]) -> None:
    dispatcher = make(workers=3)
    gates = [Gate() for _ in range(4)]

    for key, gate in enumerate(gates):
        dispatcher.submit(key, gate)

    assert all(gate.begun.wait(PATIENCE_S) for gate in gates[:3])
    assert {gate.thread for gate in gates[:3]} == {"worker-1", "worker-2", "worker-3"}
    assert not gates[3].begun.is_set()
    assert (dispatcher.running(), dispatcher.waiting()) == (3, 1)
    for gate in gates:
        gate.opened.set()
    assert dispatcher.idle(PATIENCE_S)


def test_a_busy_key_takes_turns_with_the_others(make: Callable[..., Dispatcher]) -> None:
    dispatcher = make(workers=1)
    gate, ran = Gate(), list[str]()
    dispatcher.submit("gate", gate)
    assert gate.begun.wait(PATIENCE_S)
    for number in range(3):
        dispatcher.submit("busy", partial(ran.append, f"busy {number}"))
    dispatcher.submit("calm", partial(ran.append, "calm"))

    gate.opened.set()

    assert dispatcher.idle(PATIENCE_S)
    assert ran == ["busy 0", "calm", "busy 1", "busy 2"]


@pytest.mark.parametrize("error", [ValueError("a bug"), SystemExit(1)], ids=repr)
def test_a_job_that_raises_stops_neither_its_key_nor_its_worker(
    error: BaseException, make: Callable[..., Dispatcher], caplog: pytest.LogCaptureFixture
) -> None:
    dispatcher = make(workers=1)
    ran: list[str] = []

    dispatcher.submit("chat", partial(fail, error))
    dispatcher.submit("chat", partial(ran.append, "next"))

    assert dispatcher.idle(PATIENCE_S)
    assert ran == ["next"]
    [record] = caplog.records
    assert (record.levelno, record.getMessage()) == (logging.ERROR, "job failed key=chat")
    assert dispatcher.failed == 1
    assert record.exc_info


def test_a_key_without_work_takes_no_memory(make: Callable[..., Dispatcher]) -> None:
    dispatcher = make(workers=2)

    for key in range(1000):
        dispatcher.submit(key, lambda: None)

    assert dispatcher.idle(PATIENCE_S)
    assert not dispatcher._queues
    assert not dispatcher._ready


def test_a_stop_lets_running_jobs_end_and_returns_the_others_in_order(make: Callable[..., Dispatcher]) -> None:
    dispatcher = make(workers=1)
    gate, ran = Gate(), list[int]()
    dispatcher.submit("a", gate)
    assert gate.begun.wait(PATIENCE_S)
    for number in range(3):
        dispatcher.submit("a", partial(ran.append, number))
    dispatcher.submit("b", partial(ran.append, 3))

    def open_once_stopping() -> None:
        assert dispatcher.wait_for_room(0, PATIENCE_S)  # there is never room for none, so this ends with the stop alone
        gate.opened.set()

    opener = threading.Thread(target=open_once_stopping)
    opener.start()

    left = dispatcher.stop(PATIENCE_S)

    opener.join()
    assert dispatcher.running() == 0
    assert not ran
    assert [key for key, _ in left] == ["a", "a", "a", "b"]
    for _, job in left:
        job()
    assert ran == [0, 1, 2, 3]


def test_a_stop_does_not_wait_longer_than_it_may(make: Callable[..., Dispatcher]) -> None:
    dispatcher = make(workers=1)
    gate = Gate()
    dispatcher.submit("a", gate)
    dispatcher.submit("a", lambda: None)
    assert gate.begun.wait(PATIENCE_S)

    left = dispatcher.stop(0.0)

    assert dispatcher.running() == 1
    assert len(left) == 1
    gate.opened.set()
    assert dispatcher.idle(PATIENCE_S)


def test_nothing_is_taken_after_a_stop(make: Callable[..., Dispatcher]) -> None:
    dispatcher = make(workers=1)
    assert dispatcher.stop(PATIENCE_S) == []

    with pytest.raises(RuntimeError, match="stopping"):
        dispatcher.submit("a", lambda: None)

    assert dispatcher.stop(PATIENCE_S) == []


def test_room_is_waited_for_until_a_waiting_job_begins(make: Callable[..., Dispatcher]) -> None:
    dispatcher = make(workers=1)
    first, second = Gate(), Gate()
    dispatcher.submit("a", first)
    assert first.begun.wait(PATIENCE_S)
    dispatcher.submit("a", second)
    assert dispatcher.wait_for_room(2, 0.0)
    assert not dispatcher.wait_for_room(1, 0.0)

    first.opened.set()

    assert dispatcher.wait_for_room(1, PATIENCE_S)
    second.opened.set()
    assert dispatcher.idle(PATIENCE_S)


def test_a_stop_ends_the_wait_for_room(make: Callable[..., Dispatcher]) -> None:
    dispatcher = make(workers=1)
    gate = Gate()
    dispatcher.submit("a", gate)
    dispatcher.submit("a", lambda: None)
    assert gate.begun.wait(PATIENCE_S)
    stopper = threading.Thread(target=dispatcher.stop, args=(PATIENCE_S,))
    stopper.start()

    assert dispatcher.wait_for_room(1, PATIENCE_S)

    gate.opened.set()
    stopper.join(PATIENCE_S)
    assert not stopper.is_alive()


def test_idle_says_when_it_did_not_come_to_that(make: Callable[..., Dispatcher]) -> None:
    dispatcher = make(workers=1)
    gate = Gate()
    dispatcher.submit("a", gate)

    assert not dispatcher.idle(0.0)

    gate.opened.set()
    assert dispatcher.idle(PATIENCE_S)


def test_settling_ends_with_the_last_job_or_with_a_stop(make: Callable[..., Dispatcher]) -> None:
    dispatcher = make(workers=1)
    assert dispatcher.settle()
    gate = Gate()
    dispatcher.submit("chat", gate)
    assert gate.begun.wait(PATIENCE_S)
    dispatcher.stop(0.0)

    assert not dispatcher.settle()

    gate.opened.set()
    assert dispatcher.idle(PATIENCE_S)


PRIVATE = {"id": 42, "type": "private"}


GROUP = {"id": -100200, "type": "supergroup"}


OPERATOR = {"id": 42, "is_bot": False, "first_name": "Ann"}


@pytest.mark.parametrize(
    ("update", "key"),
    [
        ({"update_id": 1, "message": {"message_id": 5, "from": OPERATOR, "chat": PRIVATE, "text": "1000"}}, 42),
        ({"update_id": 1, "message": {"message_id": 5, "from": OPERATOR, "chat": GROUP, "text": "/new"}}, -100200),
        ({"update_id": 1, "edited_message": {"from": OPERATOR, "chat": GROUP}}, -100200),
        ({"update_id": 1, "channel_post": {"chat": {"id": -100300, "type": "channel"}}}, -100300),
        ({"update_id": 1, "callback_query": {"id": "9", "from": OPERATOR, "message": {"chat": GROUP}}}, -100200),
        ({"update_id": 1, "callback_query": {"id": "9", "from": OPERATOR, "inline_message_id": "x"}}, 42),
        ({"update_id": 1, "inline_query": {"id": "9", "from": OPERATOR, "query": "1000"}}, 42),
        ({"update_id": 1, "chosen_inline_result": {"result_id": "1", "from": OPERATOR}}, ("chosen", 42)),
        ({"update_id": 1, "poll_answer": {"poll_id": "1", "user": OPERATOR}}, 42),
        ({"update_id": 1, "my_chat_member": {"chat": GROUP, "from": OPERATOR}}, -100200),
        ({"update_id": 1, "poll": {"id": "1"}}, 0),
        ({"update_id": 1, "of_a_later_day": {"chat": GROUP}}, -100200),
        ({"update_id": 1, "message": {"chat": {"id": "42"}, "from": "Ann"}}, 0),
        ({"update_id": 1, "message": {"chat": {"id": [42]}, "from": OPERATOR}}, 42),
        ({"update_id": 1, "callback_query": {"message": "gone", "from": OPERATOR}}, 42),
        ({"update_id": 1, "message": None}, 0),
        ({"update_id": 1}, 0),
        ({}, 0),
        (None, 0),
    ],
)
def test_an_update_takes_the_turn_of_its_chat_or_else_of_its_user(update: object, key: object) -> None:
    assert key_of(update) == key
