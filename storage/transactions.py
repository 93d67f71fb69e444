"""All or nothing, on one connection in autocommit."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Takes the write lock first, so what is read inside cannot be changed by another process before it is written."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # a full disk makes SQLite roll back by itself
            connection.execute("ROLLBACK")
        raise


@contextmanager
def savepoint(connection: sqlite3.Connection) -> Iterator[None]:
    """A transaction inside a transaction."""
    connection.execute("SAVEPOINT inner_write")
    try:
        yield
        connection.execute("RELEASE inner_write")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK TO inner_write")
            connection.execute("RELEASE inner_write")
        raise
