"""Logs as lines of text on stderr, in which no secret is ever seen."""

import contextlib
import logging
import re
import sys
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from types import TracebackType
from urllib.parse import quote, quote_plus

from ops.last_lines import LastLines

log = logging.getLogger(__name__)

MASK = "***"
BOT_SHAPE = r"[0-9]+(?::|%3A)[A-Za-z0-9_-]{35,}"
LINE = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class RedactingFormatter(logging.Formatter):
    """Masks secrets in the finished text, traceback included: nothing that is put in later can slip past."""

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__(LINE)
        self._secrets: frozenset[str] = frozenset()
        self._pattern = re.compile(BOT_SHAPE)
        self.hide(secrets)

    @property
    def secrets(self) -> frozenset[str]:
        return self._secrets

    def hide(self, secrets: Iterable[str]) -> None:
        """From now on these are masked too, as they are and as they look in a URL; of a bot's token also its end."""
        given = {secret for secret in secrets if secret}
        self._secrets |= given | {secret.partition(":")[2] for secret in given if re.fullmatch(BOT_SHAPE, secret)}
        spelled = {write(secret) for secret in self._secrets for write in (str, quote, quote_plus, _quote_all)}
        longest_first = sorted(map(re.escape, spelled), key=len, reverse=True)
        self._pattern = re.compile("|".join([*longest_first, BOT_SHAPE]), re.IGNORECASE)

    def redact(self, text: str) -> str:
        return self._pattern.sub(MASK, text)

    def format(self, record: logging.LogRecord) -> str:
        return self.redact(super().format(record))

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: ARG002, N802  # logging's
        moment = datetime.fromtimestamp(record.created, UTC)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class _Handler(logging.StreamHandler):  # type: ignore[type-arg]  # generic in the stubs alone
    """Where a line leaves for stderr."""

    def __init__(self, formatter: RedactingFormatter) -> None:
        super().__init__(sys.stderr)
        self.redacting = formatter
        self.setFormatter(formatter)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  # logging's
        """A line that cannot be written: logging's own way would print its arguments, secrets among them."""
        error = sys.exc_info()[1]
        with contextlib.suppress(OSError, ValueError):  # stderr itself is gone; there is nowhere left to say so
            self.stream.write(
                self.redacting.redact(f"a log line of {record.name} was lost: {record.msg!r}: {error!r}\n")
            )


def configure(level: str, secrets: Iterable[str]) -> None:
    """Call it when telebot is imported, since it takes telebot's own handler away; a second call starts over.

    Exceptions that nobody caught go the same way, in threads too. Secrets named in an earlier call stay hidden.
    """
    root = logging.getLogger()
    formatter = RedactingFormatter(secrets)
    for handler in _ours(root):
        formatter.hide(handler.redacting.secrets)
        root.removeHandler(handler)
    for kept in _kept(root):
        root.removeHandler(kept)
    root.addHandler(LastLines(formatter))
    root.addHandler(_Handler(formatter))
    root.setLevel(level)
    # telebot writes errors unredacted to stderr; urllib3 logs URLs, the token in them, at DEBUG and when it retries.
    logging.getLogger("TeleBot").handlers.clear()
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    sys.excepthook = _log_uncaught
    threading.excepthook = _log_uncaught_in_thread


def last_lines(count: int) -> list[str]:
    """What was logged last, masked; the newest last."""
    return [line for kept in _kept(logging.getLogger()) for line in kept.last(count)]


def masked(secrets: Iterable[str]) -> Callable[[str], str]:
    """What masks these in a text."""
    return RedactingFormatter(secrets).redact


def hide(secrets: Iterable[str]) -> None:
    """From now on these are masked too; any thread may call it."""
    held = list(secrets)
    for handler in _ours(logging.getLogger()):
        handler.redacting.hide(held)


def _ours(root: logging.Logger) -> list[_Handler]:
    return [handler for handler in root.handlers if isinstance(handler, _Handler)]


def _kept(root: logging.Logger) -> list[LastLines]:
    return [handler for handler in root.handlers if isinstance(handler, LastLines)]


def _quote_all(secret: str) -> str:
    return quote(secret, safe="")


def _log_uncaught(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        log.info("interrupted")
    else:
        log.critical("uncaught exception", exc_info=(kind, error, traceback))


def _log_uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    name = args.thread.name if args.thread else "an unknown thread"
    if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
        log.critical("thread %s died", name, exc_info=(args.exc_type, args.exc_value, args.exc_traceback))
