"""Calls through a proxy: kept, and cut, like any other."""

import ssl
from pathlib import Path

import pytest
import requests

from rates.deadline import DeadlineAdapter
from rates.errors import Trouble
from tests.rates.calls import OK, dripping, ended, hasty, trouble_of
from tests.rates.servers import Line, answer, serving


def test_a_proxy_of_the_environment_is_used_and_cannot_stall_a_call(
    session: requests.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    heads = []

    def proxy(line: Line) -> None:
        heads.append(line.request())
        line.send(answer(b"by proxy"))
        heads.append(line.request())
        line.drip()

    with serving(proxy) as server:
        monkeypatch.setenv("http_proxy", server.url)
        http = hasty(session, server)
        assert http.get("http://source.test/rates", source="rapira").body == b"by proxy"
        assert heads[0].startswith(b"GET http://source.test/rates ")
        assert trouble_of(http, "http://source.test/rates").trouble is Trouble.TIMEOUT
        assert server.gone.acquire(timeout=30)


def test_a_tunnel_through_a_proxy_that_drips_is_cut_at_the_deadline(
    session: requests.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(dripping(OK, b"X-Header: x\r\n")) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        assert trouble_of(hasty(session, proxy), "https://source.test/rates").trouble is Trouble.TIMEOUT
        assert proxy.gone.acquire(timeout=30)
        ended("call-rapira")


def test_tls_through_a_tunnel_is_kept_and_cut_like_any_other(
    session: requests.Session, tls_files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, both = tls_files
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)
    heads = []

    def proxy(line: Line) -> None:
        heads.append(line.request())
        line.send(OK + b"\r\n")
        line.shake_hands(context)
        while head := line.request():
            heads.append(head)
            if len(heads) > 3:
                line.send(OK + b"Content-Length: 100000\r\n\r\n")
                line.drip()
            line.send(answer(b"through"))

    with serving(proxy) as server:
        monkeypatch.setenv("https_proxy", server.url)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
        http = hasty(session, server)
        assert [http.get("https://127.0.0.1/rates", source="cbr").body for _ in range(2)] == [b"through"] * 2
        assert trouble_of(http, "https://127.0.0.1/rates").trouble is Trouble.TIMEOUT
        assert server.gone.acquire(timeout=30)
        assert server.lines == 1
    assert [head.partition(b" HTTP")[0] for head in heads] == [b"CONNECT 127.0.0.1:443", *[b"GET /rates"] * 3]


def test_a_proxy_for_socks_keeps_connections_of_its_own() -> None:
    pytest.importorskip("socks")
    manager = DeadlineAdapter().proxy_manager_for("socks5://127.0.0.1:1080")
    assert manager.pool_classes_by_scheme["http"].__name__ == "SOCKSHTTPConnectionPool"
