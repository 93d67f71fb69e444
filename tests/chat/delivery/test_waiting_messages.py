"""More new messages than Telegram bears in a moment: who waits keeps no worker, and goes when it was told to."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from chat.delivery.answers import Answer
from chat.delivery.dispatcher import Dispatcher
from chat.delivery.effects import Effects
from chat.delivery.limits import Limits
from chat.delivery.line import IN_ALL
from chat.delivery.outgoing import Outgoing

WORKERS = 4
AT_MOST_S = 30.0


class Parked(threading.Event):
    """On a clock that stands still a wait lasts until it is ended."""

    def wait(self, _timeout: float | None = None) -> bool:
        return super().wait(AT_MOST_S)


class Telegram:
    """Who was written to, in order, and when by the clock of the test."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.sent: list[tuple[str, int, float]] = []
        self.changed = threading.Condition()

    def __call__(self, _verb: str, url: str, *, params: dict[str, Any], **_: Any) -> Answer:
        with self.changed:
            self.sent.append((url.rsplit("/", 1)[-1], params["chat_id"], self.now))
            self.changed.notify_all()
        return Answer(200, "OK", "", {"ok": True, "result": True})

    def has_sent(self, count: int) -> bool:
        with self.changed:
            return self.changed.wait_for(lambda: len(self.sent) >= count, AT_MOST_S)


class Desk:
    def __init__(self) -> None:
        self.telegram = Telegram()
        self.stop = Parked()
        self.effects = Effects()
        self.chats = Dispatcher(WORKERS, clock=lambda: self.telegram.now)
        self.limits = Limits(clock=lambda: self.telegram.now)
        self.tries = 0
        self._outgoing = Outgoing(
            self.telegram,
            self.limits,
            self.effects,
            stop=self.stop,
            clock=lambda: self.telegram.now,
        )

    def submit(self, method: str, chat_id: int) -> None:
        def work() -> None:
            self.tries += 1
            with self.effects.of(f"update {chat_id}"):
                self._outgoing("post", f"https://x/bot1:x/{method}", params={"chat_id": chat_id, "text": "a"})

        self.chats.submit(chat_id, work)

    def settled(self) -> bool:
        """Whether nobody is at work."""
        return self.chats.settle()


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.stop.set()
    desk.chats.stop(AT_MOST_S)


def test_an_edit_goes_out_at_once_however_many_new_messages_wait(desk: Desk) -> None:
    for chat_id in range(1, IN_ALL.burst + 2 * WORKERS + 1):
        desk.submit("sendMessage", chat_id)
    assert desk.telegram.has_sent(IN_ALL.burst)

    desk.submit("editMessageText", 99)

    assert desk.telegram.has_sent(IN_ALL.burst + 1)
    assert desk.telegram.sent[-1] == ("editMessageText", 99, 1000.0)


def test_those_who_wait_go_one_after_the_other_in_the_order_of_asking_and_are_tried_again_once(desk: Desk) -> None:
    waiting = range(1, 21)
    for chat_id in waiting:
        desk.submit("sendMessage", chat_id)
        assert desk.settled()

    for count in range(IN_ALL.burst + 1, len(waiting) + 1):
        desk.telegram.now += IN_ALL.interval_s + 1e-6
        assert desk.telegram.has_sent(count)
        assert desk.settled()

    assert [chat_id for _, chat_id, _ in desk.telegram.sent] == list(waiting)
    assert desk.tries == IN_ALL.burst + 2 * (len(waiting) - IN_ALL.burst)


def test_a_chat_that_telegram_holds_meanwhile_delays_no_other(desk: Desk) -> None:
    """Its moment passes; it is nobody else's, and no other waits for it."""
    for chat_id in range(1, 9):
        desk.submit("sendMessage", chat_id)
        assert desk.settled()
    desk.limits.block(6, 3600.0)

    desk.telegram.now += 3 * IN_ALL.interval_s + 1e-6

    assert desk.telegram.has_sent(7)
    assert desk.settled()
    assert {chat_id for _, chat_id, _ in desk.telegram.sent} == {1, 2, 3, 4, 5, 7, 8}
