"""The last lines of the log, in memory: for whoever looks at the bot from a page or a chat."""

import logging
import threading
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass

from ops.log_lines import LineFormatter, event_of, fields_of, moment_of
from ops.redaction import Redactor

LINES = 500
TROUBLES = 50
LONGEST = 2_000
"""Characters of a line that are remembered; a traceback is longer."""
KINDS = 200
"""Different kinds of errors that are told apart; the names of exceptions are few."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A line of level WARNING or above, masked."""

    time: str
    level: str
    event: str
    text: str
    incident: str | None


class Recent(logging.Handler):
    """Filled by the thread that writes the log; any thread may read."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self._redactor = redactor
        self.setFormatter(LineFormatter(redactor))
        self._guard = threading.Lock()
        self._lines: deque[tuple[int, str]] = deque(maxlen=LINES)
        self._troubles: deque[Trouble] = deque(maxlen=TROUBLES)
        self._errors: Counter[str] = Counter()

    def emit(self, record: logging.LogRecord) -> None:
        line = self.format(record)[:LONGEST]
        with self._guard:
            self._lines.append((record.levelno, line))
            if record.levelno >= logging.WARNING:
                self._troubles.append(self._trouble(record))
            if record.levelno >= logging.ERROR:
                kind = kind_of(record)
                self._errors[kind if kind in self._errors or len(self._errors) < KINDS else "other"] += 1

    def lines(self, count: int, *, least: int = logging.NOTSET) -> list[str]:
        """The last ones of a level, the newest last."""
        with self._guard:
            found = [line for level, line in self._lines if level >= least]
        return found[-count:] if count > 0 else []

    def troubles(self) -> list[Trouble]:
        """The newest first."""
        with self._guard:
            return list(reversed(self._troubles))

    def errors(self) -> Mapping[str, int]:
        """How many since the start, by kind."""
        with self._guard:
            return dict(self._errors)

    def _trouble(self, record: logging.LogRecord) -> Trouble:
        incident = fields_of(record).get("incident")
        return Trouble(
            time=moment_of(record),
            level=record.levelname,
            event=self._redactor.redact(event_of(record)),
            text=self._redactor.redact(record.getMessage())[:LONGEST],
            incident=None if incident is None else str(incident),
        )


def kind_of(record: logging.LogRecord) -> str:
    """The exception's name where there is one, else what happened."""
    kind = getattr(record, "kind", None)
    return kind if isinstance(kind, str) else event_of(record)
