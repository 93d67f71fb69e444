"""What polling does with each trouble, and that no batch is confirmed before it is kept."""

import logging
import sqlite3
import threading
from collections.abc import Sequence
from typing import Any

import pytest
from telebot import apihelper
from telebot.apihelper import ApiTelegramException

from chat.delivery.confirming import Confirming, WhenDone
from chat.delivery.errors import NotServing, TokenRefused, TransportError
from chat.delivery.head_start import LONG_POLL_S
from chat.delivery.poller import CONFIRM_S, Poller, Polling, Update, telegram_updates

PATIENCE_S = 60.0


class RecordedPauses(threading.Event):
    """Pauses that take no time but are written down."""

    def __init__(self) -> None:
        super().__init__()
        self.pauses_s: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.pauses_s.append(timeout or 0.0)
        return self.is_set()


class FakeTelegram:
    """Forgets what an offset confirms, and gives the rest; told outcomes come first, one for each call."""

    def __init__(self, *outcomes: object, queue: Sequence[object] = ()) -> None:
        self.outcomes = list(outcomes)
        self.queue = list(queue)
        self.offsets: list[int | None] = []

    def fetch(self, offset: int | None, timeout_s: int) -> object:
        assert timeout_s in {LONG_POLL_S, CONFIRM_S}
        self.offsets.append(offset)
        if self.outcomes:
            outcome = self.outcomes.pop(0)
            if isinstance(outcome, BaseException):
                raise outcome
            return outcome
        self.queue = [item for item in self.queue if not self._is_confirmed(item, offset)]
        return list(self.queue)

    @staticmethod
    def _is_confirmed(item: object, offset: int | None) -> bool:
        return offset is not None and isinstance(item, dict) and item.get("update_id", offset) < offset


