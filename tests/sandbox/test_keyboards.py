from typing import Any

import pytest

from sandbox import Person
from tests.sandbox.hands import Api


def inline(**button: Any) -> dict[str, Any]:
    return {"inline_keyboard": [[{"text": "go", **button}]]}


@pytest.mark.parametrize(
    ("markup", "why"),
    [
        (inline(callback_data="я" * 33), "BUTTON_DATA_INVALID"),
        (inline(callback_data=""), "BUTTON_DATA_INVALID"),
        (inline(callback_data=5), "BUTTON_DATA_INVALID"),
        (inline(url="example.org"), "BUTTON_URL_INVALID"),
        (inline(copy_text={"text": "x" * 257}), "BUTTON_COPY_TEXT_INVALID"),
        (inline(copy_text="x"), "BUTTON_COPY_TEXT_INVALID"),
        (inline(), "Text buttons are unallowed"),
        (inline(callback_data="x", url="https://example.org"), "One action"),
        (inline(callback_data="x", text=" "), 'Can\'t find field "text"'),
        (inline(calback_data="x"), "'calback_data'"),
        (inline(callback_data="x", style="pink"), "pink"),
        ({"inline_keyboard": [{"text": "go", "callback_data": "x"}]}, "array of arrays"),
        ({"inline_keyboard": [["go"]]}, "text"),
        ({"inline_keyboard": [[{"text": "go", "callback_data": "x"}] * 9]}, "too long"),
        ({"inline_keyboard": [[{"text": "go", "callback_data": "x"}]] * 101}, "too long"),
        ({"inline_keyboard": [], "resize": True}, "'resize'"),
        ({"keyboard": [["yes"], [{"text": ""}]]}, "needs a text"),
        ({"keyboard": "yes"}, "array of arrays"),
        ({"buttons": []}, "object expected as reply markup"),
    ],
)
def test_a_wrong_keyboard_is_refused(api: Api, anna: Person, markup: dict[str, Any], why: str) -> None:
    status, description = api.refusal("sendMessage", chat_id=1001, text="x", reply_markup=markup)
    assert (status, why in description) == (400, True), description


@pytest.mark.parametrize(
    ("button", "action", "value"),
    [
        ({"callback_data": "я" * 32, "style": "success"}, "callback_data", "я" * 32),
        ({"url": "https://example.org/x"}, "url", "https://example.org/x"),
        ({"copy_text": {"text": "11,49"}}, "copy_text", "11,49"),
        ({"switch_inline_query_current_chat": ""}, "switch_inline_query_current_chat", ""),
    ],
)
def test_a_button_has_one_action(api: Api, anna: Person, button: dict[str, Any], action: str, value: str) -> None:
    api.call("sendMessage", chat_id=1001, text="x", reply_markup=inline(**button))
    seen = anna.last().button("go")
    assert (seen.action, seen.value, seen.style) == (action, value, button.get("style"))


def test_the_other_kinds_of_markup_go_on_new_messages_only(api: Api, anna: Person) -> None:
    sent = api.call("sendMessage", chat_id=1001, text="x", reply_markup={"keyboard": [["yes", {"text": "no"}]]})
    assert "reply_markup" not in sent
    api.call("sendMessage", chat_id=1001, text="x", reply_markup={"remove_keyboard": True})
    where = {"chat_id": 1001, "message_id": sent["message_id"], "reply_markup": {"remove_keyboard": True}}
    assert "object expected" in api.refusal("editMessageReplyMarkup", **where)[1]


def test_a_keyboard_without_buttons_is_none(api: Api, anna: Person) -> None:
    assert "reply_markup" not in api.call("sendMessage", chat_id=1001, text="x", reply_markup={"inline_keyboard": [[]]})
