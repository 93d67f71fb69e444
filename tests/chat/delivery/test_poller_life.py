"""How polling begins and ends, and who notices."""

import threading
from collections.abc import Sequence

import pytest

from chat.delivery.errors import TransportError
from chat.delivery.poller import Poller, Update
from tests.chat.delivery.incoming import PATIENCE_S
from tests.chat.delivery.polling import (
    FakeTelegram,
    HeldBack,
    RecordedPauses,
    Store,
    Taking,
    poller_on,
    refusal,
    update,
)


def test_at_a_stop_telegram_is_told_what_is_done_and_only_if_it_was_not(stop: RecordedPauses) -> None:
    confirming = HeldBack()
    telegram = FakeTelegram(queue=[update(7), update(8)])
    poller = poller_on(telegram, Taking(confirming), stop, confirming=confirming)
    poller.step()
    confirming.done(7)

    poller.confirm(PATIENCE_S)
    assert telegram.offsets == [None, 8]

    poller.step()
    poller.confirm(PATIENCE_S)
    assert telegram.offsets == [None, 8, 8]


def test_a_stop_does_not_wait_long_for_a_silent_telegram_and_survives_a_sick_one(
    stop: RecordedPauses, caplog: pytest.LogCaptureFixture
) -> None:
    opened = threading.Event()
    telegram = FakeTelegram([update(7)], TransportError("getUpdates", "ReadTimeout"))
    poller = poller_on(telegram, Store(), stop)
    poller.step()
    poller.confirm(PATIENCE_S)
    assert "what is done was not confirmed: getUpdates: ReadTimeout" in caplog.text

    def silent(_offset: int | None, _timeout_s: int) -> object:
        assert opened.wait(PATIENCE_S)
        return []

    poller._fetch = silent
    poller.confirm(0.0)

    opened.set()


def test_what_a_long_poll_brings_after_the_stop_is_left_to_telegram() -> None:
    begun, opened, ended = threading.Event(), threading.Event(), threading.Event()
    store = Store()

    def fetch(_offset: int | None, _timeout_s: int) -> object:
        begun.set()
        assert opened.wait(PATIENCE_S)
        return [update(7)]

    poller = Poller(fetch, store.accept, on_end=ended.set)
    poller.start()
    assert begun.wait(PATIENCE_S)

    poller.stop()  # returns though the long poll is under way

    assert not ended.is_set()
    opened.set()
    assert ended.wait(PATIENCE_S)
    assert poller.failure is None
    assert not store.kept


def test_a_trouble_that_comes_with_the_stop_is_no_trouble(caplog: pytest.LogCaptureFixture) -> None:
    stop = RecordedPauses()

    def accept(_updates: Sequence[Update]) -> None:
        stop.set()
        raise RuntimeError("the dispatcher is stopping")

    poller = Poller(FakeTelegram(queue=[update(7)]).fetch, accept, stop=stop)
    poller.run()

    assert poller.failure is None
    assert not caplog.records


def test_what_was_left_is_taken_up_before_the_first_poll(stop: RecordedPauses) -> None:
    events: list[str] = []
    telegram = FakeTelegram(refusal(401, "Unauthorized"))

    def fetch(offset: int | None, timeout_s: int) -> object:
        events.append("poll")
        return telegram.fetch(offset, timeout_s)

    poller = Poller(fetch, Store().accept, first=lambda: events.append("first"), stop=stop)

    poller.run()

    assert events == ["first", "poll"]


@pytest.mark.parametrize("is_stopping", [False, True])
def test_a_failure_before_the_first_poll_ends_polling_and_is_no_failure_in_a_stop(is_stopping: bool) -> None:
    stop = RecordedPauses()
    failure = RuntimeError("the dispatcher is stopping")

    def first() -> None:
        if is_stopping:
            stop.set()
        raise failure

    poller = Poller(FakeTelegram().fetch, Store().accept, first=first, stop=stop)
    poller.run()

    assert poller.failure is (None if is_stopping else failure)


def test_polling_that_dies_of_something_else_is_noticed(caplog: pytest.LogCaptureFixture) -> None:
    ended: list[bool] = []
    poller = Poller(FakeTelegram(SystemExit(3)).fetch, Store().accept, on_end=lambda: ended.append(True))

    poller.run()

    assert ended == [True]
    assert isinstance(poller.failure, SystemExit)
    assert "polling ended" in caplog.text


def test_the_reason_of_an_end_is_one_line_and_a_stop_is_none(stop: RecordedPauses) -> None:
    refused = poller_on(FakeTelegram(refusal(401, "Unauthorized")), Store(), stop)
    refused.run()
    broken = poller_on(FakeTelegram(SystemExit(3)), Store(), stop)
    broken.run()
    stop.set()
    stopped = poller_on(FakeTelegram(), Store(), stop)
    stopped.run()

    assert refused.ended_by == "Telegram refused the bot's token with 401; get a valid one from BotFather"
    assert broken.ended_by == "polling has ended: SystemExit"
    assert stopped.ended_by is None


def test_it_is_seen_how_long_a_poll_does_not_end(stop: RecordedPauses) -> None:
    now, seen = 1000.0, list[float]()

    def fetch(_offset: int | None, _timeout_s: int) -> object:
        nonlocal now
        now += 130.0
        seen.append(poller.asks_for_s)
        return []

    poller = Poller(fetch, Store().accept, stop=stop, clock=lambda: now)
    poller.step()

    assert seen == [130.0]
    assert poller.asks_for_s == 0.0
