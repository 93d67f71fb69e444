"""Edits that may not go out at once: merged, kept, and never after a newer one."""

import json
from collections.abc import Callable, Hashable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from chat.delivery.answers import Answer
from chat.delivery.confirming import LONGEST_HELD_S
from chat.delivery.dispatcher import GivenUp, Postponed
from chat.delivery.effects import Effects
from chat.delivery.errors import TransportError
from chat.delivery.late_edits import LateEdits, Owner, card_of
from storage.database import Database, open_database
from storage.late_edits import KeptEdits

ANNA, CARD, ANEW = 42, 7, 9
OWNER = Owner(ANNA)
GONE = "Bad Request: message to edit not found"


def refusal(description: str) -> Answer:
    return Answer(400, "", "", {"ok": False, "error_code": 400, "description": description})


class Shelf(KeptEdits):
    """The database, and something that happens just before an edit is kept in it."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.before: Callable[[], object] = lambda: None

    def keep(self, place: int, message: int, *, version: int, body: str) -> None:
        before, self.before = self.before, lambda: None
        before()
        super().keep(place, message, version=version, body=body)


class Lane:
    """Telegram that can hold an edit back, and a dispatcher that runs jobs when it is told to."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.held = False
        self.wait_s = 10.0
        self.outcome: Answer | BaseException | None = None
        self.meanwhile: Callable[[], object] = lambda: None
        self.shown: list[dict[str, Any]] = []
        self.jobs: list[Callable[[], None]] = []
        self.give_up: Callable[[], object] = lambda: None
        self.stopping = False
        self.sent: dict[str, dict[str, Any]] = {}
        self.sending: Answer | BaseException | None = None
        self.moves: list[tuple[int, Owner, int, int]] = []
        self.moving: Callable[[], object] = lambda: None
        self.keys: list[Hashable] = []
        self.start()

    def start(self) -> None:
        self.jobs.clear()
        self.effects = Effects()
        self.shelf = Shelf(self.database)
        self.edits = LateEdits(
            self._send,
            self.shelf,
            self.effects,
            url=lambda method: f"x/{method}",
            submit=self._submit,
            send_anew=self._send_anew,
            moved=self._moved,
        )

    def edit(self, text: str, **more: Any) -> Answer:
        return self.call("editMessageText", text=text, **more)

    def show(self, text: str, *, owner: Owner = OWNER) -> Answer:
        with card_of(owner):
            return self.edit(text, reply_markup="{...}", parse_mode="HTML")

    def call(self, method: str, *, origin: str | None = "update 7", **params: Any) -> Answer:
        params = {"chat_id": ANNA, "message_id": CARD} | params
        if origin is None:
            return self.edits("post", f"x/{method}", params=params)
        with self.effects.of(origin):
            return self.edits("post", f"x/{method}", params=params)

    def release(self) -> None:
        self.held = False
        while self.jobs:
            self.jobs.pop(0)()

    @property
    def texts(self) -> list[str]:
        return [params["text"] for params in self.shown]

    def _send_anew(self, origin: str, params: dict[str, Any]) -> Answer:
        if isinstance(self.sending, BaseException):
            raise self.sending
        if self.sending is not None:
            return self.sending
        self.sent.setdefault(origin, params)
        return Answer(200, "OK", "", {"ok": True, "result": {"message_id": ANEW}})

    def _moved(self, *move: Any) -> None:
        moving, self.moving = self.moving, lambda: None
        moving()
        self.moves.append(move)

    def _submit(self, key: Hashable, job: Callable[[], None], *, on_given_up: Callable[[str], object] = str) -> None:
        if self.stopping:
            raise RuntimeError("stopping")
        self.keys.append(key)
        self.jobs.append(job)
        self.give_up = lambda: on_given_up("a1b2c3")

    def _send(self, _verb: str, url: str, *, params: dict[str, Any]) -> Answer:
        if self.held:
            raise Postponed(self.wait_s)
        if isinstance(self.outcome, BaseException):
            raise self.outcome
        self.shown.append({"method": url.removeprefix("x/")} | params)
        meanwhile, self.meanwhile = self.meanwhile, lambda: None
        meanwhile()
        return self.outcome or Answer(200, "OK", "", {"ok": True, "result": {"message_id": CARD}})


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = open_database(f"sqlite:///{tmp_path}/desk.db")
    yield database
    database.close()


@pytest.fixture
def lane(database: Database) -> Lane:
    return Lane(database)


def kept(database: Database) -> list[str]:
    return [json.loads(body)[1]["text"] for *_, body in KeptEdits(database).all()]


