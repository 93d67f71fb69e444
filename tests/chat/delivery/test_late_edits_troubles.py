"""Late edits over restarts, stops, refusals and a disk that takes nothing: none is lost, and none holds others up."""

import pytest

from chat.delivery.answers import Answer
from chat.delivery.dispatcher import GivenUp, Postponed
from chat.delivery.errors import TransportError
from storage.database import Database
from tests.chat.delivery.edit_lane import Lane, kept, refusal


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
