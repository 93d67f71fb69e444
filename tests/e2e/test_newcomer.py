"""A newcomer's path: the files of the image, an environment without any extra, the Procfile's line as it is."""

import os
import site
import subprocess
import sys
import sysconfig
import threading
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.healthcheck import verdict
from ops.settings import specs
from sandbox.stand import Sandbox
from tests.e2e.bot_process import OPERATOR
from tests.e2e.operator import Operator
from tests.images import ROOT, lay_out
from tests.ports import free_port

PATIENCE_S = 120.0
EXTRAS = ("redis", "psycopg", "psycopg_pool", "PIL", "xlsxwriter")
OF_EXTRAS = ("redis", "fakeredis", "psycopg", "pil", "xlsxwriter")
"""How what they are installed in begins, without regard to case."""
on_a_shell = pytest.mark.skipif(sys.platform == "win32", reason="a Procfile is for a shell")


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """The folder /app, with a virtual environment beside it: a given one, or the packages of this but extras."""
    lay_out(tmp_path / "app")
    if given := os.environ.get("NEWCOMER_VENV"):
        (tmp_path / "venv").symlink_to(given)
        return tmp_path / "app"
    venv.create(tmp_path / "venv", with_pip=False, symlinks=True)
    own = Path(sysconfig.get_path("purelib", vars={"base": str(tmp_path / "venv")}))
    for folder in dict.fromkeys((sysconfig.get_path("purelib"), *site.getsitepackages())):
        for each in Path(folder).iterdir() if Path(folder).is_dir() else ():
            if not each.name.lower().startswith(OF_EXTRAS) and not (own / each.name).exists():
                (own / each.name).symlink_to(each)
    return tmp_path / "app"


def environment(program: Path, sandbox: Sandbox, **settings: str) -> dict[str, str]:
    known = {spec.name for spec in specs()}
    inherited = {name: value for name, value in os.environ.items() if name not in known and name != "PYTHONPATH"}
    binaries = program.parent / "venv" / "bin"
    return inherited | {
        "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}",
        "BOT_TOKEN": sandbox.token,
        "ADMIN_IDS": str(OPERATOR),
        "TELEGRAM_API_URL": sandbox.telegram_url,
        "NO_PROXY": "127.0.0.1",
        "HISTORY_BACKFILL_DAYS": "0",
        **sandbox.source_urls,
        **settings,
    }


def once(program: Path, sandbox: Sandbox, *arguments: str, **settings: str) -> tuple[int, str, str]:
    """The exit code of a process of that environment, what it said, and what it complained of."""
    done = subprocess.run(
        ["python", *arguments],
        cwd=program,
        env=environment(program, sandbox, **settings),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def running(program: Path, sandbox: Sandbox, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """The Procfile's line at work, on an empty volume, and the port that the platform gave it."""
    port, volume = free_port(), tmp_path / "volume"
    volume.mkdir()
    line = (ROOT / "Procfile").read_text(encoding="utf-8").removeprefix("web: ").strip()
    given = environment(program, sandbox, PORT=str(port), DATABASE_URL=f"sqlite:///{volume}/desk.db")
    process = subprocess.Popen(["/bin/sh", "-c", line], cwd=program, env=given, stderr=subprocess.DEVNULL)
    yield process, port
    process.kill()
    process.wait()


@on_a_shell
def test_the_procfiles_line_runs_on_the_files_of_the_image_with_an_empty_volume(
    running: tuple[subprocess.Popen[bytes], int], sandbox: Sandbox, tmp_path: Path
) -> None:
    process, _ = running
    anna = sandbox.person(OPERATOR, name="Анна")
    anna.send("1000 руб usdt 2%")
    Operator(anna).wait_for("Клиент получает: ", timeout_s=PATIENCE_S)

    process.terminate()  # it reaches the bot, for the shell has gone

    assert process.wait(PATIENCE_S) == 0
    assert (tmp_path / "volume" / "desk.db").is_file()


@on_a_shell
def test_health_answers_at_the_port_of_the_platform(
    running: tuple[subprocess.Popen[bytes], int], program: Path, sandbox: Sandbox
) -> None:
    _, port = running
    waiting, waited_s = threading.Event(), 0.0
    while verdict(port) is not None and waited_s < PATIENCE_S:
        waiting.wait(0.2)
        waited_s += 0.2

    asked = ["python", "-m", "ops.healthcheck", str(port)]
    done = subprocess.run(asked, cwd=program, env=environment(program, sandbox), capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


@on_a_shell
def test_without_extras_the_bot_quotes_and_says_what_charts_and_tables_need(
    running: tuple[subprocess.Popen[bytes], int], sandbox: Sandbox
) -> None:
    anna = Operator(sandbox.person(OPERATOR, name="Анна"))
    anna.person.send("1000 руб usdt 2%")
    anna.wait_for("Клиент получает: ", timeout_s=PATIENCE_S)

    anna.person.send("/chart usdt/rub")
    anna.wait_for("Картинки нет: для неё владелец должен установить requirements-files.txt.", timeout_s=PATIENCE_S)
    anna.person.send("/export")
    anna.wait_for("За какое время?", timeout_s=PATIENCE_S)
    anna.press("Сегодня")
    anna.wait_for("Только CSV: для XLSX владелец должен установить requirements-files.txt.", timeout_s=PATIENCE_S)


def test_there_is_no_extra_in_the_environment(program: Path, sandbox: Sandbox) -> None:
    asked = f"import importlib.util; print([name for name in {EXTRAS} if importlib.util.find_spec(name)])"

    assert once(program, sandbox, "-c", asked) == (0, "[]\n", "")


@pytest.mark.parametrize(
    ("setting", "url", "said"),
    [
        (
            "DATABASE_URL",
            "postgresql://desk:hunter2@127.0.0.1:1/desk",
            "its driver is missing: pip install -r requirements-postgres.txt",
        ),
        ("REDIS_URL", "redis://127.0.0.1:1/0", "its package is missing: pip install -r requirements-redis.txt"),
    ],
)
def test_a_server_whose_driver_is_missing_ends_the_start_with_one_line_that_says_what_to_install(
    program: Path, sandbox: Sandbox, setting: str, url: str, said: str
) -> None:
    code, _, complaint = once(program, sandbox, "bot.py", **{setting: url})

    assert (code, complaint.splitlines()[-1].endswith(said), "Traceback" in complaint) == (1, True, False), complaint


def test_the_version_is_said_by_what_is_in_the_image(program: Path, sandbox: Sandbox) -> None:
    _, said, complaint = once(program, sandbox, "bot.py", "--version")

    assert said.startswith("Quote Desk "), complaint
