"""The faults a source can have, and what each of them is to the desk: one row a fault, one column a source.

A cell says which trouble it is, and how many calls one turn makes of it before the next source is asked. `fine` is an
answer that is rightly used, `held` a rate that waits until something else confirms it. `-` is what cannot happen, for
the reason in WHY_NOT.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

TABLE = """
fault                 | rapira        | rapira book   | coingecko     | apilayer      | cbr           | exchangerate-api
refused connection    | unreachable 0 | unreachable 0 | unreachable 0 | unreachable 0 | unreachable 0 | unreachable 0
connection cut        | unreachable 3 | unreachable 3 | unreachable 3 | unreachable 1 | unreachable 3 | unreachable 3
timeout               | timeout 1     | timeout 1     | timeout 1     | timeout 1     | timeout 1     | timeout 1
dripping body         | timeout 1     | timeout 1     | timeout 1     | timeout 1     | timeout 1     | timeout 1
400                   | garbage 1     | garbage 1     | garbage 1     | garbage 1     | garbage 1     | garbage 1
401                   | key_refused 1 | key_refused 1 | key_refused 1 | key_refused 1 | key_refused 1 | key_refused 1
403                   | blocked 1     | blocked 1     | blocked 1     | blocked 1     | blocked 1     | blocked 1
403 by plan           | - key         | - key         | - key         | key_refused 1 | - key         | - key
404                   | garbage 1     | garbage 1     | garbage 1     | garbage 1     | garbage 1     | garbage 1
429                   | quota 1       | quota 1       | quota 1       | quota 1       | quota 1       | quota 1
429 for two minutes   | quota 1       | quota 1       | quota 1       | quota 1       | quota 1       | quota 1
451                   | blocked 1     | blocked 1     | blocked 1     | blocked 1     | blocked 1     | blocked 1
500                   | unavailable 3 | unavailable 3 | unavailable 3 | unavailable 1 | unavailable 3 | unavailable 3
502                   | unavailable 3 | unavailable 3 | unavailable 3 | unavailable 1 | unavailable 3 | unavailable 3
empty                 | garbage 1     | garbage 1     | garbage 1     | garbage 1     | garbage 1     | garbage 1
HTML with 200         | garbage 1     | garbage 1     | garbage 1     | garbage 1     | garbage 1     | garbage 1
failure told with 200 | garbage 1     | garbage 1     | - status      | garbage 1     | - status      | garbage 1
quota told with 200   | - status      | - status      | - status      | quota 1       | - status      | - status
closed for now        | unavailable 1 | - status      | - status      | - status      | - status      | - status
truncated             | garbage 1     | garbage 1     | garbage 1     | garbage 1     | garbage 1     | garbage 1
NaN                   | garbage 1     | garbage 1     | garbage 1     | garbage 1     | garbage 1     | garbage 1
zero                  | garbage 1     | garbage 1     | garbage 1     | garbage 1     | garbage 1     | garbage 1
negative              | garbage 1     | garbage 1     | garbage 1     | garbage 1     | garbage 1     | garbage 1
missing currency      | - pair        | - pair        | garbage 1     | garbage 1     | garbage 1     | garbage 1
missing symbol        | garbage 1     | garbage 1     | garbage 1     | - table       | - table       | - table
crossed book          | garbage 1     | garbage 1     | - sides       | - sides       | - sides       | - sides
10 x too much         | garbage 1     | garbage 1     | garbage 1     | garbage 1     | garbage 1     | garbage 1
inverted              | garbage 1     | garbage 1     | garbage 1     | garbage 1     | garbage 1     | garbage 1
jump of 8 %           | held 1        | held 1        | held 1        | held 1        | held 1        | held 1
of yesterday          | - time        | - time        | stale 1       | fine 1        | fine 1        | fine 1
months old            | - time        | - time        | stale 1       | stale 1       | stale 1       | stale 1
of next year          | - time        | - time        | garbage 1     | garbage 1     | garbage 1     | garbage 1
wrong charset told    | fine 1        | fine 1        | fine 1        | fine 1        | fine 1        | fine 1
unreadable charset    | garbage 1     | garbage 1     | garbage 1     | garbage 1     | garbage 1     | garbage 1
"""

WHY_NOT = {
    "key": "the desk subscribes to nothing there",
    "status": "has no such answer: it tells a failure by its status alone",
    "pair": "sends pairs, not currencies",
    "table": "sends currencies, not pairs",
    "sides": "sends no bid and ask",
    "time": "sends no time; the receipt counts",
}

CHAINS: tuple[tuple[str, ...], ...] = (("rapira", "rapira book", "coingecko"), ("apilayer", "cbr", "exchangerate-api"))
"""Who is asked after whom."""

ASKED_TIMES: Mapping[str, int] = {
    "unreachable": 3,
    "timeout": 3,
    "unavailable": 3,
    "garbage": 3,
    "stale": 3,
    "blocked": 1,
    "key_refused": 1,
    "quota": 1,
}
"""Turns in which a source is asked before it rests; a turn comes at the earliest five seconds after one that failed."""

PASSING_RESTS_S, BLOCKED_RESTS_S, REFUSED_RESTS_S, TWO_MINUTES_S = 30, 1_800, 3_600, 120
START = datetime(2026, 11, 21, 12, tzinfo=UTC)
UNTIL_DECEMBER_S = 9 * 86_400 + 43_200
QUOTA_RESTS_S: Mapping[str, int] = {
    "rapira": 60,
    "rapira book": 60,
    "coingecko": 60,
    "apilayer": UNTIL_DECEMBER_S,
    "cbr": 600,
    "exchangerate-api": 1_200,
}


@dataclass(frozen=True, slots=True)
class Cell:
    """`is_held` is a good answer that waits for its confirmation; without a `trouble` it is used at once."""

    source: str
    fault: str
    trouble: str | None
    calls: int
    is_held: bool = False

    def __str__(self) -> str:
        return f"{self.source}: {self.fault}"

    @property
    def rests_s(self) -> int:
        """How long the source is left alone once it rests for the first time."""
        match self.trouble:
            case "blocked":
                return BLOCKED_RESTS_S
            case "key_refused":
                return REFUSED_RESTS_S
            case "quota":
                return TWO_MINUTES_S if self.fault == "429 for two minutes" else QUOTA_RESTS_S[self.source]
            case _:
                return PASSING_RESTS_S

    @property
    def before(self) -> tuple[str, ...]:
        """The sources that are asked first."""
        return self._chain[: self._chain.index(self.source)]

    @property
    def after(self) -> tuple[str, ...]:
        """The sources that are asked when this one has failed."""
        return self._chain[self._chain.index(self.source) + 1 :]

    @property
    def _chain(self) -> tuple[str, ...]:
        return next(chain for chain in CHAINS if self.source in chain)


def rows() -> Iterator[tuple[str, dict[str, str]]]:
    """Each fault, and what its cells say by source."""
    head, *lines = TABLE.strip().splitlines()
    sources = [each.strip() for each in head.split("|")[1:]]
    for line in lines:
        fault, *cells = (each.strip() for each in line.split("|"))
        yield fault, dict(zip(sources, cells, strict=True))


def cells() -> Iterator[Cell]:
    """All that can happen."""
    for fault, row in rows():
        for source, said in row.items():
            what, _, how = said.partition(" ")
            if what != "-":
                trouble = what if what in ASKED_TIMES else None
                yield Cell(source, fault, trouble, int(how), is_held=what == "held")
