"""The thread that serves the pages. It begins when the bot polls, and a port that is taken holds up nothing."""

import logging
import os
import socket
import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ops.listening import Listening

log = logging.getLogger(__name__)

App = Callable[[Any, Any], Iterable[bytes]]

LOOKS_EVERY_S = 0.05
LATEST_START_S = 5.0
"""When it begins though the bot has not polled yet: whoever asks for its health has to hear why."""
BUSY_AGAIN_S = 15.0
"""After which a port that is taken is tried again: the process of before may only be about to end."""


class WebServer:
    """A daemon thread, `web`, from `start` to `stop`."""

    def __init__(
        self, app: Callable[[], App], *, host: str, port: int, may_begin: Callable[[], bool] = lambda: True
    ) -> None:
        """`app` makes what is served, once and on the thread; with port 0 the log tells which one it is."""
        self._app = app
        self._host = host
        self._port = port
        self._may_begin = may_begin
        self._stopping = threading.Event()
        self._listens = threading.Event()
        self._listening: Listening | None = None
        self._thread = threading.Thread(target=self._run, name="web", daemon=True)

    @property
    def thread(self) -> threading.Thread:
        return self._thread

    @property
    def port(self) -> int | None:
        """Where it listens; None while it does not."""
        return None if self._listening is None else self._listening.port

    def wait(self, timeout_s: float) -> bool:
        """Until it listens; False when the time ran out first."""
        return self._listens.wait(timeout_s)

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        self._stopping.set()
        if self._listening is not None:
            self._listening.wake()
        self._thread.join(timeout_s)

    def _run(self) -> None:
        waited_s = 0.0
        while not self._may_begin() and waited_s < LATEST_START_S:
            if self._stopping.wait(LOOKS_EVERY_S):
                return
            waited_s += LOOKS_EVERY_S
        bound = self._bound()
        if bound is None:
            return
        # Here, because importing waitress takes as long as the rest of the start does not.
        from ops.listening import Listening  # noqa: PLC0415

        self._listening = Listening(self._app(), bound)
        log.info("http listens host=%s port=%d", self._host, self._listening.port)
        self._listens.set()
        self._listening.serve(self._stopping)

    def _bound(self) -> socket.socket | None:
        """None when a stop came first."""
        is_news = True
        while not self._stopping.is_set():
            try:
                return bind(self._host, self._port)
            except OSError as error:
                why = os.strerror(error.errno) if error.errno else str(error)
                level = logging.WARNING if is_news else logging.DEBUG
                log.log(level, "no http, the bot goes on without host=%s port=%d: %s", self._host, self._port, why)
                is_news = False
            self._stopping.wait(BUSY_AGAIN_S)
        return None


def bind(host: str, port: int) -> socket.socket:
    """Raises OSError where the port is taken, or the host is none of this machine."""
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    bound = socket.socket(family, kind, protocol)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except BaseException:
        bound.close()
        raise
    return bound
