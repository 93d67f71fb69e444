"""What many threads write at the same time is one transaction, and what fails in it is one thread's trouble."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from calc.errors import NotNow
from storage.afterwards import Afterwards
from storage.connections import Connection
from storage.database import Database, open_database
from storage.together import Together, alone

PATIENCE_S = 30
FILL = "INSERT INTO conventions (separator, meaning) VALUES (?, ?)"
READ = "SELECT separator FROM conventions ORDER BY separator LIMIT 50"


class Failed(Exception):
    pass


class Away(NotNow):
    pass


class Fragile:
    """A database whose next commit fails, once it is told so."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.is_to_fail = False

    @contextmanager
    def write(self) -> Iterator[Connection]:
        with self._database.write() as connection:
            yield connection
            if self.is_to_fail:
                self.is_to_fail = False
                raise Failed

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)


@dataclass
class Desk:
    """A database whose transactions are counted; while `held` nobody else writes, so that those who come wait."""

    url: str
    commits: int = 0
    waited: list[str] = field(default_factory=list)
    forbidden: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)
    threads: list[threading.Thread] = field(default_factory=list)
    came_to: dict[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.fragile = Fragile(open_database(self.url, may_write=self._may_write, observe=self._observe))
        self.database = Afterwards(self.fragile)
        self.together = Together(
            self.database, permit=self._permit, observe=lambda operation, _took_s: self.waited.append(operation)
        )

    def _observe(self, operation: str, _took_s: float) -> None:
        self.commits += operation == "commit"

    def _may_write(self) -> None:
        self._permit()()

    def _permit(self) -> Callable[[], None]:
        name = threading.current_thread().name

        def check() -> None:
            if name in self.forbidden:
                raise Failed(name)

        return check

    def begins(self, name: str, write: Callable[[Connection], object]) -> None:
        """On a thread of that name."""

        def run() -> None:
            try:
                self.came_to[name] = self.together.write(write)
            except Exception as error:  # noqa: BLE001  # it is looked at afterwards
                self.came_to[name] = error

        thread = threading.Thread(target=run, name=name)
        self.threads.append(thread)
        thread.start()

    def all_at_once(self, **writes: Callable[[Connection], object]) -> None:
        """They come while somebody else writes; what came of each is in `came_to`."""
        waiting = self.together._waiting
        with self.database.write():
            for name, write in writes.items():
                self.begins(name, write)
            pause = threading.Event()
            assert any(len(waiting) == len(writes) or pause.wait(0.01) for _ in range(100 * PATIENCE_S))
        for thread in self.threads:
            thread.join(PATIENCE_S)
            assert not thread.is_alive()

    def kept(self) -> list[str]:
        return [separator for (separator,) in self.database.read().execute(READ)]


@pytest.fixture
def desk(url: str) -> Iterator[Desk]:
    desk = Desk(url)
    yield desk
    desk.database.close()


def filling(separator: str) -> Callable[[Connection], str]:
    def write(connection: Connection) -> str:
        connection.execute(FILL, (separator, "decimal"))
        return f"{separator} kept"

    return write


def failing(connection: Connection) -> None:
    connection.execute(FILL, ("half", "decimal"))
    raise Failed


def test_who_comes_while_another_writes_is_written_with_those_who_wait_too(desk: Desk) -> None:
    desk.all_at_once(a=filling("a"), b=filling("b"), c=filling("c"))
    assert desk.came_to == {"a": "a kept", "b": "b kept", "c": "c kept"}
    assert desk.kept() == ["a", "b", "c"]
    assert desk.commits == 2  # that of whom they waited for, and theirs
    assert desk.waited == ["begin", "begin"]


def test_one_that_nobody_waits_beside_is_a_transaction_of_its_own(desk: Desk) -> None:
    assert desk.together.write(filling("a")) == "a kept"
    with pytest.raises(Failed):
        desk.together.write(failing)
    assert desk.together.write(filling("b")) == "b kept"
    assert desk.kept() == ["a", "b"]
    assert desk.waited == []


@pytest.mark.parametrize("place", [0, 1, 2])
def test_what_cannot_be_written_is_the_trouble_of_its_own_thread(desk: Desk, place: int) -> None:
    names = ["a", "b", "c"]
    bad = names[place]
    desk.all_at_once(**{name: failing if name == bad else filling(name) for name in names})
    assert isinstance(desk.came_to.pop(bad), Failed)
    assert desk.came_to == {name: f"{name} kept" for name in names if name != bad}
    assert desk.kept() == [name for name in names if name != bad]


def test_a_commit_that_fails_is_tried_for_each_alone(desk: Desk) -> None:
    def then_fails(connection: Connection) -> str:
        desk.fragile.is_to_fail = "b" not in desk.failed
        desk.failed.add("b")
        return filling("b")(connection)

    desk.all_at_once(a=filling("a"), b=then_fails, c=filling("c"))
    assert desk.came_to == {"a": "a kept", "b": "b kept", "c": "c kept"}
    assert desk.kept() == ["a", "b", "c"]


def test_who_may_not_write_any_more_keeps_nobody_from_it(desk: Desk) -> None:
    desk.forbidden.add("b")
    desk.all_at_once(a=filling("a"), b=filling("b"), c=filling("c"))
    assert isinstance(desk.came_to["b"], Failed)
    assert desk.kept() == ["a", "c"]


def test_where_the_end_of_a_transaction_is_in_doubt_nothing_is_written_again(desk: Desk) -> None:
    written: list[str] = []

    def noting(name: str) -> Callable[[Connection], None]:
        return lambda _connection: written.append(name)

    def away(_connection: Connection) -> None:
        raise Away

    desk.all_at_once(a=noting("a"), b=away, c=noting("c"))
    assert written == ["a"]
    assert all(isinstance(error, Away) for error in desk.came_to.values())
    assert desk.together.write(filling("d")) == "d kept"


def test_inside_a_transaction_it_is_part_of_that(desk: Desk) -> None:
    with desk.database.write():
        assert desk.together.write(filling("a")) == "a kept"
    assert desk.kept() == ["a"]
    assert desk.commits == 1


def test_each_hears_once_what_became_of_the_transaction_that_wrote_it(desk: Desk) -> None:
    told: list[str] = []

    def telling(name: str) -> Callable[[Connection], None]:
        def write(_connection: Connection) -> None:
            desk.database.when_over(lambda committed: told.append(f"{name} {committed}"))

        return write

    desk.all_at_once(a=telling("a"), b=telling("b"))
    assert sorted(told) == ["a True", "b True"]
    del told[:]
    desk.threads.clear()
    desk.all_at_once(a=telling("a"), b=failing)
    assert sorted(told) == ["a False", "a True"]


def test_one_that_cannot_begin_leaves_the_turn_to_the_next(desk: Desk) -> None:
    desk.database.close()
    for name in ("a", "b"):
        desk.begins(name, filling(name))
    for thread in desk.threads:
        thread.join(PATIENCE_S)
    assert all(isinstance(error, Exception) for error in desk.came_to.values())
    assert not desk.together._waiting


def test_alone_each_has_a_transaction_of_its_own(desk: Desk) -> None:
    write = alone(desk.database)
    assert write(filling("a")) == "a kept"
    with pytest.raises(Failed):
        write(failing)
    assert desk.kept() == ["a"]
