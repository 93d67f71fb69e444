"""The pooled session, and one bounded GET with the retries that can help."""

import socket
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError, ProtocolError
from urllib3.util import Retry

from rates.deadline import DeadlineAdapter, DeadlinePassed, Wait, within
from rates.errors import SourceError, Trouble

LARGEST_BODY = 2_000_000
"""Bytes; the longest real answer, all pairs of Rapira, is about 30 kB."""

CONNECT_SHARE = 3
"""Connecting may take a third of the time of a call, so that a second address or attempt has a chance."""

SPARED_FOR_S = 50.0
"""So long after its last use a connection may be given to somebody else."""


class CarefulRetry(Retry):
    """Repeats what broke off, but not what is no HTTP: it will be none in a second, and each call may be counted."""

    def _is_read_error(self, err: Exception) -> bool:
        broken = err.args[-1] if isinstance(err, ProtocolError) else None
        is_no_http = isinstance(broken, HTTPException) and not isinstance(broken, OSError)
        return super()._is_read_error(err) and not is_no_http


RETRIES = CarefulRetry(
    total=2,
    other=0,  # a certificate that is refused now is refused in a second, too
    status_forcelist=(500, 502, 503, 504),
    allowed_methods={"GET"},
    backoff_factor=0.2,
    backoff_max=1,
    backoff_jitter=0.2,
    # A source may not tell a thread how long to stand still: by default a Retry-After of hours is slept through.
    respect_retry_after_header=False,
    raise_on_status=False,
)
"""A broken connection or a server in trouble may be well in a moment; a refusal (4xx) or garbage will not be."""

CONNECT_RETRIES = RETRIES.new(read=0, status=0, status_forcelist=())
"""For a source that counts calls: only what cannot have reached it is repeated."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a source answered. Header names are matched in any case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        """A redirect is an answer like any other: followed, it would carry the key in its header to anywhere."""


class _Proxied(_Session):
    """Each call goes through the one proxy, whatever the environment says of proxies."""

    def __init__(self, proxy: str) -> None:
        super().__init__()
        self.proxies = {"http": proxy, "https": proxy}

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        # requests puts a proxy of the environment over that of a session, but not over that of a call.
        return super().request(*args, **{"proxies": dict(self.proxies), **kwargs})


def pooled_session(*, pools: int, per_host: int) -> requests.Session:
    """A session that keeps `per_host` connections to each of `pools` hosts, and repeats nothing. Any thread may use it.

    Its connections can be cut at a deadline, as `Posts` does.

    Proxies of the environment are used; a .netrc is not, it would send its passwords to rate sources.
    """
    return _mounted(DeadlineAdapter(pool_connections=pools, pool_maxsize=per_host), _Session())


def source_session(
    *, pools: int, per_host: int, retries: Retry = RETRIES, proxy: str | None = None
) -> requests.Session:
    """The pooled session for sources, with connections that `Http` can cut at its deadline.

    Its retries are for GET; urllib3 repeats a failed connect for any method. A `proxy` of its own, such as
    `http://user:password@host:port`, takes the place of the environment's.
    """
    adapter = DeadlineAdapter(pool_connections=pools, pool_maxsize=per_host, max_retries=retries)
    return _mounted(adapter, _Proxied(proxy) if proxy else _Session())


class Http:
    """GET with a bound on the whole call: connecting, headers, body and retries. Any thread may call it."""

    def __init__(self, session: requests.Session, *, timeout_s: float, wait: Wait = Future.result) -> None:
        self._session = session
        self._timeout_s = timeout_s
        self._wait = wait

    def get(
        self,
        url: str,
        *,
        source: str,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Any status is an answer. Raises SourceError: UNREACHABLE, TIMEOUT, or GARBAGE for what cannot be read."""

        def call() -> Answer | SourceError:
            timeouts = (self._timeout_s / CONNECT_SHARE, self._timeout_s)
            try:
                with self._session.get(url, params=params, headers=headers, timeout=timeouts, stream=True) as response:
                    return _read(response, source)
            except (OSError, HTTPError, UnicodeError) as error:
                return SourceError(source, _trouble(error), type(_root(error)).__name__)

        try:
            outcome = within(self._timeout_s, call, name=f"call-{source}", wait=self._wait)
        except DeadlinePassed:
            outcome = SourceError(source, Trouble.TIMEOUT, f"no whole answer in {self._timeout_s:g} s")
        if isinstance(outcome, SourceError):
            raise outcome  # outside of the except, so that the error with the URL in it is not chained to this one
        return outcome


class Posts:
    """POST with a bound on the whole call, for whoever may not know requests. Any thread may call it."""

    def __init__(
        self, session: requests.Session, *, spared_for_s: float = SPARED_FOR_S, wait: Wait = Future.result
    ) -> None:
        self._session = session
        self._spared_for_s = spared_for_s
        self._wait = wait

    def post(
        self,
        url: str,
        data: dict[str, Any] | None = None,
        *,
        files: dict[str, Any] | None,
        timeout: tuple[float, float],
        proxies: dict[str, str] | None,
        within_s: float,
    ) -> requests.Response:
        """What the session's own does, with the body read; raises requests.Timeout when it is not over `within_s`."""

        def call() -> requests.Response:
            return self._session.post(url, data, files=files, timeout=timeout, proxies=proxies)

        try:
            return within(within_s, call, name="call-telegram", wait=self._wait)
        except DeadlinePassed:
            raise requests.Timeout(f"no whole answer in {within_s:g} s") from None

    def spare(self, url: str) -> socket.socket | None:
        """A connection to where the URL is that the session keeps and does not use, from now on the caller's.

        One that has not been used for long is closed instead: a router on the way may have forgotten it. None where
        there is none, where a proxy takes whole URLs, and on a session without a DeadlineAdapter.
        """
        adapter = self._session.get_adapter(url)
        if not isinstance(adapter, DeadlineAdapter):
            return None
        request = self._session.prepare_request(requests.Request("POST", url))
        given = self._session.merge_environment_settings(url, {}, None, None, None)
        pool = adapter.pool_for(request, given["verify"], given["proxies"])
        return None if pool is None else pool.spare(rested_s=self._spared_for_s)


def _read(response: requests.Response, source: str) -> Answer | SourceError:
    body = bytearray()
    for chunk in response.iter_content(65_536):
        body += chunk
        if len(body) > LARGEST_BODY:
            detail = f"more than {LARGEST_BODY} bytes"
            return SourceError(source, Trouble.GARBAGE, detail, status=response.status_code)
    return Answer(response.status_code, response.headers, bytes(body))


def _trouble(error: Exception) -> Trouble:
    if isinstance(error, requests.exceptions.ContentDecodingError):
        return Trouble.GARBAGE
    # Where nothing is left to try, requests calls a read that took too long a connection that broke.
    is_timeout = isinstance(error, requests.Timeout) or isinstance(_root(error), TimeoutError)
    return Trouble.TIMEOUT if is_timeout else Trouble.UNREACHABLE


def _root(error: Exception) -> Exception:
    """The error that began it. Its name may be told; its text might hold a URL, or a header with a key."""
    seen = [error]
    while causes := [
        each
        for each in (error.__cause__, error.__context__, *error.args)
        if isinstance(each, Exception) and each not in seen
    ]:
        error = causes[0]
        seen.append(error)
    return error


def _mounted(adapter: HTTPAdapter, session: requests.Session) -> requests.Session:
    session.auth = _no_netrc
    for scheme in ("http://", "https://"):
        session.mount(scheme, adapter)
    return session


def _no_netrc(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """requests looks into .netrc only when a session has no way to authorise of its own."""
    return request
