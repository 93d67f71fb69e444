"""Servers on 127.0.0.1 that answer as badly as a test wants them to."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from typing import Any

STALLED_S = 0.05
"""So long a call goes on that has come to where it waits for nothing."""
Script = Callable[["Line"], None]
"""What the server does with one connection; when it returns the connection is closed."""


class Line:
    """One connection, seen from the server."""

    def __init__(self, sock: socket.socket, *, number: int, over: threading.Event, stalls: threading.Event) -> None:
        self.number = number
        self._sock = sock
        self._over = over
        self._stalls = stalls
        self._unread = b""

    def request(self) -> bytes:
        """The head of the next request; empty when the client has gone."""
        while b"\r\n\r\n" not in self._unread:
            received = self._sock.recv(65_536)
            if not received:
                return b""
            self._unread += received
        head, _, self._unread = self._unread.partition(b"\r\n\r\n")
        return head

    def send(self, data: bytes) -> None:
        self._sock.sendall(data)

    def shake_hands(self, context: ssl.SSLContext) -> None:
        """TLS from here on."""
        self._sock = context.wrap_socket(self._sock, server_side=True)

    def close(self) -> None:
        self._sock.close()

    def drip(self, data: bytes = b"x", *, every_s: float = 0.02) -> None:
        """The same bytes again and again, until the client or the test has had enough."""
        with suppress(OSError):
            while not self._over.wait(every_s):
                self._sock.sendall(data)
                self._stalls.set()

    def hang(self) -> None:
        """Says nothing until the client has gone."""
        self._stalls.set()
        with suppress(OSError):
            while self._sock.recv(65_536):
                pass


class Server:
    """Runs a script for each connection, on a thread of its own."""

    def __init__(self, script: Script, *, tls: ssl.SSLContext | None = None) -> None:
        self._script = script
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._over = threading.Event()
        self._threads: list[threading.Thread] = []
        self._sockets: list[socket.socket] = []
        self.lines = 0
        self.stalls = threading.Event()
        """Set when a client waits for what hangs or drips."""
        self.gone = threading.Semaphore(0)
        """Released when a connection has ended."""
        self._accepting = threading.Thread(target=self._accept, name="test-server", daemon=True)
        self._accepting.start()

    @property
    def port(self) -> int:
        port: int = self._listener.getsockname()[1]
        return port

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    def close(self) -> None:
        self._over.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._accepting.join(30)
        self._listener.close()
        for sock in self._sockets:
            with suppress(OSError):
                socket.socket.shutdown(sock, socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(30)

    def _accept(self) -> None:
        while not self._over.is_set():
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.lines += 1
            if self._tls:
                sock = self._tls.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
            self._sockets.append(sock)
            thread = threading.Thread(target=self._serve, args=(sock, self.lines), name="test-line", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, sock: socket.socket, number: int) -> None:
        line = Line(sock, number=number, over=self._over, stalls=self.stalls)
        try:
            with suppress(OSError):
                if isinstance(sock, ssl.SSLSocket):
                    sock.do_handshake()
                self._script(line)
        finally:
            line.close()
            self.gone.release()


def passing(is_reached: Callable[[], bool]) -> Callable[[Future[Any], float], Any]:
    """How a call is waited for whose deadline passes when this is so, however slow the machine is."""

    def wait(outcome: Future[Any], seconds: float) -> Any:
        either = threading.Event()
        outcome.add_done_callback(lambda _: either.set())
        until = time.monotonic() + seconds
        while not is_reached() and not either.wait(0.01) and time.monotonic() < until:
            pass
        return outcome.result(STALLED_S)

    return wait


@contextmanager
def serving(script: Script, *, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    server = Server(script, tls=tls)
    try:
        yield server
    finally:
        server.close()


def answer(body: bytes = b"{}", *, status: str = "200 OK", headers: str = "") -> bytes:
    """A whole HTTP answer."""
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode() + body


def answering(*answers: bytes) -> Script:
    """Each request of a connection gets the next answer, and every one after the last gets the last."""
    left = list(answers)

    def script(line: Line) -> None:
        while line.request():
            line.send(left.pop(0) if len(left) > 1 else left[0])

    return script