def test_an_edit_that_may_go_out_does_so_at_once(lane: Lane, database: Database) -> None:
    answer = lane.edit("margin?")

    assert answer.payload["result"] == {"message_id": CARD}
    assert lane.texts == ["margin?"]
    assert not lane.jobs
    assert kept(database) == []


def test_one_that_nobody_waits_for_is_not_kept_and_its_job_begins_anew(lane: Lane, database: Database) -> None:
    lane.held = True

    with pytest.raises(Postponed):
        lane.call("editMessageText", origin="notice 7", text="14 min left")
    assert kept(database) == []
    assert not lane.jobs


def test_one_that_nobody_waits_for_takes_the_place_of_one_that_is_late(lane: Lane) -> None:
    lane.held = True
    lane.edit("accepted?")
    lane.call("editMessageText", origin="notice 7", text="accepted")
    lane.release()

    assert lane.texts == ["accepted"]


def test_one_that_may_not_is_kept_and_goes_out_later(lane: Lane, database: Database) -> None:
    lane.held = True

    assert lane.edit("margin?").payload == {"ok": True, "result": True}
    assert lane.texts == []
    assert kept(database) == ["margin?"]
    assert lane.edits.waiting == 1

    lane.release()
    assert lane.edits.waiting == 0
    assert lane.texts == ["margin?"]
    assert kept(database) == []


def test_edits_that_pile_up_are_merged_into_the_last(lane: Lane, database: Database) -> None:
    lane.held = True
    for text in ("margin?", "amount?", "result"):
        lane.edit(text)
    assert kept(database) == ["result"]

    lane.release()

    assert lane.texts == ["result"]
    assert (lane.edits.late, lane.edits.merged) == (3, 2)


def test_while_one_is_late_a_newer_one_does_not_overtake_it_and_be_overwritten(lane: Lane) -> None:
    lane.held = True
    lane.edit("margin?")
    lane.held = False
    lane.edit("amount?")
    assert lane.texts == []

    lane.release()

    assert lane.texts == ["amount?"]


def test_a_screen_that_changes_while_a_late_edit_is_under_way_comes_after_it(lane: Lane, database: Database) -> None:
    lane.held = True
    lane.edit("margin?")
    lane.meanwhile = lambda: lane.edit("amount?")

    lane.release()

    assert lane.texts == ["margin?", "amount?"]
    assert kept(database) == []
    lane.edit("result")
    assert lane.texts[-1] == "result"


def test_buttons_taken_away_leave_the_late_text(lane: Lane) -> None:
    lane.held = True
    lane.edit("result", reply_markup="{...}")
    lane.call("editMessageReplyMarkup")

    lane.release()

    assert [(params["text"], params["reply_markup"]) for params in lane.shown] == [("result", None)]


def test_a_text_takes_the_place_of_buttons_taken_away(lane: Lane) -> None:
    lane.held = True
    lane.call("editMessageReplyMarkup")
    lane.edit("result", reply_markup="{...}")

    lane.release()

    assert [(params["text"], params["reply_markup"]) for params in lane.shown] == [("result", "{...}")]


def test_other_messages_are_not_concerned(lane: Lane) -> None:
    lane.held = True
    lane.edit("margin?")
    lane.held = False
    lane.edit("amount?", message_id=CARD + 1)

    assert lane.texts == ["amount?"]


def test_the_updates_that_it_shows_are_under_way_until_it_is_out(lane: Lane) -> None:
    lane.held = True
    lane.edit("margin?")
    lane.edit("amount?", origin="update 8")
    lane.edit("later", origin="job a1b2c3")
    assert lane.edits.updates == {7, 8}

    lane.release()

    assert lane.edits.updates == set()


def test_in_a_chat_that_goes_on_an_update_is_under_way_no_longer_than_until_it_is_shown(lane: Lane) -> None:
    """Telegram shows a hundred updates: those of one chat that never rests must not be all."""
    lane.held = True
    lane.edit("screen 7")
    lane.held = False
    for number in range(8, 12):
        lane.meanwhile = partial(lane.edit, f"screen {number}", origin=f"update {number}")
        lane.jobs.pop(0)()
        assert lane.edits.updates == {number}

    lane.release()

    assert lane.texts == [f"screen {number}" for number in range(7, 12)]
    assert lane.edits.updates == set()


def test_an_update_whose_edit_waits_for_long_is_not_waited_for(lane: Lane) -> None:
    lane.held, lane.wait_s = True, LONGEST_HELD_S + 1
    lane.edit("margin?")
    lane.edit("amount?", origin="update 8")
    assert lane.edits.updates == set()

    lane.release()

    assert lane.texts == ["amount?"]


