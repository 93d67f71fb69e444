"""The least that the desk wants to earn on a quote, and what happens to one that earns less."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Policy(StrEnum):
    BLOCK = "block"  # no quote is given
    WARN = "warn"  # the card says so
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Floor:
    """In percent of what is earned after all rounding: `Quote.earned_percent`."""

    percent: Decimal
    policy: Policy

    def is_above(self, earned_percent: Decimal) -> bool:
        """Whether a quote that earns this falls under it."""
        return self.policy is not Policy.OFF and earned_percent < self.percent

    def blocks(self, earned_percent: Decimal) -> bool:
        return self.policy is Policy.BLOCK and earned_percent < self.percent

    def __str__(self) -> str:
        return f"{self.percent:f}% {self.policy}"

    @classmethod
    def parse(cls, text: str) -> "Floor":
        """The floor whose `str` this is: for what was kept, not for what people type."""
        percent, _, policy = text.partition("% ")
        return cls(Decimal(percent), Policy(policy))
