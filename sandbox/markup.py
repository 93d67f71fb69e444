"""Telegram's HTML, read as strictly as Telegram reads it and refused in the same words."""

import html
import re
from dataclasses import dataclass

from sandbox.errors import ApiError
from sandbox.formatted import Formatted, Span, formatted, plain

_KINDS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "code": "code",
    "pre": "pre",
    "a": "text_link",
    "blockquote": "blockquote",
    "tg-spoiler": "spoiler",
}
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_MARK = re.compile(r"[<&]")
_REFERENCE = re.compile(r"&(?:(lt|gt|amp|quot)|#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7})));?")
_END_TAG = re.compile(r"</([^\s>]*)\s*(>?)")
_TAG_NAME = re.compile(r"<([^\s>]*)")
_ATTRIBUTE = re.compile(r"""\s*([^\s=>]+)(?:\s*=\s*(?:"([^"]*)(?:"|\Z)|'([^']*)(?:'|\Z)|([A-Za-z0-9.\-]+)))?""")


@dataclass(frozen=True, slots=True)
class _Open:
    tag: str
    start: int
    url: str | None


def parse(source: str) -> Formatted:
    """The text of an HTML source; ApiError in Telegram's words for what Telegram refuses."""
    if not _MARK.search(source):
        return plain(source)
    reader = _Reader(source)
    reader.read()
    return formatted("".join(reader.parts), reader.spans)


class _Reader:
    """One pass over a source, after Telegram's own parser."""

    def __init__(self, source: str) -> None:
        self.parts: list[str] = []
        self.spans: list[Span] = []
        self._source = source.replace("\r", "")
        self._length = 0
        self._open: list[_Open] = []

    def read(self) -> None:
        at = 0
        while (mark := _MARK.search(self._source, at)) is not None:
            self._say(self._source[at : mark.start()])
            if mark.group() == "&":
                at = self._reference(mark.start())
            elif self._source.startswith("</", mark.start()):
                at = self._end_tag(mark.start())
            else:
                at = self._start_tag(mark.start())
        self._say(self._source[at:])
        if self._open:
            raise _refused(f'Can\'t find end tag corresponding to start tag "{self._open[-1].tag}"')

    def _say(self, text: str) -> None:
        self.parts.append(text)
        self._length += len(text)

    def _reference(self, at: int) -> int:
        """A character reference; anything else that begins with & is text, as Telegram has it."""
        found = _REFERENCE.match(self._source, at)
        if found is None:
            self._say("&")
            return at + 1
        self._say(_character(found))
        return found.end()

    def _start_tag(self, at: int) -> int:
        name = _TAG_NAME.match(self._source, at)
        if name is None or name.end() == len(self._source):
            raise self._refused_at("Unclosed start tag", at)
        tag = name.group(1).lower()
        if tag not in {*_KINDS, "span"}:
            raise self._refused_at(f'Unsupported start tag "{tag}"', at)
        attributes, end = self._attributes(name.end(), tag=tag, begun=at)
        if tag == "span" and attributes.get("class") != "tg-spoiler":
            raise self._refused_at('Tag "span" must have class "tg-spoiler"', at)
        self._open.append(_Open(tag, self._length, attributes.get("href") if tag == "a" else None))
        return end

    def _attributes(self, at: int, *, tag: str, begun: int) -> tuple[dict[str, str], int]:
        found: dict[str, str] = {}
        while True:
            rest = self._source[at:].lstrip()
            if not rest:
                raise self._refused_at("Unclosed start tag", begun)
            if rest.startswith(">"):
                return found, len(self._source) - len(rest) + 1
            attribute = _ATTRIBUTE.match(self._source, at)
            if attribute is None:
                raise self._refused_at(f'Empty attribute name in the tag "{tag}"', begun)
            name, double, single, bare = attribute.groups()
            value = next((each for each in (double, single, bare) if each is not None), None)
            if value is None and (tag, name) != ("blockquote", "expandable"):
                raise self._refused_at(f'Expected equal sign in declaration of an attribute of the tag "{tag}"', begun)
            found[name.lower()] = _REFERENCE.sub(_character, value or "")
            at = attribute.end()

    def _end_tag(self, at: int) -> int:
        if not self._open:
            raise self._refused_at("Unexpected end tag", at)
        found = _END_TAG.match(self._source, at)
        if found is None or not found.group(2):
            raise self._refused_at("Unclosed end tag", at)
        opened = self._open.pop()
        name = found.group(1).lower()
        if name and name != opened.tag:
            raise self._refused_at("Unmatched end tag", at, f', expected "</{opened.tag}>", found "</{name}>"')
        kind = _KINDS.get(opened.tag, "spoiler")
        url = opened.url
        if kind == "text_link" and not url:
            url = "".join(self.parts)[opened.start :]
        self.spans.append(Span(kind, opened.start, self._length, url))
        return found.end()

    def _refused_at(self, what: str, at: int, more: str = "") -> ApiError:
        return _refused(f"{what} at byte offset {len(self._source[:at].encode())}{more}")


def _character(reference: re.Match[str]) -> str:
    return _NAMED[name] if (name := reference.group(1)) else html.unescape(reference.group().rstrip(";") + ";")


def _refused(why: str) -> ApiError:
    return ApiError(400, f"Bad Request: can't parse entities: {why}")
