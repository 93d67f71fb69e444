"""What a call of a source does on a real connection: pooled, kept, retried with care, and always over in time."""

import gzip
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import requests
import responses
from urllib3.response import BaseHTTPResponse

from rates.deadline import DeadlineAdapter, DeadlinePassed, _Call, within
from rates.errors import SourceError, Trouble
from rates.http import CONNECT_RETRIES, LARGEST_BODY, CarefulRetry, Http, Posts, pooled_session, source_session
from tests.rates.servers import Line, Script, Server, answer, answering, passing, serving

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


@pytest.mark.parametrize("script", DRIPS.values(), ids=DRIPS)
def test_a_source_that_drips_ends_at_the_deadline_and_its_connection_is_cut(
    session: requests.Session, script: Script
) -> None:
    with serving(script) as server:
        error = trouble_of(hasty(session, server), server.url)
        assert (error.trouble, error.detail) == (Trouble.TIMEOUT, "no whole answer in 60 s")
        assert server.gone.acquire(timeout=30)
        assert server.lines == 1


@pytest.mark.parametrize("script", DRIPS.values(), ids=DRIPS)
def test_the_deadline_passes_by_the_clock_whatever_the_source_does(session: requests.Session, script: Script) -> None:
    with serving(script) as server:
        begun = time.monotonic()
        error = trouble_of(Http(session, timeout_s=HASTY_S), server.url)
        assert HASTY_S <= time.monotonic() - begun < PATIENT_S
        assert error.trouble is Trouble.TIMEOUT


@pytest.mark.parametrize("script", DRIPS.values(), ids=DRIPS)
def test_a_post_that_is_answered_drop_by_drop_ends_at_its_deadline_too(script: Script) -> None:
    with serving(script) as server, pooled_session(pools=1, per_host=1) as session:
        posts, waits_s = Posts(session, wait=passing(server.stalls.is_set)), (PATIENT_S, PATIENT_S)
        with pytest.raises(requests.Timeout, match="no whole answer in 60 s"):
            posts.post(server.url, {"text": "a"}, files=None, timeout=waits_s, proxies=None, within_s=PATIENT_S)
        assert server.gone.acquire(timeout=30)
        assert server.lines == 1


def test_a_post_has_a_deadline_by_the_clock() -> None:
    with (
        serving(DRIPS["body"]) as server,
        pooled_session(pools=1, per_host=1) as session,
        pytest.raises(requests.Timeout, match=r"no whole answer in 0\.2 s"),
    ):
        Posts(session).post(server.url, {"text": "a"}, files=None, timeout=(30, 30), proxies=None, within_s=HASTY_S)


def test_posts_share_a_connection_as_those_of_the_session_do() -> None:
    with (
        serving(answering(answer(), answer(status="502 Down"), answer())) as server,
        pooled_session(pools=1, per_host=1) as session,
    ):
        posts = Posts(session)
        given = [
            posts.post(server.url, {"text": "a"}, files=None, timeout=(30, 30), proxies=None, within_s=60).status_code
            for _ in range(3)
        ]
    assert given == [200, 502, 200]
    assert server.lines == 1


def test_a_tls_handshake_that_never_ends_ends_at_the_deadline(session: requests.Session) -> None:
    with serving(lambda line: line.hang()) as server:
        error = trouble_of(hasty(session, server), server.url.replace("http:", "https:"))
        assert error.trouble is Trouble.TIMEOUT
        assert server.gone.acquire(timeout=30)


@contextmanager
def tls_serving(script: Script, certificate: Path) -> Iterator[Server]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with serving(script, tls=context) as server:
        yield server