class Store:
    """Keeps what it is handed, unless told to fail first."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.kept: list[int] = []

    def accept(self, updates: Sequence[Update]) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.kept += [update["update_id"] for update in updates]


class Taking(Store):
    """Tells what it keeps as the intake does."""

    def __init__(self, confirming: Confirming) -> None:
        super().__init__()
        self._confirming = confirming

    def accept(self, updates: Sequence[Update]) -> None:
        new = [each for each in updates if not self._confirming.is_known(each["update_id"])]
        super().accept(new)
        self._confirming.taken(each["update_id"] for each in new)


def refusal(error_code: int, description: str = "no", **more: Any) -> ApiTelegramException:
    payload = {"ok": False, "error_code": error_code, "description": description, **more}
    return ApiTelegramException("getUpdates", None, payload)


def update(number: int) -> Update:
    return {"update_id": number, "message": {"text": "1000", "chat": {"id": 42}}}


@pytest.fixture
def stop() -> RecordedPauses:
    return RecordedPauses()


def poller_on(
    telegram: FakeTelegram, store: Store, stop: threading.Event, confirming: Confirming | None = None
) -> Poller:
    return Poller(
        telegram.fetch, store.accept, confirming=confirming, stop=stop, clock=lambda: 1000.0, jitter=lambda: 1.0
    )


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


def test_a_batch_waits_for_a_database_that_is_away_without_growing_pauses_and_in_one_line(
    stop: RecordedPauses, caplog: pytest.LogCaptureFixture
) -> None:
    away = [KeyError("away") for _ in range(5)]
    telegram, store = FakeTelegram(queue=[update(7)]), Store(*away)
    poller = Poller(
        telegram.fetch,
        store.accept,
        stop=stop,
        jitter=lambda: 1.0,
        comes_back=lambda error: isinstance(error, KeyError),
    )

    for _ in range(6):
        poller.step()

    assert store.kept == [7]
    assert stop.pauses_s == [0.5] * 5
    told = [record for record in caplog.records if record.levelname == "WARNING"]
    assert [(record.getMessage(), record.exc_info) for record in told] == [("polling pauses: 'away' pause_s=0.5", None)]


def test_pauses_do_not_grow_while_nobody_knows_who_serves(stop: RecordedPauses) -> None:
    telegram, store = FakeTelegram(*[NotServing("getUpdates") for _ in range(6)], queue=[update(7)]), Store()
    poller = poller_on(telegram, store, stop)

    for _ in range(7):
        poller.step()

    assert store.kept == [7]
    assert stop.pauses_s == [0.5] * 6


def test_a_crash_between_keeping_and_confirming_loses_nothing(stop: RecordedPauses) -> None:
    telegram, store = FakeTelegram(queue=[update(7)]), Store()
    poller_on(telegram, store, stop).step()  # and the process dies before the next step confirms

    telegram.queue.append(update(8))
    poller_on(telegram, store, stop).step()

    assert store.kept == [7, 7, 8]  # the inbox knows 7 already


@pytest.mark.parametrize("error_code", [401, 404])
def test_a_refused_token_ends_polling_and_is_there_for_the_main_thread(error_code: int) -> None:
    ended = threading.Event()
    telegram = FakeTelegram(refusal(error_code, "Unauthorized"))
    poller = Poller(telegram.fetch, Store().accept, on_end=ended.set)

    poller.start()

    assert ended.wait(PATIENCE_S)
    assert isinstance(poller.failure, TokenRefused)
    assert poller.failure.error_code == error_code
    assert len(telegram.offsets) == 1


@pytest.mark.parametrize(
    ("trouble", "pause_s", "told"),
    [
        (refusal(409, "Conflict: terminated by other getUpdates request"), 2.0, "409 Conflict: terminated by other"),
        (refusal(429, "Too Many Requests", parameters={"retry_after": 37}), 37.0, "429 Too Many Requests"),
        (refusal(429, "Too Many Requests"), 0.5, "429 Too Many Requests"),
        (refusal(502, "Bad Gateway"), 0.5, "502 Bad Gateway"),
        (TransportError("getUpdates", "ConnectTimeout", unsent=True), 0.5, "getUpdates: ConnectTimeout"),
        (TransportError("getUpdates", "HTTP 502 with an unreadable body"), 0.5, "getUpdates: HTTP 502"),
        (KeyError("result"), 0.5, "KeyError"),
        ({}, 0.5, "getUpdates: dict instead of a list"),
        (None, 0.5, "getUpdates: NoneType instead of a list"),
    ],
)
def test_each_trouble_has_its_pause_and_the_same_is_asked_again(
    trouble: object, pause_s: float, told: str, stop: RecordedPauses
) -> None:
    telegram, store = FakeTelegram(trouble, queue=[update(7)]), Store()
    poller = poller_on(telegram, store, stop)

    poller.step()
    assert (poller.polling.failures, poller.polling.trouble_at) == (1, 1000.0)
    assert poller.polling.trouble is not None
    assert poller.polling.trouble.startswith(told)
    poller.step()

    assert stop.pauses_s == [pause_s]
    assert telegram.offsets == [None, None]
    assert store.kept == [7]


def test_a_rival_is_told_of_until_the_bot_polls_alone_again(stop: RecordedPauses) -> None:
    conflict = refusal(409, "Conflict: terminated by other getUpdates request")
    poller = poller_on(FakeTelegram(*[conflict] * 5, refusal(502, "Bad Gateway"), conflict, []), Store(), stop)
    rivals: list[bool] = []
    seen: list[None] = []
    poller._rival_seen = lambda: seen.append(None)

    for _ in range(8):
        poller.step()
        rivals.append(poller.polling.has_rival)

    assert rivals == [True, True, True, True, True, False, True, False]
    assert len(seen) == 6
    assert stop.pauses_s[:5] == [2.0, 2.0, 2.0, 4.0, 8.0]


class HeldBack(WhenDone):
    """Waits for nothing, and writes down that it was asked to."""

    def __init__(self) -> None:
        super().__init__()
        self.waits = 0

    def wait(self, _timeout_s: float) -> None:
        self.waits += 1


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


def test_pauses_grow_to_ten_seconds_and_start_anew_after_a_success(stop: RecordedPauses) -> None:
    lost = TransportError("getUpdates", "ConnectionError")
    poller = poller_on(FakeTelegram(*[lost] * 7, [], lost), Store(), stop)

    for _ in range(9):
        poller.step()

    assert stop.pauses_s == [0.5, 1.0, 2.0, 4.0, 8.0, 10.0, 10.0, 0.5]


def test_jitter_takes_up_to_half_of_a_pause_but_leaves_the_least(stop: RecordedPauses) -> None:
    lost = TransportError("getUpdates", "ConnectionError")
    poller = Poller(FakeTelegram(*[lost] * 7).fetch, Store().accept, stop=stop, jitter=lambda: 0.0)

    for _ in range(7):
        poller.step()

    assert stop.pauses_s == [0.5, 0.5, 1.0, 2.0, 4.0, 5.0, 5.0]


def test_an_hour_without_network_is_one_line_and_its_end_another(
    stop: RecordedPauses, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "chat.delivery.poller")
    lost = TransportError("getUpdates", "ConnectionError")
    poller = poller_on(FakeTelegram(*[lost] * 400, []), Store(), stop)

    for _ in range(401):
        poller.step()

    assert [record.getMessage() for record in caplog.records] == [
        "polling pauses: getUpdates: ConnectionError pause_s=0.5",
        "polling is well again failures=400",
    ]


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


def test_health_sees_when_polling_last_heard_something_and_its_last_trouble(stop: RecordedPauses) -> None:
    poller = poller_on(FakeTelegram([], refusal(502, "Bad Gateway"), []), Store(), stop)
    assert poller.polling == Polling()

    poller.step()
    assert poller.polling == Polling(heard_at=1000.0)
    poller.step()
    assert poller.polling == Polling(heard_at=1000.0, trouble="502 Bad Gateway", trouble_at=1000.0, failures=1)
    poller.step()
    assert poller.polling == Polling(heard_at=1000.0, trouble="502 Bad Gateway", trouble_at=1000.0)


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