def test_nor_is_one_whose_edit_has_to_wait_for_long_in_the_end(lane: Lane) -> None:
    lane.held = True
    lane.edit("margin?")
    lane.wait_s = LONGEST_HELD_S + 1
    with pytest.raises(Postponed):
        lane.jobs[0]()
    assert lane.edits.updates == set()

    lane.held = False
    lane.meanwhile = lambda: lane.edit("amount?", origin="update 8")
    lane.jobs.pop(0)()
    lane.edit("result", origin="update 9")

    assert lane.edits.updates == {9}, "8 came while all of them were left to the database"


def test_nor_is_a_card_that_is_tried_for_ever(lane: Lane) -> None:
    lane.held = True
    lane.show("result")
    lane.held, lane.outcome = False, TransportError("editMessageText", "given up after an hour")

    with pytest.raises(Postponed):
        lane.jobs[0]()

    assert lane.edits.updates == set()
    assert lane.edits.waiting == 1


def test_after_a_restart_it_goes_out(lane: Lane, database: Database) -> None:
    lane.held = True
    lane.edit("margin?")
    lane.edit("amount?")
    lane.start()

    assert lane.edits.resume() == 1
    lane.edit("result")
    lane.release()

    assert lane.texts == ["result"]
    assert kept(database) == []


def test_still_held_it_is_postponed_again(lane: Lane) -> None:
    lane.held = True
    lane.edit("margin?")

    with pytest.raises(Postponed):
        lane.jobs[0]()
    lane.edit("amount?")
    lane.release()

    assert lane.texts == ["amount?"]


@pytest.mark.parametrize(
    ("outcome", "dropped"),
    [
        (refusal("Bad Request: message to edit not found"), 1),
        (refusal("Forbidden: bot was blocked by the user"), 1),
        (TransportError("editMessageText", "given up"), 1),
        (refusal("Bad Request: message is not modified"), 0),
    ],
    ids=repr,
)
def test_one_that_cannot_be_made_ends_calmly(
    lane: Lane, database: Database, outcome: Answer | Exception, dropped: int
) -> None:
    lane.held = True
    lane.edit("margin?")
    lane.outcome = outcome

    lane.release()

    assert lane.edits.dropped == dropped
    assert kept(database) == []


def test_one_that_fails_is_tried_again_and_leaves_nothing_for_the_next_start(lane: Lane, database: Database) -> None:
    lane.held = True
    lane.edit("margin?")
    lane.held, lane.outcome = False, OSError("disk I/O error")
    with pytest.raises(Postponed):
        lane.jobs[0]()
    lane.outcome = None

    lane.edit("amount?")
    lane.release()

    assert lane.texts == ["amount?"]
    assert lane.edits.failed == 1
    assert kept(database) == [], "it would come over a newer screen after a restart"


@pytest.mark.parametrize("failure", [OSError("disk I/O error"), GivenUp()], ids=repr)
def test_one_that_cannot_be_kept_holds_no_later_edit_back(lane: Lane, failure: BaseException) -> None:
    def fail() -> None:
        raise failure

    lane.held, lane.shelf.before = True, fail
    with pytest.raises(type(failure)):
        lane.edit("margin?")
    lane.held = False

    lane.edit("amount?")

    assert lane.texts == ["amount?"]


def test_one_that_goes_out_while_the_next_is_being_kept_leaves_nothing_behind(lane: Lane, database: Database) -> None:
    lane.held = True
    lane.edit("margin?")
    lane.shelf.before = lane.release

    lane.edit("amount?")
    lane.release()

    assert lane.texts == ["margin?", "amount?"]
    assert kept(database) == [], "it would come over a newer screen after a restart"


def test_when_its_job_is_given_up_another_sends_it(lane: Lane, database: Database) -> None:
    lane.held = True
    lane.edit("margin?")
    lane.held, lane.outcome = False, GivenUp()
    with pytest.raises(GivenUp):
        lane.jobs.pop()()
    lane.outcome = None

    lane.give_up()
    lane.release()
    lane.edit("amount?")

    assert lane.texts == ["margin?", "amount?"]
    assert kept(database) == []


def test_one_that_is_late_during_a_stop_goes_out_after_the_start(lane: Lane) -> None:
    lane.held = lane.stopping = True
    lane.edit("result")
    lane.stopping = False
    lane.start()
    lane.edits.resume()

    lane.release()

    assert lane.texts == ["result"]


def test_a_card_that_is_gone_by_then_is_sent_anew_in_the_turn_of_its_chat(lane: Lane, database: Database) -> None:
    lane.held = True
    lane.show("result", owner=Owner(ANNA, thread_id=5))
    lane.outcome = refusal(GONE)

    lane.release()

    [params] = lane.sent.values()
    expected = {"text": "result", "parse_mode": "HTML", "reply_markup": "{...}", "message_thread_id": 5}
    assert params == {"chat_id": ANNA} | expected
    assert lane.moves == [(ANNA, Owner(ANNA, 5), CARD, ANEW)]
    assert lane.keys == [("late edit", ANNA, CARD), ANNA]
    assert (lane.edits.anew, lane.edits.dropped) == (1, 0)
    assert kept(database) == []


