"""Calls on connections that are kept open: one message out, one in, nothing looked up, no thread begun for either."""

import json
import re
import select
import threading
import time
from collections.abc import Callable
from typing import Any, Protocol, Self
from urllib.parse import urlsplit

from chat.delivery.answers import Response
from chat.delivery.errors import NotServing
from chat.delivery.http1 import Reply, post, read_reply
from chat.delivery.sender import Session, Timeout

MOST = 32
IDLE_S = 50.0
"""A connection that was not used for longer is not used again: a router on the way may have forgotten it by then."""

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_CHUNK = 8_192
"""Asked of a connection at a time: more than most answers have, and held for it by each thread that waits for one."""
_AT_ONCE = 16_384
"""So many bytes have room in the system, so that sending them takes no time."""
_PLAIN_PATH = re.compile(r"/[A-Za-z0-9:_/.~-]+")
_PLAIN_HOST = re.compile(r"[A-Za-z0-9.:\[\]-]+")


class Socket(Protocol):
    """A connected one; whatever it raises is an OSError."""

    def sendall(self, data: bytes, /) -> None: ...
    def recv(self, size: int, /) -> bytes: ...
    def settimeout(self, seconds: float | None, /) -> None: ...
    def fileno(self) -> int: ...
    def close(self) -> None: ...


class Pooled(Session, Protocol):
    """A session that makes the connections, as the environment has its certificates and proxies."""

    def spare(self, url: str) -> Socket | None:
        """A connection to where the URL is that has answered, no longer the session's; None where there is none."""


class ReadTimeout(TimeoutError):
    """Telegram was silent for too long, or had not said all of it in the time that the call may take."""


class _Kept:
    """A connection between two calls."""

    __slots__ = ("_looks", "_waits_s", "since", "sock")

    def __init__(self, sock: Socket, since: float) -> None:
        self.sock = sock
        self.since = since
        self._waits_s = -1.0
        self._looks = _looking_at(sock)

    def wait_at_most(self, seconds: float) -> None:
        """For the next sending or reading. Only a change is told to the system, which lets other threads in."""
        if seconds != self._waits_s:
            self.sock.settimeout(seconds)
            self._waits_s = seconds

    def is_well(self) -> bool:
        """What can be read before anything was asked is the other side's goodbye."""
        return not self._looks()


class KeptConnections:
    """POSTs to the one server at `server`; any thread may call.

    A call goes on the kept connection that was used last. Where none is kept the session makes the call its own way,
    with all that a new connection takes, and its connection is kept here from the next call on. So is done with calls
    that carry files or a proxy of their own.
    """

    def __init__(
        self,
        server: str,
        session: Pooled,
        *,
        most: int = MOST,
        serves: Callable[[], bool] = lambda: True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`serves` is asked once more right before a call goes out: by then this process may have been frozen."""
        parts = urlsplit(server)
        is_plain = _PLAIN_HOST.fullmatch(parts.netloc) is not None
        self._origin = f"{parts.scheme}://{parts.netloc}" if is_plain else None
        self._host = parts.netloc
        self._session = session
        self._most = most
        self._serves = serves
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: list[_Kept] = []
        self._heads: dict[str, bytes] = {}
        self._is_closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Closes what is kept; calls under way end by themselves."""
        with self._lock:
            self._is_closed = True
            gone, self._kept = self._kept, []
        for kept in gone:
            kept.sock.close()

    def post(
        self,
        url: str,
        data: dict[str, Any] | None = None,
        *,
        files: dict[str, Any] | None,
        timeout: Timeout,
        proxies: dict[str, str] | None,
        within_s: float,
    ) -> Response:
        """`timeout` bounds the sending and each silence; a call is over `within_s` even if bytes go on dripping."""
        until = self._clock() + within_s
        head = None if files or proxies else self._head(url)
        # Made before a connection is taken: what cannot be made costs none.
        request = None if head is None else _request(head, data)
        kept = None if request is None else self._take(url)
        if request is not None and kept is not None:
            kept.wait_at_most(timeout[0] if len(request) > _AT_ONCE else timeout[1])
            if not self._serves():
                self._keep(kept)
                raise NotServing(url.rsplit("/", 1)[-1])
            try:
                kept.sock.sendall(request)
            except TimeoutError:
                kept.sock.close()
                raise
            except OSError:
                kept.sock.close()  # a request that is not whole is none, so that it may be made again
            else:
                return self._receive(kept, timeout[1], until)
        if not self._serves():
            raise NotServing(url.rsplit("/", 1)[-1])
        return self._session.post(url, data, files=files, timeout=timeout, proxies=proxies, within_s=within_s)

    def _receive(self, kept: _Kept, silence_s: float, until: float) -> Reply:
        sock = kept.sock

        def receive() -> bytes:
            left_s = min(silence_s, until - self._clock())
            if left_s <= 0:
                raise ReadTimeout
            kept.wait_at_most(left_s)
            try:
                return sock.recv(_CHUNK)
            except TimeoutError:
                raise ReadTimeout from None

        try:
            reply = read_reply(receive)
        except BaseException:
            sock.close()
            raise
        if reply.is_last:
            sock.close()
        else:
            self._keep(kept)
        return reply

    def _take(self, url: str) -> _Kept | None:
        now = self._clock()
        while True:
            with self._lock:
                kept = self._kept.pop() if self._kept else None
            if kept is None:
                sock = self._session.spare(url)
                return None if sock is None else _Kept(sock, now)
            if now - kept.since <= IDLE_S and kept.is_well():
                return kept
            kept.sock.close()

    def _keep(self, kept: _Kept) -> None:
        kept.since = self._clock()
        with self._lock:
            is_kept = not self._is_closed and len(self._kept) < self._most
            if is_kept:
                self._kept.append(kept)
        if not is_kept:
            kept.sock.close()

    def _head(self, url: str) -> bytes | None:
        """None for a URL that has to be looked at more closely than here."""
        head = self._heads.get(url)
        if head is None and self._origin is not None and url.startswith(f"{self._origin}/"):
            path = url.removeprefix(self._origin)
            if _PLAIN_PATH.fullmatch(path):
                # A URL for each method, as many as the bot knows.
                head = self._heads[url] = post(self._host, path, "application/json")
        return head


def _looking_at(sock: Socket) -> Callable[[], object]:
    """Tells, at once, whether there is anything to read."""
    number = sock.fileno()
    if not hasattr(select, "poll"):  # Windows has none
        return lambda: select.select([number], [], [], 0)[0]
    looks = select.poll()
    looks.register(number, select.POLLIN)
    return lambda: looks.poll(0)


def _request(head: bytes, data: dict[str, Any] | None) -> bytes:
    given = data or {}
    if None in given.values():
        given = {name: value for name, value in given.items() if value is not None}
    body = _encode(given).encode()
    return b"%b%d\r\n\r\n%b" % (head, len(body), body)
