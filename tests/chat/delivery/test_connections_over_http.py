"""Kept connections on a real session and real sockets: the certificates, proxies and deadlines are the session's."""

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from chat.delivery.connections import KeptConnections, ReadTimeout
from rates.http import Posts, pooled_session
from tests.rates.servers import Line, Script, Server, answer, answering, serving
from tests.test_tls import CERTIFICATE

DONE = b'{"ok":true,"result":true}'


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@contextmanager
def kept_to(url: str) -> Iterator[KeptConnections]:
    with pooled_session(pools=1, per_host=4) as session, KeptConnections(url, Posts(session)) as kept:
        yield kept


def call(kept: KeptConnections, url: str, *, within_s: float = 30.0) -> bytes:
    said = {"chat_id": "7", "text": "Курс"}
    return kept.post(
        f"{url}/bot1:x/sendMessage", said, files=None, timeout=(5, 10), proxies=None, within_s=within_s
    ).content


def recording(heads: list[bytes]) -> Script:
    def script(line: Line) -> None:
        while head := line.request():
            heads.append(head)
            line.send(answer(DONE))

    return script


def test_a_connection_is_made_once_for_many_calls() -> None:
    heads: list[bytes] = []
    with serving(recording(heads)) as server, kept_to(server.url) as kept:
        assert [call(kept, server.url) for _ in range(5)] == [DONE] * 5
        assert server.lines == 1
    assert b"application/x-www-form-urlencoded" in heads[0], "what a new connection takes is the session's"
    assert all(b"Content-Type: application/json" in head for head in heads[1:])


def test_a_server_that_comes_back_is_called_again() -> None:
    """Its end is seen before anything is said to it, so that nothing is lost or said twice."""

    def one_answer(line: Line) -> None:
        line.request()
        line.send(answer(DONE))

    with serving(one_answer) as server, kept_to(server.url) as kept:
        for _ in range(3):
            assert call(kept, server.url) == DONE
            assert server.gone.acquire(timeout=30)
        assert server.lines == 3


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(CERTIFICATE))
    monkeypatch.setenv("NO_PROXY", "localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    return context


def by_name(server: Server) -> str:
    return server.url.replace("127.0.0.1", "localhost")


def test_over_tls_a_connection_shakes_hands_once(trusted: ssl.SSLContext) -> None:
    with serving(answering(answer(DONE)), tls=trusted) as server, kept_to(by_name(server)) as kept:
        assert [call(kept, by_name(server)) for _ in range(4)] == [DONE] * 4
        assert server.lines == 1


def test_a_server_that_nobody_vouches_for_is_told_nothing(
    trusted: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    heads: list[bytes] = []
    with serving(recording(heads), tls=trusted) as server, kept_to(by_name(server)) as kept:
        for _ in range(2):
            with pytest.raises(OSError, match="certificate"):
                call(kept, by_name(server))
    assert not heads


def dripping_after(answers: int) -> Script:
    def script(line: Line) -> None:
        for _ in range(answers):
            line.request()
            line.send(answer(DONE))
        if line.request():
            line.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            line.drip()

    return script


def test_an_answer_that_drips_ends_at_the_deadline_of_its_call_and_its_connection_is_ended() -> None:
    with serving(dripping_after(2)) as server, kept_to(server.url) as kept:
        assert [call(kept, server.url) for _ in range(2)] == [DONE] * 2
        with pytest.raises(ReadTimeout):
            call(kept, server.url, within_s=0.3)
        assert server.gone.acquire(timeout=30)
        assert server.lines == 1


def test_a_gateways_page_is_read_and_the_connection_kept() -> None:
    page = answer(b"<html>502</html>", status="502 Bad Gateway")
    with serving(answering(answer(DONE), page, answer(DONE))) as server, kept_to(server.url) as kept:
        assert [call(kept, server.url) for _ in range(3)] == [DONE, b"<html>502</html>", DONE]
        assert server.lines == 1


def test_what_is_said_is_json() -> None:
    said: list[bytes] = []

    def script(line: Line) -> None:
        line.request()
        line.send(answer(DONE))
        said.append(line.request() + b"\r\n\r\n" + line._unread)
        line.send(answer(DONE))

    with serving(script) as server, kept_to(server.url) as kept:
        for _ in range(2):
            call(kept, server.url)
    assert json.loads(said[0].rpartition(b"\r\n\r\n")[2]) == {"chat_id": "7", "text": "Курс"}
