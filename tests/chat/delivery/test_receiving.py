"""The receiving side as a whole, with a Telegram in memory: what is kept, confirmed and bounded, in both ways."""

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext, suppress
from typing import Any

import pytest

from chat.delivery.dispatcher import Dispatcher
from chat.delivery.receiving import Receiving
from tests.chat.delivery.memory_inbox import MemoryInbox

PATIENCE_S = 60.0
WINDOW = 100
WAYS = pytest.mark.parametrize("way", ["database", "telegram"])


class Telegram:
    """Keeps updates until they are confirmed, and gives a hundred of them."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.queue: list[dict[str, Any]] = []
        self.confirmed = 0
        self.polls = 0
        self.closed = False

    def push(self, numbers: Iterable[int], chat: Callable[[int], int]) -> None:
        with self.changed:
            self.queue += [{"update_id": each, "message": {"chat": {"id": chat(each)}}} for each in numbers]
            self.changed.notify_all()

    def fetch(self, offset: int | None, _timeout_s: int) -> object:
        with self.changed:
            self.polls += 1
            self.confirmed = max(self.confirmed, offset or 0)
            self.queue = [each for each in self.queue if each["update_id"] >= self.confirmed]
            self.changed.notify_all()
            self.changed.wait_for(lambda: self.queue or self.closed, PATIENCE_S)
            return self.queue[:WINDOW]

    def close(self) -> None:
        with self.changed:
            self.closed = True
            self.changed.notify_all()

    def wait_polls(self, more: int) -> None:
        with self.changed:
            wanted = self.polls + more
            assert self.changed.wait_for(lambda: self.polls >= wanted, PATIENCE_S)

    def wait_confirmed(self, offset: int) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: self.confirmed >= offset, PATIENCE_S)


class Life:
    """Remembers what it was told, and closes the parts, the last one first."""

    def __init__(self) -> None:
        self.stopping = threading.Event()
        self.failures: list[str | None] = []
        self.ends: list[tuple[Callable[[float], object], float]] = []
        self.checks: list[Callable[[], str | None]] = []
        self.threads: list[Callable[[], Iterable[threading.Thread]]] = []

    def stop(self, failure: str | None = None) -> None:
        self.failures.append(failure)

    def at_end(self, close: Callable[[float], object], *, at_most_s: float) -> None:
        self.ends.append((close, at_most_s))

    def expect(self, check: Callable[[], str | None]) -> None:
        self.checks.append(check)

    def expect_alive(self, threads: Callable[[], Iterable[threading.Thread]]) -> None:
        self.threads.append(threads)

    def end(self) -> None:
        self.stopping.set()
        for close, at_most_s in reversed(self.ends):
            close(at_most_s)


class Stand:
    """One process; another one on the same Telegram and inbox is its restart."""

    def __init__(self, way: str, telegram: Telegram, inbox: MemoryInbox) -> None:
        self.life, self.chats = Life(), Dispatcher(workers=4)
        self.inbox, self.telegram = inbox, telegram
        self.handled: list[int] = []
        self.slow: set[int] = set()
        self.opened = threading.Event()
        self.begun = threading.Event()
        self.receiving = Receiving(
            telegram.fetch,
            self._handle,
            inbox=inbox,
            kept_by=way,
            chats=self.chats,
            handler_timeout_s=PATIENCE_S,
            exclusively=nullcontext,
            acknowledge=lambda _query: None,
            tell=lambda _update, _incident: None,
            process=self.life,
        )

    def start(self) -> "Stand":
        self.receiving.start()
        return self

    def _handle(self, update_id: int, _update: dict[str, Any]) -> None:
        if update_id in self.slow:
            self.begun.set()
            assert self.opened.wait(PATIENCE_S)
        self.inbox.done(update_id)
        self.handled.append(update_id)

    def close(self) -> None:
        self.opened.set()
        self.life.stopping.set()
        self.telegram.close()
        self.life.end()
        self.receiving.poller.thread.join(PATIENCE_S)


@pytest.fixture
def telegram() -> Telegram:
    return Telegram()


@pytest.fixture
def stand_on(telegram: Telegram) -> Iterator[Callable[..., Stand]]:
    stands: list[Stand] = []

    def stand_on(way: str, inbox: MemoryInbox | None = None, slow: Sequence[int] = ()) -> Stand:
        stands.append(Stand(way, telegram, inbox or MemoryInbox()))
        stands[-1].slow.update(slow)
        return stands[-1]

    yield stand_on
    for stand in stands:
        with suppress(RuntimeError):
            stand.close()


@WAYS
def test_every_update_is_handled_once_and_confirmed(
    way: str, telegram: Telegram, stand_on: Callable[..., Stand], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "chat.delivery.receiving")
    telegram.push(range(1, 301), lambda number: number % 7)

    stand = stand_on(way).start()

    telegram.wait_confirmed(301)
    assert stand.chats.idle(PATIENCE_S)
    assert sorted(stand.handled) == list(range(1, 301))
    for chat in range(7):
        assert [each for each in stand.handled if each % 7 == chat] == sorted(
            each for each in stand.handled if each % 7 == chat
        )
    assert f"polling workers=4 inbox={way} resumed=0" in caplog.text


def test_with_telegram_as_the_queue_a_slow_chat_holds_back_a_hundred_at_most_and_then_goes_on(
    telegram: Telegram, stand_on: Callable[..., Stand]
) -> None:
    stand = stand_on("telegram", slow=[1]).start()
    telegram.push(range(1, 501), lambda number: 0 if number % 2 else number)

    assert stand.begun.wait(PATIENCE_S)
    telegram.wait_polls(3)
    assert len(stand.inbox.kept) == WINDOW
    assert stand.chats.waiting() < WINDOW
    assert telegram.confirmed == 1
    assert len(telegram.queue) == 500

    stand.opened.set()
    telegram.wait_confirmed(501)
    assert sorted(stand.handled) == list(range(1, 501))


def test_with_telegram_as_the_queue_nothing_is_lost_when_process_and_disk_go_together(
    telegram: Telegram, stand_on: Callable[..., Stand]
) -> None:
    dying = stand_on("telegram", slow=[2]).start()
    telegram.push(range(1, 6), lambda number: number)
    assert dying.begun.wait(PATIENCE_S)
    telegram.wait_confirmed(2)
    telegram.wait_polls(1)
    dying.life.stopping.set()  # it polls no more, and what it holds is gone

    stand_on("telegram", MemoryInbox()).start()

    telegram.wait_confirmed(6)


@WAYS
def test_whoever_minds_the_process_sees_all_threads_and_signs_of_life(
    way: str, telegram: Telegram, stand_on: Callable[..., Stand]
) -> None:
    stand = stand_on(way).start()
    [threads] = stand.life.threads

    assert {thread.name for thread in threads()} == {"poller", "worker-1", "worker-2", "worker-3", "worker-4"}
    assert all(thread.is_alive() for thread in threads())
    stand.receiving.watch()
    assert [check() for check in stand.life.checks] == [None, None]
    stand.close()
    assert stand.life.failures == [None]
