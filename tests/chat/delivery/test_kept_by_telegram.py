"""That where Telegram keeps the updates it forgets each one when it is over, and none is handled twice."""

import json
import threading

import pytest

from chat.delivery.confirming import LONGEST_HELD_S, WhenDone
from chat.delivery.dispatcher import Dispatcher, Postponed
from chat.delivery.intake import Update
from tests.chat.delivery.incoming import PATIENCE_S, Handler, inline, intake_on, message, press
from tests.chat.delivery.memory_inbox import MemoryInbox


@pytest.mark.parametrize(("wait_s", "offset"), [(LONGEST_HELD_S, 1), (LONGEST_HELD_S + 1, 2)])
def test_where_telegram_keeps_the_updates_one_that_waits_for_long_holds_up_nobody(
    dispatcher: Dispatcher, wait_s: float, offset: int
) -> None:
    confirming = WhenDone()

    def wait(_update_id: int, _update: Update) -> None:
        raise Postponed(wait_s)

    intake_on(MemoryInbox(), wait, dispatcher, confirming=confirming).accept([message(1)])

    assert dispatcher.settle()
    assert dispatcher.waiting() == 1
    assert confirming.offset(2) == offset


def test_where_telegram_keeps_the_updates_one_that_it_gives_again_is_neither_answered_nor_handled_again(
    dispatcher: Dispatcher,
) -> None:
    events: list[str] = []
    inbox, confirming = MemoryInbox(events), WhenDone()
    begun, opened = threading.Event(), threading.Event()

    def handle(update_id: int, _update: Update) -> None:
        if update_id == 1:
            begun.set()
            assert opened.wait(PATIENCE_S)
        inbox.done(update_id)

    intake = intake_on(
        inbox, handle, dispatcher, confirming=confirming, acknowledge=lambda query: events.append(query["id"])
    )
    batch = [press(1), message(2, chat=7)]
    intake.accept(batch)
    assert begun.wait(PATIENCE_S)
    intake.accept(batch)
    assert confirming.offset(3) == 1

    opened.set()

    assert dispatcher.idle(PATIENCE_S)
    assert confirming.offset(3) == 3
    assert sorted(inbox.finished) == [1, 2]
    assert events == ["q1", "kept [1, 2]", "kept []"]


def test_where_telegram_keeps_the_updates_what_an_earlier_process_did_or_left_is_not_done_twice(
    dispatcher: Dispatcher,
) -> None:
    inbox, confirming = MemoryInbox(), WhenDone()
    inbox.add([(number, json.dumps(message(number))) for number in (1, 2, 3)])
    inbox.done(2)
    handler = Handler(inbox)
    intake = intake_on(inbox, handler, dispatcher, confirming=confirming)

    intake.resume()
    intake.accept([message(number) for number in (1, 2, 3, 4)])

    assert dispatcher.idle(PATIENCE_S)
    assert handler.numbers == [1, 3, 4]
    assert confirming.offset(5) == 5


def test_where_telegram_keeps_the_updates_one_that_fails_holds_up_nobody(dispatcher: Dispatcher) -> None:
    confirming = WhenDone()

    def handle(_update_id: int, _update: Update) -> None:
        raise ValueError("a bug")

    intake_on(MemoryInbox(), handle, dispatcher, confirming=confirming).accept([message(1)])

    assert dispatcher.idle(PATIENCE_S)
    assert confirming.offset(2) == 2


def test_where_telegram_keeps_the_updates_an_inline_query_holds_up_none(dispatcher: Dispatcher) -> None:
    inbox, confirming, passed = MemoryInbox(), WhenDone(), list[Update]()
    intake = intake_on(inbox, Handler(inbox), dispatcher, confirming=confirming, pass_on=passed.append)
    intake.accept([inline(7), inline(8)])
    intake.accept([inline(8)])
    assert len(passed) == 2
    assert confirming.offset(9) == 9
