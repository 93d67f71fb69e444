"""A job that postpones itself is begun anew, before the later ones of its key, and holds no worker meanwhile."""

import threading

from chat.delivery.dispatcher import Dispatcher, Postponed
from tests.chat.delivery.incoming import PATIENCE_S


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
