"""What a platform, and whoever watches, hears of a process that waits for its turn."""

import http.client
import json
from collections.abc import Callable, Iterator

import pytest

from ops.server import WebServer
from ops.standby import standing_by

PATIENCE_S = 60.0
Serve = Callable[[str | None], WebServer]


@pytest.fixture
def serve() -> Iterator[Serve]:
    made: list[WebServer] = []

    def serving(trouble: str | None) -> WebServer:
        made.append(standing_by(host="127.0.0.1", port=0, trouble=lambda: trouble))
        made[-1].start()
        assert made[-1].wait(PATIENCE_S)
        return made[-1]

    yield serving
    for each in made:
        each.stop(PATIENCE_S)
        assert not each.thread.is_alive()


def get(web: WebServer, path: str) -> tuple[int, str]:
    assert web.port is not None
    connection = http.client.HTTPConnection("127.0.0.1", web.port, timeout=PATIENCE_S)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


@pytest.mark.parametrize("path", ["/health", "/ready"])
def test_a_process_that_waits_for_its_turn_is_well(serve: Serve, path: str) -> None:
    status, text = get(serve(None), path)
    assert (status, json.loads(text)) == (200, {"status": "standby"})


@pytest.mark.parametrize("path", ["/health", "/ready"])
def test_one_that_could_not_take_its_turn_is_not(serve: Serve, path: str) -> None:
    status, text = get(serve("the database does not answer"), path)
    assert (status, json.loads(text)["reasons"]) == (503, {"lease": "the database does not answer"})


def test_there_is_nothing_else_to_see(serve: Serve) -> None:
    web = serve(None)
    assert get(web, "/")[0] == get(web, "/metrics")[0] == 404
