"""The connection to Redis: nobody waits for long, whatever the server does, and it comes back by itself."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from storage.errors import RedisAway
from storage.redis_link import LONGEST_PAUSE_S, MOST_WAITING, NO_ANSWER, PAUSE_S, STEADY_S, Link, link_to
from storage.redis_wire import RedisWire, WireBroken
from tests.clocks import Clock
from tests.redis_server import RedisServer, redis_server
from tests.storage.redis_desk import patient_link, patient_wire

ROOT = Path(__file__).parents[2]
WITHIN_S = 60.0


class Server:
    """Answers with what it was asked, until it is told to do something else; `said` is all that it heard."""

    def __init__(self) -> None:
        self.said: list[tuple[str | int, ...]] = []
        self.broken: str | None = None
        self.hangs = False
        self.cut_off = threading.Event()
        self.open = 0

    def connect(self) -> "Server":
        if self.broken is not None:
            raise WireBroken(self.broken)
        self.open += 1
        return self

    def call(self, *command: str | int) -> Any:
        if self.broken is not None:
            raise WireBroken(self.broken)
        if self.hangs and command[0] != "SET":
            assert self.cut_off.wait(WITHIN_S)
            raise WireBroken("cut off")
        self.said.append(command)
        return list(command)

    def cut(self) -> None:
        self.cut_off.set()

    def close(self) -> None:
        self.open -= 1


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def link(server: Server, clock: Clock) -> Link:
    """Here, and driven by the test."""
    link = Link(server.connect, probe="probe", ask_s=0.05, clock=clock)
    assert link.arrive() == 0.0
    return link


@pytest.fixture
def running(server: Server) -> Iterator[Link]:
    link = Link(server.connect, probe="probe", ask_s=WITHIN_S)
    link.start()
    yield link
    link.stop(WITHIN_S)
    assert not link.thread.is_alive()


def command(*words: str | int) -> tuple[str | int, ...]:
    return words


def until(found: Callable[[], bool]) -> None:
    never = threading.Event()
    for _ in range(1500):
        if found():
            return
        never.wait(0.02)
    raise AssertionError("it does not come to be")


def test_what_is_asked_is_answered(running: Link, server: Server) -> None:
    assert running.ask("GET", "key") == ["GET", "key"]
    assert server.said[0] == ("SET", "probe", "1", "PX", 1000)
    assert (running.is_here, running.trouble, running.falls) == (True, None, 0)


def test_what_is_told_goes_out_in_its_order_and_waits_for_nobody(link: Link, server: Server) -> None:
    heard: list[object] = []
    for number in range(3):
        assert link.tell(partial(command, "SET", "key", number), heard.append)
    assert heard == []
    for _ in range(3):
        link.serve(0.0)
    assert heard == [["SET", "key", number] for number in range(3)]


def test_what_has_become_needless_by_its_turn_is_not_sent(link: Link, server: Server) -> None:
    link.tell(lambda: None)
    link.serve(0.0)
    assert len(server.said) == 1  # the probe


def test_a_silent_connection_is_tried_now_and_then(link: Link, server: Server) -> None:
    link.serve(0.0)
    assert server.said[-1] == ("PING",)
    server.broken = "connection reset"
    link.serve(0.0)
    assert (link.is_here, link.trouble) == (False, "connection reset")


def test_whoever_asks_one_that_is_away_hears_so_at_once(link: Link, server: Server) -> None:
    server.broken = "no route"
    link.serve(0.0)
    with pytest.raises(RedisAway, match="no route"):
        link.ask("GET", "key")
    assert not link.tell(lambda: ("GET", "key"))
    assert len(server.said) == 1


def test_nobody_waits_for_longer_than_was_agreed_and_the_next_one_not_at_all(link: Link, server: Server) -> None:
    """Nobody serves what is asked here: as when a name look-up, or a server, hangs."""
    with pytest.raises(RedisAway, match=NO_ANSWER):
        link.ask("GET", "key")
    assert not link.is_here
    assert server.cut_off.is_set()
    with pytest.raises(RedisAway, match=NO_ANSWER):
        link.ask("GET", "key")


def test_a_call_that_hangs_is_cut_off_and_the_connection_made_anew(server: Server) -> None:
    link = Link(server.connect, probe="probe", ask_s=0.05)
    link.start()
    until(lambda: link.is_here)
    server.hangs = True
    with pytest.raises(RedisAway):
        link.ask("GET", "key")
    server.hangs = False
    until(lambda: server.open == 0 or link.is_here)
    until(lambda: link.is_here)
    assert server.open == 1
    link.stop(WITHIN_S)
    assert server.open == 0


def test_those_who_wait_behind_one_that_fails_hear_it_too(link: Link, server: Server) -> None:
    told: list[str] = []

    def ask() -> None:
        try:
            link.ask("GET", "key")
        except RedisAway as error:
            told.append(error.reason)

    link._ask_s = WITHIN_S
    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    until(lambda: link._jobs.qsize() == 3)
    server.broken = "connection reset"
    link.serve(0.0)
    for thread in threads:
        thread.join(WITHIN_S)
    assert sorted(told) == ["connection reset", NO_ANSWER, NO_ANSWER]


def test_one_that_is_away_is_tried_again_and_told_once(
    server: Server, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "storage.redis_link")
    server.broken = "refused"
    link = Link(server.connect, probe="probe", clock=clock)
    told: list[bool] = []
    link.listen(told.append)
    for _ in range(5):
        assert link.arrive() == PAUSE_S
    server.broken = None
    clock.now += 12
    assert link.arrive() == 0.0
    assert told == [True]
    assert link.falls == 1
    assert [record.getMessage() for record in caplog.records] == [
        "redis is away, going on from memory and the database: refused",
        "redis is here away_s=12.0",
    ]


def test_one_that_comes_and_goes_is_tried_less_and_less_often(link: Link, server: Server, clock: Clock) -> None:
    told: list[bool] = []
    link.listen(told.append)
    pauses = []
    for _ in range(6):
        server.broken = "reset"
        link.serve(0.0)
        pauses.append(link.arrive())
        server.broken = None
        link.arrive()
    assert pauses[:3] == [PAUSE_S, 2 * PAUSE_S, 4 * PAUSE_S]
    assert pauses[-1] == LONGEST_PAUSE_S
    assert told == [False, True] * 6

    clock.now += STEADY_S
    server.broken = "reset"
    link.serve(0.0)
    assert link.arrive() == PAUSE_S


def test_one_that_takes_no_writes_is_away(server: Server, clock: Clock) -> None:
    link = Link(server.connect, probe="probe", clock=clock)
    server.broken = None
    original = server.call

    def full(*command: str | int) -> Any:
        raise WireBroken("command not allowed")

    server.call = full  # type: ignore[method-assign]
    assert link.arrive() == PAUSE_S
    assert link.trouble == "command not allowed"
    server.call = original  # type: ignore[method-assign]
    assert link.arrive() == 0.0
    assert server.open == 1


def test_more_than_can_wait_is_not_taken(link: Link) -> None:
    for _ in range(MOST_WAITING):
        assert link.tell(lambda: None)
    assert not link.tell(lambda: None)
    with pytest.raises(RedisAway, match="too much"):
        link.ask("GET", "key")
    assert link.is_here
    link.stop(0.0)


def test_what_one_part_did_not_foresee_is_not_the_end_of_all(running: Link, caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> None:
        raise ValueError("unforeseen")

    running.tell(fail)
    assert running.ask("GET", "key") == ["GET", "key"]
    assert "unforeseen" in caplog.text
    caplog.clear()


def test_what_waits_goes_out_before_the_end(server: Server) -> None:
    link = Link(server.connect, probe="probe")
    link.start()
    for number in range(50):
        link.tell(partial(command, "SET", "key", number))
    link.stop(WITHIN_S)
    assert server.said[-1] == ("SET", "key", 49)
    assert server.open == 0
    assert (link.is_here, link.falls) == (False, 0)


def test_a_job_of_an_earlier_visit_is_not_done_in_the_next(link: Link, server: Server) -> None:
    """The thread takes it up when somebody else has found the server dead in the meantime."""
    link.tell(lambda: ("SET", "key", 1))
    job = link._jobs.get_nowait()
    link._fall("gone", link._visit)
    link._jobs.put_nowait(job)
    link.serve(0.0)
    assert len(server.said) == 1


def test_the_end_comes_at_once_where_it_is_away(server: Server) -> None:
    server.broken = "refused"
    link = Link(server.connect, probe="probe")
    link.start()
    assert not link.is_here
    link.stop(WITHIN_S)
    assert not link.thread.is_alive()


def test_it_can_be_ended_before_it_has_begun(server: Server) -> None:
    link = Link(server.connect, probe="probe")
    link.stop(WITHIN_S)
    link.start()
    link.thread.join(WITHIN_S)
    assert not link.thread.is_alive()


# The same against a real server.


@pytest.fixture
def own(redis_of_its_own: RedisServer) -> Iterator[tuple[RedisServer, Link]]:
    link = Link(lambda: RedisWire(redis_of_its_own.url, timeout_s=WITHIN_S), probe="probe", ask_s=WITHIN_S)
    link._pause_s = 0.05
    link.start()
    until(lambda: link.is_here)
    yield redis_of_its_own, link
    link.stop(WITHIN_S)
    assert not link.thread.is_alive()


def too_slow(link: Link, *command: str) -> None:
    """For somebody who is in a hurry; whoever asks next is not."""
    link._ask_s = 0.2
    with pytest.raises(RedisAway, match=NO_ANSWER):
        link.ask(*command)
    link._ask_s = WITHIN_S


def quick(link: Link) -> None:
    """It has just come back, so the next pause would be a long one."""
    link._pause_s = 0.05


def test_a_real_one_answers_in_text_and_numbers(redis: RedisServer) -> None:
    link = patient_link(redis.database())
    link.start()
    assert link.ask("SET", "имя", "Анна") == "OK"
    assert link.ask("MGET", "имя", "none") == ["Анна", None]
    assert link.ask("INCR", "number") == 1
    link.stop(WITHIN_S)


def test_a_real_one_that_is_killed_and_started_again(own: tuple[RedisServer, Link]) -> None:
    server, link = own
    link.ask("SET", "key", "1")
    server.kill()
    with pytest.raises(RedisAway):
        link.ask("GET", "key")
    quick(link)
    server.start()
    until(lambda: link.is_here)
    assert link.ask("GET", "key") is None


def test_a_real_one_that_hangs_and_wakes(own: tuple[RedisServer, Link]) -> None:
    server, link = own
    server.freeze()
    too_slow(link, "GET", "key")
    assert not link.is_here
    quick(link)
    server.wake()
    until(lambda: link.is_here)
    assert link.ask("GET", "key") is None


def test_a_real_one_that_is_slow_is_waited_for_and_one_that_is_too_slow_is_not(own: tuple[RedisServer, Link]) -> None:
    server, link = own
    server.say("CLIENT", "PAUSE", "100", "ALL")
    assert link.ask("SET", "key", "1") == "OK"
    server.say("CLIENT", "PAUSE", "6000", "ALL")
    too_slow(link, "SET", "key", "2")
    quick(link)
    until(lambda: link.is_here)
    assert link.ask("GET", "key") in ("1", "2")


def test_a_real_one_that_is_full(own: tuple[RedisServer, Link]) -> None:
    server, link = own
    server.fill()
    with pytest.raises(RedisAway, match="maxmemory"):
        link.ask("SET", "key", "1")
    quick(link)
    server.empty()
    until(lambda: link.is_here)
    assert link.ask("SET", "key", "1") == "OK"


def is_told(link: Link, word: str) -> bool:
    """That of its trouble, or without one that it is here."""
    return link.is_here == (not word) and word in (link.trouble or "").lower()


@pytest.mark.usefixtures("redis")  # where none is installed, there is none with a password either
def test_one_that_wants_a_password(caplog: pytest.LogCaptureFixture) -> None:
    with redis_server(password="hunter2") as server:
        for url, word in ((f"redis://127.0.0.1:{server.port}", "authentication"), (server.url, "")):
            link = link_to(url, desk="desk:1")
            link.start()
            until(partial(is_told, link, word))
            link.stop(WITHIN_S)
        with pytest.raises(WireBroken, match=r"(?i)username|password"):
            patient_wire(server.url.replace("hunter2", "wrong"))
    assert "hunter2" not in caplog.text


def test_one_that_takes_connections_and_never_answers(redis_of_its_own: RedisServer) -> None:
    redis_of_its_own.freeze()
    wire = RedisWire(redis_of_its_own.url.removesuffix("/0"), timeout_s=0.2)
    with pytest.raises(WireBroken, match=r"(?i)timeout"):
        wire.call("PING")
    wire.close()
    wire.cut()
    redis_of_its_own.wake()


def test_a_server_without_tls_is_not_spoken_to_in_the_clear(redis: RedisServer) -> None:
    with pytest.raises(WireBroken):
        RedisWire(redis.url.replace("redis://", "rediss://"), timeout_s=1.0)


def test_a_word_that_cannot_be_sent_breaks_the_wire(redis: RedisServer) -> None:
    wire = patient_wire(redis.url)
    with pytest.raises(WireBroken):
        wire.call("SET", "key", {})  # type: ignore[arg-type]  # nothing that Redis knows
    wire.close()


def test_without_its_package_it_says_what_to_install() -> None:
    program = "import sys; sys.modules['redis'] = None\nimport storage.redis_link"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert "cannot use Redis: its package is missing: pip install -r requirements-redis.txt" in done.stderr
