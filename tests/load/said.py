"""What a bot wrote, read fast: the parameters of its call in any form, and the text that its HTML shows."""

import html
import json
import re
from functools import lru_cache
from typing import Any

from sandbox import forms
from sandbox.server import Request as AnyRequest
from tests.load.wire import Request

_FORM = "application/x-www-form-urlencoded"
_JSON = b"%7B"
_COMMON = [(f"%{ord(sign):02X}".encode(), sign.encode()) for sign in '"{}[]:,\\/ ']
"""Each escape begins with one of the only percent signs there are, so none is found across two of them."""
_SIGN = {form.format(code): chr(code) for code in range(256) for form in ("{:02X}", "{:02x}")}
_REMEMBERED = 10_000
_TAG = re.compile(r"<(/?)([a-z0-9-]+)([^>]*)>")
_KINDS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "s": "strikethrough",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "tg-spoiler": "spoiler",
}


def parameters(request: Request) -> dict[str, Any]:
    """By name: text, or what JSON holds; the query counts as well as the body, as with Telegram."""
    found: dict[str, Any] = _form(request.query.encode()) if request.query else {}
    if not request.body:
        return found
    if request.kind.startswith(_FORM):
        found.update(_form(request.body))
    elif request.kind.startswith("application/json"):
        found.update(json.loads(request.body))
    else:
        found.update(forms.read(AnyRequest("POST", "", "", {"content-type": request.kind}, request.body)))
    return found


def _form(body: bytes) -> dict[str, str]:
    found = {}
    for pair in body.split(b"&"):
        name, _, value = pair.partition(b"=")
        found[name.decode()] = unescaped(value)
    return found


@lru_cache(maxsize=_REMEMBERED)
def unescaped(value: bytes) -> str:
    """A value of a form; of JSON what it is full of is replaced in one go, and the same screens are read once."""
    if value.startswith(_JSON):
        for escaped, sign in _COMMON:
            value = value.replace(escaped, sign)
    first, *rest = value.decode("latin-1").replace("+", " ").split("%")
    text = "".join([first, *[_SIGN.get(part) or _escaped(part) for part in rest]])
    return text.encode("latin-1").decode()


def _escaped(part: str) -> str:
    """What stood behind a percent sign, in which the escape is the first two."""
    sign = _SIGN.get(part[:2])
    return f"%{part}" if sign is None else sign + part[2:]


@lru_cache(maxsize=_REMEMBERED)
def shown(source: str) -> tuple[str, list[dict[str, Any]]]:
    """The text that a source of Telegram's HTML shows, and its entities in UTF-16 units.

    For the HTML that bots under load write: simple tags that are closed. The sandbox reads it as Telegram does.
    """
    if "<" not in source:
        text = html.unescape(source) if "&" in source else source
        return text.strip(), []
    parts: list[str] = []
    entities: list[dict[str, Any]] = []
    opened: list[tuple[str, int]] = []
    length, at = 0, 0
    for tag in _TAG.finditer(source):
        part = source[at : tag.start()]
        at = tag.end()
        if "&" in part:
            part = html.unescape(part)
        parts.append(part)
        length += _utf16(part)
        if not tag[1]:
            opened.append((tag[2], length))
        elif opened:
            name, start = opened.pop()
            if name in _KINDS and length > start:
                entities.append({"offset": start, "length": length - start, "type": _KINDS[name]})
    rest = source[at:]
    parts.append(html.unescape(rest) if "&" in rest else rest)
    entities.sort(key=lambda entity: (entity["offset"], -entity["length"]))
    return "".join(parts).strip(), entities


def _utf16(text: str) -> int:
    return len(text) if not text or max(text) < "\U00010000" else len(text.encode("utf-16-le")) // 2
