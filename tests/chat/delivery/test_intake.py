"""That each update is acknowledged, kept, and handled once, in the order of its chat."""

import json
import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from chat.delivery.confirming import WhenDone
from chat.delivery.dispatcher import Dispatcher, Job, OnGivenUp, Postponed
from chat.delivery.intake import LONGEST_HELD_S, READ_AHEAD, Intake, Unkept, Update
from tests.chat.delivery.memory_inbox import MemoryInbox

PATIENCE_S = 20


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


class FullDisk(MemoryInbox):
    """Takes no done mark for so many times; with `only_changes` it takes none together with what an update changed."""

    def __init__(self, times: int, *, only_changes: bool = False) -> None:
        super().__init__()
        self.times, self.only_changes = times, only_changes

    def done(self, update_id: int) -> None:
        if not self.only_changes:
            self.refuse()
        super().done(update_id)

    def refuse(self) -> None:
        self.times -= 1
        if self.times >= 0:
            raise OSError(28, "No space left on device")


class Clock:
    """Rests take no time."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 100.0
        return self.now


@pytest.fixture
def restless() -> Iterator[Dispatcher]:
    dispatcher = Dispatcher(workers=2, clock=Clock())
    yield dispatcher
    dispatcher.stop(PATIENCE_S)


@pytest.mark.parametrize("times", [1, 9])
@pytest.mark.parametrize("raises", [Unkept, ValueError])
def test_what_cannot_be_marked_as_done_is_handled_again_before_what_follows_it(
    times: int, raises: type[Exception], restless: Dispatcher
) -> None:
    inbox = FullDisk(times)
    begun: list[int] = []

    def handle(update_id: int, _update: Update) -> None:
        begun.append(update_id)
        try:
            inbox.done(update_id)
        except OSError as error:
            raise raises from error

    intake_on(inbox, handle, restless).accept([message(1), message(2)])

    assert restless.idle(PATIENCE_S)
    assert inbox.finished == [1, 2]
    assert begun == [*[1] * begun.count(1), 2]


def test_changes_that_can_never_be_kept_block_their_chat_for_some_seconds_only(
    restless: Dispatcher, caplog: pytest.LogCaptureFixture
) -> None:
    inbox = FullDisk(times=1000, only_changes=True)
    begun: list[int] = []
    told: list[tuple[int, str]] = []

    def handle(update_id: int, _update: Update) -> None:
        begun.append(update_id)
        if update_id == 1:
            raise Unkept from ValueError("too long to be kept")
        inbox.done(update_id)

    intake = intake_on(
        inbox, handle, restless, tell=lambda update, incident: told.append((update["update_id"], incident))
    )
    intake.accept([message(1), message(2)])

    assert restless.idle(PATIENCE_S)
    assert begun == [1, 1, 1, 1, 2]
    assert intake.snapshot() == {"not kept": 4, "without changes": 1}
    assert inbox.finished == [1, 2]
    [(number, incident)] = told
    assert number == 1
    assert f"update left without its changes update_id=1 incident={incident}" in caplog.text


def test_pauses_grow_while_the_disk_is_full() -> None:
    pauses_s: list[float] = []

    class Impatient(Dispatcher):
        def submit(self, key: Hashable, job: Job, *, on_given_up: OnGivenUp = str) -> None:
            assert (key, on_given_up is str) == (42, False)
            for _ in range(7):
                with pytest.raises(Postponed) as caught:
                    job()
                pauses_s.append(caught.value.wait_s)

    def handle(_update_id: int, _update: Update) -> None:
        raise Unkept

    impatient = Impatient(workers=1)
    intake_on(FullDisk(times=1000), handle, impatient).accept([message(1)])
    impatient.stop(PATIENCE_S)

    assert pauses_s == [1, 2, 4, 8, 16, 30, 30]


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


def inline(number: int) -> Update:
    return {
        "update_id": number,
        "inline_query": {"id": f"i{number}", "from": {"id": 42}, "query": "1"},
    }


def test_an_inline_query_is_passed_on_and_kept_nowhere(dispatcher: Dispatcher) -> None:
    inbox, passed = MemoryInbox(), list[Update]()
    handler = Handler(inbox)
    intake_on(inbox, handler, dispatcher, pass_on=passed.append).accept([message(1), inline(2), message(3)])
    assert dispatcher.idle(PATIENCE_S)
    assert [query["id"] for query in passed] == ["i2"]
    assert handler.numbers == [1, 3]
    assert list(inbox.kept) == [1, 3]


def test_where_telegram_keeps_the_updates_an_inline_query_holds_up_none(dispatcher: Dispatcher) -> None:
    inbox, confirming, passed = MemoryInbox(), WhenDone(), list[Update]()
    intake = intake_on(inbox, Handler(inbox), dispatcher, confirming=confirming, pass_on=passed.append)
    intake.accept([inline(7), inline(8)])
    intake.accept([inline(8)])
    assert len(passed) == 2
    assert confirming.offset(9) == 9


def test_an_inline_query_that_the_turnstile_refuses_goes_nowhere(dispatcher: Dispatcher) -> None:
    class Closed:
        def admits(self, _update: Update) -> bool:
            return False

        def left(self, _update_id: int) -> None:
            raise AssertionError

    inbox, passed = MemoryInbox(), list[Update]()
    intake = intake_on(inbox, Handler(inbox), dispatcher, turnstile=Closed(), pass_on=passed.append)
    intake.accept([inline(1)])
    assert not passed
    assert not inbox.kept


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
