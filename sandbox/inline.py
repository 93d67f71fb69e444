"""What a bot offers where somebody writes `@bot ...`: checked as Telegram checks it, and ready to be sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox import keyboards
from sandbox.errors import ApiError
from sandbox.formatted import Formatted, plain
from sandbox.markup import parse

_MOST = 50
_LONGEST_ID = 64
_LONGEST_TEXT = 4096
_LONGEST_START = 64
_ARTICLE = {
    "type",
    "id",
    "title",
    "input_message_content",
    "reply_markup",
    "url",
    "description",
    "thumbnail_url",
    "thumbnail_width",
    "thumbnail_height",
}
_CONTENT = {"message_text", "parse_mode", "entities", "link_preview_options"}


@dataclass(frozen=True, slots=True)
class Choice:
    """One result: what is seen of it in the list, and what it sends."""

    id: str
    title: str
    description: str
    said: Formatted
    markup: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Start:
    """The button above the results: it leads to the chat with the bot, and says /start with a parameter there."""

    text: str
    parameter: str


def choices(results: Sequence[Any]) -> tuple[Choice, ...]:
    """The results as a person sees them; ApiError for what Telegram refuses. The stand-in knows articles only."""
    if len(results) > _MOST:
        raise ApiError(400, "Bad Request: RESULTS_TOO_MUCH")
    read = tuple(_choice(each) for each in results)
    if len({each.id for each in read}) < len(read):
        raise ApiError(400, "Bad Request: RESULT_ID_DUPLICATE")
    return read


def start(button: Mapping[str, Any] | None) -> Start | None:
    if button is None:
        return None
    parameter = button.get("start_parameter")
    if not _is_text(button.get("text")) or not isinstance(parameter, str):
        raise ApiError(400, "Bad Request: can't parse inline query results button")
    allowed = parameter.isascii() and parameter.replace("-", "a").replace("_", "a").isalnum()
    if not allowed or len(parameter) > _LONGEST_START:
        raise ApiError(400, "Bad Request: START_PARAM_INVALID")
    return Start(button["text"], parameter)


def _choice(result: Any) -> Choice:
    if not isinstance(result, dict) or result.get("type") != "article":
        raise _refused("the stand-in takes articles only")
    _refuse_unknown(result, _ARTICLE)
    number, content = result.get("id"), result.get("input_message_content")
    if not isinstance(number, str) or not 1 <= len(number.encode()) <= _LONGEST_ID:
        raise ApiError(400, "Bad Request: RESULT_ID_INVALID")
    if not _is_text(result.get("title")) or not isinstance(content, dict):
        raise _refused("an article needs a title and a message")
    _refuse_unknown(content, _CONTENT)
    return Choice(
        number,
        result["title"],
        result.get("description", ""),
        _said(content),
        keyboards.check(result.get("reply_markup")),
    )


def _said(content: Mapping[str, Any]) -> Formatted:
    text, mode = content.get("message_text"), content.get("parse_mode", "")
    if not isinstance(text, str) or mode.upper() not in {"", "HTML"} or "entities" in content:
        raise _refused("the stand-in takes a text, and HTML as its format")
    said = parse(text) if mode else plain(text)
    if not said.text or len(said.text) > _LONGEST_TEXT:
        raise ApiError(400, "Bad Request: MESSAGE_EMPTY" if not said.text else "Bad Request: MESSAGE_TOO_LONG")
    return said


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _refuse_unknown(given: Mapping[str, Any], known: set[str]) -> None:
    for name in given:
        if name not in known:
            raise _refused(f"no field {name!r} is known")


def _refused(why: str) -> ApiError:
    return ApiError(400, f"Bad Request: can't parse inline query result: {why}")
