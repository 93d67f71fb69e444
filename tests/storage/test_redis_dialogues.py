"""Copies of dialogues in a real Redis: they are never older than the database, whatever dies in between."""

import itertools
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.afterwards import Afterwards
from storage.database import open_database
from storage.dialogue_copies import KNOWN, NAME, forsake
from storage.places import SIDE_FILES
from storage.redis_dialogues import RedisDialogues
from storage.redis_link import Link
from storage.redis_wire import RedisWire
from storage.states import StateStorage
from tests.redis_server import RedisServer
from tests.storage.conftest import only_sqlite
from tests.storage.redis_desk import DESK, DeskProcess, DirectLink

WITHIN_S = 30.0
Start = Callable[..., DeskProcess]


class Failed(Exception):
    pass


@pytest.fixture
def shared(redis: RedisServer) -> str:
    return redis.database()


@pytest.fixture
def start(url: str, shared: str) -> Iterator[Start]:
    made: list[DeskProcess] = []

    def process(**options: object) -> DeskProcess:
        made.append(DeskProcess(url, shared, **options))  # type: ignore[arg-type]  # its own
        return made[-1]

    yield process
    for each in made:
        each.end()


class Keys:
    """What a Redis had at one moment."""

    def __init__(self, process: DeskProcess) -> None:
        wire = process._wire
        self._texts = {key: wire.call("GET", key) for key in wire.call("KEYS", f"{DESK}:*")}

    def put_back(self, process: DeskProcess) -> None:
        process._wire.call("FLUSHDB")
        for key, text in self._texts.items():
            process._wire.call("SET", key, text)


def row(process: DeskProcess) -> tuple[str, int] | None:
    found: tuple[str, int] | None = process.database.read().execute(KNOWN, (NAME,)).fetchone()
    return None if found is None else (found[0], found[1])


def test_the_next_process_finds_the_dialogues_without_asking_the_database(start: Start) -> None:
    old = start()
    old.set(1, "amount")
    old.set(2, "margin")
    old.states.set_data(2, 2, "pays", "RUB")
    old.delete(1)
    old.link.flush()

    new = start()

    assert new.has_copy(1)
    assert new.has_copy(2)
    assert (new.get(1), new.get(2), new.states.get_data(2, 2)) == (None, "margin", {"pays": "RUB"})


def test_what_it_has_written_or_read_it_knows_by_heart(start: Start) -> None:
    process = start()
    process.set(1, "amount")
    asked = len(process.link.asked)
    assert process.get(1) == "amount"
    assert process.get(2) is None
    assert process.has_copy(1)
    assert process.has_copy(2)
    assert len(process.link.asked) <= asked + 1


def test_a_process_that_dies_before_its_copy_leaves_nothing_to_trust(start: Start) -> None:
    old = start()
    old.set(1, "amount")
    old.link.flush()
    old.set(1, "result")
    old.end()

    new = start()

    assert not new.has_copy(1)
    assert new.get(1) == "result"


def test_what_was_written_while_redis_was_away_wins_when_it_is_back(start: Start) -> None:
    process = start()
    process.set(1, "amount")
    process.link.flush()
    process.link.go()
    process.set(1, "result")
    assert process.get(1) == "result"
    process.link.come_back()
    process.forget_memory()

    assert process.get(1) == "result"
    process.set(2, "margin")
    process.link.flush()
    new = start()
    assert (new.get(1), new.get(2)) == ("result", "margin")
    assert new.has_copy(2)


def test_a_process_that_dies_while_redis_is_away_leaves_nothing_to_trust(start: Start) -> None:
    old = start()
    old.set(1, "amount")
    old.link.flush()
    old.link.go()
    old.set(1, "result")
    old.set(1, "given")
    assert row(old) is None
    old.end()

    assert start().get(1) == "given"


def test_without_a_write_in_between_the_copies_are_good_when_it_is_back(start: Start) -> None:
    old = start()
    old.set(1, "amount")
    old.link.flush()
    old.link.go()
    old.end()

    assert start().has_copy(1)


def test_a_process_that_starts_without_redis_asks_the_database_and_joins_later(start: Start) -> None:
    old = start()
    old.set(1, "amount")
    old.link.flush()
    new = start(is_there=False)
    assert not new.has_copy(1)
    new.set(1, "result")
    new.link.come_back()
    new.set(2, "margin")
    new.link.flush()

    latest = start()

    assert (latest.get(1), latest.get(2)) == ("result", "margin")
    assert latest.has_copy(2)


