"""A Redis server of the tests' own: on loopback, in a folder of its own, gone when they are."""

import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.ports import free_port

NOT_INSTALLED = "no Redis server is installed here"
PATIENCE_S = 60.0


def program() -> str | None:
    return shutil.which("redis-server")


class RedisServer:
    """It can be stopped, killed, frozen, filled, and started again: empty, or with what it had written to its disk."""

    def __init__(self, folder: Path, port: int, *, password: str | None = None) -> None:
        self._folder = folder
        self.port = port
        self._password = password
        self._count = 0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://{self.secret}127.0.0.1:{self.port}/0"

    @property
    def secret(self) -> str:
        return "" if self._password is None else f":{self._password}@"

    def database(self) -> str:
        """The URL of an empty one; there are sixteen, so a test begins where another one has ended."""
        self._count = self._count % 15 + 1
        self.say("-n", str(self._count), "FLUSHDB")
        return f"redis://{self.secret}127.0.0.1:{self.port}/{self._count}"

    def start(self) -> None:
        """Returns when it answers."""
        command = [program() or "", "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self._folder)]
        options = ["--save", "", "--appendonly", "no", "--databases", "16", "--loglevel", "warning"]
        secret = [] if self._password is None else ["--requirepass", self._password]
        self._process = subprocess.Popen(
            [*command, *options, *secret], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )
        until, never = time.monotonic() + PATIENCE_S, threading.Event()
        while not self._answers():
            assert self._process.poll() is None, "the server has ended"
            assert time.monotonic() < until, "the server does not answer"
            never.wait(0.02)

    def kill(self) -> None:
        """Everything it had in memory is gone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(PATIENCE_S)
            self._process = None

    def freeze(self) -> None:
        """It still accepts connections: that does the kernel."""
        self._signal(signal.SIGSTOP)

    def wake(self) -> None:
        self._signal(signal.SIGCONT)

    def fill(self) -> None:
        """From now on it takes nothing more."""
        self.say("CONFIG", "SET", "maxmemory-policy", "noeviction")
        self.say("CONFIG", "SET", "maxmemory", "1")

    def empty(self) -> None:
        self.say("CONFIG", "SET", "maxmemory", "0")

    def save(self) -> None:
        """What it has now it will have after its next start."""
        self.say("SAVE")

    def say(self, *words: str) -> str:
        """By its own program; what it answers."""
        secret = {} if self._password is None else {"REDISCLI_AUTH": self._password}
        done = subprocess.run(
            ["redis-cli", "-h", "127.0.0.1", "-p", str(self.port), *words],
            capture_output=True,
            text=True,
            check=True,
            timeout=PATIENCE_S,
            env={**os.environ, **secret},
        )
        return done.stdout.strip()

    def _answers(self) -> bool:
        try:
            return self.say("PING") == "PONG"
        except subprocess.CalledProcessError:
            return False

    def _signal(self, number: int) -> None:
        assert self._process is not None, "not running"
        self._process.send_signal(number)


@contextmanager
def redis_server(*, password: str | None = None) -> Iterator[RedisServer]:
    folder = Path(tempfile.mkdtemp(prefix="desk-redis-"))
    server = RedisServer(folder, free_port(), password=password)
    try:
        server.start()
        yield server
    finally:
        server.kill()
        shutil.rmtree(folder, ignore_errors=True)
