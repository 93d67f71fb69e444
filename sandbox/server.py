"""A small HTTP/1.1 server on 127.0.0.1: a thread per connection, kept alive, one write per answer.

`http.server` spends more on a request's headers than the stand-in on a whole sendMessage, and load tests run here.
"""

import contextlib
import logging
import socket
import struct
import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass
from http import HTTPStatus

_log = logging.getLogger(__name__)

LOOPBACK = "127.0.0.1"
_RECEIVE = 65_536
_MOST_HEAD = 65_536
_MOST_BODY = 32 * 1024 * 1024
_NO_LINGER = struct.pack("ii", 1, 0)
_REASONS = {status.value: status.phrase for status in HTTPStatus}


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asked; header names are lower case, path and query as they came."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Response:
    """An answer; `drip_s` is the pause between the bytes of its body, `chunks` a body that goes on while it lasts."""

    body: bytes = b""
    status: int = 200
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()
    drip_s: float = 0.0
    chunks: Generator[bytes, None, None] | None = None


class Hangup(Exception):
    """The connection ends in a reset, without an answer."""


class Silence(Exception):
    """The client waits for an answer until it gives up."""


class _Unreadable(Exception):
    """What came is not HTTP."""


Handler = Callable[[Request], Response]


class Server:
    """Listens from `start` to `stop`; `halt` is set when it stops, so whoever waits inside a handler waits on it.

    `failures` are exceptions that a handler let through.
    """

    def __init__(self, handler: Handler, *, port: int = 0) -> None:
        self.halt = threading.Event()
        self.failures: list[Exception] = []
        self._handler = handler
        self._listener = socket.create_server((LOOPBACK, port), backlog=256)
        self._lock = threading.Lock()
        self._open: dict[socket.socket, threading.Thread] = {}
        self._accepting = threading.Thread(target=self._accept, name="sandbox-accept", daemon=True)

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def start(self) -> None:
        self._accepting.start()

    def stop(self) -> None:
        """Close everything and wait for the threads."""
        self.halt.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        if self._accepting.ident is not None:
            self._accepting.join()
        self._listener.close()
        with self._lock:
            threads = list(self._open.values())
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join(timeout=5)

    def _accept(self) -> None:
        while not self.halt.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                self.halt.wait(0.01)
                continue
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            thread = threading.Thread(target=self._serve, args=(connection,), name="sandbox-connection", daemon=True)
            with self._lock:
                self._open[connection] = thread
                thread.start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            self._converse(connection)
        except Hangup:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        except Silence:
            with contextlib.suppress(OSError):
                connection.recv(1)
        except (OSError, _Unreadable):
            pass  # the client is gone, or never spoke HTTP
        finally:
            with self._lock:
                del self._open[connection]
            connection.close()

    def _converse(self, connection: socket.socket) -> None:
        rest = b""
        while not self.halt.is_set():
            request, rest = _read(connection, rest)
            if request is None:
                return
            response = self._respond(request)
            self._write(connection, response)
            if response.chunks is not None or request.headers.get("connection", "").lower() == "close":
                return

    def _respond(self, request: Request) -> Response:
        try:
            return self._handler(request)
        except (Hangup, Silence):
            raise
        except Exception as error:  # noqa: BLE001 - the outermost edge of a request; a test fails by what is kept
            _log.exception("%s %s failed", request.method, request.path.partition(":")[0])
            self.failures.append(error)
            return Response(repr(error).encode(), status=500, content_type="text/plain")

    def _write(self, connection: socket.socket, response: Response) -> None:
        if response.chunks is not None:
            connection.sendall(_head(response, length=None))
            with contextlib.closing(response.chunks):
                for chunk in response.chunks:
                    connection.sendall(chunk)
        elif response.drip_s:
            connection.sendall(_head(response, length=len(response.body)))
            for byte in response.body:
                if self.halt.wait(response.drip_s):
                    return
                connection.sendall(bytes((byte,)))
        else:
            connection.sendall(_head(response, length=len(response.body)) + response.body)


def _head(response: Response, *, length: int | None) -> bytes:
    lines = [
        f"HTTP/1.1 {response.status} {_REASONS.get(response.status, 'Unknown')}",
        f"Content-Type: {response.content_type}",
        "Connection: close" if length is None else f"Content-Length: {length}",
    ]
    lines.extend(f"{name}: {value}" for name, value in response.headers)
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _read(connection: socket.socket, rest: bytes) -> tuple[Request | None, bytes]:
    """The next request and what was received beyond it; None when the client closed."""
    while (end := rest.find(b"\r\n\r\n")) < 0:
        if len(rest) > _MOST_HEAD:
            raise _Unreadable("the head of the request does not end")
        received = connection.recv(_RECEIVE)
        if not received:
            return None, b""
        rest += received
    first, *lines = rest[:end].decode("latin-1").split("\r\n")
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    try:
        method, target, _ = first.split(" ")
        length = int(headers.get("content-length", "0"))
    except ValueError as error:
        raise _Unreadable(first) from error
    if not 0 <= length <= _MOST_BODY or "transfer-encoding" in headers:
        raise _Unreadable("a body of unknown or too great a length")
    body, rest = _read_body(connection, rest[end + 4 :], length=length)
    path, _, query = target.partition("?")
    return Request(method, path, query, headers, body), rest


def _read_body(connection: socket.socket, rest: bytes, *, length: int) -> tuple[bytes, bytes]:
    if len(rest) >= length:
        return rest[:length], rest[length:]
    parts = [rest]
    missing = length - len(rest)
    while missing > 0:
        received = connection.recv(min(missing, _RECEIVE))
        if not received:
            raise _Unreadable("the body ends early")
        parts.append(received)
        missing -= len(received)
    return b"".join(parts), b""
