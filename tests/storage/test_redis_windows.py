"""Who was let in lately, handed over by a real Redis."""

import time
from collections.abc import Iterator

import pytest

from storage.redis_link import Link
from storage.redis_windows import RedisWindows
from tests.redis_server import RedisServer
from tests.storage.redis_desk import patient_link

WITHIN_S = 60.0


@pytest.fixture
def link(redis: RedisServer) -> Iterator[Link]:
    link = patient_link(redis.database())
    link.start()
    yield link
    link.stop(WITHIN_S)


def windows(link: Link, *, window_s: int = 3600, most: int = 100) -> RedisWindows:
    return RedisWindows(link, desk="desk:1", window_s=window_s, most=most)


def test_the_next_process_knows_whom_this_one_let_in_and_when(link: Link) -> None:
    assert windows(link).noted() == []
    windows(link).note("7/7/text")
    windows(link).note("8/-100/press")
    link.ask("ZADD", "desk:1:windows", int(time.time()) - 60, "9/9/text")
    found = windows(link).noted()
    assert [name for name, _ in found] == ["9/9/text", "7/7/text", "8/-100/press"]
    assert 59 <= found[0][1] < 120
    assert 0 <= found[1][1] < 60


def test_one_that_is_noted_keeps_its_time(link: Link) -> None:
    link.ask("ZADD", "desk:1:windows", int(time.time()) - 60, "9/9/text")
    windows(link).note("9/9/text")
    ((_, age_s),) = windows(link).noted()
    assert age_s >= 59


def test_what_is_over_is_gone_and_there_are_never_too_many(link: Link) -> None:
    link.ask("ZADD", "desk:1:windows", int(time.time()) - 7200, "old/old/text")
    assert windows(link).noted() == []
    for number in range(9):
        windows(link, most=3).note(f"{number}/{number}/text")
    assert [name for name, _ in windows(link, most=3).noted()] == [f"{number}/{number}/text" for number in (6, 7, 8)]
    assert link.ask("ZCARD", "desk:1:windows") == 3
    assert 0 < link.ask("TTL", "desk:1:windows") <= 3600


def test_without_redis_nobody_is_noted_and_nobody_minds(link: Link) -> None:
    link._fall("gone", link._visit)
    windows(link).note("7/7/text")
    assert windows(link).noted() == []