def test_after_a_restart_too_it_is_sent_anew_once(lane: Lane, database: Database) -> None:
    """The process is killed when the new card is out and nobody knows of it yet."""
    lane.held = True
    lane.show("result")
    lane.held, lane.outcome, lane.moving = False, refusal(GONE), lambda: pytest.fail("killed")
    lane.jobs.pop(0)()
    with pytest.raises(pytest.fail.Exception):
        lane.jobs.pop(0)()
    lane.start()

    assert lane.edits.resume() == 1
    lane.release()

    assert [params["text"] for params in lane.sent.values()] == ["result"]
    assert lane.moves == [(ANNA, OWNER, CARD, ANEW)]
    assert kept(database) == []


def test_of_a_card_that_is_gone_the_last_screen_is_sent(lane: Lane, database: Database) -> None:
    lane.held = True
    lane.show("amount?")
    lane.held, lane.outcome = False, refusal(GONE)
    lane.jobs.pop(0)()
    lane.show("result")

    lane.release()

    assert [params["text"] for params in lane.sent.values()] == ["result"]
    assert kept(database) == []


def test_a_result_that_lost_its_buttons_is_sent_anew_without_them(lane: Lane) -> None:
    lane.held = True
    lane.show("result")
    lane.call("editMessageReplyMarkup")
    lane.outcome = refusal(GONE)

    lane.release()

    assert [(params["text"], "reply_markup" in params) for params in lane.sent.values()] == [("result", False)]


@pytest.mark.parametrize("put_away", [False, True])
def test_what_nobody_misses_is_not_sent_anew(lane: Lane, database: Database, *, put_away: bool) -> None:
    lane.held = True
    if put_away:
        lane.show("result")
    lane.edit("This card is closed")
    lane.outcome = refusal(GONE)

    lane.release()

    assert (lane.sent, lane.edits.dropped) == ({}, 1)
    assert kept(database) == []


@pytest.mark.parametrize("sending", [refusal("Bad Request: chat not found"), OSError("disk I/O error")], ids=repr)
def test_a_card_that_cannot_be_sent_anew_ends_calmly_or_is_tried_again(
    lane: Lane, database: Database, sending: Answer | Exception
) -> None:
    lane.held = True
    lane.show("result")
    lane.held, lane.outcome, lane.sending = False, refusal(GONE), sending
    lane.jobs.pop(0)()
    if isinstance(sending, Answer):
        lane.jobs.pop(0)()
    else:
        with pytest.raises(Postponed):
            lane.jobs[0]()
        lane.sending = None
        lane.jobs.pop(0)()

    assert (lane.edits.anew, lane.edits.dropped) == ((0, 1) if isinstance(sending, Answer) else (1, 0))
    assert kept(database) == []


@pytest.mark.parametrize(
    "trouble",
    [
        TransportError("editMessageText", "ReadTimeout"),
        Answer(502, "", "", {"ok": False, "error_code": 502, "description": "Bad Gateway"}),
    ],
    ids=repr,
)
@pytest.mark.parametrize("is_gone", [False, True])
def test_a_card_outlives_a_trouble_of_hours(lane: Lane, trouble: Answer | Exception, *, is_gone: bool) -> None:
    """What comes here as a trouble has lasted for an hour."""
    lane.held = True
    lane.show("result")
    lane.held = False
    if is_gone:
        lane.outcome = refusal(GONE)
        lane.jobs.pop(0)()
        lane.sending = trouble
    else:
        lane.outcome = trouble
    with pytest.raises(Postponed):
        lane.jobs[0]()
    lane.outcome, lane.sending = (refusal(GONE) if is_gone else None), None
    lane.shown.clear()

    lane.release()

    assert [*lane.texts, *(params["text"] for params in lane.sent.values())] == ["result"]
    assert lane.edits.dropped == 0


def test_other_calls_and_those_on_behalf_of_nobody_pass(lane: Lane) -> None:
    lane.held = True

    for method, origin in (("sendMessage", "update 7"), ("editMessageText", None)):
        with pytest.raises(Postponed):
            lane.call(method, origin=origin, text="hello")


def test_a_version_that_is_older_changes_nothing(database: Database) -> None:
    edits = KeptEdits(database)
    edits.keep(ANNA, CARD, version=2, body="new")
    edits.keep(ANNA, CARD, version=1, body="old")
    edits.remove(ANNA, CARD, version=1)

    assert edits.all() == [(ANNA, CARD, 2, "new")]
