"""A rate that the gate refused and somebody quoted anyway, as it is written down."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from calc.directions import Direction
from calc.team import Person


@dataclass(frozen=True, slots=True)
class QuotedAnyway:
    """`key` says which screen of which card it was: the same one is one decision."""

    key: str
    direction: Direction
    base: Decimal
    refused_for: str
    by: Person
    why: str
    at: datetime
