"""What becomes of an update while the database is away: it waits, and is neither lost nor handled twice."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from telebot import TeleBot

from calc.errors import NotNow
from chat.delivery.dispatcher import Postponed
from chat.delivery.intake import Unkept
from chat.updates import NOT_NOW_S, Addressee, Updates

MESSAGE = {
    "update_id": 7,
    "message": {
        "message_id": 1,
        "date": 0,
        "chat": {"id": 42, "type": "private"},
        "from": {"id": 42, "is_bot": False, "first_name": "Анна"},
        "text": "1000",
    },
}


class Desk:
    """A handler, a database that takes the end of an update, and one who is told."""

    def __init__(self) -> None:
        self.handled = 0
        self.kept: list[int] = []
        self.presses: list[str] = []
        self.owed = {"q1"}
        self.troubles: dict[str, Exception] = {}
        bot = TeleBot("1:x", threaded=False, validate_token=False)
        self.apologies: list[object] = []
        self.updates = Updates(
            bot,
            self._handle,
            collect=self._collect,
            finish=self._finish,
            is_done=self._is_done,
            language=lambda _user_id, _code: "ru",
            owes=lambda press: press in self.owed,
        )
        bot.send_message = lambda *said, **more: self.apologies.append(said)  # type: ignore[method-assign, assignment]

    def apply(self) -> None:
        self._meet("apply")

    def write(self, _connection: object) -> None:
        """Only `apply` is used here."""

    @contextmanager
    def _collect(self) -> Iterator["Desk"]:
        yield self

    def _handle(self, _update: Any) -> None:
        self.handled += 1
        self._meet("handle")

    def _finish(self, _changes: object, update_id: int, press: str) -> None:
        self._meet("finish")
        self.kept.append(update_id)
        self.presses.append(press)
        self._meet("told")

    def _is_done(self, update_id: int) -> bool:
        self._meet("is_done")
        return update_id in self.kept

    def _meet(self, what: str) -> None:
        if (trouble := self.troubles.pop(what, None)) is not None:
            raise trouble


@pytest.fixture
def desk() -> Desk:
    return Desk()


def put_off(work: Callable[[], object]) -> None:
    with pytest.raises(Postponed) as caught:
        work()
    assert caught.value.wait_s == NOT_NOW_S


@pytest.mark.parametrize("where", ["handle", "finish"])
def test_an_update_that_met_a_database_that_is_away_is_handled_again_and_nobody_is_told(desk: Desk, where: str) -> None:
    desk.troubles[where] = NotNow("the database does not answer")

    put_off(lambda: desk.updates.handle(7, MESSAGE))
    desk.updates.handle(7, MESSAGE)

    assert (desk.handled, desk.kept, desk.apologies) == (2, [7], [])


@pytest.mark.parametrize(
    ("query", "press"), [({"id": "q1"}, "q1"), ({"id": "q2"}, ""), ({}, ""), ("x", ""), (None, "")]
)
def test_the_end_of_a_press_that_is_not_answered_yet_is_told_which_one_it_was(
    desk: Desk, query: object, press: str
) -> None:
    desk.updates.handle(7, {"update_id": 7, "callback_query": query})

    assert desk.presses == [press]


def test_an_end_that_was_written_and_not_heard_of_is_not_written_twice(desk: Desk) -> None:
    """The server broke the connection after it had committed, and before it said so."""
    desk.troubles["told"] = NotNow("the database does not answer")

    put_off(lambda: desk.updates.handle(7, MESSAGE))
    desk.troubles["is_done"] = NotNow("the database does not answer")
    put_off(lambda: desk.updates.handle(7, MESSAGE))
    desk.updates.handle(7, MESSAGE)

    assert (desk.handled, desk.kept) == (1, [7])


def test_another_trouble_of_the_database_is_told_to_who_counts_the_tries(desk: Desk) -> None:
    desk.troubles["finish"] = OSError("disk")

    with pytest.raises(Unkept):
        desk.updates.handle(7, MESSAGE)


def test_a_job_waits_for_the_database_too(desk: Desk) -> None:
    to = Addressee(42, None, "ru")
    done: list[str] = []
    desk.troubles["apply"] = NotNow("the database does not answer")

    put_off(lambda: desk.updates.run(lambda: done.append("once"), to))
    desk.updates.run(lambda: done.append("again"), to)

    assert done == ["once", "again"]
    assert desk.updates.snapshot() == {"put off": 1}
