"""Watches the gate: tells when what it says of a direction has changed, with nobody asking for a quote."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from calc.directions import DIRECTIONS, Direction
from desk.gate import Concern
from desk.offers import NoUsableRate, Offer


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a direction may be quoted, and every concern there is; none where there is nothing to judge."""

    direction: Direction
    is_quotable: bool
    concerns: frozenset[Concern] = frozenset()


class Changes(Protocol):
    """Where changes are told: put while the lock that orders them is held, delivered when it is not."""

    def put(self, name: str, state: Verdict, /) -> None: ...
    def deliver(self) -> None: ...


class Watch:
    """Any thread may call it. Before the first look everything counts as good."""

    def __init__(self, offer: Callable[[Direction], Offer], changes: Changes) -> None:
        """`offer` is the desk's; it answers out of memory."""
        self._offer = offer
        self._changes = changes
        self._lock = threading.Lock()
        self._verdicts = {direction: Verdict(direction, is_quotable=True) for direction in DIRECTIONS}

    def look(self) -> None:
        """Judges every direction anew, and tells of those that have changed."""
        verdicts = [self._verdict(direction) for direction in DIRECTIONS]
        with self._lock:
            for verdict in verdicts:
                if self._verdicts[verdict.direction] != verdict:
                    self._verdicts[verdict.direction] = verdict
                    self._changes.put(str(verdict.direction), verdict)
        self._changes.deliver()

    def verdicts(self) -> tuple[Verdict, ...]:
        """What the last look found, in the order of the directions."""
        with self._lock:
            return tuple(self._verdicts.values())

    def _verdict(self, direction: Direction) -> Verdict:
        try:
            offer, is_quotable = self._offer(direction), True
        except NoUsableRate as error:
            if error.refused is None:
                return Verdict(direction, is_quotable=False)
            offer, is_quotable = error.refused, False
        return Verdict(direction, is_quotable, frozenset(finding.concern for finding in offer.findings))
