"""What every database gives here: connections that take SQL with `?` for each value, and the rows they answer."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol


class Rows(Protocol):
    """What a statement brought; `rowcount` is how many rows it changed."""

    @property
    def rowcount(self) -> int: ...
    def fetchone(self) -> Any: ...
    def fetchall(self) -> list[Any]: ...
    def __iter__(self) -> Iterator[Any]: ...


class Fetched:
    """The rows of a statement that is over: all of them are here, and its connection is free for others."""

    def __init__(self, rows: Iterable[Any], *, changed: int) -> None:
        self.rowcount = changed
        self._rows = iter(rows)

    def fetchone(self) -> Any:
        return next(self._rows, None)

    def fetchall(self) -> list[Any]:
        return list(self._rows)

    def __iter__(self) -> Iterator[Any]:
        return self._rows


class Connection(Protocol):
    def execute(self, statement: str, values: Sequence[Any] = (), /) -> Rows: ...
    def executemany(self, statement: str, rows: Iterable[Sequence[Any]], /) -> object: ...


class Database(Protocol):
    """Any thread may call it."""

    def read(self) -> Connection:
        """In autocommit; inside `write` it sees what was written so far."""

    def write(self) -> AbstractContextManager[Connection]:
        """One transaction: committed at the end of the block, rolled back when an exception leaves it.

        There is one writer at a time, of all threads and all processes, so what is read inside stays true until it is
        written. A block inside a block of the same thread joins it: it commits with the outer one, and an exception
        takes back what the inner block did.
        """

    @property
    def is_home(self) -> bool:
        """Whether what is written stays when the process ends; False while its disk takes nothing."""

    @property
    def trouble(self) -> str | None:
        """What is wrong with the disk or the file, in the database's words; None while all is well."""

    def recover(self) -> None:
        """Brings home what had to be written elsewhere; to be called now and then. Nothing changes while that fails.

        Raises DatabaseAway where a server does not answer.
        """

    def close(self, *, wait_s: float = 1.0) -> None:
        """For all threads; a transaction under way gets `wait_s` to end and is undone after."""
