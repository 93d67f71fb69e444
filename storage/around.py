"""A database around another one: what it does not do in a way of its own the other one does."""

import threading

from storage.connections import Connection, Database


class Around:
    """All of a `storage.connections.Database` but `write`. Any thread may call it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._own = threading.local()  # what a thread has in its transaction

    def read(self) -> Connection:
        return self._database.read()

    @property
    def is_home(self) -> bool:
        return self._database.is_home

    @property
    def trouble(self) -> str | None:
        return self._database.trouble

    def recover(self) -> None:
        self._database.recover()

    def close(self, *, wait_s: float = 1.0) -> None:
        self._database.close(wait_s=wait_s)
