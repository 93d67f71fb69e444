"""The first poll, sent while the rest of the program is still being loaded, which takes longer than Telegram's answer.

What it is made with is loaded before everything else: little more than the standard library.
"""

import json
import ssl
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlencode, urlsplit

from chat.delivery.answers import read
from chat.delivery.errors import TransportError

LONG_POLL_S = 10
LONGEST_S = 20.0
"""An answer that drips in is not waited for any longer; each silence is bounded before."""

_METHOD = "getUpdates"
_CONNECT_S = 5.0
_READ_S = LONG_POLL_S + 5.0
_FORM = "application/x-www-form-urlencoded"

Fetch = Callable[[int | None, int], object]
"""One getUpdates, as the poller makes it: the offset, None for the first, and the seconds it may wait."""


@dataclass(frozen=True, slots=True)
class _Response:
    """As it came."""

    status_code: int
    reason: str
    content: bytes


class HeadStart:
    """One getUpdates without an offset: Telegram forgets nothing by it, and what it brings has yet to be taken in."""

    def __init__(self, server: str, token: str, kinds: Sequence[str]) -> None:
        """`server` is the base of a Bot API server, to which nothing but the direct way leads."""
        self._server = urlsplit(server)
        self._path = f"{self._server.path.rstrip('/')}/bot{token}/{_METHOD}"
        self._form = urlencode({"timeout": LONG_POLL_S, "allowed_updates": json.dumps(list(kinds))})
        self._response: _Response | None = None
        self._trouble = "no whole answer"
        self._thread = threading.Thread(target=self._ask, name="first-poll", daemon=True)

    def start(self) -> "HeadStart":
        """Asks in a daemon thread of its own, `first-poll`."""
        self._thread.start()
        return self

    def before(self, fetch: Fetch) -> Fetch:
        """`fetch`, but for its first call, which gets what is on its way: updates, a refusal or a trouble."""
        is_used = False

        def ask(offset: int | None, timeout_s: int) -> object:
            nonlocal is_used
            if is_used or offset is not None:
                return fetch(offset, timeout_s)
            is_used = True
            return self._updates()

        return ask

    def _updates(self) -> object:
        """Raises what `fetch` raises for the like."""
        from telebot.apihelper import ApiTelegramException  # noqa: PLC0415  # it is what is loaded meanwhile

        self._thread.join(LONGEST_S)
        if self._response is None:
            raise TransportError(_METHOD, self._trouble)
        answer = read(self._response, _METHOD)
        if isinstance(answer, TransportError):
            raise answer
        if answer.error_code is not None:
            raise ApiTelegramException(_METHOD, answer, answer.payload)
        return answer.payload["result"]

    def _ask(self) -> None:
        try:
            connection = self._connection()
            try:
                connection.connect()
                connection.sock.settimeout(_READ_S)
                connection.request("POST", self._path, self._form, {"Content-Type": _FORM, "Connection": "close"})
                response = connection.getresponse()
                self._response = _Response(response.status, response.reason, response.read())
            finally:
                connection.close()
        except (OSError, HTTPException, ValueError) as error:
            self._trouble = type(error).__name__  # its text might hold the token

    def _connection(self) -> HTTPConnection:
        host = self._server.netloc
        if self._server.scheme == "http":
            return HTTPConnection(host, timeout=_CONNECT_S)
        import certifi  # noqa: PLC0415  # the certificates that all other calls trust; not needed without TLS

        context = ssl.create_default_context(cafile=certifi.where())
        return HTTPSConnection(host, timeout=_CONNECT_S, context=context)
