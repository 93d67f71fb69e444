"""What a call of a source does on a real connection: pooled, kept, and retried with care."""

import gzip
from pathlib import Path
from typing import Any

import pytest
import requests
import responses

from rates.deadline import DeadlineAdapter
from rates.errors import Trouble
from rates.http import CONNECT_RETRIES, LARGEST_BODY, Http, Posts, pooled_session, source_session
from tests.rates.calls import HASTY_S, OK, PATIENT_S, SECRET, tls_serving, trouble_of
from tests.rates.servers import Line, answer, answering, serving


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


def test_a_certificate_of_nobody_is_refused_once(http: Http, tls_files: tuple[Path, Path]) -> None:
    with tls_serving(answering(answer()), tls_files[1]) as server:
        error = trouble_of(http, server.url)
        assert (error.trouble, error.detail) == (Trouble.UNREACHABLE, "SSLCertVerificationError")
        assert server.lines == 1


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
