"""What the desk keeps of a quote, as the operator said it."""

from dataclasses import dataclass
from decimal import Decimal

LOWEST_PERCENT = Decimal("0.01")
HIGHEST_PERCENT = Decimal(50)
"""No margin takes more from a client than this, in whichever way it was said: more is a slip of the finger."""


@dataclass(frozen=True, slots=True)
class Margin:
    """A percentage of the base rate, or units of the rate as it is shown; against the client either way."""

    value: Decimal
    absolute: bool = False

    def __str__(self) -> str:
        return f"+{self.value:f}" if self.absolute else f"{self.value:f}%"

    @classmethod
    def parse(cls, text: str) -> "Margin":
        """The margin whose `str` this is: for what was kept, not for what people type."""
        return cls(Decimal(text.removesuffix("%")), absolute=not text.endswith("%"))