def test_a_process_that_makes_no_copies_leaves_none_behind(start: Start) -> None:
    old = start()
    old.set(1, "amount")
    old.link.flush()
    forsake(old.database)
    StateStorage(old.database).set_state(1, 1, "result")
    forsake(old.database)

    assert start().get(1) == "result"


def test_a_redis_that_was_restarted_with_the_data_of_yesterday_is_not_believed(
    start: Start, redis: RedisServer
) -> None:
    process = start()
    process.set(1, "amount")
    process.link.flush()
    yesterday = Keys(process)
    process.set(1, "result")
    process.link.flush()
    yesterday.put_back(process)
    process.forget_memory()

    assert process.get(1) == "result"
    assert not process.has_copy(2)
    assert start().get(1) == "result"


def test_a_redis_of_yesterday_is_noticed_by_whoever_copies(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "storage.redis_dialogues")
    process = start()
    process.set(1, "amount")
    process.link.flush()
    process._wire.call("FLUSHDB")
    process.set(2, "margin")
    process.link.flush()

    assert "copied anew" in caplog.text
    process.set(1, "result")
    process.link.flush()
    new = start()
    assert (new.get(1), new.get(2), new.has_copy(1)) == ("result", "margin", True)


def test_a_redis_of_yesterday_is_noticed_before_anything_is_written_to_it(start: Start) -> None:
    process = start()
    process.set(1, "amount")
    process.link.flush()
    yesterday = Keys(process)
    process.set(1, "result")
    process.link.flush()
    yesterday.put_back(process)
    process.set(2, "margin")
    process.link.flush()
    process.end()

    new = start()
    assert (new.get(1), new.get(2)) == ("result", "margin")


@only_sqlite
def test_a_database_of_yesterday_is_not_told_what_redis_has_of_today(start: Start, url: str) -> None:
    """A copy was put back: what came after it is gone, and does not come back by half."""
    file = Path(url.removeprefix("sqlite:///"))
    process = start()
    process.set(1, "amount")
    process.link.flush()
    with closing(sqlite3.connect(file)) as now, closing(sqlite3.connect(file.with_name("copy.db"))) as copy:
        now.backup(copy)
    process.set(1, "result")
    process.link.flush()
    process.end()
    for side in SIDE_FILES:
        file.with_name(file.name + side).unlink(missing_ok=True)
    file.with_name("copy.db").replace(file)

    assert start().get(1) == "amount"


def test_one_that_was_frozen_and_wakes_puts_nothing_old_over_it(start: Start) -> None:
    frozen = start()
    frozen.set(1, "amount")
    frozen.link.flush()
    new = start()
    assert new.get(1) == "amount"
    new.set(1, "result")
    new.link.flush()

    with frozen.copies._lock:  # what it had in hand when it froze
        frozen.copies._waiting[1, 1, 0, "", 0] = None
        frozen.copies._uncounted = 1
    frozen.link.tell(frozen.copies._copy, frozen.copies._heard)
    frozen.link.flush()

    new.forget_memory()
    assert new.get(1) == "result"
    frozen.forget_memory()
    assert frozen.get(1) == "result"


def test_another_owner_is_noticed_by_whoever_reads(start: Start) -> None:
    old = start()
    old.set(1, "amount")
    old.link.flush()
    start()
    old.forget_memory()
    assert old.get(1) == "amount"
    assert not old.has_copy(2)


def test_what_was_undone_is_not_remembered(start: Start) -> None:
    process = start()
    process.set(1, "amount")

    def fail() -> None:
        with process.database.write():
            process.set(1, "result")
            assert process.get(1) == "result"  # in its own transaction it sees it
            raise Failed

    with pytest.raises(Failed):
        fail()
    assert process.get(1) == "amount"
    process.set(2, "margin")
    process.link.flush()
    assert start().get(1) == "amount"


def test_what_was_undone_without_redis_leaves_nothing_to_trust(start: Start) -> None:
    process = start()
    process.set(1, "amount")
    process.link.flush()
    process.link.go()

    def fail() -> None:
        with process.database.write():
            process.set(1, "result")
            raise Failed

    with pytest.raises(Failed):
        fail()
    process.set(1, "given")
    process.end()
    assert start().get(1) == "given"


def test_a_read_that_a_write_overtakes_is_not_remembered(start: Start) -> None:
    process = start()
    key = (1, 1, 0, "", 0)

    def slow() -> None:
        process.set(1, "amount")  # by another thread, after this one has read that there is none

    assert process.copies.read(key, slow) is None
    assert process.get(1) == "amount"


