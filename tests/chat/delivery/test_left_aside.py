"""That an update which the turnstile does not let in costs nothing, whoever keeps the updates."""

from chat.delivery.confirming import WhenDone
from chat.delivery.dispatcher import Dispatcher
from chat.delivery.intake import Update
from tests.chat.delivery.incoming import PATIENCE_S, Handler, inline, intake_on, message, press
from tests.chat.delivery.memory_inbox import MemoryInbox


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


def test_an_inline_query_that_the_turnstile_refuses_goes_nowhere(dispatcher: Dispatcher) -> None:
    inbox, turnstile, passed = MemoryInbox(), Closed(only=0), list[Update]()
    intake = intake_on(inbox, Handler(inbox), dispatcher, turnstile=turnstile, pass_on=passed.append)
    intake.accept([inline(1)])
    assert not passed
    assert not inbox.kept
    assert not turnstile.over
