"""Calls to servers that drip or break off, and a deadline that passes when the test says so."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from rates.errors import SourceError
from rates.http import Http
from tests.rates.servers import Line, Script, Server, passing, serving

PATIENT_S = 60.0
"""A machine may be slow; nothing of this is waited for when all is well."""
HASTY_S = 0.2
SECRET = "s3cretKey"
OK = b"HTTP/1.1 200 OK\r\n"


def hasty(session: requests.Session, server: Server) -> Http:
    """Its deadline passes when the server lets it wait."""
    return Http(session, timeout_s=PATIENT_S, wait=passing(server.stalls.is_set))


def trouble_of(http: Http, url: str, **more: Any) -> SourceError:
    with pytest.raises(SourceError) as caught:
        http.get(url, source="rapira", **more)
    return caught.value


def dripping(beginning: bytes, drop: bytes = b"x") -> Script:
    def script(line: Line) -> None:
        if line.request():
            line.send(beginning)
            line.drip(drop)

    return script


DRIPS = {
    "headers": dripping(b"", b"H"),
    "header lines": dripping(OK, b"X-Header: x\r\n"),
    "body": dripping(OK + b"Content-Length: 100000\r\n\r\n"),
    "chunked body": dripping(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    "chunk size": dripping(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"0"),
    "body of a connection that will not be kept": dripping(OK + b"Connection: close\r\nContent-Length: 100000\r\n\r\n"),
    "body until the connection ends": dripping(OK + b"\r\n"),
    "body of an answer that is retried": dripping(b"HTTP/1.1 503 Down\r\nContent-Length: 100000\r\n\r\n"),
    "nothing": lambda line: line.hang(),
}


@contextmanager
def tls_serving(script: Script, certificate: Path) -> Iterator[Server]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with serving(script, tls=context) as server:
        yield server


def ended(name: str) -> None:
    """The thread of a call that nobody waits for any more comes to its end, too."""
    for thread in threading.enumerate():
        if thread.name == name:
            thread.join(30)
            assert not thread.is_alive()
