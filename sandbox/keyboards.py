"""Reply markup: checked as Telegram checks it, and the rows of buttons that a person sees."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.errors import ApiError

_MOST_DATA_BYTES = 64
_MOST_COPY_TEXT = 256
_MOST_BUTTONS = 100
_MOST_IN_A_ROW = 8
_URL = re.compile(r"(https?|tg)://\S+")
_STYLES = {"danger", "success", "primary"}
_ACTIONS = {
    "callback_data",
    "url",
    "copy_text",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "web_app",
    "login_url",
    "callback_game",
    "pay",
}
_CHOSEN_CHAT = {"query", "allow_user_chats", "allow_bot_chats", "allow_group_chats", "allow_channel_chats"}
_MARKUPS = {
    "inline_keyboard": {"inline_keyboard"},
    "keyboard": {
        "keyboard",
        "is_persistent",
        "resize_keyboard",
        "one_time_keyboard",
        "input_field_placeholder",
        "selective",
    },
    "remove_keyboard": {"remove_keyboard", "selective"},
    "force_reply": {"force_reply", "input_field_placeholder", "selective"},
}


@dataclass(frozen=True, slots=True)
class Button:
    """A button below a message: `action` is the name of its field, `value` what the field holds."""

    text: str
    action: str
    value: str
    style: str | None = None


Rows = tuple[tuple[Button, ...], ...]


def check(markup: Mapping[str, Any] | None, *, edited: bool = False) -> dict[str, Any] | None:
    """The markup if it is one that Telegram takes, None for none; only inline keyboards go on an edited message."""
    if not markup:
        return None
    kind = next((each for each in _MARKUPS if each in markup), None)
    if kind is None or (edited and kind != "inline_keyboard"):
        raise ApiError(400, "Bad Request: object expected as reply markup")
    _refuse_unknown(markup, _MARKUPS[kind], what=kind)
    if kind == "inline_keyboard":
        if not inline_rows(markup):
            return None
    elif kind == "keyboard":
        reply_rows(markup)
    return dict(markup)


def inline_rows(markup: Mapping[str, Any] | None) -> Rows:
    """The rows of an inline keyboard, empty ones left out; none for another kind of markup."""
    if markup is None or "inline_keyboard" not in markup:
        return ()
    rows = tuple(
        tuple(_inline_button(button) for button in row)
        for row in _rows(markup["inline_keyboard"], what="inline")
        if row
    )
    if sum(map(len, rows)) > _MOST_BUTTONS or any(len(row) > _MOST_IN_A_ROW for row in rows):
        raise ApiError(400, "Bad Request: reply markup is too long")
    return rows


def reply_rows(markup: Mapping[str, Any] | None) -> tuple[tuple[str, ...], ...]:
    """The texts of a keyboard that stands in place of the letters; none for another kind of markup."""
    if markup is None or "keyboard" not in markup:
        return ()
    return tuple(tuple(_reply_text(button) for button in row) for row in _rows(markup["keyboard"], what="reply"))


def _rows(rows: Any, *, what: str) -> list[list[Any]]:
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise ApiError(400, f"Bad Request: can't parse {what} keyboard: an array of arrays is expected")
    return rows


def _reply_text(button: Any) -> str:
    text = button.get("text") if isinstance(button, dict) else button
    if not isinstance(text, str) or not text:
        raise ApiError(400, "Bad Request: can't parse keyboard button: it needs a text")
    return text


def _inline_button(button: Any) -> Button:
    if not isinstance(button, dict) or not isinstance(text := button.get("text"), str) or not text.strip():
        raise _refused('Can\'t find field "text"')
    _refuse_unknown(button, {"text", "style", "icon_custom_emoji_id", *_ACTIONS}, what="inline keyboard button")
    actions = [name for name in button if name in _ACTIONS]
    if not actions:
        raise _refused("Text buttons are unallowed in the inline keyboard")
    if len(actions) > 1:
        raise _refused(f"One action is allowed, not {', '.join(actions)}")
    style = button.get("style")
    if style is not None and style not in _STYLES:
        raise _refused(f"Unknown style {style!r}")
    return Button(text, actions[0], _value(actions[0], button[actions[0]]), style)


def _value(action: str, value: Any) -> str:
    match action:
        case "callback_data":
            if not isinstance(value, str) or not 1 <= len(value.encode()) <= _MOST_DATA_BYTES:
                raise ApiError(400, "Bad Request: BUTTON_DATA_INVALID")
        case "url":
            if not isinstance(value, str) or not _URL.fullmatch(value):
                raise ApiError(400, "Bad Request: BUTTON_URL_INVALID")
        case "copy_text":
            text = value.get("text") if isinstance(value, dict) else None
            if not isinstance(text, str) or not 1 <= len(text) <= _MOST_COPY_TEXT:
                raise ApiError(400, "Bad Request: BUTTON_COPY_TEXT_INVALID")
            return text
        case "switch_inline_query_chosen_chat":
            if not isinstance(value, dict):
                raise ApiError(400, "Bad Request: BUTTON_TYPE_INVALID")
            _refuse_unknown(value, _CHOSEN_CHAT, what="switch_inline_query_chosen_chat")
            return json.dumps(value)
    return str(value)


def _refuse_unknown(given: Mapping[str, Any], known: set[str], *, what: str) -> None:
    for name in given:
        if name not in known:
            raise ApiError(400, f"Bad Request: {what} has no field {name!r}")


def _refused(why: str) -> ApiError:
    return ApiError(400, f"Bad Request: can't parse inline keyboard button: {why}")
