"""Requests and responses as plain values, between WSGI and whoever answers."""

import gzip
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlencode

SMALLEST_ZIPPED = 500
"""Bytes; below it a packet is a packet."""

ALWAYS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}
HTTPS_ONLY = "max-age=31536000"


@dataclass(frozen=True, slots=True)
class Request:
    """`peer` is the address of the connection. Header names are looked up in lower case."""

    method: str
    path: str
    query: str
    peer: str
    headers: Mapping[str, str]
    scheme: str = "http"

    @classmethod
    def of(cls, environ: Mapping[str, Any]) -> "Request":
        headers = {
            name[5:].replace("_", "-").lower(): str(value)
            for name, value in environ.items()
            if name.startswith("HTTP_")
        }
        return cls(
            method=environ["REQUEST_METHOD"],
            path=environ.get("PATH_INFO", ""),
            query=environ.get("QUERY_STRING", ""),
            peer=environ.get("REMOTE_ADDR", ""),
            headers=headers,
            scheme=environ.get("wsgi.url_scheme", "http"),
        )

    def header(self, name: str) -> str:
        """Empty where there is none."""
        return self.headers.get(name, "")

    @property
    def is_https(self) -> bool:
        """Also where a proxy took the TLS off; at worst a lie about it costs the liar a cookie."""
        return "https" in (self.scheme, self.header("x-forwarded-proto").partition(",")[0].strip().lower())

    @property
    def takes_gzip(self) -> bool:
        accepted = [each.replace(" ", "").lower() for each in self.header("accept-encoding").split(",")]
        return any(each == "gzip" or (each.startswith("gzip;q=") and each[7:] not in _NOT_AT_ALL) for each in accepted)

    def parameter(self, name: str) -> str | None:
        return dict(parse_qsl(self.query)).get(name)

    def without(self, name: str) -> str:
        """The address without a parameter."""
        rest = urlencode([(key, value) for key, value in parse_qsl(self.query) if key != name])
        return f"{self.path}?{rest}" if rest else self.path


_NOT_AT_ALL = frozenset({"0", "0.0", "0.00", "0.000"})


@dataclass(frozen=True, slots=True)
class Response:
    status: HTTPStatus
    body: bytes
    kind: str = "text/plain; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)


def said(status: HTTPStatus, line: str, **headers: str) -> Response:
    return Response(
        status, f"{line}\n".encode(), headers={name.replace("_", "-"): each for name, each in headers.items()}
    )


def as_json(status: HTTPStatus, value: object) -> Response:
    return Response(status, json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(), "application/json")


def written(
    response: Response, request: Request, start_response: Callable[..., object], *, may_zip: bool
) -> Iterable[bytes]:
    """The WSGI end of a response."""
    headers, body = {**ALWAYS, "Content-Type": response.kind, **response.headers}, response.body
    if request.is_https:
        headers["Strict-Transport-Security"] = HTTPS_ONLY
    if may_zip and len(body) >= SMALLEST_ZIPPED:
        headers["Vary"] = "Accept-Encoding"
        if request.takes_gzip:
            headers["Content-Encoding"] = "gzip"
            body = gzip.compress(body, compresslevel=6, mtime=0)
    headers["Content-Length"] = str(len(body))
    start_response(f"{response.status.value} {response.status.phrase}", list(headers.items()))
    return [] if request.method == "HEAD" else [body]