def test_over_tls_too_a_drip_ends_and_a_connection_is_kept(
    session: requests.Session, tls_files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, both = tls_files
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with tls_serving(answering(answer(b"fine")), both) as server:
        assert [Http(session, timeout_s=PATIENT_S).get(server.url, source="cbr").body for _ in range(3)] == [
            b"fine"
        ] * 3
        assert server.lines == 1
        session.close()
    with tls_serving(DRIPS["body"], both) as server:
        assert trouble_of(hasty(session, server), server.url).trouble is Trouble.TIMEOUT
        assert server.gone.acquire(timeout=30)


def test_a_certificate_of_nobody_is_refused_once(http: Http, tls_files: tuple[Path, Path]) -> None:
    with tls_serving(answering(answer()), tls_files[1]) as server:
        error = trouble_of(http, server.url)
        assert (error.trouble, error.detail) == (Trouble.UNREACHABLE, "SSLCertVerificationError")
        assert server.lines == 1


def test_a_handshake_is_cut_however_long_its_own_timeout_is(session: requests.Session) -> None:
    with serving(lambda line: line.hang()) as server:
        url, wait = server.url.replace("http:", "https:"), passing(server.stalls.is_set)
        with pytest.raises(DeadlinePassed):
            within(PATIENT_S, lambda: session.get(url, timeout=600), name="call", wait=wait)
        assert server.gone.acquire(timeout=30)


def test_sixteen_calls_at_once_are_cut_each_at_its_own_deadline(session: requests.Session) -> None:
    may_answer = threading.Event()

    def script(line: Line) -> None:
        while head := line.request():
            if b"/drip" in head:
                line.drip()
            assert may_answer.wait(PATIENT_S)
            line.send(answer(b"fine"))

    with serving(script) as server, ThreadPoolExecutor(16) as threads:
        patient = [threads.submit(Http(session, timeout_s=PATIENT_S).get, server.url, source="cbr") for _ in range(8)]
        hasty = [
            threads.submit(Http(session, timeout_s=0.1 + 0.02 * turn).get, f"{server.url}/drip", source="rapira")
            for turn in range(8)
        ]
        for call in hasty:
            error = call.exception(PATIENT_S)
            assert isinstance(error, SourceError)
            assert error.trouble is Trouble.TIMEOUT
        assert not any(call.done() for call in patient)
        may_answer.set()
        assert [call.result(PATIENT_S).body for call in patient] == [b"fine"] * 8


def test_a_connection_that_others_may_use_by_now_is_not_cut(session: requests.Session) -> None:
    received, may_end = threading.Event(), threading.Event()

    def call() -> None:
        session.get(server.url, timeout=30)
        received.set()
        assert may_end.wait(PATIENT_S)

    with serving(answering(answer(b"fine"))) as server:
        with pytest.raises(DeadlinePassed):
            within(PATIENT_S, call, name="call", wait=passing(received.is_set))
        assert Http(session, timeout_s=PATIENT_S).get(server.url, source="rapira").body == b"fine"
        assert server.lines == 1
        may_end.set()


def test_what_ends_after_its_deadline_keeps_no_connection(session: requests.Session) -> None:
    received, may_read, read = threading.Event(), threading.Event(), threading.Event()

    def call() -> None:
        response = session.get(server.url, timeout=30, stream=True)
        received.set()
        assert may_read.wait(PATIENT_S)
        with suppress(requests.RequestException):
            assert response.content
        read.set()

    with serving(answering(answer(b"fine"))) as server:
        with pytest.raises(DeadlinePassed):
            within(PATIENT_S, call, name="call", wait=passing(received.is_set))
        assert received.is_set()
        may_read.set()
        assert read.wait(30)
        assert server.gone.acquire(timeout=30)
        assert Http(session, timeout_s=PATIENT_S).get(server.url, source="rapira").body == b"fine"
        assert server.lines == 2


def test_a_name_that_is_not_found_in_time_ends_at_the_deadline(
    session: requests.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, found, look_up = threading.Event(), threading.Event(), socket.getaddrinfo

    def slow_look_up(*args: Any) -> Any:
        asked.set()
        assert found.wait(PATIENT_S)
        return look_up(*args)

    monkeypatch.setattr(socket, "getaddrinfo", slow_look_up)
    with serving(answering(answer())) as server:
        http = Http(session, timeout_s=PATIENT_S, wait=passing(asked.is_set))
        assert trouble_of(http, server.url).trouble is Trouble.TIMEOUT
        found.set()
        ended("call-rapira")
        assert server.gone.acquire(timeout=30)


def ended(name: str) -> None:
    """The thread of a call that nobody waits for any more comes to its end, too."""
    for thread in threading.enumerate():
        if thread.name == name:
            thread.join(30)
            assert not thread.is_alive()


def test_no_attempt_begins_after_the_deadline() -> None:
    answered, pauses, may_go_on = 0, threading.Event(), threading.Event()

    class Parked(CarefulRetry):
        def sleep(self, response: BaseHTTPResponse | None = None) -> None:
            if len(self.history) == 2:
                pauses.set()
                assert may_go_on.wait(PATIENT_S)

    def script(line: Line) -> None:
        nonlocal answered
        while line.request():
            answered += 1
            line.send(answer(status="503 Down"))

    with (
        serving(script) as server,
        source_session(pools=1, per_host=1, retries=Parked(2, status_forcelist=[503])) as session,
    ):
        http = Http(session, timeout_s=PATIENT_S, wait=passing(pauses.is_set))
        assert trouble_of(http, server.url).trouble is Trouble.TIMEOUT
        may_go_on.set()
        ended("call-rapira")
        assert answered == 2


def test_no_attempt_begins_after_the_deadline_even_when_whoever_would_cut_the_call_is_late() -> None:
    with pytest.raises(DeadlinePassed):
        _Call(0.0).hold(None)


def test_a_refused_connection_is_unreachable_at_once(http: Http) -> None:
    with serving(answering(answer())) as server:
        port = server.port
    error = trouble_of(http, f"http://127.0.0.1:{port}/?symbols=RUB", headers={"apikey": SECRET})
    assert (error.source, error.trouble, error.detail, error.status) == (
        "rapira",
        Trouble.UNREACHABLE,
        "ConnectionRefusedError",
        None,
    )
    assert error.__cause__ is None
    assert error.__context__ is None


@pytest.mark.parametrize("key", [f"{SECRET}\n", f"{SECRET}\N{SNOWMAN}"])
def test_a_key_that_cannot_travel_is_in_no_error(http: Http, key: str) -> None:
    with serving(answering(answer())) as server:
        error: Exception = trouble_of(http, server.url, headers={"apikey": key})
    assert SECRET not in f"{error!r} {error} {error.__cause__} {error.__context__}"


def test_a_silence_is_a_timeout_whoever_notices_it_first() -> None:
    """A source that counts calls is not asked again, so the end of its one attempt may come just before the cut."""

    class Early(DeadlineAdapter):
        def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
            return super().send(request, *args, **kwargs | {"timeout": (PATIENT_S, HASTY_S)})

    session = source_session(pools=1, per_host=1)
    session.mount("http://", Early(max_retries=CONNECT_RETRIES))
    with session, serving(lambda line: line.hang()) as server:
        assert trouble_of(Http(session, timeout_s=PATIENT_S), server.url).trouble is Trouble.TIMEOUT


def test_a_timeout_that_requests_notices_is_a_timeout(http: Http) -> None:
    with responses.RequestsMock() as sources:
        sources.get("http://source/", body=requests.ConnectTimeout())
        assert trouble_of(http, "http://source/").trouble is Trouble.TIMEOUT


def test_errors_that_lead_back_to_themselves_have_an_end(http: Http) -> None:
    first, second = requests.ConnectionError(), OSError()
    first.args, second.args = (second,), (first,)
    with responses.RequestsMock() as sources:
        sources.get("http://source/", body=first)
        assert trouble_of(http, "http://source/").detail == "OSError"


def test_a_connection_is_kept_and_used_again(http: Http) -> None:
    with serving(answering(answer(b"1", headers="X-Left: 7\r\n"), answer(b"2"))) as server:
        first, second = (http.get(server.url, source="rapira", params={"a": "b"}) for _ in range(2))
        assert (first.status, first.body, first.headers["x-left"], second.body) == (200, b"1", "7", b"2")
        assert server.lines == 1


def test_a_kept_connection_that_the_source_closed_is_replaced(http: Http) -> None:
    def one_answer(line: Line) -> None:
        line.request()
        line.send(answer(str(line.number).encode()))

    with serving(one_answer) as server:
        assert http.get(server.url, source="rapira").body == b"1"
        assert server.gone.acquire(timeout=30)
        assert http.get(server.url, source="rapira").body == b"2"


def test_a_kept_connection_that_breaks_under_a_request_is_replaced(http: Http) -> None:
    def one_answer(line: Line) -> None:
        line.request()
        line.send(answer(str(line.number).encode()))
        line.request()

    with serving(one_answer) as server:
        assert [http.get(server.url, source="rapira").body for _ in range(2)] == [b"1", b"2"]


def test_a_connection_that_was_cut_is_not_used_again(session: requests.Session) -> None:
    def script(line: Line) -> None:
        (DRIPS["body"] if line.number == 1 else answering(answer(b"well again")))(line)

    with serving(script) as server:
        assert trouble_of(hasty(session, server), server.url).trouble is Trouble.TIMEOUT
        assert Http(session, timeout_s=PATIENT_S).get(server.url, source="rapira").body == b"well again"
        assert server.lines == 2


def test_a_server_in_trouble_is_asked_three_times_in_all(http: Http) -> None:
    down = [answer(status=f"{status} Down") for status in (500, 502, 503, 504)]
    with serving(answering(down[0], down[1], answer(b"well again"))) as server:
        assert http.get(server.url, source="rapira").body == b"well again"
    with serving(answering(*down)) as server:
        assert http.get(server.url, source="rapira").status == 503


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 429, 451])
def test_an_answer_that_no_retry_can_better_is_taken_at_once(http: Http, status: int) -> None:
    elsewhere = "Retry-After: 3600\r\nLocation: /elsewhere\r\n"
    with serving(answering(answer(status=f"{status} No", headers=elsewhere), answer(b"a second answer"))) as server:
        assert http.get(server.url, source="rapira").status == status


