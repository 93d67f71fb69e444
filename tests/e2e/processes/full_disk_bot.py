"""The bot, whose disk is full from one SIGUSR2 to the next: SQLite is told that the file may not grow."""

import signal
import sqlite3
import sys
import threading
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

import bot
from storage import shelter, sqlite

connect: Callable[[Path], sqlite3.Connection] = sqlite._connect
carry: Callable[[Path, Path], None] = shelter.bring_home
is_full = threading.Event()
opened: list[sqlite3.Connection] = []


def limited(path: Path) -> sqlite3.Connection:
    connection = connect(path)
    if path.name == "desk.db":
        opened.append(connection)
        limit(connection)
    return connection


def bring_home(shelter: Path, home: Path) -> None:
    if is_full.is_set():
        raise sqlite3.OperationalError("database or disk is full")
    carry(shelter, home)


def limit(connection: sqlite3.Connection) -> None:
    """To no page more than there are, which is less than a card's dialogue takes when there are only few."""
    try:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages if is_full.is_set() else 1 << 30}")
    except sqlite3.ProgrammingError:
        opened.remove(connection)


def fill(connection: sqlite3.Connection) -> None:
    """Takes the pages that are free within the file."""
    connection.execute("CREATE TABLE filler (content BLOB)")
    (free,) = connection.execute("PRAGMA freelist_count").fetchone()
    connection.execute("INSERT INTO filler VALUES (zeroblob(?))", (free * 4000,))


def switch() -> None:
    if is_full.is_set():
        is_full.clear()
    else:
        fill(opened[0])
        is_full.set()
    for connection in opened[:]:
        limit(connection)
    sys.stderr.write("no page more\n" if is_full.is_set() else "pages again\n")


if __name__ == "__main__":
    sqlite._connect = limited
    sqlite.__dict__["bring_home"] = bring_home
    signal.signal(signal.SIGUSR2, lambda *_: threading.Thread(target=switch).start())
    sys.exit(bot.main())
