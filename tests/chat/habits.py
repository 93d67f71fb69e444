"""What operators gave last and what separators mean to the desk, as the operators' tables keep it."""

from collections.abc import Sequence
from decimal import Decimal

from calc.directions import Currency, Direction
from calc.requests import Convention
from calc.team import Person
from calc.usual import with_amounts


class Habits:
    def __init__(self) -> None:
        self.amounts: dict[tuple[int, Direction, Currency], tuple[Decimal, ...]] = {}
        self.kept_conventions: dict[str, Convention] = {}

    def last_amounts(self, user_id: int, direction: Direction, currency: Currency) -> tuple[Decimal, ...]:
        return self.amounts.get((user_id, direction, currency), ())

    def remember_amounts(
        self, user_id: int, direction: Direction, currency: Currency, amounts: Sequence[Decimal]
    ) -> None:
        kept = self.last_amounts(user_id, direction, currency)
        self.amounts.pop((user_id, direction, currency), None)
        self.amounts[user_id, direction, currency] = with_amounts(kept, amounts)

    def last_directions(self, user_id: int, limit: int) -> list[tuple[Direction, Currency, tuple[Decimal, ...]]]:
        kept = [(*key[1:], amounts) for key, amounts in reversed(self.amounts.items()) if key[0] == user_id]
        return kept[:limit]

    def conventions(self) -> dict[str, Convention]:
        return dict(self.kept_conventions)

    def remember_convention(self, separator: str, convention: Convention, *, by: Person) -> None:
        self.kept_conventions[separator] = convention
