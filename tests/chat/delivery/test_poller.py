"""Which updates polling asks for: no batch is confirmed before it is kept, and one that cannot be read is passed."""

import sqlite3
from typing import Any

import pytest
from telebot import apihelper

from chat.delivery.poller import telegram_updates
from tests.chat.delivery.polling import FakeTelegram, HeldBack, RecordedPauses, Store, Taking, poller_on, update


def test_a_kept_batch_moves_the_offset_behind_its_last_update(stop: RecordedPauses) -> None:
    telegram, store = FakeTelegram(queue=[update(7), update(8)]), Store()
    poller = poller_on(telegram, store, stop)

    for _ in range(3):
        poller.step()

    assert store.kept == [7, 8]
    assert telegram.offsets == [None, 9, 9]
    assert not stop.pauses_s


@pytest.mark.parametrize(
    "failure",
    [sqlite3.OperationalError("database is locked"), OSError(28, "No space left on device"), RuntimeError("stopping")],
    ids=repr,
)
def test_a_batch_that_could_not_be_kept_comes_again(
    failure: Exception, stop: RecordedPauses, caplog: pytest.LogCaptureFixture
) -> None:
    telegram, store = FakeTelegram(queue=[update(7)]), Store(failure)
    poller = poller_on(telegram, store, stop)

    for _ in range(3):
        poller.step()

    assert telegram.offsets == [None, None, 8]
    assert store.kept == [7]
    assert stop.pauses_s == [0.5]
    assert caplog.records[0].exc_info


def test_a_crash_between_keeping_and_confirming_loses_nothing(stop: RecordedPauses) -> None:
    telegram, store = FakeTelegram(queue=[update(7)]), Store()
    poller_on(telegram, store, stop).step()  # and the process dies before the next step confirms

    telegram.queue.append(update(8))
    poller_on(telegram, store, stop).step()

    assert store.kept == [7, 7, 8]  # the inbox knows 7 already


def test_where_telegram_keeps_the_updates_the_offset_waits_for_the_slow_one(stop: RecordedPauses) -> None:
    confirming = HeldBack()
    telegram = FakeTelegram(queue=[update(7), update(8)])
    poller = poller_on(telegram, Taking(confirming), stop, confirming=confirming)

    poller.step()
    poller.step()
    confirming.done(8)
    poller.step()
    telegram.queue.append(update(9))
    confirming.done(7)
    poller.step()
    confirming.done(9)
    poller.step()

    assert telegram.offsets == [None, 7, 7, 9, 10]
    assert confirming.waits == 5
    assert not stop.pauses_s


def test_an_unreadable_update_behind_one_that_is_held_is_passed_later(stop: RecordedPauses) -> None:
    confirming = HeldBack()
    telegram = FakeTelegram([update(7)], [{"no": "number"}], [{"no": "number"}], [update(9)])
    poller = poller_on(telegram, Taking(confirming), stop, confirming=confirming)

    poller.step()
    poller.step()
    confirming.done(7)
    poller.step()
    poller.step()

    assert telegram.offsets == [None, 7, 8, 9]


@pytest.mark.parametrize(
    "garbage",
    ["text", None, 7, [], {}, {"update_id": "8"}, {"update_id": True}, {"update_id": -1}, {"update_id": 2**63}],
    ids=repr,
)
def test_an_unreadable_update_is_skipped_with_the_good_ones_around_it(
    garbage: object, stop: RecordedPauses, caplog: pytest.LogCaptureFixture
) -> None:
    telegram, store = FakeTelegram([update(7), garbage, update(9)]), Store()
    poller = poller_on(telegram, store, stop)

    poller.step()
    poller.step()

    assert store.kept == [7, 9]
    assert telegram.offsets == [None, 10]
    assert "updates skipped as unreadable count=1" in caplog.text


def test_an_unreadable_update_at_the_head_of_the_queue_is_passed_by_number(stop: RecordedPauses) -> None:
    telegram, store = FakeTelegram([update(7)], [{"no": "number"}], [update(9)]), Store()
    poller = poller_on(telegram, store, stop)

    for _ in range(3):
        poller.step()

    assert telegram.offsets == [None, 8, 9]
    assert store.kept == [7, 9]
    assert stop.pauses_s == [0.5]


def test_an_unreadable_update_before_any_other_is_asked_for_again_with_pauses(stop: RecordedPauses) -> None:
    telegram, store = FakeTelegram([{}], [{}], [{}, update(9)]), Store()
    poller = poller_on(telegram, store, stop)

    for _ in range(3):
        poller.step()

    assert telegram.offsets == [None, None, None]
    assert stop.pauses_s == [0.5, 1.0]
    assert store.kept == [9]


def test_updates_are_asked_for_by_kind_with_a_connection_that_cannot_hang() -> None:
    asked: list[dict[str, Any]] = []

    class Answer:
        text = "[]"

        def json(self) -> dict[str, Any]:
            return {"ok": True, "result": []}

    def sender(_verb: str, url: str, **arguments: Any) -> Answer:
        asked.append({"url": url, **arguments})
        return Answer()

    before = apihelper.CUSTOM_REQUEST_SENDER
    vars(apihelper)["CUSTOM_REQUEST_SENDER"] = sender
    try:
        fetched = telegram_updates("1:x", ["message", "callback_query"])(7, 10)
    finally:
        vars(apihelper)["CUSTOM_REQUEST_SENDER"] = before

    assert fetched == []
    assert asked == [
        {
            "url": "https://api.telegram.org/bot1:x/getUpdates",
            "params": {"offset": 7, "timeout": 10, "allowed_updates": '["message", "callback_query"]'},
            "files": None,
            "timeout": (5, 15),
            "proxies": None,
        }
    ]
