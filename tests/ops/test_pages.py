"""What the pages about the bot are made of."""

import json
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import pytest

from ops import logs
from ops.health import Health
from ops.pages import make_web
from ops.samples import Samples
from ops.sight import Sight
from tests.ops import bots


@pytest.fixture(autouse=True)
def _logs() -> Iterator[None]:
    logs.configure("INFO", [])
    yield
    logs.flush(60)


def health(**other: Any) -> tuple[int, dict[str, Any]]:
    """As a platform asks for it."""
    parts = bots.parts(**other)
    health = Health(parts.polling, {}, clock=lambda: 100.0)
    health.look()
    samples = Samples(None, memory=lambda: 0)
    sight = Sight(parts=parts, health=health, samples=samples, recent=logs.recent(), meters=None, version="1.2.3")
    web = make_web(sight, token=None, clock=lambda: 100.0, began_at=40.0)
    began: list[Any] = []
    given = {"REQUEST_METHOD": "GET", "PATH_INFO": "/health", "QUERY_STRING": "", "REMOTE_ADDR": "203.0.113.7"}
    given |= {"HTTP_HOST": "desk.example.org", "wsgi.url_scheme": "http"}
    body = b"".join(web(given, lambda *told: began.append(told)))
    return int(began[0][0].split()[0]), json.loads(body)


@pytest.mark.parametrize("redis", [None, bots.Redis()])
def test_a_bot_that_is_well_says_no_more_than_that(redis: bots.Redis | None) -> None:
    assert health(redis=redis) == (HTTPStatus.OK, {"status": "well", "reasons": {}})


def test_a_bot_without_its_redis_is_well_and_says_so() -> None:
    status, told = health(redis=bots.Redis(is_here=False, falls=1))
    assert (status, told["status"], told["reasons"]) == (HTTPStatus.OK, "well", {})
    assert told["notes"] == {"redis": "away, the bot goes on without it"}


def test_a_note_is_beside_the_reasons() -> None:
    status, told = health(redis=bots.Redis(is_here=False), polling=lambda: bots.Polling(has_rival=True))
    assert status == HTTPStatus.SERVICE_UNAVAILABLE
    assert {"polling"} == told["reasons"].keys()
    assert {"redis"} == told["notes"].keys()
