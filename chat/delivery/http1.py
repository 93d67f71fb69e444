"""HTTP/1.1 on a connection that is there: a plain answer is read here, any other by the standard library."""

import io
import re
from collections.abc import Callable
from http.client import HTTPException, HTTPResponse, RemoteDisconnected
from typing import Any, NamedTuple, cast

LONGEST_HEAD = 65_536
LARGEST_BODY = 50_000_000
"""Bytes; a hundred updates, the longest real answer, are about one million."""

Receive = Callable[[], bytes]
"""The next bytes of a connection, none once the other side has ended it; raises an OSError."""

_PLAIN = re.compile(rb"HTTP/1\.1 ([245]\d\d)(?: ([^\r\n]*))?\r\n")
_MOST_DIGITS = 18  # Python refuses to read numbers of thousands
_LENGTH, _CONNECTION, _ENCODED = b"\r\ncontent-length:", b"\r\nconnection:", b"\r\ntransfer-encoding:"


class Unreadable(OSError):
    """What came is no HTTP, or too much of it."""


class Reply(NamedTuple):
    """`is_last`: nothing more can be asked on its connection."""

    status_code: int
    reason: str
    content: bytes
    is_last: bool


def post(host: str, path: str, kind: str) -> bytes:
    """The head of a POST up to the value of its last field, the length of the body; all of it ASCII."""
    # Without the encoding a server may choose one, and the answers are too short for any.
    fields = f"Host: {host}\r\nAccept: */*\r\nAccept-Encoding: identity\r\nContent-Type: {kind}\r\nContent-Length: "
    return f"POST {path} HTTP/1.1\r\n{fields}".encode("ascii")


def read_reply(receive: Receive) -> Reply:
    """Raises an OSError for what broke off or cannot be read."""
    received = receive()
    while (end := received.find(b"\r\n\r\n")) < 0:
        received = _more(received, receive)
    head = received[: end + 2].lower()
    status, length = _PLAIN.match(received), _length(head)
    if status is None or length is None:
        return _by_the_library(received, receive)
    if length > LARGEST_BODY:
        raise Unreadable(f"{length} bytes")
    begin, whole = end + 4, end + 4 + length
    if len(received) < whole:
        received = _all(received, whole, receive)
    reason = (status[2] or b"").decode("latin-1")
    return Reply(int(status[1]), reason, received[begin:whole], is_last=len(received) != whole or _ends(head))


def _more(received: bytes, receive: Receive) -> bytes:
    if len(received) > LONGEST_HEAD:
        raise Unreadable(f"a head of more than {LONGEST_HEAD} bytes")
    more = receive()
    if not more:
        raise RemoteDisconnected("the connection ended before the answer")
    return received + more


def _all(received: bytes, whole: int, receive: Receive) -> bytes:
    held = bytearray(received)
    while len(held) < whole:
        more = receive()
        if not more:
            raise RemoteDisconnected("the connection ended within the answer")
        held += more
    return bytes(held)


def _length(head: bytes) -> int | None:
    """None where the length of the body is not said, or not in one plain way."""
    at = head.find(_LENGTH)
    if at < 0 or _ENCODED in head or head.count(_LENGTH) > 1:
        return None
    digits = head[at + len(_LENGTH) : head.index(b"\r\n", at + 2)].strip()
    return int(digits) if digits.isdigit() and len(digits) <= _MOST_DIGITS else None


def _ends(head: bytes) -> bool:
    at = head.find(_CONNECTION)
    return at >= 0 and b"close" in head[at : head.index(b"\r\n", at + 2)]


def _by_the_library(received: bytes, receive: Receive) -> Reply:
    """Chunks, a body that ends with its connection, an answer before the answer, an old version, no HTTP at all."""
    response = HTTPResponse(cast(Any, _Socket(received, receive)), method="POST")
    try:
        response.begin()
        body = response.read(LARGEST_BODY + 1)
    except (HTTPException, ValueError) as error:  # a chunk of less than nothing
        raise Unreadable(type(error).__name__) from None
    if len(body) > LARGEST_BODY:
        raise Unreadable(f"more than {LARGEST_BODY} bytes")
    # What may still be in the library's buffer would be missing from the next answer.
    return Reply(response.status, response.reason, body, is_last=True)


class _Socket(io.RawIOBase):
    """What the library needs of a socket: the bytes that were received, and those that follow."""

    def __init__(self, received: bytes, receive: Receive) -> None:
        super().__init__()
        self._received = received
        self._receive = receive

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        held = self._received or self._receive()
        taken, self._received = held[: len(buffer)], held[len(buffer) :]
        buffer[: len(taken)] = taken
        return len(taken)
