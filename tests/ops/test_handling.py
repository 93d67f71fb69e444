"""Around an update, and around a call to Telegram."""

import logging
from typing import Any

import pytest

from ops.about import current
from ops.calls import measured
from ops.handling import PEOPLE, Handling, about_update
from ops.meters import new_meters
from tests.clocks import Clock

MESSAGE = {"update_id": 7, "message": {"chat": {"id": -100}, "from": {"id": 1001}}}
PRESS = {"update_id": 8, "callback_query": {"from": {"id": 1002}, "message": {"chat": {"id": 5}}}}


class Postponed(BaseException):
    pass


@pytest.mark.parametrize(
    ("update", "told"),
    [
        (MESSAGE, ("message", -100, 1001)),
        (PRESS, ("callback_query", 5, 1002)),
        ({"update_id": 9, "inline_query": {"from": {"id": 3}}}, ("inline_query", None, 3)),
        ({"update_id": 9}, ("unknown", None, None)),
        ({"update_id": 9, "poll": {"from": "x", "message": []}}, ("poll", None, None)),
    ],
)
def test_an_update_is_of_a_kind_a_chat_and_a_sender(update: dict[str, Any], told: tuple[object, ...]) -> None:
    assert about_update(update) == told


def test_a_handled_update_is_a_line_with_its_time_and_counts(caplog: pytest.LogCaptureFixture) -> None:
    clock, meters, known = Clock(), new_meters(), list[object]()
    handling = Handling(meters, is_operator=lambda user: user == 1001, clock=clock)

    def handle(update_id: int, update: dict[str, Any]) -> None:
        known.append(dict(current()))
        clock.now += 0.0123

    with caplog.at_level(logging.INFO):
        handling.around(handle)(7, MESSAGE)

    assert known == [{"update_id": 7, "chat": -100, "operator_id": 1001}]
    assert [record.getMessage() for record in caplog.records] == ["update handled kind=message duration_ms=12.3"]
    assert meters.updates.read() == {("message", "done"): 1}
    assert meters.handling.read()["message",].total_s == pytest.approx(0.0123)
    assert current() == {}


@pytest.mark.parametrize(
    ("error", "result"), [(KeyError("x"), "failed"), (Postponed(), "postponed")], ids=["failed", "postponed"]
)
def test_one_that_did_not_end_well_is_counted_as_such_and_its_error_goes_on(
    error: BaseException, result: str, caplog: pytest.LogCaptureFixture
) -> None:
    meters = new_meters()

    def handle(update_id: int, update: dict[str, Any]) -> None:
        raise error

    with caplog.at_level(logging.INFO), pytest.raises(type(error)):
        Handling(meters, is_operator=lambda _: True).around(handle)(8, PRESS)

    assert meters.updates.read() == {("callback_query", result): 1}
    assert caplog.records == []


def test_without_meters_it_only_logs(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        Handling(None, is_operator=lambda _: True).around(lambda *_: None)(7, MESSAGE)

    assert len(caplog.records) == 1


def test_operators_are_active_for_five_minutes_and_strangers_never() -> None:
    clock = Clock()
    handling = Handling(None, is_operator=lambda user: user == 1001, clock=clock)
    handle = handling.around(lambda *_: None)
    handle(7, MESSAGE)
    handle(8, PRESS)

    assert handling.active_operators() == 1
    clock.now += 301
    assert handling.active_operators() == 0


def test_so_many_people_are_remembered_and_no_more() -> None:
    handling = Handling(None, is_operator=lambda _: True)
    handle = handling.around(lambda *_: None)
    for number in range(PEOPLE + 5):
        handle(number, {"message": {"from": {"id": number}}})

    assert handling.active_operators() == PEOPLE


class Answer:
    def __init__(self, error_code: int | None) -> None:
        self.error_code = error_code


def test_a_call_to_telegram_is_counted_by_method_and_result() -> None:
    clock, meters = Clock(), new_meters()
    outcomes: list[Answer | Exception] = [Answer(None), Answer(429), TimeoutError()]

    def send(verb: str, url: str, **more: Any) -> Answer:
        clock.now += 0.5
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    call = measured(send, meters, clock=clock)
    url = "https://host/bot1:secret/sendMessage"
    call("post", url, params={})
    call("post", url, params={})
    with pytest.raises(TimeoutError):
        call("post", url)

    assert meters.telegram_calls.read() == {
        ("sendMessage", "ok"): 1,
        ("sendMessage", "429"): 1,
        ("sendMessage", "unanswered"): 1,
    }
    assert meters.telegram_times.read()["sendMessage",].total_s == 1.5


def test_without_meters_the_call_is_the_call_itself() -> None:
    def send(verb: str, url: str) -> Answer:
        return Answer(None)

    assert measured(send, None) is send
