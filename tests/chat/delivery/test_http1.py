"""What is read off a connection, in whatever pieces it comes and whatever it is."""

from collections.abc import Iterator
from http.client import RemoteDisconnected

import pytest

from chat.delivery import http1
from chat.delivery.http1 import Reply, Unreadable, post, read_reply

BODY = b'{"ok":true,"result":true}'


def plain(*fields: str, status: str = "200 OK", body: bytes = BODY) -> bytes:
    lines = [f"HTTP/1.1 {status}", "Server: nginx/1.18.0", f"Content-Length: {len(body)}", *fields]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Pieces:
    """Gives what it was given, and then nothing, as a connection that has ended."""

    def __init__(self, *pieces: bytes) -> None:
        self._pieces: Iterator[bytes] = iter(pieces)
        self.reads = 0

    def __call__(self) -> bytes:
        self.reads += 1
        return next(self._pieces, b"")


def read(*pieces: bytes) -> Reply:
    return read_reply(Pieces(*pieces))


def test_an_answer_in_one_piece_is_read_with_one_look() -> None:
    pieces = Pieces(plain())

    assert read_reply(pieces) == Reply(200, "OK", BODY, is_last=False)
    assert pieces.reads == 1


def test_an_answer_that_comes_byte_by_byte_is_the_same() -> None:
    assert read(*(bytes([each]) for each in plain())) == read(plain())


@pytest.mark.parametrize("status", ["200 OK", "200", "200 ", "429 Too Many Requests", "502 Bad Gateway"])
def test_the_status_comes_with_its_reason_or_without_one(status: str) -> None:
    number, _, reason = status.partition(" ")

    assert read(plain(status=status)) == Reply(int(number), reason, BODY, is_last=False)


@pytest.mark.parametrize("name", ["content-length", "CONTENT-LENGTH"])
def test_the_length_is_found_however_it_is_written(name: str) -> None:
    answer = plain().replace(b"Content-Length: ", name.encode() + b":\t")

    assert read(answer).content == BODY


@pytest.mark.parametrize(
    ("field", "is_last"),
    [("Connection: keep-alive", False), ("Connection: close", True), ("connection:Close", True)],
)
def test_a_server_says_whether_it_goes_on(field: str, is_last: bool) -> None:
    assert read(plain(field)).is_last is is_last


def test_nothing_is_asked_on_a_connection_that_says_more_than_it_was_asked_for() -> None:
    assert read(plain() + b"HTTP/1.1 200") == Reply(200, "OK", BODY, is_last=True)


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n" % len(BODY) + BODY + b"\r\n0\r\n\r\n"
UNUSUAL = {
    "chunks": CHUNKED,
    "chunks and a length": CHUNKED.replace(b"\r\n\r\n", b"\r\nContent-Length: 5\r\n\r\n", 1),
    "a body until the connection ends": b"HTTP/1.1 200 OK\r\n\r\n" + BODY,
    "an answer before the answer": b"HTTP/1.1 100 Continue\r\n\r\n" + plain(),
    "an old version": plain().replace(b"HTTP/1.1", b"HTTP/1.0"),
    "one length twice": plain("Content-Length: 25"),
}


@pytest.mark.parametrize("answer", UNUSUAL.values(), ids=UNUSUAL)
def test_an_unusual_answer_is_read_too_and_its_connection_not_used_again(answer: bytes) -> None:
    assert read(answer) == Reply(200, "OK", BODY, is_last=True)
    assert read(answer[:40], answer[40:]).content == BODY


def test_an_answer_without_a_body_is_read() -> None:
    assert read(b"HTTP/1.1 204 No Content\r\n\r\n") == Reply(204, "No Content", b"", is_last=True)


@pytest.mark.parametrize("received", [b"", b"HTTP/1.1 200 OK\r\nContent-", plain()[:-1]], ids=["none", "head", "body"])
def test_a_connection_that_ends_too_soon_is_an_error(received: bytes) -> None:
    with pytest.raises(RemoteDisconnected):
        read(received)


@pytest.mark.parametrize(
    "answer",
    [
        b"220 mail ready\r\n\r\n",
        b"HTTP/1.1 2xx OK\r\nContent-Length: 0\r\n\r\n",
        CHUNKED.replace(b"\r\n\r\n%x" % len(BODY), b"\r\n\r\nmany"),
        CHUNKED.replace(b"\r\n\r\n%x" % len(BODY), b"\r\n\r\n-5"),
        CHUNKED[:60],
        b"HTTP/1.1 200 OK\r\nContent-Length: %s\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhell" % (b"9" * 5000),
    ],
    ids=["another protocol", "no number", "no length of a chunk", "less than none", "half a chunk", "no number at all"],
)
def test_what_is_no_http_is_an_error_of_the_connection(answer: bytes) -> None:
    with pytest.raises(Unreadable):
        read(answer)


def test_a_length_that_python_does_not_read_is_none() -> None:
    answer = plain().replace(b"Content-Length: ", b"Content-Length: " + b"0" * 5000)

    assert read(answer) == Reply(200, "OK", BODY, is_last=True)


def test_nobody_makes_the_bot_take_in_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http1, "LONGEST_HEAD", 100)
    monkeypatch.setattr(http1, "LARGEST_BODY", 20)

    for answer in ([b"HTTP/1.1 200 OK\r\n", *[b"X-Again: x\r\n"] * 20], [plain()], [CHUNKED]):
        with pytest.raises(Unreadable):
            read(*answer)


def test_the_head_of_a_call_is_ready_but_for_the_length() -> None:
    head = post("127.0.0.1:8081", "/bot1:x/getMe", "application/json")

    first, *fields = head.decode().split("\r\n")
    assert first == "POST /bot1:x/getMe HTTP/1.1"
    assert {"Host: 127.0.0.1:8081", "Content-Type: application/json"} < set(fields)
    assert fields[-1] == "Content-Length: "
