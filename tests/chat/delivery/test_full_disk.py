"""That an update whose changes the disk does not take is handled again, and holds up its chat for seconds only."""

from collections.abc import Hashable, Iterator

import pytest

from chat.delivery.dispatcher import Dispatcher, Job, OnGivenUp, Postponed
from chat.delivery.intake import Unkept, Update
from tests.chat.delivery.incoming import PATIENCE_S, intake_on, message
from tests.chat.delivery.memory_inbox import MemoryInbox


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
