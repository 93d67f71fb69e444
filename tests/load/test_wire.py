"""The fast server reads what clients of the Bot API write, in one piece or in many."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote_plus, urlencode

import pytest
import requests

from sandbox.markup import parse
from tests.load.said import parameters, shown, unescaped
from tests.load.wire import Connection, Loop, Request, Unreadable, read, written

POST = b"POST /bot1:a/sendMessage HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Type: text/plain\r\n\r\nhello"


@contextmanager
def served(loop: Loop) -> Iterator[None]:
    over = threading.Event()

    def serve() -> None:
        while not over.is_set():
            loop.step(0.05)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        loop.close()


def test_a_request_is_read_when_it_is_whole() -> None:
    for cut in range(len(POST)):
        assert read(POST[:cut]) is None
    found = read(POST + b"GET ")
    assert found is not None
    request, end = found
    assert (request.method, request.path, request.kind, request.body) == (
        "POST",
        "/bot1:a/sendMessage",
        "text/plain",
        b"hello",
    )
    assert end == len(POST)
    assert request.header("host") == "x"


@pytest.mark.parametrize(
    "sent", [b"nonsense\r\n\r\n", b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"], ids=["no HTTP", "chunked"]
)
def test_what_is_no_such_http_is_not_taken_for_a_request(sent: bytes) -> None:
    with pytest.raises(Unreadable):
        read(sent)


def test_requests_that_come_together_are_answered_in_their_order() -> None:
    def echo(request: Request, _: Connection) -> bytes:
        return written(request.path.encode())

    loop = Loop(echo)
    with served(loop), socket.create_connection(("127.0.0.1", int(loop.url.rpartition(":")[2])), timeout=30) as client:
        client.sendall(b"".join(b"GET /%d HTTP/1.1\r\n\r\n" % number for number in range(3)))
        received = b""
        while received.count(b"\r\n\r\n/") < 3:
            received += client.recv(65_536)
    assert received.endswith(b"/2")
    assert received.index(b"\r\n\r\n/0") < received.index(b"\r\n\r\n/1")


def test_an_answer_that_comes_later_keeps_the_next_request_waiting() -> None:
    waiting: list[Connection] = []

    def park(request: Request, connection: Connection) -> bytes | None:
        if request.path == "/slow":
            waiting.append(connection)
            return None
        return written(request.path.encode())

    loop = Loop(park)
    client = socket.create_connection(("127.0.0.1", int(loop.url.rpartition(":")[2])), timeout=30)
    client.sendall(b"GET /slow HTTP/1.1\r\n\r\nGET /next HTTP/1.1\r\n\r\n")
    while not waiting:
        loop.step(0.05)
    waiting[0].answer(written(b"slow"))
    received = b""
    while not received.endswith(b"/next"):
        received += client.recv(65_536)
    assert received.index(b"slow") < received.index(b"/next")
    client.close()
    loop.close()


def test_an_answer_larger_than_the_socket_takes_arrives_whole() -> None:
    large = b"x" * 8_000_000
    loop = Loop(lambda _, __: written(large))
    with served(loop):
        assert requests.get(loop.url, timeout=30).content == large


@pytest.mark.parametrize("form", ["query", "urlencoded", "multipart", "json"])
def test_parameters_come_in_every_form_that_clients_use(form: str) -> None:
    sent = {"chat_id": "7", "text": "Клиент платит <b>1 000</b> & «ещё» +5%", "reply_markup": '{"inline_keyboard":[]}'}
    seen: list[dict[str, object]] = []

    def note(request: Request, _: Connection) -> bytes:
        seen.append(parameters(request))
        return written(b"{}")

    loop = Loop(note)
    with served(loop):
        match form:
            case "query":
                requests.post(loop.url, params=sent, timeout=30)
            case "urlencoded":
                requests.post(loop.url, data=sent, timeout=30)
            case "multipart":
                requests.post(loop.url, files={name: (None, value) for name, value in sent.items()}, timeout=30)
            case _:
                requests.post(loop.url, json=sent, timeout=30)
    assert seen == [sent]


@pytest.mark.parametrize("text", ["", "a b", "+", "Что платит клиент?", "🙂 100% a+b", "%zz"])
def test_a_value_of_a_form_is_unescaped_as_it_was_escaped(text: str) -> None:
    assert unescaped(quote_plus(text).encode()) == text
    assert unescaped(urlencode({"": text}).encode()[1:]) == text


@pytest.mark.parametrize(
    "source",
    [
        "plain",
        "a &lt;b&gt; &amp; c",
        "<b>Новая котировка</b>\n\nЧто платит клиент?",
        "📈 Клиент платит: <code>1 000 RUB</code>\n<i>и <b>ещё</b></i> конец",
        "<b></b>nothing bold",
    ],
)
def test_the_text_is_what_telegram_shows(source: str) -> None:
    right = parse(source)
    text, entities = shown(source)
    assert text == right.text
    assert entities == list(right.entities)
