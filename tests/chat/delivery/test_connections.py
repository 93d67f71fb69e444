"""Calls on kept connections: what they share, when one is given up, and what goes the session's own way."""

import io
import json
import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import pytest

from chat.delivery.answers import Response
from chat.delivery.connections import IDLE_S, KeptConnections, ReadTimeout
from chat.delivery.errors import NotServing
from chat.delivery.sender import Timeout
from tests.clocks import Clock

METHOD = "/bot1:x/editMessageText"
ANSWER = b'{"ok":true,"result":true}'
WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(ANSWER) + ANSWER
PATIENCE_S = 60.0


@dataclass(frozen=True)
class OwnWay:
    """What the session answered."""

    status_code: int = 200
    reason: str = "OK"
    content: bytes = b"by the session"


class Session:
    """Its connections are made at once; `spared` are those it has given away, seen from the server."""

    def __init__(self, *, most: int = 10) -> None:
        self.posts: list[tuple[str, dict[str, Any] | None]] = []
        self.spared: list[socket.socket] = []
        self._most = most

    def post(
        self,
        url: str,
        data: dict[str, Any] | None = None,
        *,
        files: dict[str, Any] | None,
        timeout: Timeout,
        proxies: dict[str, str] | None,
        within_s: float,
    ) -> Response:
        self.posts.append((url, data))
        return OwnWay()

    def spare(self, url: str) -> socket.socket | None:
        if len(self.spared) == self._most:
            return None
        ours, theirs = socket.socketpair()
        theirs.settimeout(PATIENCE_S)
        self.spared.append(theirs)
        return ours


@contextmanager
def connections(session: Session, server: str = "http://telegram.test", **more: Any) -> Iterator[KeptConnections]:
    try:
        with KeptConnections(server, session, **more) as kept:
            yield kept
    finally:
        for sock in session.spared:
            sock.close()


def call(
    kept: KeptConnections, url: str = f"http://telegram.test{METHOD}", data: dict[str, Any] | None = None, **more: Any
) -> Response:
    given: dict[str, Any] = {"files": None, "timeout": (5.0, 10.0), "proxies": None, "within_s": 15.0} | more
    return kept.post(url, data, **given)


def serving(session: Session, answers: list[bytes], *, line: int = 0) -> threading.Thread:
    """Answers what comes in on a connection that the session has given away; then closes it."""

    def serve() -> None:
        with suppress(OSError):
            for answer in answers:
                if not session.spared[line].recv(65_536):
                    break
                session.spared[line].sendall(answer)
            session.spared[line].close()

    thread = threading.Thread(target=serve, name="telegram", daemon=True)
    thread.start()
    return thread


class Ready(Session):
    """Each connection that it gives away has its answers already."""

    def __init__(self, *scripts: list[bytes]) -> None:
        super().__init__(most=len(scripts))
        self._scripts = scripts

    def spare(self, url: str) -> socket.socket | None:
        sock = super().spare(url)
        if sock is not None:
            line = len(self.spared) - 1
            serving(self, self._scripts[line], line=line)
        return sock


def test_one_call_after_another_shares_a_connection() -> None:
    session = Ready([WHOLE, WHOLE, WHOLE, b""])
    with connections(session) as kept:
        answers = [call(kept, data={"chat_id": "7"}).content for _ in range(3)]

        assert answers == [ANSWER] * 3
        assert len(session.spared) == 1
        assert not session.posts


def test_parameters_travel_as_json_and_what_is_none_does_not_travel() -> None:
    session = Session()
    with connections(session) as kept:
        asked = threading.Thread(
            target=lambda: call(kept, data={"chat_id": "7", "text": "Ж<b>", "silent": True, "reply_markup": None}),
        )
        asked.start()
        while not session.spared:
            asked.join(0.01)
        head, _, body = session.spared[0].recv(65_536).partition(b"\r\n\r\n")
        session.spared[0].sendall(WHOLE)
        asked.join(PATIENCE_S)

    assert head.startswith(f"POST {METHOD} HTTP/1.1\r\nHost: telegram.test\r\n".encode())
    assert head.endswith(b"\r\nContent-Length: %d" % len(body))
    assert json.loads(body) == {"chat_id": "7", "text": "Ж<b>", "silent": True}


def test_where_no_connection_is_kept_the_session_makes_the_call() -> None:
    session = Session(most=0)
    with connections(session) as kept:
        assert call(kept, data={"chat_id": "7"}).content == b"by the session"

    assert session.posts == [(f"http://telegram.test{METHOD}", {"chat_id": "7"})]


