"""That each update is acknowledged, kept, and handled once, in the order of its chat."""

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from chat.delivery.dispatcher import Dispatcher
from chat.delivery.intake import Intake, Update

PATIENCE_S = 20


class MemoryInbox:
    """Keeps updates in a dict; told to fail, it keeps none of a batch."""

    def __init__(self, events: list[str] | None = None) -> None:
        self.kept: dict[int, str] = {}
        self.finished: set[int] = set()
        self.failure: Exception | None = None
        self.events = events if events is not None else []

    def add(self, updates: Sequence[tuple[int, str]]) -> list[int]:
        if self.failure is not None:
            raise self.failure
        new = dict.fromkeys(number for number, _ in updates if number not in self.kept)
        self.kept |= {number: text for number, text in updates if number in new}
        self.events.append(f"kept {list(new)}")
        return list(new)

    def unfinished(self, limit: int) -> list[tuple[int, str]]:
        return [item for item in sorted(self.kept.items()) if item[0] not in self.finished][:limit]

    def done(self, update_id: int) -> None:
        self.finished.add(update_id)


class Handler:
    """Handles as the composition root's does: the work and the done mark are one."""

    def __init__(self, inbox: MemoryInbox) -> None:
        self.inbox = inbox
        self.handled: list[Update] = []

    def __call__(self, update_id: int, update: Update) -> None:
        self.handled.append(update)
        self.inbox.done(update_id)

    @property
    def numbers(self) -> list[int]:
        return [update["update_id"] for update in self.handled]


def message(number: int, chat: int = 42, text: str = "1000") -> Update:
    return {"update_id": number, "message": {"message_id": number, "chat": {"id": chat}, "text": text}}


def press(number: int) -> Update:
    query = {"id": f"q{number}", "from": {"id": 42}, "message": {"chat": {"id": 42}}}
    return {"update_id": number, "callback_query": query}


@pytest.fixture
def dispatcher() -> Iterator[Dispatcher]:
    dispatcher = Dispatcher(workers=4)
    yield dispatcher
    dispatcher.stop(PATIENCE_S)


def intake_on(
    inbox: MemoryInbox, handle: Callable[[int, Update], object], dispatcher: Dispatcher, **more: Any
) -> Intake:
    more.setdefault("acknowledge", lambda _query: None)
    return Intake(inbox, handle, dispatcher=dispatcher, **more)


def test_a_batch_is_kept_and_handled_in_order(dispatcher: Dispatcher) -> None:
    inbox = MemoryInbox()
    handler = Handler(inbox)
    batch = [message(number, text="привет \ud83d") for number in range(1, 101)]

    intake_on(inbox, handler, dispatcher).accept(batch)

    assert dispatcher.idle(PATIENCE_S)
    assert handler.handled == batch
    assert not inbox.unfinished(1000)
    assert inbox.kept[1].isascii()  # half a surrogate pair would not go into a database


def test_a_press_is_acknowledged_before_the_batch_is_kept(dispatcher: Dispatcher) -> None:
    events: list[str] = []
    inbox = MemoryInbox(events)
    batch = [message(1), press(2), {"update_id": 3, "callback_query": "garbage"}]

    intake = intake_on(
        inbox, Handler(inbox), dispatcher, acknowledge=lambda query: events.append(f"acknowledged {query['id']}")
    )
    intake.accept(batch)

    assert events == ["acknowledged q2", "kept [1, 2, 3]"]


def test_an_update_that_comes_again_is_not_handled_again(dispatcher: Dispatcher) -> None:
    inbox = MemoryInbox()
    handler = Handler(inbox)
    intake = intake_on(inbox, handler, dispatcher)

    intake.accept([message(1), message(1)])
    intake.accept([message(1), message(2)])

    assert dispatcher.idle(PATIENCE_S)
    assert handler.numbers == [1, 2]


