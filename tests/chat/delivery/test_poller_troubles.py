"""What polling does with each trouble: how long it waits, whom it tells, and when it gives up."""

import logging
import threading

import pytest

from chat.delivery.errors import NotServing, TokenRefused, TransportError
from chat.delivery.poller import Poller, Polling
from tests.chat.delivery.incoming import PATIENCE_S
from tests.chat.delivery.polling import FakeTelegram, RecordedPauses, Store, poller_on, refusal, update


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


def test_health_sees_when_polling_last_heard_something_and_its_last_trouble(stop: RecordedPauses) -> None:
    poller = poller_on(FakeTelegram([], refusal(502, "Bad Gateway"), []), Store(), stop)
    assert poller.polling == Polling()

    poller.step()
    assert poller.polling == Polling(heard_at=1000.0)
    poller.step()
    assert poller.polling == Polling(heard_at=1000.0, trouble="502 Bad Gateway", trouble_at=1000.0, failures=1)
    poller.step()
    assert poller.polling == Polling(heard_at=1000.0, trouble="502 Bad Gateway", trouble_at=1000.0)
