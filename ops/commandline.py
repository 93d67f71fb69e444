"""What `python bot.py` is asked to do: run, unless an option says otherwise."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any


class Action(StrEnum):
    RUN = "run"
    BACKUP = "backup"
    RESTORE = "restore"
    CHECK = "check"
    VERSION = "version"


@dataclass(frozen=True, slots=True)
class Command:
    """`file` is where a copy goes or comes from."""

    action: Action
    file: Path = Path()


def read(arguments: Sequence[str]) -> Command:
    """Ends the process with one line and the code 2 for what it does not know, with 0 after --help."""
    if not arguments:
        return Command(Action.RUN)
    given = _parsed(arguments)
    for action in (Action.BACKUP, Action.RESTORE):
        if given[action] is not None:
            return Command(action, given[action])
    for action in (Action.CHECK, Action.VERSION):
        if given[action]:
            return Command(action)
    return Command(Action.RUN)


def _parsed(arguments: Sequence[str]) -> dict[str, Any]:
    import argparse  # noqa: PLC0415  # nothing that a bot at work keeps in memory

    parser = argparse.ArgumentParser(
        prog="bot.py", description="Runs the bot; with an option does that one thing instead.", allow_abbrev=False
    )
    options = parser.add_mutually_exclusive_group()
    options.add_argument(
        "--backup", metavar="FILE", type=Path, help="copy the database into FILE, packed where it ends in .gz"
    )
    options.add_argument(
        "--restore", metavar="FILE", type=Path, help="check the copy in FILE and put it in the place of the database"
    )
    options.add_argument(
        "--check", action="store_true", help="look at the settings, the token, the database and the sources"
    )
    options.add_argument("--version", action="store_true", help="say which version this is")
    return vars(parser.parse_args(arguments))
