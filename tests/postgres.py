"""A PostgreSQL server of the tests' own: on loopback, in a folder of its own, gone when they are."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.ports import free_port

USER = "desk"
PLACES = (Path("/usr/lib/postgresql"), Path("/usr/local/pgsql"), Path("/opt/homebrew/opt/postgresql"))
NOT_INSTALLED = "no PostgreSQL server is installed here"


def programs() -> Path | None:
    """The folder with `initdb` and `pg_ctl`; None where no server is installed."""
    if (found := shutil.which("initdb")) is not None:
        return Path(found).parent
    folders = [found.parent for place in PLACES for found in place.glob("**/bin/initdb")]
    return max(folders, default=None)


class PostgresServer:
    """Each `database()` is an empty one. It can be stopped, started again, and killed."""

    def __init__(self, folder: Path, port: int) -> None:
        self._programs = programs()
        self._data = folder / "data"
        self._log = folder / "server.log"
        self.port = port
        self._count = 0

    def make(self) -> None:
        self._run("initdb", "-D", str(self._data), "-U", USER, "-A", "trust", "-N", "--no-instructions")

    def start(self) -> None:
        # What the machine loses when it loses power is no matter here, and a test has no time to wait for the disk.
        options = f"-c listen_addresses=127.0.0.1 -c port={self.port} -c fsync=off -c unix_socket_directories=''"
        self._run("pg_ctl", "-D", str(self._data), "-l", str(self._log), "-w", "-t", "200", "-o", options, "start")

    def stop(self, *, mode: str = "fast") -> None:
        """`immediate` is as a crash: every connection breaks at once."""
        self._run("pg_ctl", "-D", str(self._data), "-w", "-t", "200", "-m", mode, "stop")

    def database(self) -> str:
        """The URL of a new schema, which is as good as a database and quicker made."""
        import psycopg  # noqa: PLC0415  # only where there is a server

        self._count += 1
        name = f"test_{os.getpid()}_{self._count}"
        with psycopg.connect(f"postgresql://{USER}@127.0.0.1:{self.port}/postgres", autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {name}")
        return f"postgresql://{USER}@127.0.0.1:{self.port}/postgres?options=-csearch_path%3D{name}"

    def _run(self, program: str, *arguments: str) -> None:
        assert self._programs is not None, NOT_INSTALLED
        as_nobody = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []  # the server refuses to be root
        command = [*as_nobody, str(self._programs / program), *arguments]
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=240, cwd="/"
        )
        log = self._log.read_text() if self._log.exists() else ""
        assert done.returncode == 0, done.stdout + done.stderr + log


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    folder = Path(tempfile.mkdtemp(prefix="desk-postgres-"))
    if os.geteuid() == 0:
        shutil.chown(folder, pwd.getpwnam("postgres").pw_uid)
    server = PostgresServer(folder, free_port())
    try:
        server.make()
        server.start()
        try:
            yield server
        finally:
            server.stop(mode="immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
