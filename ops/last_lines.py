"""The last lines of the log, in memory, for an owner who asks for them in a chat."""

import logging
from collections import deque

KEPT = 500
LONGEST = 2_000
"""Characters of a line; a traceback is longer."""


class LastLines(logging.Handler):
    """Whoever made the formatter has seen to it that no secret is in a line."""

    def __init__(self, formatter: logging.Formatter) -> None:
        super().__init__()
        self.setFormatter(formatter)
        self._lines: deque[str] = deque(maxlen=KEPT)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  logging's
        """Whoever writes the line says that it was lost."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._lines.append(self.format(record)[:LONGEST])
        except Exception:  # noqa: BLE001  a line that cannot be made, whatever its arguments raise
            self.handleError(record)

    def last(self, count: int) -> list[str]:
        """The newest last."""
        return list(self._lines)[-count:]
