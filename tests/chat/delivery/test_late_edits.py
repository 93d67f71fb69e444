"""Edits that may not go out at once: merged, kept, and never after a newer one."""

from functools import partial

import pytest

from chat.delivery.confirming import LONGEST_HELD_S
from chat.delivery.dispatcher import Postponed
from chat.delivery.errors import TransportError
from storage.database import Database
from storage.late_edits import KeptEdits
from tests.chat.delivery.edit_lane import ANNA, CARD, Lane, kept


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
