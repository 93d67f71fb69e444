"""That an inline query is answered at once, the newest of each person only, or not at all."""

import threading
from collections.abc import Callable, Hashable
from typing import Any

import pytest

from chat.delivery.dispatcher import Dispatcher
from chat.delivery.passing import LASTS_S, Counts, Passing

ANNA, BORIS = 42, 43


class Line:
    """Jobs that wait until they are run, on a clock that tests move."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.jobs: list[tuple[Hashable, Callable[[], None]]] = []
        self.answered: list[str] = []
        self.passing = Passing(lambda query: self.answered.append(query["query"]), self._submit, clock=lambda: self.now)

    def type(self, text: str, user_id: int = ANNA) -> None:
        self.passing.take({"id": text, "from": {"id": user_id}, "query": text})

    def run(self) -> None:
        jobs, self.jobs = self.jobs, []
        for _, job in jobs:
            job()

    def _submit(self, key: Hashable, job: Callable[[], None], **_: Any) -> None:
        self.jobs.append((key, job))


@pytest.fixture
def line() -> Line:
    return Line()


def test_of_what_one_person_types_only_the_newest_is_answered(line: Line) -> None:
    for text in ("1", "10", "100", "100к"):
        line.type(text)
    line.type("50", BORIS)
    assert [key for key, _ in line.jobs] == [("inline", ANNA), ("inline", BORIS)]
    line.run()
    assert line.answered == ["100к", "50"]
    assert line.passing.counts == Counts(came=5, overtaken=3)


def test_the_next_one_has_its_turn_after_an_answer(line: Line) -> None:
    line.type("1")
    line.run()
    line.type("10")
    line.run()
    assert line.answered == ["1", "10"]


def test_one_that_waited_for_too_long_is_worth_nothing(line: Line) -> None:
    line.type("1")
    line.now += LASTS_S + 0.1
    line.type("2", BORIS)
    line.run()
    assert line.answered == ["2"]
    assert line.passing.counts == Counts(came=2, late=1)


@pytest.mark.parametrize("query", [{}, {"from": None}, {"from": {"id": "42"}}, {"from": {}}])
def test_one_without_a_sender_is_left_alone(line: Line, query: dict[str, Any]) -> None:
    line.passing.take(query)
    assert not line.jobs


def test_one_that_comes_while_another_is_answered_is_answered_after_it() -> None:
    dispatcher = Dispatcher(workers=2)
    at_work, go_on, answered = threading.Event(), threading.Event(), list[str]()

    def answer(query: dict[str, Any]) -> None:
        at_work.set()
        assert go_on.wait(30)
        answered.append(query["query"])

    passing = Passing(answer, dispatcher.submit)
    passing.take({"from": {"id": ANNA}, "query": "1"})
    assert at_work.wait(30)
    for text in ("2", "3"):
        passing.take({"from": {"id": ANNA}, "query": text})
    go_on.set()
    assert dispatcher.idle(20)
    assert answered == ["1", "3"]
    dispatcher.stop(20)


def test_a_failure_costs_nobody_the_next_answer() -> None:
    dispatcher = Dispatcher(workers=1)
    answered: list[str] = []

    def answer(query: dict[str, Any]) -> None:
        if query["query"] == "bad":
            raise ValueError
        answered.append(query["query"])

    passing = Passing(answer, dispatcher.submit)
    for text in ("bad", "good"):
        passing.take({"from": {"id": ANNA}, "query": text})
        assert dispatcher.idle(20)
    assert answered == ["good"]
    dispatcher.stop(20)
