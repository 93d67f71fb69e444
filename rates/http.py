"""The pooled session, and one bounded GET with the retries that can help."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from rates.deadline import DeadlineAdapter, deadline
from rates.errors import SourceError, Trouble

log = logging.getLogger(__name__)

LARGEST_BODY = 2_000_000
"""Bytes; the longest real answer, all pairs of Rapira, is about 30 kB."""

RETRIES = Retry(
    total=2,
    redirect=0,
    status_forcelist=(500, 502, 503, 504),
    allowed_methods={"GET"},
    backoff_factor=0.2,
    backoff_max=1,
    backoff_jitter=0.2,
    # A source may not tell a thread how long to stand still: a Retry-After of an hour would be slept through.
    respect_retry_after_header=False,
    raise_on_status=False,
)
"""A broken connection or a server in trouble may be well in a moment; a refusal (4xx) or garbage will not be."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a source answered. Header names are matched in any case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def pooled_session(*, pools: int, per_host: int, retries: Retry | None = None) -> requests.Session:
    """A session that keeps `per_host` connections to each of `pools` hosts. Any thread may use it.

    Proxies of the environment are used; a .netrc is not, it would send its passwords to rate sources.
    """
    return _mounted(HTTPAdapter(pool_connections=pools, pool_maxsize=per_host, max_retries=retries or Retry(0)))


def source_session(*, pools: int, per_host: int) -> requests.Session:
    """The pooled session for sources: with `RETRIES`, and with connections that `Http` can cut at its deadline."""
    return _mounted(DeadlineAdapter(pool_connections=pools, pool_maxsize=per_host, max_retries=RETRIES))


class Http:
    """GET with a bound on the whole call: connecting, headers, body and retries. Any thread may call it."""

    def __init__(self, session: requests.Session, *, timeout_s: float) -> None:
        self._session = session
        self._timeout_s = timeout_s

    def get(
        self,
        url: str,
        *,
        source: str,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Any status is an answer. Raises SourceError, UNREACHABLE or TIMEOUT, or GARBAGE for an endless body.

        A redirect is not followed: the key would travel on in its header to wherever the redirect points.
        """
        with deadline(self._timeout_s) as bound:
            try:
                with self._session.get(
                    url,
                    params=params,
                    headers=headers,
                    timeout=self._timeout_s,
                    stream=True,
                    allow_redirects=False,
                ) as response:
                    body = _body(response, source)
            except requests.RequestException as error:
                timed_out = bound.passed or isinstance(error, requests.Timeout)
                trouble = Trouble.TIMEOUT if timed_out else Trouble.UNREACHABLE
                raise SourceError(source, trouble, type(error).__name__) from None  # its text holds the URL
            if bound.passed:  # a body that ends with its connection looks whole when the connection was cut
                raise SourceError(source, Trouble.TIMEOUT, f"no whole answer in {self._timeout_s:g} s")
        return Answer(response.status_code, response.headers, body)


def _body(response: requests.Response, source: str) -> bytes:
    body = bytearray()
    for chunk in response.iter_content(65_536):
        body += chunk
        if len(body) > LARGEST_BODY:
            raise SourceError(source, Trouble.GARBAGE, f"more than {LARGEST_BODY} bytes", status=response.status_code)
    return bytes(body)


def _mounted(adapter: HTTPAdapter) -> requests.Session:
    session = requests.Session()
    session.auth = _no_netrc
    for scheme in ("http://", "https://"):
        session.mount(scheme, adapter)
    return session


def _no_netrc(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """requests looks into .netrc only when a session has no way to authorise of its own."""
    return request