def silent(line: Line) -> None:
    line.request()


@pytest.mark.parametrize("location", [b"http://[", b"/\xff", b"http://user:secret@source.test:99999/"])
def test_where_a_redirect_points_to_is_not_even_looked_at(http: Http, location: bytes) -> None:
    redirect = b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + location + b"\r\n\r\n"
    with serving(answering(redirect)) as server:
        assert http.get(server.url, source="rapira").status == 302


def test_what_is_posted_is_posted_once() -> None:
    for session in (pooled_session(pools=1, per_host=1), source_session(pools=1, per_host=1)):
        with session, serving(answering(answer(status="503 Down"), answer())) as server:
            assert session.post(server.url, timeout=30).status_code == 503
        with session, serving(silent) as server:
            with pytest.raises(requests.ConnectionError):
                session.post(server.url, timeout=30)
            assert server.lines == 1


def test_an_endless_body_is_garbage(http: Http) -> None:
    bomb = gzip.compress(b"0" * (LARGEST_BODY * 20))
    assert len(bomb) < LARGEST_BODY
    for body, headers in ((b"0" * (LARGEST_BODY + 1), ""), (bomb, "Content-Encoding: gzip\r\n")):
        with serving(answering(answer(body, headers=headers))) as server:
            error = trouble_of(http, server.url)
        assert (error.trouble, error.detail, error.status) == (Trouble.GARBAGE, "more than 2000000 bytes", 200)


