import json
import socket
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from sandbox import Sandbox
from sandbox.server import Request, Response, Server
from tests.sandbox.hands import Api


def echo(request: Request) -> Response:
    if request.path == "/fails":
        raise RuntimeError("on purpose")
    return Response(request.body or request.query.encode(), content_type="text/plain")


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server(echo)
    server.start()
    yield server
    server.stop()


def talk(server: Server, *pieces: bytes) -> bytes:
    """What comes back until the server closes."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        for piece in pieces:
            connection.sendall(piece)
        connection.shutdown(socket.SHUT_WR)
        received = b""
        while chunk := connection.recv(65_536):
            received += chunk
        return received


def test_a_connection_is_kept_and_requests_may_come_in_one_piece(server: Server) -> None:
    got = talk(
        server, b"GET /?one HTTP/1.1\r\n\r\nPOST / HTTP/1.1\r\nContent-Length: 3\r\n\r\ntwoGET /?three HTTP/1.1\r\n\r\n"
    )
    assert [line for line in got.split(b"\r\n") if line.startswith((b"one", b"two", b"three"))] == [
        b"oneHTTP/1.1 200 OK",
        b"twoHTTP/1.1 200 OK",
        b"three",
    ]


def test_a_body_may_come_in_pieces(server: Server) -> None:
    body = b"x" * 200_000
    head = b"POST / HTTP/1.1\r\nContent-Length: 200000\r\n"
    assert talk(server, head, b"\r\n" + body[:5], body[5:]).endswith(b"\r\n\r\n" + body)


def test_a_client_that_wants_no_more_is_let_go(server: Server) -> None:
    got = talk(server, b"GET /?a HTTP/1.1\r\nConnection: close\r\n\r\nGET /?b HTTP/1.1\r\n\r\n")
    assert got.count(b"200 OK") == 1


@pytest.mark.parametrize(
    "sent",
    [
        b"hello\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nx",
        b"",
    ],
)
def test_what_is_no_request_ends_the_connection(server: Server, sent: bytes) -> None:
    assert talk(server, sent) == b""
    assert server.failures == []


def test_a_head_that_does_not_end_ends_the_connection(server: Server) -> None:
    with pytest.raises(ConnectionError):
        talk(server, b"GET / HTTP/1.1\r\n", *[b"X: y\r\n" * 10_000] * 200)


def test_a_handler_that_raises_is_a_failure_of_the_stand(server: Server) -> None:
    assert b"500 Internal Server Error" in talk(server, b"GET /fails HTTP/1.1\r\n\r\n")
    assert [str(failure) for failure in server.failures] == ["on purpose"]


def test_leaving_the_stand_raises_what_failed_in_it() -> None:
    with pytest.raises(TypeError, match="unhashable"):
        send_what_the_stand_does_not_foresee()


def send_what_the_stand_does_not_foresee() -> None:
    button = {"text": "x", "url": "https://example.org", "style": []}
    with Sandbox() as sandbox:
        sandbox.person(1).send("x")
        api = Api(sandbox)
        markup = json.dumps({"inline_keyboard": [[button]]})
        form = urlencode({"chat_id": 1, "text": "x", "reply_markup": markup}).encode()
        path = f"/bot{sandbox.token}/sendMessage"
        assert api.raw(path, form, kind="application/x-www-form-urlencoded")[0] == 500
        api.close()


def test_it_listens_on_this_machine_alone(server: Server) -> None:
    assert server.url.startswith("http://127.0.0.1:")
    with pytest.raises(OSError, match="in use"):
        Server(echo, port=server.port)


def test_what_was_never_started_is_stopped_all_the_same() -> None:
    Server(echo).stop()
