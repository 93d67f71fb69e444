"""A log record as a line: text for a person, JSON for a machine, and no secret in either."""

import json
import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from ops.redaction import Redactor

NAMES = {"chat_id": "chat", "user": "operator_id", "user_id": "operator_id"}
"""One name for what the lines call by several."""
OWN = frozenset({"time", "level", "logger", "thread", "event", "message", "error", "stack"})
"""Fields that every JSON line has in one sense; a line that names one has it in its message alone."""

_PLACEHOLDER = re.compile(r"%%|(?:\b(?P<name>[a-z_]+)=)?%[#0+ -]*\d*(?:\.\d+)?[a-zA-Z]")
_EVENT_ENDS = re.compile(r"\s*(?:[:%@]|\b[a-z_]+=)")
_PLAIN = (str, int, float, bool, type(None))


@dataclass(frozen=True, slots=True)
class Said:
    """A line as it was written in the code, with what was put into it."""

    template: str
    arguments: tuple[object, ...]


def said(record: logging.LogRecord) -> Said:
    """To be called by the thread that logs: what may change later is text from here on."""
    arguments = record.args if isinstance(record.args, tuple) else ()
    return Said(str(record.msg), tuple(each if type(each) in _PLAIN else str(each) for each in arguments))


class LineFormatter(logging.Formatter):
    """Masks secrets in the finished text, traceback included: nothing that is put in later can slip past."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self._redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        """Made once for all who want the line of a record."""
        made: tuple[Redactor, str] | None = record.__dict__.get("made")
        if made is None or made[0] is not self._redactor:
            made = record.made = self._redactor, self._redactor.redact(self._line(record))
        return made[1]

    def _line(self, record: logging.LogRecord) -> str:
        line = f"{moment_of(record)} {record.levelname} {record.name}: {record.getMessage()}"
        for name, value in _about(record).items():
            if f" {name}=" not in line:
                line += f" {name}={value}"
        if record.exc_info and not record.exc_text:
            record.exc_text = self.formatException(record.exc_info)
        return "\n".join(filter(None, (line, record.exc_text, record.stack_info)))


class JsonFormatter(logging.Formatter):
    """One object a line. Secrets are masked in each value, so that the line stays JSON whatever they are."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self._redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        error = record.exc_text or (self.formatException(record.exc_info) if record.exc_info else None)
        line = {
            "time": moment_of(record),
            "level": record.levelname,
            "logger": record.name,
            "thread": record.threadName,
            "event": event_of(record),
            **fields_of(record),
            "message": record.getMessage(),
            "error": error,
            "stack": record.stack_info,
        }
        shown = {name: self._masked(value) for name, value in line.items() if value is not None}
        return json.dumps(shown, ensure_ascii=False, separators=(",", ":"))

    def _masked(self, value: object) -> object:
        text = str(value)
        masked = self._redactor.redact(text)
        return value if masked == text and isinstance(value, int | float) else masked


def moment_of(record: logging.LogRecord) -> str:
    thousandths = int(record.created * 1000)
    return f"{_second(thousandths // 1000)}.{thousandths % 1000:03}Z"


def event_of(record: logging.LogRecord) -> str:
    """What happened, the same words each time: a line as it is written in the code, up to what was put into it."""
    line = _said(record)
    event = line.template[: _event_end(line.template)].strip()
    return event or record.name


def fields_of(record: logging.LogRecord) -> dict[str, object]:
    """What the line says of whom: `chat_id=%d` of the line itself, over what its thread was at work on."""
    line = _said(record)
    values = dict(_about(record))
    for name, number in _places(line.template):
        if name is not None and number < len(line.arguments):
            value = line.arguments[number]
            values[NAMES.get(name, name)] = round(value, 3) if isinstance(value, float) else value
    return {name: value for name, value in values.items() if name not in OWN}


def _said(record: logging.LogRecord) -> Said:
    kept = getattr(record, "said", None)
    return kept if isinstance(kept, Said) else said(record)


def _about(record: logging.LogRecord) -> Mapping[str, object]:
    kept = getattr(record, "about", None)
    return kept if isinstance(kept, dict) else {}


@lru_cache(maxsize=10)
def _second(moment: int) -> str:
    """Many lines are of the same one."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S")


@lru_cache(maxsize=1_000)
def _event_end(template: str) -> int:
    first_line = template.partition("\n")[0]
    found = _EVENT_ENDS.search(first_line)
    return found.start() if found else len(first_line)


@lru_cache(maxsize=1_000)
def _places(template: str) -> tuple[tuple[str | None, int], ...]:
    return tuple(_numbered(template))


def _numbered(template: str) -> Iterator[tuple[str | None, int]]:
    found = (match for match in _PLACEHOLDER.finditer(template) if match[0] != "%%")
    yield from ((match["name"], number) for number, match in enumerate(found))
