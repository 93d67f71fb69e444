"""A bound on a whole call: whoever waits is free at the deadline, and the connection of the call is cut.

A timeout of requests is per read, so a source that sends a byte now and then keeps a thread for hours, and nothing at
all bounds the look-up of a name or the pauses between retries. So a call runs on a thread of its own.
"""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextvars import ContextVar
from typing import Any, TypeVar

from requests import PreparedRequest
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, ProxyManager
from urllib3.connection import HTTPConnection, HTTPSConnection

T = TypeVar("T")
Wait = Callable[[Future[Any], float], Any]
"""How an outcome is waited for, at most so many seconds; raises TimeoutError after them, whatever the clock says."""


class DeadlinePassed(Exception):
    """The call was not over in time. No OSError, so that urllib3 does not take it for something worth a retry."""


class _Call:
    """What the thread of a call is connected to, so that whoever waits for it can cut the connection."""

    def __init__(self, seconds: float) -> None:
        self._deadline = time.monotonic() + seconds
        self._lock = threading.Lock()
        self._handle: socket.socket | None = None
        self._is_over = False

    def hold(self, sock: socket.socket | None) -> None:
        """Before anything is done on a socket, or on one to come. Past the deadline nothing more is begun.

        A handle of its own: TLS takes the socket over while it shakes hands, and urllib3 forgets the socket of a
        connection that will not be kept while it still reads from it.
        """
        with self._lock:
            # Whoever waits and would cut the call may be late, on a busy machine.
            if self._is_over or time.monotonic() >= self._deadline:
                raise DeadlinePassed
            self._drop()
            if sock is not None:
                self._handle = socket.fromfd(sock.fileno(), socket.AF_INET, socket.SOCK_STREAM)

    def let_go(self) -> bool:
        """Before others may use the connection; False when it was cut."""
        with self._lock:
            self._drop()
            return not self._is_over

    def end(self) -> None:
        """Cuts what the call still holds."""
        with self._lock:
            self._is_over = True
            if self._handle is not None:
                with contextlib.suppress(OSError):  # the other side was faster
                    self._handle.shutdown(socket.SHUT_RDWR)
            self._drop()

    def _drop(self) -> None:
        if self._handle is not None:
            self._handle.close()
            self._handle = None


_current: ContextVar[_Call | None] = ContextVar("call", default=None)


def within(seconds: float, action: Callable[[], T], *, name: str, wait: Wait = Future.result) -> T:
    """What the action returns or raises, if it does in time; raises DeadlinePassed if not.

    It runs on a thread of that name. What it does on a session with a DeadlineAdapter is cut off at the deadline.
    """
    call, outcome = _Call(seconds), Future[T]()

    def run() -> None:
        _current.set(call)
        try:
            outcome.set_result(action())
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is raised where the call was made
            outcome.set_exception(error)

    threading.Thread(target=run, name=name, daemon=True).start()
    try:
        result: T = wait(outcome, seconds)
    except TimeoutError:
        if outcome.done():  # it is the action's own, or the action was over this very moment
            return outcome.result()
        raise DeadlinePassed from None
    else:
        return result
    finally:
        call.end()


class _Bounded(HTTPConnection):
    """Tells the call that uses it, if there is one, what it is connected to."""

    def _new_conn(self) -> socket.socket:
        call = _current.get()
        if call is None:
            return super()._new_conn()
        call.hold(None)
        sock = super()._new_conn()
        try:
            call.hold(sock)
        except BaseException:
            sock.close()
            raise
        return sock

    def _tunnel(self) -> None:
        super()._tunnel()
        self._begin()  # Python forgets to close what it cannot wrap in TLS because it has been cut

    def request(self, *args: Any, **kwargs: Any) -> None:
        self._begin()
        super().request(*args, **kwargs)

    def _begin(self) -> None:
        call = _current.get()
        if call is not None:
            call.hold(self.sock)


class _BoundedTls(_Bounded, HTTPSConnection):
    pass


class Pool(HTTPConnectionPool):
    """Of connections that can be cut, to one host."""

    ConnectionCls = _Bounded

    def spare(self, *, rested_s: float) -> socket.socket | None:
        """A connection that is open and not in use, no longer the pool's: whoever has it speaks HTTP on it.

        None where there is none that has rested for no longer, and where a proxy takes whole URLs instead of paths.
        """
        if self.proxy is not None and self.scheme == "http":
            return None
        while True:
            conn: Any = self._get_conn()
            sock: socket.socket | None = conn.sock
            if sock is None or time.monotonic() - getattr(conn, "rests_since", 0.0) < rested_s:
                return sock
            conn.close()

    def _put_conn(self, conn: Any) -> None:
        call = _current.get()
        if call is not None and not call.let_go() and conn is not None:
            conn.close()
        if conn is not None:
            conn.rests_since = time.monotonic()
        super()._put_conn(conn)


class _TlsPool(Pool, HTTPSConnectionPool):
    ConnectionCls = _BoundedTls


POOLS = {"http": Pool, "https": _TlsPool}


class DeadlineAdapter(HTTPAdapter):
    """requests' adapter, on pools whose connections can be cut; through a proxy too."""

    def pool_for(
        self, request: PreparedRequest, verified_by: bool | str | None, proxies: Mapping[str, str]
    ) -> Pool | None:
        """That of a request; None for one through a SOCKS proxy. `verified_by` is as for requests."""
        pool = self.get_connection_with_tls_context(request, verified_by, proxies=dict(proxies))
        return pool if isinstance(pool, Pool) else None

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = POOLS

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(*args, **kwargs)
        if type(manager) is ProxyManager:  # one for SOCKS has connections of its own, which nobody can cut
            manager.pool_classes_by_scheme = POOLS
        return manager
