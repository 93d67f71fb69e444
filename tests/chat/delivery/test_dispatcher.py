"""Order within a key, side by side across keys, and nothing lost on the way."""

import logging
import threading
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from chat.delivery.dispatcher import Dispatcher, GivenUp, Postponed, key_of

PATIENCE_S = 60


class Gate:
    """A job that says when it began and stays until it is let go."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.opened = threading.Event()
        self.thread = ""

    def __call__(self) -> None:
        self.thread = threading.current_thread().name
        self.begun.set()
        assert self.opened.wait(PATIENCE_S)


@pytest.fixture
def make() -> Iterator[Callable[..., Dispatcher]]:
    made: list[Dispatcher] = []

    def make(workers: int = 16) -> Dispatcher:
        made.append(Dispatcher(workers=workers))
        return made[-1]

    yield make
    for dispatcher in made:
        dispatcher.stop(PATIENCE_S)


def fail(error: BaseException) -> None:
    raise error


def wait_until(is_so: Callable[[], bool]) -> bool:
    """For what a thread does on its last steps, which nobody is told of."""
    pause = threading.Event()
    return any(is_so() or pause.wait(0.01) for _ in range(PATIENCE_S * 100))


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


def given_up(dispatcher: Dispatcher) -> bool:
    [turn] = dispatcher.overdue(0.0)
    return dispatcher.give_up(turn)


def test_a_job_that_is_given_up_frees_its_key_and_the_next_runs_on_a_new_worker(
    make: Callable[..., Dispatcher], caplog: pytest.LogCaptureFixture
) -> None:
    dispatcher = make(workers=1)
    hung, after = Gate(), Gate()
    after.opened.set()
    dispatcher.submit("chat", hung)
    dispatcher.submit("chat", after)
    assert hung.begun.wait(PATIENCE_S)

    assert given_up(dispatcher)

    assert after.begun.wait(PATIENCE_S)
    assert (hung.thread, after.thread) == ("worker-1", "worker-2")
    assert dispatcher.idle(PATIENCE_S)
    assert dispatcher.hung() == 1
    assert [thread.name for thread in dispatcher.threads] == ["worker-2"]
    hung.opened.set()
    assert wait_until(lambda: dispatcher.hung() == 0)


def test_the_worker_of_a_job_that_was_given_up_ends_with_it_and_the_pool_keeps_its_size(
    make: Callable[..., Dispatcher],
) -> None:
    dispatcher = make(workers=2)
    for number in range(5):
        hung = Gate()
        dispatcher.submit(number, hung)
        assert hung.begun.wait(PATIENCE_S)
        [worker] = [thread for thread in dispatcher.threads if thread.name == hung.thread]
        assert given_up(dispatcher)
        hung.opened.set()
        worker.join(PATIENCE_S)
        assert not worker.is_alive()

    assert len(dispatcher.threads) == 2
    assert all(thread.is_alive() for thread in dispatcher.threads)
    assert dispatcher.hung() == 0


def test_what_was_given_up_may_have_no_effect_any_more_and_its_end_is_no_error(
    make: Callable[..., Dispatcher], caplog: pytest.LogCaptureFixture
) -> None:
    dispatcher = make(workers=1)
    gate, effects = Gate(), list[str]()

    def hang() -> None:
        dispatcher.check()
        effects.append("before")
        gate()
        dispatcher.check()
        effects.append("after")

    dispatcher.submit("chat", hang)
    assert gate.begun.wait(PATIENCE_S)
    dispatcher.check()  # whoever has no turn may do as he likes
    dispatcher.permit()()
    assert given_up(dispatcher)
    [turn_of_the_next] = dispatcher.threads
    gate.opened.set()

    assert wait_until(lambda: dispatcher.hung() == 0)
    assert effects == ["before"]
    assert [record.getMessage() for record in caplog.records] == ["job ended after it was given up key=chat"]
    assert turn_of_the_next.is_alive()


def test_another_thread_may_ask_on_behalf_of_a_job(make: Callable[..., Dispatcher]) -> None:
    dispatcher, gate, permits = make(1), Gate(), list[Callable[[], object]]()

    def job() -> None:
        permits.append(dispatcher.permit())
        gate()

    dispatcher.submit(1, job)
    assert gate.begun.wait(PATIENCE_S)
    [permit] = permits
    permit()
    assert given_up(dispatcher)
    with pytest.raises(GivenUp):
        permit()
    gate.opened.set()


def test_a_job_that_has_ended_cannot_be_given_up(make: Callable[..., Dispatcher]) -> None:
    dispatcher = make(workers=1)
    gate = Gate()
    dispatcher.submit("chat", gate)
    assert gate.begun.wait(PATIENCE_S)
    [turn] = dispatcher.overdue(0.0)
    gate.opened.set()
    assert dispatcher.idle(PATIENCE_S)

    assert not dispatcher.give_up(turn)

    assert dispatcher.hung() == 0
    assert len(dispatcher.threads) == 1


def test_a_job_that_is_given_up_as_it_postpones_itself_is_not_begun_anew(make: Callable[..., Dispatcher]) -> None:
    dispatcher = make(workers=1)
    gate = Gate()
    dispatcher.submit("chat", gate)
    assert gate.begun.wait(PATIENCE_S)
    [turn] = dispatcher.overdue(0.0)
    turn.postponed = Postponed(0.0)  # raised, and the worker has not come to its end yet

    assert dispatcher.give_up(turn)

    assert dispatcher.waiting() == 0
    gate.opened.set()
    assert wait_until(lambda: dispatcher.hung() == 0)


def test_only_jobs_that_are_at_work_for_long_are_overdue() -> None:
    now = 100.0
    dispatcher = Dispatcher(workers=1, clock=lambda: now)
    gate = Gate()
    dispatcher.submit("chat", gate)
    dispatcher.submit("other", lambda: None)
    assert gate.begun.wait(PATIENCE_S)

    now = 119.0
    assert dispatcher.overdue(20.0) == []
    now = 120.0
    assert [turn.key for turn in dispatcher.overdue(20.0)] == ["chat"]

    gate.opened.set()
    assert dispatcher.idle(PATIENCE_S)
    assert dispatcher.overdue(0.0) == []
    dispatcher.stop(PATIENCE_S)


def test_a_stop_does_not_wait_for_what_was_given_up(make: Callable[..., Dispatcher]) -> None:
    dispatcher = make(workers=1)
    hung = Gate()
    dispatcher.submit("chat", hung)
    assert hung.begun.wait(PATIENCE_S)
    assert given_up(dispatcher)

    assert dispatcher.stop(PATIENCE_S) == []

    assert dispatcher.running() == 0
    hung.opened.set()
    assert wait_until(lambda: dispatcher.hung() == 0)


def test_one_that_is_given_up_during_a_stop_has_nobody_in_its_place(make: Callable[..., Dispatcher]) -> None:
    dispatcher = make(workers=1)
    hung = Gate()
    dispatcher.submit("chat", hung)
    assert hung.begun.wait(PATIENCE_S)
    dispatcher.stop(0.0)

    assert given_up(dispatcher)

    assert dispatcher.threads == []
    hung.opened.set()
    assert wait_until(lambda: dispatcher.hung() == 0)


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


def test_a_postponed_job_begins_anew_before_the_later_ones_of_its_key() -> None:
    dispatcher, done = Dispatcher(workers=2), list[str]()
    again = iter([Postponed(0.05), Postponed(0.05)])

    def first() -> None:
        if (postponed := next(again, None)) is not None:
            raise postponed
        done.append("first")

    dispatcher.submit(1, first)
    dispatcher.submit(1, lambda: done.append("second"))

    assert dispatcher.idle(PATIENCE_S)
    assert done == ["first", "second"]
    assert dispatcher.stop(PATIENCE_S) == []


def test_postponed_jobs_occupy_no_worker() -> None:
    dispatcher, served = Dispatcher(workers=1), threading.Event()

    def held() -> None:
        raise Postponed(3600.0)

    for key in range(10):
        dispatcher.submit(key, held)
    dispatcher.submit("another", served.set)

    assert served.wait(PATIENCE_S)
    assert dispatcher.settle()
    assert dispatcher.waiting() == dispatcher.resting() == 10
    assert [key for key, _ in dispatcher.stop(PATIENCE_S)] == list(range(10))


def test_a_rested_key_is_served_while_the_one_who_minded_the_time_is_at_work() -> None:
    dispatcher, release, again = Dispatcher(workers=2), threading.Event(), iter([Postponed(0.1)])

    def held() -> None:
        for postponed in again:
            raise postponed
        release.set()

    dispatcher.submit(1, held)
    dispatcher.submit(2, lambda: release.wait(PATIENCE_S))

    assert release.wait(PATIENCE_S)
    assert dispatcher.idle(PATIENCE_S)


def test_a_job_that_is_postponed_during_a_stop_is_over() -> None:
    dispatcher, begun, stop = Dispatcher(workers=1), threading.Event(), threading.Event()

    def held() -> None:
        begun.set()
        stop.wait(PATIENCE_S)
        raise Postponed(0.0)

    dispatcher.submit(1, held)
    assert begun.wait(PATIENCE_S)
    threading.Timer(0.05, stop.set).start()

    dispatcher.stop(PATIENCE_S)

    assert dispatcher.idle(PATIENCE_S)
