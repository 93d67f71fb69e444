"""A bound on a whole call: at the deadline its connection is cut, wherever the call hangs.

A timeout of requests is per read, so a source that sends a byte now and then keeps a thread for hours.
"""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError


class Deadline:
    """The deadline of one call. The call's own thread registers its connections, a timer cuts the last of them."""

    def __init__(self, seconds: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._end = clock() + seconds
        self._lock = threading.Lock()
        self._connection: HTTPConnection | None = None
        self._passed = False

    @property
    def passed(self) -> bool:
        return self._passed

    def attempt(self, connection: HTTPConnection) -> float:
        """The seconds left for an attempt on this connection; an attempt past the deadline does not begin."""
        with self._lock:
            left = self._end - self._clock()
            if self._passed or left <= 0:
                raise ConnectTimeoutError(connection, "the deadline has passed")
            self._connection = connection
            return left

    def cut(self) -> None:
        with self._lock:
            self._passed = True
            sock = self._connection.sock if self._connection else None
        if sock is not None:
            with contextlib.suppress(OSError):  # it was closed this very moment
                sock.shutdown(socket.SHUT_RDWR)


_calls = threading.local()


@contextlib.contextmanager
def deadline(seconds: float) -> Iterator[Deadline]:
    """Bounds what this thread calls within it through a session with `DeadlineAdapter`."""
    bound = Deadline(seconds)
    timer = threading.Timer(seconds, bound.cut)
    timer.name = "rates-deadline"
    timer.daemon = True
    timer.start()
    _calls.bound = bound
    try:
        yield bound
    finally:
        _calls.bound = None
        timer.cancel()


def _bound() -> Deadline | None:
    bound: Deadline | None = getattr(_calls, "bound", None)
    return bound


class _Bounded(HTTPConnection):
    """Takes part in the deadline of the call that uses it."""

    def connect(self) -> None:
        if bound := _bound():
            left = bound.attempt(self)
            self.timeout = left if not isinstance(self.timeout, int | float) else min(left, self.timeout)
        super().connect()
        if bound:
            bound.attempt(self)  # it may have passed while there was no socket yet that could be cut

    def request(self, *args: Any, **kwargs: Any) -> None:
        if bound := _bound():
            bound.attempt(self)
        super().request(*args, **kwargs)


class _BoundedTls(_Bounded, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Bounded


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _BoundedTls


class DeadlineAdapter(HTTPAdapter):
    """requests' adapter, on pools whose connections know the deadline; through a proxy too."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        _use_bounded(self.poolmanager)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(*args, **kwargs)
        _use_bounded(manager)
        return manager


def _use_bounded(manager: PoolManager) -> None:
    manager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}
