"""Logs off the hot path: whoever logs puts a record into a queue, one thread makes lines of many and writes them."""

import contextlib
import logging
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType

from ops.about import current
from ops.log_lines import JsonFormatter, LineFormatter, said
from ops.recent import Recent
from ops.redaction import Redactor

log = logging.getLogger(__name__)

MOST_WAITING = 10_000
"""Lines that wait for a stderr that is not read; beyond it they are counted and forgotten, a few MB are enough."""
FILE_BYTES, FILES_KEPT = 10_000_000, 5
FLUSH_MAY_TAKE_S = 1.0
GATHERS_S = 0.05
"""A line waits so long for others, unless it is a warning: each waking of the writer stops somebody who works."""
TOGETHER = 100
"""So many lines are written at once."""

_FORMATTERS = {"text": LineFormatter, "json": JsonFormatter}


class _Front(logging.Handler):
    """Where a record leaves the thread that logs; only what that thread alone can do is done here."""

    def __init__(self, redactor: Redactor, recent: Recent, handlers: Sequence[logging.Handler]) -> None:
        super().__init__()
        self.redactor = redactor
        self.recent = recent
        self.writer = _Writer(handlers)

    def handle(self, record: logging.LogRecord) -> bool:
        """Without the lock of logging: whoever logs makes a record of its own and appends it."""
        passes = bool(self.filter(record))
        if passes:
            self.emit(record)
        return passes

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self.writer.put(_ready(record))
        except Exception:  # noqa: BLE001  # a line that cannot be made is no reason to stop whoever logs it
            self.handleError(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  # logging's
        _say_lost(self.redactor, record)

    def close(self) -> None:
        """logging itself does it with all handlers at the end of the process, the last made first."""
        self.writer.end(FLUSH_MAY_TAKE_S)
        for handler in self.writer.handlers:
            handler.close()
        super().close()


def _ready(record: logging.LogRecord) -> logging.LogRecord:
    """A copy: what it was made of may change, and other handlers want the record as it is."""
    ready = logging.LogRecord.__new__(logging.LogRecord)
    ready.__dict__.update(record.__dict__)
    ready.said, ready.about = said(record), dict(current())
    ready.message = ready.msg = record.getMessage()
    ready.args = None
    if record.exc_info and record.exc_info[0] is not None:
        ready.kind = record.exc_info[0].__name__
        ready.exc_text = record.exc_text or _BARE.formatException(record.exc_info)
    ready.exc_info = None  # it would keep the frames, and all that is in them
    return ready


class _Writer:
    """A daemon thread, `log-writer`, from `start` to `end`. Any thread may `put`; lines that wait are in a deque, whose
    ends are safe without a lock.
    """

    def __init__(self, handlers: Sequence[logging.Handler]) -> None:
        self.handlers = tuple(handlers)
        self.thread: threading.Thread | None = None
        self.is_over = False
        self._lines: deque[logging.LogRecord | threading.Event] = deque()
        self._dropped = 0
        self._some = threading.Event()
        self._at_once = threading.Event()
        self._ends = False

    def start(self) -> None:
        self.thread = threading.Thread(target=self._run, name="log-writer", daemon=True)
        self.thread.start()

    def put(self, record: logging.LogRecord) -> None:
        if self.is_over:
            self._write([record])
            return
        if len(self._lines) >= MOST_WAITING:
            self._dropped += 1
            return
        self._lines.append(record)
        if record.levelno >= logging.WARNING:
            self._at_once.set()
        if not self._some.is_set():
            self._some.set()

    def flush(self, timeout_s: float) -> bool:
        """Whether all that was logged until now is written."""
        written = threading.Event()
        self._lines.append(written)
        self._at_once.set()
        self._some.set()
        return written.wait(timeout_s)

    def end(self, timeout_s: float) -> None:
        """Writes what waits; what is logged later is written by whoever logs it."""
        thread, self.thread = self.thread, None
        if thread is not None:
            self._ends = True
            self._at_once.set()
            self._some.set()
            thread.join(timeout_s)
        self.is_over = True

    def _run(self) -> None:
        while not self._ends:
            self._some.wait()
            self._at_once.wait(GATHERS_S)
            self._at_once.clear()
            self._some.clear()  # before the lines are taken: what comes after that sets it again
            self._write_all()
        self._write_all()

    def _write_all(self) -> None:
        while self._lines:
            taken: list[logging.LogRecord] = []
            written = None
            while self._lines and len(taken) < TOGETHER and written is None:
                line = self._lines.popleft()
                if isinstance(line, threading.Event):
                    written = line
                else:
                    taken.append(line)
            self._write(taken)
            if dropped := self._take_dropped():
                text = f"log lines dropped, nobody read them count={dropped}"
                self._write([logging.LogRecord(__name__, logging.WARNING, __file__, 0, text, None, None)])
            if written is not None:
                written.set()

    def _write(self, records: Sequence[logging.LogRecord]) -> None:
        for handler in self.handlers:
            if isinstance(handler, _Stderr):
                handler.emit_all(records)
            else:
                for record in records:
                    handler.handle(record)

    def _take_dropped(self) -> int:
        dropped, self._dropped = self._dropped, 0
        return dropped


class _Stderr(logging.StreamHandler):  # type: ignore[type-arg]  # generic in the stubs alone
    """A line that cannot be written: logging's own way would print its arguments, secrets among them."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__(sys.stderr)
        self._redactor = redactor

    def emit_all(self, records: Sequence[logging.LogRecord]) -> None:
        """In one write."""
        text = "".join(map(self._line, records))
        if not text:
            return
        try:
            self.stream.write(text)
            self.flush()
        except Exception:  # noqa: BLE001  # as logging's own `emit`
            self.handleError(records[-1])

    def _line(self, record: logging.LogRecord) -> str:
        try:
            return self.format(record) + self.terminator
        except Exception:  # noqa: BLE001  # as logging's own `emit`
            self.handleError(record)
            return ""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  # logging's
        _say_lost(self._redactor, record)


class _File(RotatingFileHandler):
    """Beside stderr; a disk that is full is said once, until a line can be written again."""

    def __init__(self, path: Path, redactor: Redactor) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        super().__init__(path, maxBytes=FILE_BYTES, backupCount=FILES_KEPT, encoding="utf-8")
        self._redactor = redactor
        self._failing = False
        self._failed = False

    def emit(self, record: logging.LogRecord) -> None:
        self._failed = False
        super().emit(record)
        self._failing = self._failed

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  # logging's
        self._failed = True
        if not self._failing:
            _say_lost(self._redactor, record, place=f" in {self.baseFilename}")

    def close(self) -> None:
        with contextlib.suppress(OSError):  # what the disk did not take was said when it was written
            super().close()


def configure(level: str, secrets: Iterable[str], *, form: str = "text", file: str | None = None) -> None:
    """Call it when telebot is imported, since it takes telebot's own handler away; a second call starts over.

    `form` is "text" or "json"; a `file` gets the same lines as stderr, 10 MB and five older ones of that size.
    Exceptions that nobody caught go the same way, in threads too. Secrets named in an earlier call stay hidden.
    """
    root = logging.getLogger()
    redactor = Redactor(secrets)
    for before in _fronts(root):
        redactor.hide(before.redactor.secrets)
        root.removeHandler(before)
        before.close()
    recent, trouble = Recent(redactor), None
    handlers: list[logging.Handler] = [recent, _Stderr(redactor)]
    if file is not None:
        try:
            handlers.append(_File(Path(file), redactor))
        except OSError as error:
            trouble = error
    for handler in handlers[1:]:
        handler.setFormatter(_FORMATTERS[form](redactor))
    front = _Front(redactor, recent, handlers)
    front.writer.start()
    root.addHandler(front)
    root.setLevel(level)
    # telebot writes errors unredacted to stderr; urllib3 logs URLs, the token in them, at DEBUG and when it retries.
    logging.getLogger("TeleBot").handlers.clear()
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    sys.excepthook = _log_uncaught
    threading.excepthook = _log_uncaught_in_thread
    if trouble is not None:
        log.warning("LOG_FILE cannot be written, lines go to stderr alone path=%s: %s", file, trouble.strerror)


def last_lines(count: int) -> list[str]:
    """What was logged last, masked; the newest last."""
    return recent().lines(count)


def masked(secrets: Iterable[str]) -> Callable[[str], str]:
    """What masks these in a text."""
    return Redactor(secrets).redact


def hide(secrets: Iterable[str]) -> None:
    """From now on these are masked too; any thread may call it."""
    held = list(secrets)
    for front in _fronts(logging.getLogger()):
        front.redactor.hide(held)


def flush(timeout_s: float = FLUSH_MAY_TAKE_S) -> bool:
    """Waits until what was logged is written; False when the time ran out first."""
    return all(front.writer.is_over or front.writer.flush(timeout_s) for front in _fronts(logging.getLogger()))


def threads() -> list[threading.Thread]:
    """The one that writes."""
    written_by = [front.writer.thread for front in _fronts(logging.getLogger())]
    return [thread for thread in written_by if thread is not None]


def recent() -> Recent:
    """The last lines. Raises LookupError before `configure`."""
    fronts = _fronts(logging.getLogger())
    if not fronts:
        raise LookupError("the logs are not configured")
    return fronts[0].recent


_BARE = logging.Formatter()


def _fronts(root: logging.Logger) -> list[_Front]:
    return [handler for handler in root.handlers if isinstance(handler, _Front)]


def _say_lost(redactor: Redactor, record: logging.LogRecord, *, place: str = "") -> None:
    error = sys.exc_info()[1]
    with contextlib.suppress(OSError, ValueError):  # stderr itself is gone; there is nowhere left to say so
        sys.stderr.write(redactor.redact(f"a log line of {record.name} was lost{place}: {record.msg!r}: {error!r}\n"))


def _log_uncaught(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        log.info("interrupted")
    else:
        log.critical("uncaught exception", exc_info=(kind, error, traceback))


def _log_uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    name = args.thread.name if args.thread else "an unknown thread"
    if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
        log.critical("thread %s died", name, exc_info=(args.exc_type, args.exc_value, args.exc_traceback))
