"""What the desk offers to quote from: a base rate with what the gate says of it, or why there is none."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from calc.base import BaseRate
from calc.directions import Cross, Direction
from calc.errors import DeskError
from calc.snapshots import Feed
from desk.gate import Concern, Finding

OVERRIDE_FOR = timedelta(minutes=15)
"""How long a rate stands that was quoted against the gate's word; then it is decided anew."""


@dataclass(frozen=True, slots=True)
class Override:
    """Who decided to quote a refused rate, when, and why."""

    by: int
    name: str
    why: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Offer:
    """`override` is None unless the gate refused the rate and somebody quotes it anyway."""

    base: BaseRate
    findings: tuple[Finding, ...] = ()
    override: Override | None = None

    @property
    def refusals(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.refuses)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if not finding.refuses)

    @property
    def to_type(self) -> tuple[Feed, ...]:
        """Refused legs in whose place a typed rate would do; what both together are refused for, the first one heals.

        That 1 USDT is taken as 1 USD is no leg, and nobody can type another.
        """
        named = [finding.feed for finding in self.refusals]
        legs = [leg.feed for leg in self.base.legs]
        both = legs[:1] if None in named and self.base.cross is not Cross.USD else []
        return tuple(feed for feed in legs if feed in named or feed in both)

    @property
    def refused_for(self) -> frozenset[tuple[Concern, Feed | None]]:
        return frozenset((finding.concern, finding.feed) for finding in self.refusals)


class FailedSource(Protocol):
    """Why one source gave nothing: its name and the kind of trouble."""

    @property
    def source(self) -> str: ...
    @property
    def trouble(self) -> str: ...


class NoUsableRate(DeskError):
    """No rate for this direction may be quoted now.

    `feeds` are what is missing or refused; `causes` is known after a fetch that failed. `refused` is what the gate
    does not let through, None where there is nothing at all to make a rate of.
    """

    def __init__(
        self,
        direction: Direction,
        *,
        feeds: Sequence[Feed],
        causes: Sequence[FailedSource] = (),
        refused: Offer | None = None,
    ) -> None:
        super().__init__(f"no usable rate for {direction}: {', '.join(feeds)}")
        self.direction = direction
        self.feeds = tuple(feeds)
        self.causes = tuple(causes)
        self.refused = refused

    @property
    def reasons(self) -> tuple[str, ...]:
        """What the gate has against the rate, each once; that there is none, where there is none."""
        refusals = () if self.refused is None else self.refused.refusals
        return tuple(dict.fromkeys(str(finding.concern) for finding in refusals)) or ("no rate",)
