"""A bound on a whole call: whoever waits is free at the deadline, and the connection of the call is cut.

A timeout of requests is per read, so a source that sends a byte now and then keeps a thread for hours, and nothing at
all bounds the look-up of a name or the pauses between retries. So a call runs on a thread of its own.
"""

import contextlib
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import ContextVar
from typing import Any, TypeVar

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, ProxyManager
from urllib3.connection import HTTPConnection, HTTPSConnection

T = TypeVar("T")


class DeadlinePassed(Exception):
    """The call was not over in time. No OSError, so that urllib3 does not take it for something worth a retry."""


class _Call:
    """What the thread of a call is connected to, so that whoever waits for it can cut the connection."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._is_over = False

    def use(self, sock: socket.socket | None = None) -> None:
        """Before anything is done on a socket, or on a new one. Past the deadline nothing more is begun."""
        with self._lock:
            if self._is_over:
                raise DeadlinePassed
            self._socket = sock

    def cut(self) -> None:
        with self._lock:
            self._is_over = True
            sock = self._socket
        if sock is not None:
            # Not the shutdown of an SSLSocket: that would take the TLS away under a thread that is reading.
            with contextlib.suppress(OSError):  # it was closed this very moment
                socket.socket.shutdown(sock, socket.SHUT_RDWR)


_current: ContextVar[_Call | None] = ContextVar("call", default=None)


def within(seconds: float, action: Callable[[], T], *, name: str) -> T:
    """What the action returns or raises, if it does in time; raises DeadlinePassed if not.

    It runs on a thread of that name. What it does on a session with a DeadlineAdapter is cut off at the deadline.
    """
    call, outcome = _Call(), Future[T]()

    def run() -> None:
        _current.set(call)
        try:
            outcome.set_result(action())
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is raised where the call was made
            outcome.set_exception(error)

    threading.Thread(target=run, name=name, daemon=True).start()
    try:
        error = outcome.exception(seconds)
    except TimeoutError:
        call.cut()
        raise DeadlinePassed from None
    if error is not None:
        raise error
    return outcome.result()


class _Bounded(HTTPConnection):
    """Tells the call that uses it, if there is one, what it is connected to."""

    def _new_conn(self) -> socket.socket:
        call = _current.get()
        if call is None:
            return super()._new_conn()
        call.use()
        sock = super()._new_conn()
        try:
            call.use(sock)
        except DeadlinePassed:
            sock.close()
            raise
        return sock

    def request(self, *args: Any, **kwargs: Any) -> None:
        call = _current.get()
        if call is not None:
            # Of a TLS connection inside the one to a TLS proxy, the socket is that of the proxy.
            call.use(getattr(self.sock, "socket", self.sock))
        super().request(*args, **kwargs)


class _BoundedTls(_Bounded, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Bounded


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _BoundedTls


POOLS = {"http": _Pool, "https": _TlsPool}


class DeadlineAdapter(HTTPAdapter):
    """requests' adapter, on pools whose connections can be cut; through a proxy too."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = POOLS

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(*args, **kwargs)
        if type(manager) is ProxyManager:  # one for SOCKS has connections of its own, which nobody can cut
            manager.pool_classes_by_scheme = POOLS
        return manager
