"""The real server: slow and many clients, a port that is taken, a stop."""

import http.client
import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from typing import Any

import pytest

from ops import listening, server
from ops.server import WebServer, bind

HANGING = 150
PATIENCE_S = 60.0


def app(environ: dict[str, Any], start_response: Callable[..., object]) -> list[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "4")])
    return [b"well"]


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a server that is started after this: it hangs up on nobody while the test lasts."""
    monkeypatch.setattr(listening, "IDLE_S", 600)
    monkeypatch.setattr(listening, "LONGEST_CONNECTION_S", 600.0)


@pytest.fixture
def served() -> Iterator[WebServer]:
    web = WebServer(lambda: app, host="127.0.0.1", port=0)
    web.start()
    assert web.wait(PATIENCE_S)
    yield web
    web.stop(PATIENCE_S)
    assert not web.thread.is_alive()


def get(web: WebServer) -> bytes:
    assert web.port is not None
    connection = http.client.HTTPConnection("127.0.0.1", web.port, timeout=PATIENCE_S)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().read()
    finally:
        connection.close()


def hang(web: WebServer, sent: bytes) -> socket.socket:
    assert web.port is not None
    client = socket.create_connection(("127.0.0.1", web.port), timeout=PATIENCE_S)
    client.sendall(sent)
    return client


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET /health HTTP/1.1\r\nHost: x\r\nX-Slow: ",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nbody",
    ],
    ids=["silent", "half a head", "half a body"],
)
def test_150_hanging_clients_delay_nobody(patient: None, served: WebServer, sent: bytes) -> None:
    """Whoever waited for them would wait for longer than a `get` does."""
    with ExitStack() as hanging:
        for _ in range(HANGING):
            hanging.enter_context(hang(served, sent))

        assert [get(served) for _ in range(5)] == [b"well"] * 5


def test_a_client_that_hangs_is_hung_up_on(served: WebServer) -> None:
    with hang(served, b"GET /health HTTP/1.1\r\n") as client:
        assert client.recv(1000) == b"", "the server closes within seconds"


def test_a_client_that_drips_is_hung_up_on_too(served: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is never idle, so only the age of its connection tells."""
    monkeypatch.setattr(listening, "LONGEST_CONNECTION_S", 1.0)
    never = threading.Event()
    with hang(served, b"GET /health HTTP/1.1\r\nX: ") as client:
        begun = time.monotonic()
        with suppress(ConnectionError):
            while time.monotonic() - begun < PATIENCE_S:
                client.sendall(b"a")
                never.wait(0.2)

        assert time.monotonic() - begun < PATIENCE_S


def test_more_clients_than_it_takes_are_let_in_when_others_have_gone(
    monkeypatch: pytest.MonkeyPatch, served: WebServer
) -> None:
    with ExitStack() as hanging:
        for _ in range(listening.CONNECTIONS + 20):
            hanging.enter_context(hang(served, b""))
    assert get(served) == b"well"


@pytest.mark.parametrize("size", [listening.LARGEST_HEAD + 1_000, 1_000_000])
def test_a_head_without_an_end_is_refused(served: WebServer, size: int) -> None:
    with hang(served, b"GET / HTTP/1.1\r\nX: ") as client:
        try:
            client.sendall(b"a" * size)
            answer = client.recv(1000)
        except ConnectionError:
            answer = b""  # it hung up in the middle

    assert answer == b"" or b" 431 " in answer
    assert get(served) == b"well"


@pytest.mark.parametrize(
    "garbage", [b"\x16\x03\x01\x02\x00\x01", b"no http at all\r\n\r\n", b"GET\r\n\r\n", b"\0" * 50]
)
def test_garbage_harms_nobody(served: WebServer, garbage: bytes, caplog: pytest.LogCaptureFixture) -> None:
    hang(served, garbage).close()

    assert get(served) == b"well"
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


def test_an_answer_that_is_ready_after_the_end_is_written_into_no_file_of_others() -> None:
    web = WebServer(lambda: app, host="127.0.0.1", port=0)
    web.start()
    assert web.wait(PATIENCE_S)
    web.stop(PATIENCE_S)
    reader, writer = os.pipe()  # takes the numbers of what was closed, as a database would
    try:
        os.set_blocking(reader, False)
        assert web._listening is not None
        web._listening.pull_trigger()  # as a thread does that has just made its answer
        with pytest.raises(BlockingIOError):
            os.read(reader, 1)
    finally:
        os.close(reader)
        os.close(writer)


def test_a_port_that_is_taken_is_one_line_and_is_taken_up_when_it_is_free(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "BUSY_AGAIN_S", 0.02)
    tried = threading.Semaphore(0)

    def try_to_bind(host: str, port: int) -> socket.socket:
        tried.release()
        return bind(host, port)

    monkeypatch.setattr(server, "bind", try_to_bind)
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        web = WebServer(lambda: app, host="127.0.0.1", port=port)
        with caplog.at_level(logging.INFO):
            web.start()
            for _ in range(4):
                assert tried.acquire(timeout=PATIENCE_S)
        assert web.thread.is_alive()
        assert web.port is None
    assert web.wait(PATIENCE_S)
    assert (web.port, get(web)) == (port, b"well")
    web.stop(PATIENCE_S)

    lines = [record.getMessage() for record in caplog.records if record.name == "ops.server"]
    assert lines[0] == f"no http, the bot goes on without host=127.0.0.1 port={port}: Address already in use"
    assert len(lines) == 1 or lines[1:] == [f"http listens host=127.0.0.1 port={port}"]


def test_a_host_that_is_none_of_this_machine_is_one_line_too(caplog: pytest.LogCaptureFixture) -> None:
    web = WebServer(lambda: app, host="203.0.113.9", port=0)
    web.start()
    web.stop(PATIENCE_S)

    assert not web.thread.is_alive()


def test_nothing_is_imported_or_bound_before_it_may_begin() -> None:
    may, made = threading.Event(), list[str]()

    def make() -> Any:
        made.append("made")
        return app

    web = WebServer(make, host="127.0.0.1", port=0, may_begin=may.is_set)
    web.start()
    assert not web.wait(0.2)
    assert made == []
    may.set()
    assert web.wait(PATIENCE_S)
    assert made == ["made"]
    web.stop(PATIENCE_S)


def test_it_begins_in_the_end_though_the_bot_does_not_poll(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "LATEST_START_S", 0.1)
    web = WebServer(lambda: app, host="127.0.0.1", port=0, may_begin=lambda: False)
    web.start()
    assert web.wait(PATIENCE_S)
    web.stop(PATIENCE_S)


def test_a_stop_before_it_began_is_a_stop() -> None:
    web = WebServer(lambda: app, host="127.0.0.1", port=0, may_begin=lambda: False)
    web.start()
    web.stop(PATIENCE_S)

    assert not web.thread.is_alive()
    assert web.port is None


def test_a_stop_waits_for_no_client(patient: None, served: WebServer) -> None:
    with hang(served, b"GET /health HTTP/1.1\r\n"):
        served.stop(PATIENCE_S)

        assert not served.thread.is_alive()


def test_every_thread_of_it_is_a_daemon_with_a_name(served: WebServer) -> None:
    names = {thread.name for thread in threading.enumerate() if thread.daemon}

    assert served.thread.name == "web"
    assert {f"waitress-{number}" for number in range(listening.THREADS)} <= names
