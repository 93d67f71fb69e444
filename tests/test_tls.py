"""Certificates are checked, everywhere and always."""

import ast
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress

import pytest
import requests

from chat.delivery.errors import TransportError
from chat.delivery.head_start import HeadStart
from rates.http import pooled_session, source_session
from tests.test_house_rule import FILES, ROOT

CERTIFICATE = ROOT / "tests" / "fixtures" / "tls" / "nobody_trusts_this.pem"
SWITCHES = {
    "CERT_NONE",
    "CERT_OPTIONAL",
    "_create_unverified_context",
    "check_hostname",
    "verify_mode",
    "assert_hostname",
    "disable_warnings",
    "InsecureRequestWarning",
    "cert_reqs",
}
"""What certificates are switched off by, in the standard library and in urllib3."""


@pytest.mark.parametrize("file", FILES)
def test_nothing_in_the_code_switches_certificates_off(file: str) -> None:
    found = []
    for node in ast.walk(ast.parse((ROOT / file).read_text(encoding="utf-8"))):
        names = {getattr(node, name, None) for name in ("attr", "id", "arg", "name")}
        if names & SWITCHES or "verify" in names:
            found.append(getattr(node, "lineno", 0))
    assert found == []


@pytest.fixture
def untrusted() -> Iterator[str]:
    """A server with a certificate that it signed itself."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with closing(connection), suppress(OSError), context.wrap_socket(connection, server_side=True) as line:
                    line.recv(65_536)
                    line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    threading.Thread(target=serve, name="untrusted", daemon=True).start()
    yield f"https://localhost:{listener.getsockname()[1]}/"
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


@pytest.mark.parametrize("open_session", [pooled_session, source_session])
def test_a_server_that_nobody_vouches_for_is_not_talked_to(
    open_session: Callable[..., requests.Session], untrusted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "localhost")
    with open_session(pools=1, per_host=1) as session:
        assert session.verify is True
        with pytest.raises(requests.exceptions.SSLError):
            session.get(untrusted, timeout=5)
        trusting = session.get(untrusted, timeout=5, verify=str(CERTIFICATE))
    assert trusting.json() == {}, "the server itself is well"


def test_nor_does_the_first_poll_talk_to_it(untrusted: str) -> None:
    fetch = HeadStart(untrusted, "1:x", ["message"]).start().before(lambda _offset, _timeout_s: [])
    with pytest.raises(TransportError, match="SSLCertVerificationError"):
        fetch(None, 10)
