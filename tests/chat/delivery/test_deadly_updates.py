"""That an update over which a process ends, or a handler hangs, is parked, and none that only waits."""

import json
import threading
from contextlib import suppress

import pytest

from chat.delivery.confirming import WhenDone
from chat.delivery.dispatcher import Dispatcher, Postponed
from chat.delivery.intake import Intake, Update
from tests.chat.delivery.incoming import PATIENCE_S, Handler, intake_on, message, press
from tests.chat.delivery.memory_inbox import MemoryInbox


def resume_until_a_stop(intake: Intake) -> None:
    with suppress(RuntimeError):
        intake.resume()


def test_what_may_have_killed_two_processes_is_handled_alone_and_first(dispatcher: Dispatcher) -> None:
    inbox = MemoryInbox()
    inbox.add([(number, json.dumps(message(number, chat=number % 3))) for number in range(1, 7)])
    inbox.count([2, 3])
    at_work: set[int] = set()
    alone: list[int] = []

    def handle(update_id: int, _update: Update) -> None:
        at_work.add(update_id)
        if inbox.attempts.get(update_id) == 2:
            assert at_work == {update_id}
            alone.append(update_id)
        at_work.remove(update_id)
        inbox.done(update_id)

    resumed = intake_on(inbox, handle, dispatcher).resume()

    assert dispatcher.idle(PATIENCE_S)
    assert resumed == 6
    assert alone == [2, 3]
    assert inbox.finished[:2] == [2, 3]
    assert sorted(inbox.finished) == [1, 2, 3, 4, 5, 6]


def test_an_update_that_kills_every_process_is_parked_at_the_fourth_start_and_its_chat_goes_on(
    dispatcher: Dispatcher, caplog: pytest.LogCaptureFixture
) -> None:
    inbox = MemoryInbox()
    opened = threading.Event()
    dead: list[Dispatcher] = []
    threads: list[threading.Thread] = []
    counted: list[int] = []
    for _ in range(3):  # each process ends over the first update
        begun = threading.Event()

        def hang(_update_id: int, _update: Update, begun: threading.Event = begun) -> None:
            begun.set()
            assert opened.wait(PATIENCE_S)

        dead.append(Dispatcher(workers=2))
        dying = intake_on(inbox, hang, dead[-1])
        if len(dead) == 1:
            dying.accept([press(1), press(2)])
        else:
            threads.append(threading.Thread(target=resume_until_a_stop, args=[dying]))
            threads[-1].start()
        assert begun.wait(PATIENCE_S)
        counted.append(inbox.attempts.get(1, 0))
    assert counted == [0, 1, 2]

    handler = Handler(inbox)
    told: list[tuple[int, str]] = []
    acknowledged: list[str] = []
    intake = intake_on(
        inbox,
        handler,
        dispatcher,
        tell=lambda update, incident: told.append((update["update_id"], incident)),
        acknowledge=lambda query: acknowledged.append(query["id"]),
    )
    intake.resume()

    assert dispatcher.idle(PATIENCE_S)
    assert handler.numbers == [2]
    assert inbox.parked == {1: "the process ended over it three times"}
    [(number, incident)] = told
    assert number == 1
    assert f"update parked update_id=1 incident={incident}" in caplog.text
    assert acknowledged == ["q2"]
    for each in reversed(dead):
        each.stop(0.0)
    for thread in threads:
        thread.join(PATIENCE_S)
    opened.set()
    assert all(each.idle(PATIENCE_S) for each in dead)


def test_an_update_that_only_waits_for_telegram_is_parked_by_no_number_of_starts() -> None:
    inbox = MemoryInbox()
    inbox.add([(1, json.dumps(message(1))), (2, json.dumps(message(2)))])
    inbox.count([1])

    for _ in range(4):
        begun = threading.Event()

        def wait(update_id: int, _update: Update, begun: threading.Event = begun) -> None:
            assert update_id == 1
            begun.set()
            raise Postponed(600.0)

        dispatcher = Dispatcher(workers=2)
        intake_on(inbox, wait, dispatcher).resume()
        assert begun.wait(PATIENCE_S)
        dispatcher.stop(PATIENCE_S)

    assert inbox.parked == {}
    assert inbox.attempts == {1: 1}


def test_a_stop_while_an_update_is_handled_alone_is_not_counted_against_it() -> None:
    inbox, dispatcher = MemoryInbox(), Dispatcher(workers=2)
    inbox.add([(1, json.dumps(message(1))), (2, json.dumps(message(2)))])
    inbox.count([1])
    begun, opened = threading.Event(), threading.Event()
    ended: list[BaseException] = []

    def hang(_update_id: int, _update: Update) -> None:
        begun.set()
        assert opened.wait(PATIENCE_S)

    def resume() -> None:
        try:
            intake_on(inbox, hang, dispatcher).resume()
        except RuntimeError as error:
            ended.append(error)

    resuming = threading.Thread(target=resume)
    resuming.start()
    assert begun.wait(PATIENCE_S)

    dispatcher.stop(0.0)

    resuming.join(PATIENCE_S)
    assert len(ended) == 1
    assert inbox.attempts == {1: 1}
    opened.set()
    assert dispatcher.idle(PATIENCE_S)


def test_an_update_whose_handler_hangs_is_parked_its_sender_told_and_telegram_may_forget_it(
    dispatcher: Dispatcher, caplog: pytest.LogCaptureFixture
) -> None:
    inbox, confirming = MemoryInbox(), WhenDone()
    begun, opened = threading.Event(), threading.Event()
    told: list[tuple[int, str]] = []

    def handle(update_id: int, _update: Update) -> None:
        if update_id == 1:
            begun.set()
            assert opened.wait(PATIENCE_S)
        inbox.done(update_id)

    intake = intake_on(
        inbox,
        handle,
        dispatcher,
        confirming=confirming,
        tell=lambda update, incident: told.append((update["update_id"], incident)),
    )
    intake.accept([message(1), message(2)])
    assert begun.wait(PATIENCE_S)
    [turn] = dispatcher.overdue(0.0)

    assert dispatcher.give_up(turn)
    turn.on_given_up("abc123")

    assert dispatcher.idle(PATIENCE_S)
    assert inbox.parked == {1: "its handler hung"}
    assert inbox.finished == [2]
    assert told == [(1, "abc123")]
    assert confirming.offset(3) == 3
    assert "update parked update_id=1 incident=abc123 reason=its handler hung" in caplog.text
    opened.set()
