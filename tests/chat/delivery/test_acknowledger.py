"""That a pressed button stops spinning, whatever else goes on."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from telebot.apihelper import ApiTelegramException

from chat.delivery.acknowledger import Acknowledger, CallbackQuery, Toast
from chat.delivery.errors import NotServing, TransportError

PATIENCE_S = 60.0


class FakeAnswers:
    """Takes the answers down; the first one waits at the gate if there is one, or fails if told to."""

    def __init__(self, *failures: Exception, gate: threading.Event | None = None) -> None:
        self.failures = list(failures)
        self.gate = gate
        self.begun = threading.Event()
        self.given: list[tuple[str, str | None, bool | None]] = []
        self.threads: set[str] = set()

    def __call__(self, callback_query_id: str, text: str | None = None, show_alert: bool | None = None) -> object:
        self.threads.add(threading.current_thread().name)
        self.begun.set()
        if self.gate is not None:
            assert self.gate.wait(PATIENCE_S)
        if self.failures:
            raise self.failures.pop(0)
        self.given.append((callback_query_id, text, show_alert))
        return True


def press(number: int) -> CallbackQuery:
    return {"id": str(number), "from": {"id": 42}, "data": "margin:2"}


def answer_all(answers: FakeAnswers, *queries: CallbackQuery, **arguments: Any) -> Acknowledger:
    acknowledger = Acknowledger(answers, **arguments)
    for query in queries:
        acknowledger.submit(query)
    assert acknowledger.stop(PATIENCE_S)
    return acknowledger


def test_a_press_is_answered_without_a_word() -> None:
    answers = FakeAnswers()

    acknowledger = answer_all(answers, press(1))

    assert answers.given == [("1", None, None)]
    assert answers.threads <= {"acknowledger-1", "acknowledger-2"}
    assert (acknowledger.failed, acknowledger.dropped) == (0, 0)


def test_presses_are_answered_side_by_side() -> None:
    gates = {"1": threading.Event(), "2": threading.Event()}
    begun = {"1": threading.Event(), "2": threading.Event()}

    def answer(callback_query_id: str, text: str | None = None, show_alert: bool | None = None) -> None:
        begun[callback_query_id].set()
        assert gates[callback_query_id].wait(PATIENCE_S)

    acknowledger = Acknowledger(answer)
    acknowledger.submit(press(1))
    acknowledger.submit(press(2))

    assert all(event.wait(PATIENCE_S) for event in begun.values())
    assert not acknowledger.idle(0.0)
    for gate in gates.values():
        gate.set()
    assert acknowledger.stop(PATIENCE_S)


def test_a_stranger_is_shown_an_alert() -> None:
    answers = FakeAnswers()

    def toast_for(query: CallbackQuery) -> Toast:
        return Toast(f"This desk is private. Your id: {query['from']['id']}", alert=True)

    answer_all(answers, press(1), toast_for=toast_for)

    assert answers.given == [("1", "This desk is private. Your id: 42", True)]


def test_a_text_is_cut_to_what_telegram_takes() -> None:
    answers = FakeAnswers()

    answer_all(answers, press(1), toast_for=lambda _query: Toast("я" * 300))

    assert answers.given == [("1", "я" * 200, None)]


def test_a_press_can_be_left_to_its_handler() -> None:
    answers = FakeAnswers()

    answer_all(answers, press(1), toast_for=lambda _query: None)

    assert not answers.given


def test_a_press_is_answered_even_when_no_words_are_found_for_it(caplog: pytest.LogCaptureFixture) -> None:
    answers = FakeAnswers()

    def toast_for(query: CallbackQuery) -> Toast:
        return Toast(query["no such key"])

    answer_all(answers, press(1), toast_for=toast_for)

    assert answers.given == [("1", None, None)]
    assert "no words for a callback" in caplog.text


@pytest.mark.parametrize("query", [{}, {"id": 7}, {"id": None}], ids=repr)
def test_a_query_without_a_number_is_passed_over(query: CallbackQuery) -> None:
    answers = FakeAnswers()

    acknowledger = answer_all(answers, query, press(2))

    assert answers.given == [("2", None, None)]
    assert acknowledger.failed == 0


def refusal(description: str) -> ApiTelegramException:
    payload = {"ok": False, "error_code": 400, "description": description}
    return ApiTelegramException("answerCallbackQuery", None, payload)


def test_a_query_that_is_too_old_counts_as_answered(caplog: pytest.LogCaptureFixture) -> None:
    error = refusal("Bad Request: query is too old and response timeout expired or query ID is invalid")

    acknowledger = answer_all(FakeAnswers(error), press(1))

    assert acknowledger.failed == 0
    assert not caplog.records


@pytest.mark.parametrize(
    "make",
    [
        lambda: refusal("Bad Request: MESSAGE_TOO_LONG"),
        lambda: TransportError("answerCallbackQuery", "ReadTimeout"),
        lambda: KeyError("a bug"),
    ],
    ids=["refused", "lost", "bug"],
)
def test_a_failed_answer_is_logged_and_counted_and_the_next_one_given(
    make: Callable[[], Exception], caplog: pytest.LogCaptureFixture
) -> None:
    answers = FakeAnswers(make())

    acknowledger = answer_all(answers, press(1), press(2), threads=1)

    assert acknowledger.failed == 1
    assert answers.given == [("2", None, None)]
    assert "callback not answered" in caplog.text


def test_of_too_many_presses_the_oldest_are_dropped() -> None:
    gate = threading.Event()
    answers = FakeAnswers(gate=gate)
    acknowledger = Acknowledger(answers, threads=1, capacity=3)
    acknowledger.submit(press(0))
    assert answers.begun.wait(PATIENCE_S)

    for number in range(1, 6):
        acknowledger.submit(press(number))
    assert [acknowledger.owes(str(number)) for number in range(6)] == [True, False, False, True, True, True]
    gate.set()

    assert acknowledger.stop(PATIENCE_S)
    assert not any(acknowledger.owes(str(number)) for number in range(6))
    assert [number for number, _, _ in answers.given] == ["0", "3", "4", "5"]
    assert acknowledger.dropped == 2


def test_what_an_earlier_process_owed_is_answered_without_a_word() -> None:
    answers = FakeAnswers()
    acknowledger = Acknowledger(answers, lambda _query: Toast("This button has done its work."))
    acknowledger.stop_spinning("7")

    assert acknowledger.stop(PATIENCE_S)
    assert answers.given == [("7", None, None)]


def test_a_stop_does_not_wait_longer_than_it_may() -> None:
    gate = threading.Event()
    answers = FakeAnswers(gate=gate)
    acknowledger = Acknowledger(answers, threads=1)
    acknowledger.submit(press(0))
    assert answers.begun.wait(PATIENCE_S)

    assert not acknowledger.stop(0.0)

    gate.set()
    assert acknowledger.idle(PATIENCE_S)


def test_the_words_are_chosen_by_whoever_submits_before_the_press_can_have_an_effect() -> None:
    asked_in = list[str]()

    def toast_for(_query: dict[str, Any]) -> Toast:
        asked_in.append(threading.current_thread().name)
        return Toast()

    acknowledger = Acknowledger(lambda *_, **__: None, toast_for)
    acknowledger.submit({"id": "1"})
    assert asked_in == [threading.current_thread().name]
    assert acknowledger.stop(5)


def test_a_press_waits_until_somebody_is_known_to_serve() -> None:
    answers = FakeAnswers(NotServing("answerCallbackQuery"), NotServing("answerCallbackQuery"))
    acknowledger = Acknowledger(answers)
    acknowledger.submit(press(1))

    assert acknowledger.idle(PATIENCE_S)

    assert answers.given == [("1", None, None)]
    assert acknowledger.failed == 0
    assert acknowledger.stop(PATIENCE_S)


def test_a_press_does_not_wait_for_ever_and_not_in_a_stop() -> None:
    moments = iter([0.0, 31.0])
    late = answer_all(FakeAnswers(NotServing("answerCallbackQuery")), press(1), clock=lambda: next(moments))
    assert late.failed == 1
    answers = FakeAnswers(*[NotServing("answerCallbackQuery") for _ in range(100)])
    stopped = answer_all(answers, press(1))
    assert (stopped.failed, answers.given) == (1, [])