def test_of_two_transactions_that_overlap_the_later_one_counts_whoever_is_heard_first(start: Start) -> None:
    """The first has committed, and before it can say so the second begins, commits and is heard."""
    process = start()
    process.set(1, "amount")
    process.link.flush()
    late: list[Callable[[bool], object]] = []
    soon = process.database.when_over
    process.database.when_over = late.append  # type: ignore[method-assign, assignment]  # heard of later
    process.set(1, "result")
    process.database.when_over = soon  # type: ignore[method-assign]
    process.set(1, "given")
    assert process.get(1) == "given"  # out of the database, for one is open yet
    process.link.flush()
    process.set(2, "margin")

    late[0](True)

    assert process.get(1) == "given"
    process.link.flush()
    process.forget_memory()
    assert process.get(1) == "given"
    new = start()
    assert (new.get(1), new.has_copy(1)) == ("given", True)


def test_two_that_begin_anew_at_once_leave_only_what_is_true(start: Start) -> None:
    process = start()
    late: list[Callable[[bool], object]] = []
    soon = process.database.when_over
    process.database.when_over = late.append  # type: ignore[method-assign, assignment]  # heard of later
    process.set(1, "amount")
    process.database.when_over = soon  # type: ignore[method-assign]
    process.set(2, "margin")
    late[0](True)
    process.link.flush()
    process.forget_memory()
    assert (process.get(1), process.get(2)) == ("amount", "margin")
    process.set(1, "result")
    process.link.flush()
    new = start()
    assert (new.get(1), new.get(2)) == ("result", "margin")


def test_one_that_ends_when_redis_has_just_gone_begins_anew_later(start: Start) -> None:
    process = start()
    with process.database.write():
        process.set(1, "amount")
        process.link.go()
    process.link.come_back()
    process.set(1, "result")
    process.link.flush()
    assert start().get(1) == "result"


def test_one_that_ends_when_redis_was_away_and_is_back_believes_nothing_of_before(start: Start) -> None:
    """A copy was lost meanwhile, and its dialogue has left the memory since."""
    process = start()
    process.set(1, "amount")
    process.link.flush()
    process.set(1, "result")
    with process.database.write():
        process.set(2, "margin")
        process.link.go()
        process.link.come_back()
    process.forget_memory()

    assert process.get(1) == "result"
    process.set(2, "given")
    process.link.flush()
    new = start()
    assert (new.get(1), new.get(2), new.has_copy(2)) == ("result", "given", True)


def test_those_not_needed_for_long_leave_the_memory_and_those_not_copied_yet_are_known(start: Start) -> None:
    process = start(most=3)
    for chat_id in range(1, 8):
        process.set(chat_id, f"state {chat_id}")
    assert len(process.copies._memory) == 3
    assert process.has_copy(1)  # it waits to be copied
    process.link.flush()
    for chat_id in range(1, 8):
        assert process.get(chat_id) == f"state {chat_id}"


def test_dialogues_that_are_forgotten_are_forgotten_here_too(start: Start) -> None:
    process = start()
    process.set(1, "amount")
    assert process.states.forget_older_than(datetime(2100, 1, 1, tzinfo=UTC)) == 1
    assert process.copies._memory == {}


def test_copies_expire(start: Start, shared: str) -> None:
    process = start()
    process.set(1, "amount")
    process.link.flush()
    wire = RedisWire(shared)
    keys = wire.call("KEYS", f"{DESK}:*")
    assert len(keys) == 3
    assert all(0 < wire.call("PTTL", key) <= 2 * 24 * 3600 * 1000 for key in keys)
    wire.close()


def test_copies_that_have_expired_are_asked_of_the_database(start: Start) -> None:
    process = start()
    process.set(1, "amount")
    process.link.flush()
    process.forget_memory()
    process._wire.call("DEL", f"{DESK}:{row(process)[0]}:1/1/0//0")  # type: ignore[index]  # it is there
    assert process.get(1) == "amount"


def test_a_full_queue_is_as_good_as_no_redis(start: Start) -> None:
    process = start()
    process.set(1, "amount")
    process.link.flush()
    process.link.tell = lambda *_: False  # type: ignore[method-assign]
    process.set(1, "result")
    process.forget_memory()
    assert process.get(1) == "result"
    assert start().get(1) == "result"


def test_a_loss_that_is_heard_of_late_is_of_the_past(start: Start) -> None:
    process = start()
    process.set(1, "amount")
    process.link.flush()
    process.copies._lose("a token of before")
    assert process.copies._token is not None


