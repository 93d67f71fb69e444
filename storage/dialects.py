"""What SQLite and PostgreSQL say in different ways; everything else is the same SQL for both."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from storage.transactions import transaction

HAS_VERSIONS = "SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'schema_versions' LIMIT 1"
COUNTED = "INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT"
"""A number that the database gives to each row, and never to a second one; as the migrations write it."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """`has_versions` finds a row where `schema_versions` is a table; `transaction` takes the write lock first."""

    has_versions: str
    counted: str
    transaction: Callable[[Any], AbstractContextManager[None]]

    def spelled(self, statement: str) -> str:
        """A statement of the migrations in this dialect."""
        return statement.replace(COUNTED, self.counted)


SQLITE = Dialect(HAS_VERSIONS, COUNTED, transaction)
