from collections.abc import Callable
from pathlib import Path

import pytest

from ops import checks, version
from ops.checks import Check
from ops.commandline import Action, Command, read


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        ([], Command(Action.RUN)),
        (["--version"], Command(Action.VERSION)),
        (["--check"], Command(Action.CHECK)),
        (["--backup", "a.db.gz"], Command(Action.BACKUP, Path("a.db.gz"))),
        (["--restore", "/data/a.db"], Command(Action.RESTORE, Path("/data/a.db"))),
    ],
)
def test_an_option_asks_for_one_thing_and_none_runs_the_bot(arguments: list[str], command: Command) -> None:
    assert read(arguments) == command


@pytest.mark.parametrize("arguments", [["--back", "x"], ["--backup"], ["--check", "--version"], ["run"]])
def test_what_is_not_understood_is_not_done(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        read(arguments)

    assert ended.value.code == 2
    assert "usage: bot.py" in capsys.readouterr().err


def test_the_version_names_the_commit_where_it_is_known() -> None:
    assert version.spelled(None) == version.VERSION
    assert version.spelled("0123456789abcdef") == f"{version.VERSION} (0123456)"


def test_the_version_is_that_of_the_project() -> None:
    project = (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    assert f'\nversion = "{version.VERSION}"\n' in project


def raising(error: Exception) -> Callable[[], str]:
    def look() -> str:
        raise error

    return look


def test_every_row_is_said_and_one_that_is_wrong_makes_all_wrong() -> None:
    said: list[str] = []

    rows = [Check("token", raising(OSError("no key-1\n here"))), Check("disk", lambda: "12 MB")]
    assert not checks.run(rows, redact=lambda line: line.replace("key-1", "***"), say=said.append)

    assert said == ["token            WRONG  no *** here", "disk             ok     12 MB"]
    assert checks.run(rows[1:], redact=str, say=said.append)


def test_an_error_without_words_is_named() -> None:
    said: list[str] = []

    checks.run([Check("disk", raising(TimeoutError()))], redact=str, say=said.append)

    assert said == ["disk             WRONG  TimeoutError"]