@pytest.mark.parametrize(
    "given",
    [
        {"files": {"photo": io.BytesIO(b"png")}},
        {"proxies": {"http": "http://127.0.0.1:3128"}},
        {"url": "http://elsewhere.test/bot1:x/getMe"},
        {"url": "http://telegram.test/bot1:x/get me"},
        {"url": "http://telegram.test.elsewhere/bot1:x/getMe"},
    ],
    ids=["files", "proxies", "elsewhere", "a path to be quoted", "a longer host"],
)
def test_what_is_not_plain_goes_the_sessions_own_way(given: dict[str, Any]) -> None:
    session = Session()
    with connections(session) as kept:
        assert call(kept, **given).content == b"by the session"

    assert not session.spared


@pytest.mark.parametrize("server", ["http://user:secret@telegram.test", "http://телеграм.test"])
def test_a_server_whose_name_says_more_than_where_it_is_is_left_to_the_session(server: str) -> None:
    session = Session()
    with connections(session, server) as kept:
        assert call(kept, f"{server}{METHOD}").content == b"by the session"

    assert not session.spared


def test_a_server_may_have_a_path_of_its_own() -> None:
    session = Ready([WHOLE])
    with connections(session, "http://telegram.test/api/") as kept:
        assert call(kept, f"http://telegram.test/api{METHOD}").content == ANSWER


def test_a_connection_that_the_server_has_ended_is_not_used() -> None:
    session = Ready([WHOLE], [WHOLE])
    with connections(session) as kept:
        assert call(kept).content == ANSWER
        session.spared[0].close()

        assert call(kept).content == ANSWER
        assert len(session.spared) == 2


