"""A connection that the session keeps, given away to whoever speaks HTTP on it."""

import ssl
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter

from rates.deadline import DeadlineAdapter
from rates.http import Posts, pooled_session
from tests.rates.servers import Line, answer, answering, serving

REQUEST = b"POST /bot1:x/getMe HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n"


@pytest.fixture
def posts() -> Iterator[Posts]:
    with pooled_session(pools=1, per_host=2) as session:
        yield Posts(session)


def post(posts: Posts, url: str) -> bytes:
    return posts.post(url, {"a": "b"}, files=None, timeout=(5, 5), proxies=None, within_s=30).content


def ask(posts: Posts, url: str) -> bytes:
    """On the spare connection."""
    sock = posts.spare(url)
    assert sock is not None
    with closing(sock):
        sock.settimeout(30)
        sock.sendall(REQUEST)
        return sock.recv(65_536)


def test_a_connection_is_spare_when_its_call_is_over(posts: Posts) -> None:
    with serving(answering(answer(b"one"), answer(b"two"))) as server:
        assert posts.spare(server.url) is None
        assert post(posts, server.url) == b"one"
        assert ask(posts, f"{server.url}/bot1:x/getMe").endswith(b"two")
        assert server.lines == 1


def test_it_is_the_sessions_no_more(posts: Posts) -> None:
    with serving(answering(answer())) as server:
        post(posts, server.url)
        sock = posts.spare(server.url)
        assert sock is not None
        assert posts.spare(server.url) is None
        post(posts, server.url)
        assert server.lines == 2
        sock.close()


def test_one_that_the_server_has_ended_is_not_given_away(posts: Posts) -> None:
    def script(line: Line) -> None:
        line.request()
        line.send(answer())

    with serving(script) as server:
        post(posts, server.url)
        assert server.gone.acquire(timeout=30)
        assert posts.spare(server.url) is None


def test_one_that_was_not_used_for_long_is_closed_instead() -> None:
    """A router on the way may have forgotten it: what is sent on it goes nowhere, and nobody says so."""
    with serving(answering(answer())) as server, pooled_session(pools=1, per_host=2) as session:
        post(Posts(session), server.url)

        assert Posts(session, spared_for_s=0.0).spare(server.url) is None
        assert server.gone.acquire(timeout=30)


def test_over_tls_it_is_the_encrypted_one(
    posts: Posts, tls_files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, both = tls_files
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)
    with serving(answering(answer(b"one"), answer(b"two")), tls=context) as server:
        assert post(posts, server.url) == b"one"
        assert ask(posts, server.url).endswith(b"two")
        assert server.lines == 1


def test_through_a_proxy_it_is_the_tunnel(
    posts: Posts, tls_files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, both = tls_files
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))

    def proxy(line: Line) -> None:
        assert line.request().startswith(b"CONNECT 127.0.0.1:443 ")
        line.send(b"HTTP/1.1 200 OK\r\n\r\n")
        line.shake_hands(context)
        answering(answer(b"one"), answer(b"two"))(line)

    with serving(proxy) as server:
        monkeypatch.setenv("HTTPS_PROXY", server.url)
        assert post(posts, "https://127.0.0.1/getMe") == b"one"
        assert ask(posts, "https://127.0.0.1/getMe").endswith(b"two")
        assert server.lines == 1


def test_one_to_a_proxy_that_takes_whole_urls_is_not_given_away(posts: Posts, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(answering(answer(b"by proxy"))) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        assert post(posts, "http://telegram.test/getMe") == b"by proxy"
        assert posts.spare("http://telegram.test/getMe") is None


def test_connections_of_another_kind_are_not_given_away() -> None:
    class Others(DeadlineAdapter):
        """With the pools of urllib3, as through a SOCKS proxy."""

        def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
            HTTPAdapter.init_poolmanager(self, *args, **kwargs)

    for adapter in (HTTPAdapter(), Others()):
        with requests.Session() as session, serving(answering(answer())) as server:
            session.mount("http://", adapter)
            post(Posts(session), server.url)
            assert Posts(session).spare(server.url) is None
