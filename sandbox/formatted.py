"""What a message says: plain text, entities in UTF-16 units, and a safe HTML of our own for the page."""

import html
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

_SAFE = {
    "bold": ("<b>", "</b>"),
    "italic": ("<i>", "</i>"),
    "underline": ("<u>", "</u>"),
    "strikethrough": ("<s>", "</s>"),
    "code": ("<code>", "</code>"),
    "pre": ("<pre>", "</pre>"),
    "blockquote": ("<blockquote>", "</blockquote>"),
    "spoiler": ('<span class="spoiler">', "</span>"),
}
_TRIMMED = " \t\n\v\f\r\0"
_SCHEMES = {"http", "https", "tg", "mailto"}


@dataclass(frozen=True, slots=True)
class Formatted:
    """A text and its formats; `html` holds nothing but our own tags around escaped text."""

    text: str
    entities: tuple[dict[str, Any], ...]
    html: str


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the text, by characters."""

    kind: str
    start: int
    end: int
    url: str | None = None


def plain(text: str) -> Formatted:
    """A text in which no character is markup."""
    return formatted(text.replace("\r", ""), [])


def utf16_length(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def formatted(text: str, spans: list[Span]) -> Formatted:
    """The text without white space around it, as Telegram keeps it."""
    stripped = text.lstrip(_TRIMMED)
    cut = len(text) - len(stripped)
    stripped = stripped.rstrip(_TRIMMED)
    kept = [
        Span(span.kind, start, end, span.url)
        for span in spans
        if (start := max(span.start - cut, 0)) < (end := min(span.end - cut, len(stripped))) and _is_shown(span)
    ]
    kept.sort(key=lambda span: (span.start, -span.end))
    return Formatted(stripped, tuple(_entity(span, stripped) for span in kept), _safe_html(stripped, kept))


def _is_shown(span: Span) -> bool:
    """Whether Telegram keeps it: a link that leads nowhere is dropped, its text stays."""
    return span.kind != "text_link" or urlsplit(span.url or "").scheme in _SCHEMES


def _entity(span: Span, text: str) -> dict[str, Any]:
    entity: dict[str, Any] = {
        "offset": utf16_length(text[: span.start]),
        "length": utf16_length(text[span.start : span.end]),
        "type": span.kind,
    }
    if span.kind == "text_link":
        entity["url"] = span.url
    return entity


def _safe_html(text: str, spans: list[Span]) -> str:
    """Escaped text with our tags around the spans, which nest because tags do."""
    if not spans:
        return html.escape(text)
    opening: dict[int, list[Span]] = {}
    for span in spans:
        opening.setdefault(span.start, []).append(span)
    edges = sorted({0, len(text), *(span.start for span in spans), *(span.end for span in spans)})
    parts: list[str] = []
    stack: list[Span] = []
    for edge, following in zip(edges, [*edges[1:], len(text)], strict=True):
        while stack and stack[-1].end <= edge:
            parts.append(_close_tag(stack.pop()))
        for span in opening.get(edge, ()):
            parts.append(_open_tag(span))
            stack.append(span)
        parts.append(html.escape(text[edge:following]))
    return "".join(parts)


def _open_tag(span: Span) -> str:
    if span.kind == "text_link":
        return f'<a href="{html.escape(span.url or "")}" target="_blank" rel="noopener noreferrer">'
    return _SAFE[span.kind][0]


def _close_tag(span: Span) -> str:
    return "</a>" if span.kind == "text_link" else _SAFE[span.kind][1]