def test_it_is_seen_where_the_system_has_no_poll(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(select, "poll")
    session = Ready([WHOLE, WHOLE], [WHOLE])
    with connections(session) as kept:
        assert [call(kept).content for _ in range(2)] == [ANSWER] * 2
        assert len(session.spared) == 1
        session.spared[0].close()

        assert call(kept).content == ANSWER
        assert len(session.spared) == 2


def test_a_call_that_cannot_be_written_costs_no_connection() -> None:
    session = Ready([WHOLE, WHOLE])
    with connections(session) as kept:
        call(kept)
        with pytest.raises(UnicodeEncodeError):
            call(kept, data={"text": "half of a letter: \ud83d"})

        assert call(kept).content == ANSWER
        assert len(session.spared) == 1


def test_a_connection_that_rested_for_long_is_not_used() -> None:
    session, clock = Ready([WHOLE, b""], [WHOLE, WHOLE]), Clock()
    with connections(session, clock=clock) as kept:
        call(kept)
        clock.now += IDLE_S + 1
        call(kept)
        clock.now += IDLE_S - 1
        call(kept)

        assert len(session.spared) == 2


class Broken:
    """Takes no byte."""

    def __init__(self, error: OSError) -> None:
        self.error = error
        self.is_closed = False
        self._sock, self._other = socket.socketpair()

    def sendall(self, data: bytes, /) -> None:
        raise self.error

    def recv(self, size: int, /) -> bytes:
        raise AssertionError("nothing was sent")

    def settimeout(self, seconds: float | None, /) -> None:
        """Whatever."""

    def fileno(self) -> int:
        return self._sock.fileno()

    def close(self) -> None:
        self.is_closed = True
        self._sock.close()
        self._other.close()


class Sparing(Session):
    def __init__(self, broken: Broken) -> None:
        super().__init__()
        self.broken = broken

    def spare(self, url: str) -> Any:
        return self.broken


def test_a_call_that_a_kept_connection_did_not_take_is_made_on_a_new_one() -> None:
    session = Sparing(Broken(BrokenPipeError()))
    with connections(session) as kept:
        assert call(kept).content == b"by the session"

    assert session.broken.is_closed


def test_a_call_that_was_not_taken_in_time_is_not_made_again() -> None:
    session = Sparing(Broken(TimeoutError()))
    with connections(session) as kept, pytest.raises(TimeoutError):
        call(kept)

    assert session.broken.is_closed
    assert not session.posts


@pytest.mark.parametrize("script", [[b""], [b"HTTP/1.1 200 OK\r\n"], [b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"]])
def test_a_call_whose_answer_broke_off_is_the_callers_to_repeat(script: list[bytes]) -> None:
    session = Ready(script)
    with connections(session) as kept, pytest.raises(ConnectionError):
        call(kept)

    assert not session.posts


@pytest.mark.parametrize("bounds", [{"timeout": (5.0, 0.05)}, {"within_s": 0.05}], ids=["a silence", "the whole call"])
def test_an_answer_is_not_waited_for_without_end(bounds: dict[str, Any]) -> None:
    session = Session()
    with connections(session) as kept, pytest.raises(ReadTimeout):
        call(kept, **bounds)


def test_an_answer_drop_by_drop_ends_with_its_call() -> None:
    session = Ready([WHOLE[:20], b""])
    ticks = iter([0.0, 0.0, 14.0])
    with connections(session, clock=lambda: next(ticks, 15.0)) as kept, pytest.raises(ReadTimeout):
        call(kept)


def test_a_server_that_ends_the_connection_is_heard() -> None:
    closing = WHOLE.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1)
    session = Ready([closing], [WHOLE])
    with connections(session) as kept:
        assert [call(kept).content for _ in range(2)] == [ANSWER] * 2
        assert len(session.spared) == 2


def is_ended(sock: socket.socket) -> bool:
    return sock.recv(1) == b""


def together(kept: KeptConnections, session: Session, calls: int) -> None:
    """So many calls at once, each on a connection of its own."""
    threads = [threading.Thread(target=call, args=(kept,)) for _ in range(calls)]
    for thread in threads:
        thread.start()
    while len(session.spared) < calls:
        threads[0].join(0.01)
    for sock in session.spared:
        assert sock.recv(65_536)
    for sock in session.spared:
        sock.sendall(WHOLE)
    for thread in threads:
        thread.join(PATIENCE_S)


def test_no_more_are_kept_than_may_be() -> None:
    session = Session()
    with connections(session, most=2) as kept:
        together(kept, session, 3)
        for sock in session.spared:
            sock.setblocking(False)
        ended = 0
        for sock in session.spared:
            with suppress(BlockingIOError):
                ended += is_ended(sock)

    assert ended == 1


def test_at_the_end_all_are_closed_those_at_work_when_they_are_done() -> None:
    session = Session()
    with connections(session) as kept:
        together(kept, session, 2)
        at_work = threading.Thread(target=call, args=(kept,))
        at_work.start()
        used = next_asked(session.spared)
        kept.__exit__(None, None, None)
        resting = next(sock for sock in session.spared if sock is not used)
        assert is_ended(resting)
        used.sendall(WHOLE)
        at_work.join(PATIENCE_S)
        assert is_ended(used)


def next_asked(socks: list[socket.socket]) -> socket.socket:
    [sock], _, _ = select.select(socks, [], [], PATIENCE_S)
    sock.recv(65_536)
    found: socket.socket = sock
    return found


def test_calls_side_by_side_each_get_their_own_answer() -> None:
    calls, answers = 8, dict[int, bytes]()

    class Echoing(Session):
        def spare(self, url: str) -> socket.socket | None:
            sock = super().spare(url)
            theirs = self.spared[-1]

            def serve() -> None:
                with suppress(OSError):
                    while asked := theirs.recv(65_536):
                        body = asked.partition(b"\r\n\r\n")[2]
                        theirs.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

            threading.Thread(target=serve, name="telegram", daemon=True).start()
            return sock

    session = Echoing(most=100)
    with connections(session) as kept:

        def ask(number: int) -> None:
            for turn in range(20):
                answers[number * 100 + turn] = call(kept, data={"n": number * 100 + turn}).content

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(calls)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE_S)

        assert {json.loads(body)["n"] for body in answers.values()} == answers.keys()
        assert len(answers) == 20 * calls
        assert len(session.spared) <= calls


@pytest.mark.parametrize("lines", [1, 0], ids=["kept", "the session's own"])
def test_a_call_that_was_held_up_until_another_process_serves_is_not_sent(lines: int) -> None:
    """As when the process is frozen between the decision to call and the calling: an old screen over a newer one."""
    session = Session(most=lines)
    frozen = iter([False, True])
    with connections(session, serves=lambda: next(frozen)) as kept:
        with pytest.raises(NotServing) as caught:
            call(kept)
        assert caught.value.unsent
        if lines:
            serving(session, [WHOLE])
        assert call(kept).status_code == 200
        assert len(session.spared) == lines
        assert len(session.posts) == 1 - lines
