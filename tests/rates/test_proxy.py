"""A proxy for one source alone: its calls go through it, the others' do not, and a deadline is a deadline."""

import base64
import ssl
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path

import pytest

from rates.deadline import Wait
from rates.errors import SourceError, Trouble
from rates.http import RETRIES, Http, source_session
from rates.payloads import json_object
from tests.rates.servers import Line, Script, answer, answering, passing, serving


@contextmanager
def through(proxy: str, *, wait: Wait = Future.result) -> Iterator[Http]:
    retries = RETRIES.new(backoff_factor=0, backoff_jitter=0)
    with source_session(pools=1, per_host=1, retries=retries, proxy=proxy) as session:
        yield Http(session, timeout_s=60, wait=wait)


def recording(heads: list[bytes], said: bytes) -> Script:
    def script(line: Line) -> None:
        while head := line.request():
            heads.append(head)
            line.send(answer(said))

    return script


@pytest.mark.parametrize("name", ["http_proxy", "all_proxy", "no_proxy"])
def test_the_proxy_of_a_source_stands_over_those_of_the_environment(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    heads: list[bytes] = []
    with serving(recording(heads, b"by its own")) as own, serving(answering(answer(b"by another"))) as other:
        monkeypatch.setenv(name, "127.0.0.1,source.test" if name == "no_proxy" else other.url)
        with through(own.url) as http:
            assert http.get("http://source.test/rates", source="rapira").body == b"by its own"
        assert other.lines == 0
    assert heads[0].startswith(b"GET http://source.test/rates ")


def test_a_session_without_one_does_not_use_it() -> None:
    with (
        serving(answering(answer(b"by proxy"))) as proxy,
        serving(answering(answer(b"straight"))) as source,
        source_session(pools=1, per_host=1) as plain,
        through(proxy.url) as http,
    ):
        assert Http(plain, timeout_s=60).get(source.url, source="cbr").body == b"straight"
        assert http.get(source.url, source="rapira").body == b"by proxy"
        assert (source.lines, proxy.lines) == (1, 1)


def test_user_and_password_go_to_the_proxy_alone() -> None:
    heads: list[bytes] = []
    with serving(recording(heads, b"fine")) as proxy:
        url = proxy.url.replace("//", "//anya:p%40ss@")
        with through(url) as http:
            http.get("http://source.test/rates", source="rapira")
    assert b"Proxy-Authorization: Basic " + base64.b64encode(b"anya:p@ss") in heads[0]
    assert b"\r\nAuthorization" not in heads[0]


@pytest.mark.parametrize("url", ["http://source.test/rates", "https://source.test/rates"])
def test_a_proxy_that_refuses_or_is_not_there_shows_no_password(url: str) -> None:
    refusing = answering(answer(b"who are you?", status="407 Proxy Authentication Required"))
    with serving(refusing) as proxy:
        address = proxy.url.replace("//", "//anya:hidden@")
        with through(address) as http, pytest.raises(SourceError) as refused:
            json_object("rapira", http.get(url, source="rapira"))
    with through(address) as http, pytest.raises(SourceError) as absent:
        http.get(url, source="rapira")
    assert absent.value.trouble is Trouble.UNREACHABLE
    assert "hidden" not in f"{refused.value!r} {absent.value!r}"


@pytest.mark.parametrize("url", ["http://source.test/rates", "https://source.test/rates"])
@pytest.mark.parametrize("begins", [None, b"HTTP/1.1 200 OK\r\n"], ids=["hangs", "drips"])
def test_a_proxy_that_hangs_or_drips_is_cut_at_the_deadline(url: str, begins: bytes | None) -> None:
    def script(line: Line) -> None:
        line.request()
        if begins is None:
            line.hang()
        else:
            line.send(begins)
            line.drip(b"X-Header: x\r\n")

    with serving(script) as proxy, through(proxy.url, wait=passing(proxy.stalls.is_set)) as http:
        with pytest.raises(SourceError) as caught:
            http.get(url, source="rapira")
        assert caught.value.trouble is Trouble.TIMEOUT
        assert proxy.gone.acquire(timeout=30)


def test_tls_goes_through_the_proxy_in_a_tunnel(tls_files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    certificate, both = tls_files
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    heads: list[bytes] = []

    def proxy(line: Line) -> None:
        heads.append(line.request())
        line.send(b"HTTP/1.1 200 OK\r\n\r\n")
        line.shake_hands(context)
        recording(heads, b"through")(line)

    with serving(proxy) as server, through(server.url.replace("//", "//anya:hidden@")) as http:
        for _ in range(2):
            assert http.get("https://127.0.0.1/rates", source="rapira").body == b"through"
        assert server.lines == 1
    assert [head.partition(b" HTTP")[0] for head in heads] == [b"CONNECT 127.0.0.1:443", *[b"GET /rates"] * 2]
    assert b"Proxy-Authorization" in heads[0]
    assert not any(b"Proxy-Authorization" in head for head in heads[1:])
