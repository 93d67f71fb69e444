"""Copies of dialogues in a Redis that is away, wiped or of yesterday: nothing of it is trusted that is not so."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from storage.dialogue_copies import forsake
from storage.places import SIDE_FILES
from storage.states import StateStorage
from tests.redis_server import RedisServer
from tests.storage.conftest import only_sqlite
from tests.storage.redis_desk import Keys, Start, processes


@pytest.fixture
def start(url: str, redis: RedisServer) -> Iterator[Start]:
    with processes(url, redis.database()) as start:
        yield start


def test_what_was_written_while_redis_was_away_wins_when_it_is_back(start: Start) -> None:
    process = start()
    process.keep(1, "amount")
    process.link.go()
    process.set(1, "result")
    assert process.get(1) == "result"
    process.link.come_back()
    process.forget_memory()

    assert process.get(1) == "result"
    process.keep(2, "margin")
    new = start()
    assert (new.get(1), new.get(2)) == ("result", "margin")
    assert new.has_copy(2)


def test_a_process_that_dies_while_redis_is_away_leaves_nothing_to_trust(start: Start) -> None:
    old = start()
    old.keep(1, "amount")
    old.link.go()
    old.set(1, "result")
    old.set(1, "given")
    assert old.row() is None
    old.end()

    assert start().get(1) == "given"


def test_without_a_write_in_between_the_copies_are_good_when_it_is_back(start: Start) -> None:
    old = start()
    old.keep(1, "amount")
    old.link.go()
    old.end()

    assert start().has_copy(1)


def test_a_process_that_starts_without_redis_asks_the_database_and_joins_later(start: Start) -> None:
    old = start()
    old.keep(1, "amount")
    new = start(is_there=False)
    assert not new.has_copy(1)
    new.set(1, "result")
    new.link.come_back()
    new.keep(2, "margin")

    latest = start()

    assert (latest.get(1), latest.get(2)) == ("result", "margin")
    assert latest.has_copy(2)


def test_a_process_that_makes_no_copies_leaves_none_behind(start: Start) -> None:
    old = start()
    old.keep(1, "amount")
    forsake(old.database)
    StateStorage(old.database).set_state(1, 1, "result")
    forsake(old.database)

    assert start().get(1) == "result"


def test_a_redis_that_was_restarted_with_the_data_of_yesterday_is_not_believed(start: Start) -> None:
    process = start()
    process.keep(1, "amount")
    yesterday = Keys(process)
    process.keep(1, "result")
    yesterday.put_back(process)
    process.forget_memory()

    assert process.get(1) == "result"
    assert not process.has_copy(2)
    assert start().get(1) == "result"


def test_a_redis_of_yesterday_is_noticed_by_whoever_copies(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "storage.redis_dialogues")
    process = start()
    process.keep(1, "amount")
    process._wire.call("FLUSHDB")
    process.keep(2, "margin")

    assert "copied anew" in caplog.text
    process.keep(1, "result")
    new = start()
    assert (new.get(1), new.get(2), new.has_copy(1)) == ("result", "margin", True)


def test_a_redis_of_yesterday_is_noticed_before_anything_is_written_to_it(start: Start) -> None:
    process = start()
    process.keep(1, "amount")
    yesterday = Keys(process)
    process.keep(1, "result")
    yesterday.put_back(process)
    process.keep(2, "margin")
    process.end()

    new = start()
    assert (new.get(1), new.get(2)) == ("result", "margin")


@only_sqlite
def test_a_database_of_yesterday_is_not_told_what_redis_has_of_today(start: Start, url: str) -> None:
    """A copy was put back: what came after it is gone, and does not come back by half."""
    file = Path(url.removeprefix("sqlite:///"))
    process = start()
    process.keep(1, "amount")
    with closing(sqlite3.connect(file)) as now, closing(sqlite3.connect(file.with_name("copy.db"))) as copy:
        now.backup(copy)
    process.keep(1, "result")
    process.end()
    for side in SIDE_FILES:
        file.with_name(file.name + side).unlink(missing_ok=True)
    file.with_name("copy.db").replace(file)

    assert start().get(1) == "amount"


def test_what_was_undone_without_redis_leaves_nothing_to_trust(start: Start) -> None:
    process = start()
    process.keep(1, "amount")
    process.link.go()
    process.set_in_vain(1, "result")
    process.set(1, "given")
    process.end()
    assert start().get(1) == "given"


def test_one_that_ends_when_redis_has_just_gone_begins_anew_later(start: Start) -> None:
    process = start()
    with process.database.write():
        process.set(1, "amount")
        process.link.go()
    process.link.come_back()
    process.keep(1, "result")
    assert start().get(1) == "result"


def test_one_that_ends_when_redis_was_away_and_is_back_believes_nothing_of_before(start: Start) -> None:
    """A copy was lost meanwhile, and its dialogue has left the memory since."""
    process = start()
    process.keep(1, "amount")
    process.set(1, "result")
    with process.database.write():
        process.set(2, "margin")
        process.link.go()
        process.link.come_back()
    process.forget_memory()

    assert process.get(1) == "result"
    process.keep(2, "given")
    new = start()
    assert (new.get(1), new.get(2), new.has_copy(2)) == ("result", "given", True)


def test_a_full_queue_is_as_good_as_no_redis(start: Start) -> None:
    process = start()
    process.keep(1, "amount")
    process.link.tell = lambda *_: False  # type: ignore[method-assign]
    process.set(1, "result")
    process.forget_memory()
    assert process.get(1) == "result"
    assert start().get(1) == "result"


def test_a_loss_that_is_heard_of_late_is_of_the_past(start: Start) -> None:
    process = start()
    process.keep(1, "amount")
    process.copies._lose("a token of before")
    assert process.copies._token is not None