class Life:
    """Of a desk with one chat after another: each step is a word, and a chat where it is about one."""

    def __init__(self, url: str, shared: str) -> None:
        self._url, self._shared = url, shared
        self.process = DeskProcess(url, shared)
        self._dumped = Keys(self.process)
        self._number = 0

    def set(self, chat_id: int) -> None:
        self._number += 1
        self.process.set(chat_id, f"state {self._number}")

    def delete(self, chat_id: int) -> None:
        self.process.delete(chat_id)

    def undo(self, chat_id: int) -> None:
        def fail() -> None:
            with self.process.database.write():
                self.process.set(chat_id, "undone")
                raise Failed

        with pytest.raises(Failed):
            fail()

    def flush(self, _: int) -> None:
        self.process.link.flush()

    def redis_goes(self, _: int) -> None:
        self.process.link.go()

    def redis_comes_back(self, _: int) -> None:
        self.process.link.come_back()

    def redis_is_saved(self, _: int) -> None:
        self._dumped = Keys(self.process)

    def redis_is_put_back(self, _: int) -> None:
        self._dumped.put_back(self.process)

    def redis_is_wiped(self, _: int) -> None:
        self.process._wire.call("FLUSHDB")

    def die(self, _: int) -> None:
        self.process.end()
        self.process = DeskProcess(self._url, self._shared)

    def serve_without_redis_for_a_while(self, chat_id: int) -> None:
        self.process.end()
        alone = open_database(self._url)
        forsake(alone)
        StateStorage(alone).set_state(chat_id, chat_id, "alone")
        alone.close()
        self.process = DeskProcess(self._url, self._shared)


OFTEN = {"set": 6, "flush": 5, "redis_is_saved": 2, "redis_is_put_back": 2, "redis_goes": 2, "die": 2}
STEPS = st.sampled_from([name for name in vars(Life) if name[0] != "_" for _ in range(OFTEN.get(name, 1))])


@pytest.fixture(scope="module")
def new_database(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], str]:
    """An empty one in a file, sooner made than by all its migrations."""
    folder = tmp_path_factory.mktemp("law")
    open_database(f"sqlite:///{folder}/empty.db").close()
    numbers = itertools.count()

    def new() -> str:
        copy = shutil.copy(folder / "empty.db", folder / f"{next(numbers)}.db")
        return f"sqlite:///{copy}"

    return new


@given(st.lists(st.tuples(STEPS, st.integers(1, 2), st.booleans()), min_size=10, max_size=40))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_state_is_ever_older_than_the_database(
    redis: RedisServer, new_database: Callable[[], str], steps: list[tuple[str, int, bool]]
) -> None:
    """Redis goes, comes, is emptied and put back to what it was; processes die at any moment."""
    life = Life(new_database(), redis.database())
    for name, chat, is_forgotten in steps:
        getattr(life, name)(chat)
        if is_forgotten:
            life.process.forget_memory()
        for chat_id in (1, 2):
            assert life.process.get(chat_id) == life.process.truth(chat_id)
    life.process.end()


def test_threads_that_write_and_read_at_once_agree_in_the_end(url: str, redis_of_its_own: RedisServer) -> None:
    """With the real link, on a server that is killed in between."""
    database = Afterwards(open_database(url))
    link = Link(lambda: RedisWire(redis_of_its_own.url), probe="probe", ask_s=5.0)
    link._pause_s = 0.05
    link.start()
    copies = RedisDialogues(database, link, desk=DESK, most=2)
    copies.begin()
    states, truth = StateStorage(database, copies=copies), StateStorage(database)

    def work(number: int) -> None:
        for step in range(40):
            chat_id = (number + step) % 5
            states.set_state(chat_id, chat_id, f"{number}.{step}")
            states.get_state((chat_id + 1) % 5, (chat_id + 1) % 5)
            if number == 0 and step == 20:
                redis_of_its_own.kill()
                redis_of_its_own.start()

    threads = [threading.Thread(target=work, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WITHIN_S)
    for chat_id in range(5):
        assert states.get_state(chat_id, chat_id) == truth.get_state(chat_id, chat_id)
    link.stop(WITHIN_S)
    direct = DirectLink(RedisWire(redis_of_its_own.url))
    after = RedisDialogues(database, direct, desk=DESK)  # type: ignore[arg-type]  # as good as a link
    after.begin()
    for chat_id in range(5):
        read = StateStorage(database, copies=after).get_state(chat_id, chat_id)
        assert read == truth.get_state(chat_id, chat_id)
    direct._wire.close()
    database.close()
