"""Which of the updates that an earlier process left behind may have killed it."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field

ALONE_FROM = 1
"""An update over which that many processes may have ended is handled alone, so that it is known whether it was it."""
PARKED_FROM = 2
"""One that a process ended over even then, the third in all, is parked."""


@dataclass(frozen=True, slots=True)
class Left:
    """An update that was not done; `attempts` is how many processes are known to have ended over it, or may have."""

    update_id: int
    text: str
    key: Hashable
    attempts: int


@dataclass(frozen=True, slots=True)
class Verdict:
    parked: list[Left] = field(default_factory=list)
    alone: list[Left] = field(default_factory=list)
    others: list[Left] = field(default_factory=list)
    heads: list[int] = field(default_factory=list)
    """Of the others the first of each chat: one of those was begun when the process ended, none behind them was."""


def judge(left: Iterable[Left]) -> Verdict:
    """Takes them in their order, and keeps it.

    Nothing is written when the handling of an update begins, for that would be a transaction more for every one. That
    the first of a chat was begun is only a guess; but the guess costs no more than being handled alone, and what is
    handled alone is counted before it begins.
    """
    verdict, seen = Verdict(), set[Hashable]()
    for each in left:
        if each.attempts >= PARKED_FROM:
            verdict.parked.append(each)
            continue
        if each.attempts >= ALONE_FROM and each.key not in seen:
            verdict.alone.append(each)
        else:
            verdict.others.append(each)
            if each.key not in seen:
                verdict.heads.append(each.update_id)
        seen.add(each.key)
    return verdict
