"""A card that was deleted before its late edit went out is sent anew, once, where somebody misses it."""

import pytest

from chat.delivery.answers import Answer
from chat.delivery.dispatcher import Postponed
from chat.delivery.errors import TransportError
from chat.delivery.late_edits import Owner
from storage.database import Database
from tests.chat.delivery.edit_lane import ANEW, ANNA, CARD, GONE, OWNER, Lane, kept, refusal


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
