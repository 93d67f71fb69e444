"""Whatever a source does a call ends at its deadline, and nothing that others use is cut."""

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import requests
from urllib3.response import BaseHTTPResponse

from rates.deadline import DeadlinePassed, _Call, within
from rates.errors import SourceError, Trouble
from rates.http import CarefulRetry, Http, Posts, pooled_session, source_session
from tests.rates.calls import DRIPS, HASTY_S, PATIENT_S, ended, hasty, tls_serving, trouble_of
from tests.rates.servers import Line, Script, answer, answering, passing, serving


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


def test_a_tls_handshake_that_never_ends_ends_at_the_deadline(session: requests.Session) -> None:
    with serving(lambda line: line.hang()) as server:
        error = trouble_of(hasty(session, server), server.url.replace("http:", "https:"))
        assert error.trouble is Trouble.TIMEOUT
        assert server.gone.acquire(timeout=30)


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


def test_a_connection_that_was_cut_is_not_used_again(session: requests.Session) -> None:
    def script(line: Line) -> None:
        (DRIPS["body"] if line.number == 1 else answering(answer(b"well again")))(line)

    with serving(script) as server:
        assert trouble_of(hasty(session, server), server.url).trouble is Trouble.TIMEOUT
        assert Http(session, timeout_s=PATIENT_S).get(server.url, source="rapira").body == b"well again"
        assert server.lines == 2


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
