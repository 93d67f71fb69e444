"""What each method of the Bot API takes; what is not in a table is refused, so that a misspelt parameter is seen."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.errors import ApiError
from sandbox.forms import Upload

_TRUE = {"true", "1", "yes"}
_FALSE = {"false", "0", "no"}


@dataclass(frozen=True, slots=True)
class _Parameter:
    read: Callable[[Any], Any]
    expected: str
    required: bool


def _integer(value: Any) -> int:
    if isinstance(value, bool | float):
        raise TypeError(value)
    return int(value)


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).lower()
    if word not in _TRUE | _FALSE:
        raise ValueError(value)
    return word in _TRUE


def _object(value: Any) -> dict[str, Any]:
    parsed = json.loads(value) if isinstance(value, str) else value
    if not isinstance(parsed, dict):
        raise TypeError(value)
    return parsed


def _array(value: Any) -> list[Any]:
    parsed = json.loads(value) if isinstance(value, str) else value
    if not isinstance(parsed, list):
        raise TypeError(value)
    return parsed


def _chat(value: Any) -> int | str:
    return value if isinstance(value, str) and value.startswith("@") else _integer(value)


def _file(value: Any) -> str | Upload:
    return value if isinstance(value, Upload) else _string(value)


_READERS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "integer": (_integer, "an integer"),
    "string": (_string, "a string"),
    "boolean": (_boolean, "a boolean"),
    "object": (_object, "a JSON object"),
    "array": (_array, "a JSON array"),
    "chat": (_chat, "an integer or an @name"),
    "file": (_file, "a file or a string"),
}


def _table(text: str) -> dict[str, _Parameter]:
    """Rows of `name type`, a star after a name that is required."""
    table = {}
    for row in text.split(","):
        name, kind = row.split()
        read, expected = _READERS[kind]
        table[name.rstrip("*")] = _Parameter(read, expected, name.endswith("*"))
    return table


_SENDING = """
    business_connection_id string, message_thread_id integer, direct_messages_topic_id integer,
    disable_notification boolean, protect_content boolean, allow_paid_broadcast boolean, message_effect_id string,
    suggested_post_parameters object, reply_parameters object, reply_markup object
"""
_CAPTION = "caption string, parse_mode string, caption_entities array, show_caption_above_media boolean"
_EDITED = "business_connection_id string, chat_id chat, message_id integer, inline_message_id string"

METHODS: Mapping[str, Mapping[str, _Parameter]] = {
    "getMe": {},
    "getUpdates": _table("offset integer, limit integer, timeout integer, allowed_updates array"),
    "deleteWebhook": _table("drop_pending_updates boolean"),
    "setMyCommands": _table("commands* array, scope object, language_code string"),
    "getMyCommands": _table("scope object, language_code string"),
    "deleteMyCommands": _table("scope object, language_code string"),
    "sendMessage": _table(
        f"chat_id* chat, text* string, parse_mode string, entities array, link_preview_options object, {_SENDING}"
    ),
    "sendPhoto": _table(f"chat_id* chat, photo* file, {_CAPTION}, has_spoiler boolean, {_SENDING}"),
    "sendDocument": _table(
        f"chat_id* chat, document* file, thumbnail file, {_CAPTION}, disable_content_type_detection boolean, {_SENDING}"
    ),
    "editMessageText": _table(
        f"{_EDITED}, text* string, parse_mode string, entities array, link_preview_options object, reply_markup object"
    ),
    "editMessageReplyMarkup": _table(f"{_EDITED}, reply_markup object"),
    "pinChatMessage": _table(
        "business_connection_id string, chat_id* chat, message_id* integer, disable_notification boolean"
    ),
    "unpinChatMessage": _table("business_connection_id string, chat_id* chat, message_id integer"),
    "deleteMessage": _table("chat_id* chat, message_id* integer"),
    "answerCallbackQuery": _table(
        "callback_query_id* string, text string, show_alert boolean, url string, cache_time integer"
    ),
    "answerInlineQuery": _table(
        "inline_query_id* string, results* array, cache_time integer, is_personal boolean, next_offset string,"
        "button object"
    ),
    "sendChatAction": _table("business_connection_id string, chat_id* chat, message_thread_id integer, action* string"),
    "getChat": _table("chat_id* chat"),
}


def check(method: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters in their types; ApiError names the one that is unknown, missing or of another type."""
    table = METHODS[method]
    for name in given:
        if name not in table:
            raise ApiError(400, f"Bad Request: {method} has no parameter {name!r}")
    checked = {}
    for name, parameter in table.items():
        if name in given:
            try:
                checked[name] = parameter.read(given[name])
            except (TypeError, ValueError) as error:
                raise ApiError(400, f"Bad Request: parameter {name!r} must be {parameter.expected}") from error
        elif parameter.required:
            raise ApiError(400, f"Bad Request: parameter {name!r} is required")
    return checked
