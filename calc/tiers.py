"""What is kept of an amount by rule: a margin for each tier of what the client pays."""

from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from calc.base import BaseRate
from calc.deal import quote_getting
from calc.margins import Margin


@dataclass(frozen=True, slots=True)
class Tier:
    """The margin of the amounts from `since` on, up to `below`, which is not among them; None: of all from there on."""

    since: Decimal
    below: Decimal | None
    margin: Margin

    def is_too_low_for(self, pays: Decimal) -> bool:
        return self.below is not None and pays >= self.below


@dataclass(frozen=True, slots=True)
class Ladder:
    """Margins by amounts of the currency that the client pays; each amount belongs to exactly one tier.

    `steps` are bounds with the margin below each of them, rising; `rest` is the margin from the last bound on, and of
    every amount where there are none.
    """

    rest: Margin
    steps: tuple[tuple[Decimal, Margin], ...] = ()

    def __post_init__(self) -> None:
        bounds = [Decimal(0), *(below for below, _ in self.steps)]
        if any(higher <= lower for lower, higher in pairwise(bounds)):
            raise ValueError(f"bounds that do not rise: {self}")

    @property
    def tiers(self) -> tuple[Tier, ...]:
        """From the lowest to the highest."""
        ends = [*self.steps, (None, self.rest)]
        starts = [Decimal(0), *(below for below, _ in self.steps)]
        return tuple(Tier(since, below, margin) for since, (below, margin) in zip(starts, ends, strict=True))

    def tier_of(self, pays: Decimal) -> Tier:
        return next(tier for tier in self.tiers if not tier.is_too_low_for(pays))

    def with_step(self, below: Decimal, margin: Margin) -> "Ladder":
        """With one tier more, or another margin for it."""
        steps = {**dict(self.steps), below: margin}
        return Ladder(self.rest, tuple(sorted(steps.items(), key=lambda step: step[0])))

    def without_step(self, below: Decimal) -> "Ladder":
        """Its amounts fall to the next tier."""
        return Ladder(self.rest, tuple(step for step in self.steps if step[0] != below))

    def __str__(self) -> str:
        return ", ".join([*(f"<{below:f} {margin}" for below, margin in self.steps), str(self.rest)])

    @classmethod
    def parse(cls, text: str) -> "Ladder":
        """The ladder whose `str` this is: for what was kept, not for what people type."""
        *steps, rest = text.split(", ")
        pairs = (step.removeprefix("<").split(" ") for step in steps)
        return cls(Margin.parse(rest), tuple((Decimal(below), Margin.parse(margin)) for below, margin in pairs))


def tier_for(ladder: Ladder, base: BaseRate, *, amount: Decimal, reverse: bool) -> Tier:
    """The tier of an amount that the client pays, or with `reverse` gets.

    Who wants an exact amount pays more or less for it by the margin of one tier or another, so the tier is the first
    one that holds what has to be paid at its own margin. Between two tiers there may be amounts that cost too much for
    the lower one and too little for the upper one: they stay in the lower one, for the margin of a large amount is
    given to who pays one. Raises MarginTooLarge.
    """
    if not reverse:
        return ladder.tier_of(amount)
    tiers, place = ladder.tiers, 0
    while tiers[place].is_too_low_for(pays := quote_getting(base, tiers[place].margin, gets=amount).pays):
        place += 1
    return tiers[place] if pays >= tiers[place].since else tiers[place - 1]