@pytest.mark.parametrize(
    ("said", "root"),
    [
        (b"no HTTP at all\r\n\r\n", "BadStatusLine"),
        (b"", "RemoteDisconnected"),
        (OK + b"Content-Length: 100\r\n\r\nshort", "IncompleteRead"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", "ValueError"),
    ],
)
def test_an_answer_that_breaks_off_is_unreachable(http: Http, said: bytes, root: str) -> None:
    def script(line: Line) -> None:
        line.request()
        line.send(said)

    with serving(script) as server:
        error = trouble_of(http, server.url)
        assert server.lines == (3 if root == "RemoteDisconnected" else 1), "only what may be well in a moment"
    assert (error.trouble, error.detail) == (Trouble.UNREACHABLE, root)


def test_a_body_that_cannot_be_unpacked_is_garbage(http: Http) -> None:
    with serving(answering(answer(b"nope", headers="Content-Encoding: gzip\r\n"))) as server:
        assert trouble_of(http, server.url).trouble is Trouble.GARBAGE


def test_a_netrc_is_not_sent_to_sources(http: Http, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text(f"machine 127.0.0.1 login me password {SECRET}\n")
    monkeypatch.setenv("NETRC", str(netrc))
    heads = []

    def script(line: Line) -> None:
        heads.append(line.request())
        line.send(answer())

    with serving(script) as server:
        http.get(server.url, source="rapira")
    assert b"Authorization" not in heads[0]


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


@pytest.mark.parametrize("error", [ValueError("a bug"), TimeoutError("its own"), KeyboardInterrupt()])
def test_whatever_a_call_raises_is_raised_where_it_was_made(error: BaseException) -> None:
    def action() -> None:
        raise error

    with pytest.raises(type(error)) as caught:
        within(PATIENT_S, action, name="call")
    assert caught.value is error


def test_a_session_without_a_deadline_is_a_session_as_any_other() -> None:
    with serving(answering(answer(b"fine"))) as server, source_session(pools=1, per_host=1) as session:
        assert [session.get(server.url, timeout=30).content for _ in range(2)] == [b"fine"] * 2
        assert server.lines == 1
