"""Whatever happens to Redis and to the processes, no dialogue is older than the database."""

import itertools
import shutil
import threading
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.afterwards import Afterwards
from storage.database import open_database
from storage.dialogue_copies import forsake
from storage.redis_dialogues import RedisDialogues
from storage.states import StateStorage
from tests.redis_server import RedisServer
from tests.storage.redis_desk import DESK, DeskProcess, DirectLink, Keys, patient_link, patient_wire

WITHIN_S = 60.0


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
        self.process.set_in_vain(chat_id, "undone")

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
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
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
    link = patient_link(redis_of_its_own.url)
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
    direct = DirectLink(patient_wire(redis_of_its_own.url))
    after = RedisDialogues(database, direct, desk=DESK)  # type: ignore[arg-type]  # as good as a link
    after.begin()
    for chat_id in range(5):
        read = StateStorage(database, copies=after).get_state(chat_id, chat_id)
        assert read == truth.get_state(chat_id, chat_id)
    direct._wire.close()
    database.close()
