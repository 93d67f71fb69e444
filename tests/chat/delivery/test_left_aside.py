"""That an update which the turnstile does not let in costs nothing, whoever keeps the updates."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chat.delivery.confirming import WhenDone
from chat.delivery.dispatcher import Dispatcher
from chat.delivery.intake import Intake, Update
from tests.chat.delivery.memory_inbox import MemoryInbox

PATIENCE_S = 20


def message(number: int) -> Update:
    return {"update_id": number, "message": {"message_id": number, "chat": {"id": 42}, "text": "1000"}}


def press(number: int) -> Update:
    return {"update_id": number, "callback_query": {"id": f"q{number}", "from": {"id": 42}}}


@pytest.fixture
def dispatcher() -> Iterator[Dispatcher]:
    dispatcher = Dispatcher(workers=2)
    yield dispatcher
    dispatcher.stop(PATIENCE_S)


class Handler:
    def __init__(self, inbox: MemoryInbox) -> None:
        self.inbox = inbox
        self.numbers: list[int] = []

    def __call__(self, update_id: int, _update: Update) -> None:
        self.numbers.append(update_id)
        self.inbox.done(update_id)


def intake_on(
    inbox: MemoryInbox, handle: Callable[[int, Update], object], dispatcher: Dispatcher, **more: Any
) -> Intake:
    more.setdefault("acknowledge", lambda _query: None)
    return Intake(inbox, handle, dispatcher=dispatcher, **more)


class Closed:
    """Lets nobody in but one."""

    def __init__(self, only: int) -> None:
        self.only = only
        self.asked: list[int] = []
        self.over: list[int] = []

    def admits(self, update: Update) -> bool:
        self.asked.append(update["update_id"])
        return bool(update["update_id"] == self.only)

    def left(self, update_id: int) -> None:
        self.over.append(update_id)


def test_who_is_not_let_in_costs_no_row_and_no_answer(dispatcher: Dispatcher) -> None:
    inbox, turnstile, answered = MemoryInbox(), Closed(only=2), list[str]()
    handler = Handler(inbox)
    intake = intake_on(
        inbox, handler, dispatcher, turnstile=turnstile, acknowledge=lambda query: answered.append(query["id"])
    )
    intake.accept([message(1), press(2), press(3)])
    assert dispatcher.idle(PATIENCE_S)
    assert handler.numbers == turnstile.over == [2]
    assert answered == ["q2"]
    assert list(inbox.kept) == [2]


def test_where_telegram_keeps_the_updates_who_is_not_let_in_holds_up_nobody_and_is_asked_about_once(
    dispatcher: Dispatcher,
) -> None:
    inbox, turnstile, confirming = MemoryInbox(), Closed(only=0), WhenDone()
    intake = intake_on(inbox, Handler(inbox), dispatcher, turnstile=turnstile, confirming=confirming)
    for _ in range(2):
        intake.accept([message(1), message(2)])
    assert turnstile.asked == [1, 2]
    assert confirming.offset(3) == 3


def test_an_update_that_was_done_by_an_earlier_process_is_over_at_the_turnstile_too(dispatcher: Dispatcher) -> None:
    inbox, turnstile = MemoryInbox(), Closed(only=1)
    intake = intake_on(inbox, Handler(inbox), dispatcher, turnstile=turnstile)
    for _ in range(2):
        intake.accept([message(1)])
        assert dispatcher.idle(PATIENCE_S)
    assert turnstile.over == [1, 1]
