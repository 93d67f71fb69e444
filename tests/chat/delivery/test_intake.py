"""That each update is acknowledged, kept, and handled once, in the order of its chat."""

import json
import threading

import pytest

from chat.delivery.dispatcher import Dispatcher
from chat.delivery.intake import READ_AHEAD, Update
from tests.chat.delivery.incoming import PATIENCE_S, Handler, inline, intake_on, message, press
from tests.chat.delivery.memory_inbox import MemoryInbox


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


def test_of_all_that_came_is_told_before_any_of_it_is_handled(dispatcher: Dispatcher) -> None:
    """What an earlier process left, and each batch: later messages have higher numbers than all of these."""
    inbox, came, known = MemoryInbox(), list[int](), list[list[int]]()
    inbox.add([(number, json.dumps(message(number, chat=number))) for number in (1, 2)])

    def handle(update_id: int, _update: Update) -> None:
        known.append(list(came))
        inbox.done(update_id)

    intake = intake_on(inbox, handle, dispatcher, came=lambda update: came.append(update["update_id"]))
    intake.resume()
    assert dispatcher.idle(PATIENCE_S)
    intake.accept([message(number, chat=number) for number in (3, 4)])
    assert dispatcher.idle(PATIENCE_S)

    assert [each[:2] for each in known[:2]] == [[1, 2]] * 2
    assert known[2:] == [[1, 2, 3, 4]] * 2


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

    intake = intake_on(inbox, handle, dispatcher)
    intake.accept([message(1), message(2)])

    assert dispatcher.idle(PATIENCE_S)
    assert handler.numbers == [2]
    assert not inbox.unfinished(1000)
    assert intake.snapshot() == {"failed": 1}
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


def test_an_inline_query_is_passed_on_and_kept_nowhere(dispatcher: Dispatcher) -> None:
    inbox, passed = MemoryInbox(), list[Update]()
    handler = Handler(inbox)
    intake_on(inbox, handler, dispatcher, pass_on=passed.append).accept([message(1), inline(2), message(3)])
    assert dispatcher.idle(PATIENCE_S)
    assert [query["id"] for query in passed] == ["i2"]
    assert handler.numbers == [1, 3]
    assert list(inbox.kept) == [1, 3]


def test_a_batch_that_was_kept_and_nobody_heard_of_it_is_handled_when_it_comes_again(dispatcher: Dispatcher) -> None:
    """The connection to the database broke after the batch was written, and before that was said."""
    events: list[str] = []
    inbox = MemoryInbox()
    inbox.kept[1] = json.dumps(message(1))
    inbox.done(1)  # by an earlier process
    handler = Handler(inbox)
    intake = intake_on(inbox, handler, dispatcher, acknowledge=lambda query: events.append(query["id"]))
    batch = [message(1), press(2), message(3)]
    inbox.unheard = OSError("the connection broke")
    with pytest.raises(OSError, match="broke"):
        intake.accept(batch)
    inbox.unheard = None

    intake.accept(batch)
    intake.accept(batch)

    assert dispatcher.idle(PATIENCE_S)
    assert handler.numbers == [2, 3]
    assert events == ["q2", "q2", "q2"]  # when it came, when it was kept, and when Telegram gave it once more


def test_a_press_whose_batch_is_tried_again_and_again_is_acknowledged_twice(dispatcher: Dispatcher) -> None:
    """When it came, and when it could be kept: the first time the answer may have found no way either."""
    events: list[str] = []
    inbox = MemoryInbox()
    intake = intake_on(inbox, Handler(inbox), dispatcher, acknowledge=lambda query: events.append(query["id"]))
    inbox.failure = OSError("away")
    for _ in range(5):
        with pytest.raises(OSError, match="away"):
            intake.accept([press(1)])
    assert events == ["q1"]
    inbox.failure = None

    intake.accept([press(1)])

    assert events == ["q1", "q1"]


def test_what_waits_behind_many_is_read_again_and_is_the_same(dispatcher: Dispatcher) -> None:
    inbox, gate = MemoryInbox(), threading.Event()
    handler = Handler(inbox)

    def handle(update_id: int, update: Update) -> None:
        assert gate.wait(PATIENCE_S)
        handler(update_id, update)

    intake = intake_on(inbox, handle, dispatcher)
    batch = [message(number, text=f"{number} руб") for number in range(1, READ_AHEAD + 50)]
    intake.accept(batch)
    gate.set()

    assert dispatcher.idle(PATIENCE_S)
    assert handler.handled == batch
    assert not [each for each, was in zip(handler.handled[-10:], batch[-10:], strict=True) if each is was]
