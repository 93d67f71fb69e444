"""What Telegram means by its refusals, in its own words."""

import pytest
from telebot.apihelper import ApiTelegramException

from chat.delivery.errors import TokenRefused, is_gone, is_not_modified, is_too_old, retry_after_s


def refusal(error_code: int, description: str) -> ApiTelegramException:
    payload = {"ok": False, "error_code": error_code, "description": description}
    return ApiTelegramException("editMessageText", None, payload)


NOT_MODIFIED = refusal(
    400,
    "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a "
    "current content and reply markup of the message",
)
TOO_OLD = refusal(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
GONE = [
    refusal(400, "Bad Request: message to edit not found"),
    refusal(400, "Bad Request: message can't be edited"),
    refusal(400, "Bad Request: message to delete not found"),
    refusal(400, "Bad Request: message can't be deleted for everyone"),
    refusal(400, "Bad Request: MESSAGE_ID_INVALID"),
]
BLOCKED = [
    refusal(403, "Forbidden: bot was blocked by the user"),
    refusal(403, "Forbidden: user is deactivated"),
    refusal(403, "Forbidden: bot was kicked from the group chat"),
]
OTHERS = [refusal(400, "Bad Request: chat not found"), refusal(429, "Too Many Requests: retry after 3")]


def test_an_edit_without_a_change_is_told_from_other_refusals() -> None:
    assert is_not_modified(NOT_MODIFIED)
    assert not any(is_not_modified(error) for error in (TOO_OLD, *GONE, *BLOCKED, *OTHERS))


def test_a_query_that_cannot_be_answered_any_more_is_told_from_other_refusals() -> None:
    assert is_too_old(TOO_OLD)
    assert is_too_old(refusal(400, "Bad Request: QUERY_ID_INVALID"))
    assert not any(is_too_old(error) for error in (NOT_MODIFIED, *GONE, *BLOCKED, *OTHERS))


@pytest.mark.parametrize("error", GONE, ids=lambda error: error.description)
def test_a_message_that_cannot_be_changed_is_gone(error: ApiTelegramException) -> None:
    assert is_gone(error)


def test_other_refusals_do_not_make_a_message_gone() -> None:
    assert not any(is_gone(error) for error in (NOT_MODIFIED, TOO_OLD, *BLOCKED, *OTHERS))


@pytest.mark.parametrize(
    ("payload", "seconds"),
    [
        ({"parameters": {"retry_after": 3}}, 3.0),
        ({"parameters": {"retry_after": 0}}, 0.0),
        ({"parameters": {"retry_after": -1}}, None),
        ({"parameters": {"retry_after": True}}, None),
        ({"parameters": {"retry_after": "3"}}, None),
        ({"parameters": {}}, None),
        ({"parameters": [3]}, None),
        ({}, None),
        (None, None),
    ],
)
def test_retry_after_is_taken_only_when_it_is_a_number_of_seconds(payload: object, seconds: float | None) -> None:
    assert retry_after_s(payload) == seconds


def test_a_refused_token_says_what_to_do() -> None:
    assert str(TokenRefused(401)) == "Telegram refused the bot's token with 401; get a valid one from BotFather"