def test_of_a_batch_that_could_not_be_kept_nothing_is_handled(dispatcher: Dispatcher) -> None:
    inbox = MemoryInbox()
    handler = Handler(inbox)
    intake = intake_on(inbox, handler, dispatcher)
    inbox.failure = OSError(28, "No space left on device")
    with pytest.raises(OSError, match="No space"):
        intake.accept([message(1)])
    assert dispatcher.idle(PATIENCE_S)
    assert not handler.handled

    inbox.failure = None
    intake.accept([message(1)])

    assert dispatcher.idle(PATIENCE_S)
    assert handler.numbers == [1]


def test_what_a_dead_process_left_comes_before_what_is_new(dispatcher: Dispatcher) -> None:
    inbox = MemoryInbox()
    inbox.add([(number, json.dumps(message(number))) for number in range(1, 2501)])
    inbox.done(1)
    handler = Handler(inbox)
    intake = intake_on(inbox, handler, dispatcher)

    resumed = intake.resume()
    intake.accept([message(2500), message(2501)])

    assert dispatcher.idle(PATIENCE_S)
    assert resumed == 2499
    assert handler.numbers == list(range(2, 2502))


def test_a_crash_before_the_done_mark_repeats_the_update(dispatcher: Dispatcher) -> None:
    inbox = MemoryInbox()
    begun, opened = threading.Event(), threading.Event()

    def hang(_update_id: int, _update: Update) -> None:
        begun.set()
        assert opened.wait(PATIENCE_S)

    dying = Dispatcher(workers=1)
    intake_on(inbox, hang, dying).accept([message(1), message(2)])
    assert begun.wait(PATIENCE_S)  # and the process dies here

    handler = Handler(inbox)
    intake_on(inbox, handler, dispatcher).resume()

    assert dispatcher.idle(PATIENCE_S)
    assert handler.numbers == [1, 2]
    assert len(dying.stop(0.0)) == 1
    opened.set()
    assert dying.idle(PATIENCE_S)


def test_an_update_whose_handler_raises_has_had_its_turn(
    dispatcher: Dispatcher, caplog: pytest.LogCaptureFixture
) -> None:
    inbox = MemoryInbox()
    handler = Handler(inbox)

    def handle(update_id: int, update: Update) -> None:
        if update_id == 1:
            raise ValueError("a bug")
        handler(update_id, update)

    intake_on(inbox, handle, dispatcher).accept([message(1), message(2)])

    assert dispatcher.idle(PATIENCE_S)
    assert handler.numbers == [2]
    assert not inbox.unfinished(1000)
    assert "update failed update_id=1" in caplog.text


@pytest.mark.parametrize("text", ["{", "[]"])
def test_a_kept_text_that_cannot_be_read_blocks_nobody(
    text: str, dispatcher: Dispatcher, caplog: pytest.LogCaptureFixture
) -> None:
    inbox = MemoryInbox()
    inbox.add([(1, text), (2, json.dumps(message(2)))])
    handler = Handler(inbox)

    intake_on(inbox, lambda number, update: handler(number, dict(**update)), dispatcher).resume()

    assert dispatcher.idle(PATIENCE_S)
    assert handler.numbers == [2]
    assert not inbox.unfinished(1000)
    assert "update failed update_id=1" in caplog.text


class WatchedDispatcher(Dispatcher):
    """Says when it is asked for room."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        super().__init__(workers=1)

    def wait_for_room(self, capacity: int, timeout_s: float | None = None) -> bool:
        self.asked.set()
        return super().wait_for_room(capacity, timeout_s)


def test_the_next_batch_waits_until_there_is_room() -> None:
    dispatcher, inbox = WatchedDispatcher(), MemoryInbox()
    opened, accepted = threading.Event(), threading.Event()

    def handle(_update_id: int, _update: Update) -> None:
        assert opened.wait(PATIENCE_S)

    def poll() -> None:
        intake_on(inbox, handle, dispatcher, capacity=3).accept([message(number) for number in range(1, 11)])
        accepted.set()

    poller = threading.Thread(target=poll)
    poller.start()
    assert dispatcher.asked.wait(PATIENCE_S)
    assert not accepted.is_set()

    opened.set()

    assert accepted.wait(PATIENCE_S)
    poller.join(PATIENCE_S)
    assert dispatcher.idle(PATIENCE_S)
    dispatcher.stop(PATIENCE_S)
