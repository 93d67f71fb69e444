"""One conversation with a Redis server, of one thread: redis-py's connection, without its pool and its retries."""

import socket
from contextlib import suppress
from typing import Any, Protocol

from storage.errors import RedisUnusable

try:
    from redis.connection import Connection, SSLConnection, parse_url
    from redis.exceptions import RedisError
except ImportError as error:  # pragma: no cover  # its test is a process of its own
    raise RedisUnusable("its package is missing: pip install -r requirements-redis.txt") from error

READ_S = 1.0
"""For one read and for one attempt to connect; how long somebody waits in all is for the one who waits to say."""


class WireBroken(Exception):
    """What the server said, or that it said nothing, in one line; the conversation is over."""


class Wire(Protocol):
    """All but `cut` is for one thread."""

    def call(self, *command: str | int) -> Any:
        """The answer: text, a number, a list of these, or None. Raises WireBroken."""

    def cut(self) -> None:
        """Any thread: a call under way fails at once."""

    def close(self) -> None: ...


class _Reachable:
    """Keeps the socket where another thread can reach it: redis-py's own `disconnect` is for the thread that reads."""

    raw: socket.socket

    def _connect(self) -> Any:
        self.raw = super()._connect()  # type: ignore[misc]  # of the connection it is mixed into
        return self.raw


class _Plain(_Reachable, Connection):
    pass


class _Tls(_Reachable, SSLConnection):
    """Certificates and names are checked: that is redis-py's default."""


class RedisWire:
    """Connected, and the password taken, when it is made. Raises WireBroken."""

    def __init__(self, url: str, *, timeout_s: float = READ_S) -> None:
        options = parse_url(url)
        kind: Any = _Plain if options.pop("connection_class", None) is None else _Tls  # nothing of it is typed
        self._connection = kind(
            **options,
            socket_timeout=timeout_s,
            socket_connect_timeout=min(timeout_s, READ_S),
            decode_responses=True,
            protocol=2,
            driver_info=None,
        )
        try:
            self._connection.connect()
        except (RedisError, OSError, ValueError) as error:
            raise WireBroken(_reason(error)) from error

    def call(self, *command: str | int) -> Any:
        self.send(*command)
        return self.read()

    def send(self, *command: str | int) -> None:
        """Does not wait for the answer."""
        try:
            self._connection.send_command(*command)
        except (RedisError, OSError) as error:
            raise WireBroken(_reason(error)) from error

    def read(self) -> Any:
        """The next answer, or what a subscription brings."""
        try:
            return self._connection.read_response()
        except (RedisError, OSError, ValueError) as error:
            raise WireBroken(_reason(error)) from error

    def cut(self) -> None:
        with suppress(OSError):  # it is closed already
            self._connection.raw.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._connection.disconnect()


def _reason(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__
