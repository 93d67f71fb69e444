"""What `--check` prints: one row for each thing that is looked at, and whether all is well."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

WELL, UNWELL = "ok", "WRONG"


class Wrong(Exception):
    """What is wrong, in one line."""


@dataclass(frozen=True, slots=True)
class Check:
    """`look` returns what there is to say when all is well, and raises when it is not."""

    name: str
    look: Callable[[], str]


def run(checks: Iterable[Check], *, redact: Callable[[str], str], say: Callable[[str], object]) -> bool:
    """Says each row when it is known, and returns whether all are well; one that fails keeps no other from its turn."""
    all_well = True
    for check in checks:
        try:
            result, words = WELL, check.look()
        except Exception as error:  # noqa: BLE001  whatever it is, it is the row's answer
            result, words = UNWELL, str(error) or type(error).__name__
            all_well = False
        say(redact(f"{check.name:<16} {result:<5}  {' '.join(words.split())}"))
    return all_well
