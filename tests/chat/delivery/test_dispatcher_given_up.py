"""A job that hangs is given up: its key goes on, the pool keeps its size, and its end has no effect any more."""

from collections.abc import Callable

import pytest

from chat.delivery.dispatcher import Dispatcher, GivenUp, Postponed
from tests.chat.delivery.incoming import PATIENCE_S
from tests.chat.delivery.jobs import Gate, given_up, wait_until


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
