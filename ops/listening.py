"""waitress, set up so that slow and many clients harm nobody but themselves."""

import logging
import socket
import threading
from collections.abc import Callable, Iterable
from typing import Any

from waitress.channel import HTTPChannel
from waitress.server import TcpWSGIServer

THREADS = 3
CONNECTIONS = 300
IDLE_S = 5
CLEANUP_S = 2
LONGEST_CONNECTION_S = 30.0
"""Whoever sends a byte now and then is never idle, and has sent no request in all that time."""
LARGEST_HEAD, LARGEST_BODY = 16_384, 1_024
"""Bytes; nothing that is asked here has a body."""


class Listening(TcpWSGIServer):
    """A loop on the thread that calls `serve`, and a few threads that answer."""

    def __init__(self, app: Callable[[Any, Any], Iterable[bytes]], bound: socket.socket) -> None:
        # It says so when requests queue up, which they may.
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        self.connections: dict[int, Any] = {}
        self._pulling, self._is_over = threading.Lock(), False
        super().__init__(
            app,
            map=self.connections,
            _sock=bound,
            bind_socket=False,
            sockinfo=(bound.family, bound.type, bound.proto, bound.getsockname()),
            threads=THREADS,
            connection_limit=CONNECTIONS,
            channel_timeout=IDLE_S,
            cleanup_interval=CLEANUP_S,
            max_request_header_size=LARGEST_HEAD,
            max_request_body_size=LARGEST_BODY,
            clear_untrusted_proxy_headers=False,  # that there are any says that a proxy was there
            ident="quote-desk",
        )

    @property
    def port(self) -> int:
        return int(self.getsockname()[1])

    def wake(self) -> None:
        """The loop looks at once whether it is to stop; any thread may call."""
        self.pull_trigger()

    def pull_trigger(self) -> None:
        """Nothing after the end: the number of a file that was closed may be that of somebody else's by then."""
        with self._pulling:
            if not self._is_over:
                super().pull_trigger()

    def serve(self, stopping: threading.Event) -> None:
        while not stopping.is_set():
            self.asyncore.loop(timeout=CLEANUP_S, use_poll=True, map=self.connections, count=1)
        self.task_dispatcher.set_thread_count(0)  # its own `shutdown` waits for those at work, and nobody has the time
        with self._pulling:
            self._is_over = True
        for channel in list(self.connections.values()):
            channel.close()

    def maintenance(self, now: float) -> None:
        super().maintenance(now)  # type: ignore[arg-type]  # the stubs say int; it is time.time()
        for channel in list(self.connections.values()):
            if isinstance(channel, HTTPChannel) and _is_late(channel, now):
                channel.will_close = True


def _is_late(channel: HTTPChannel, now: float) -> bool:
    return not channel.requests and channel.creation_time < now - LONGEST_CONNECTION_S
