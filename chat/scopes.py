"""Directions that are set and said together."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from calc.directions import DIRECTIONS, TARGETS, Currency, Direction
from chat.texts import Texts

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Scope:
    """Directions that are set together: one, all of those in which a currency is paid (`RUB-*`), or all (`*`)."""

    name: str

    @classmethod
    def of(cls, directions: Sequence[Direction]) -> "Scope":
        """The scope that has these directions, and no others."""
        scopes = map(cls, [*map(str, DIRECTIONS), *(f"{pays}-*" for pays in TARGETS), "*"])
        return next(scope for scope in scopes if set(scope.directions) == set(directions))

    @property
    def directions(self) -> tuple[Direction, ...]:
        """ValueError where the name is none."""
        if self.name == "*":
            return DIRECTIONS
        if self.name.endswith("-*"):
            pays = Currency(self.name.removesuffix("-*"))
            return tuple(Direction(pays, gets) for gets in TARGETS.get(pays, ()))
        return (Direction.parse(self.name),)

    @property
    def only(self) -> Direction | None:
        return self.directions[0] if len(self.directions) == 1 else None

    def said(self, texts: Texts) -> str:
        return named(self.directions, texts)


def grouped(
    values: Mapping[Direction, T],
    texts: Texts,
    said: Callable[[Direction, T], str],
    *,
    within: Scope | None = None,
) -> list[str]:
    """A line for each value, with all directions that have it; the value alone where all `within` a scope have it."""
    groups: dict[str, list[Direction]] = {}
    for direction in DIRECTIONS:
        if direction in values:
            groups.setdefault(said(direction, values[direction]), []).append(direction)
    if len(groups) == 1 and within is not None and len(values) == len(within.directions):
        return list(groups)
    return [f"{heading(each, texts)}: {value}" for value, each in groups.items()] or [texts("margins.nothing")]


def heading(directions: Sequence[Direction], texts: Texts) -> str:
    """The same where a line or a button begins with it."""
    name = named(directions, texts)
    return f"{name[:1].upper()}{name[1:]}"


def named(directions: Sequence[Direction], texts: Texts) -> str:
    """`RUB → USDT, EUR · USDT → THB`."""
    if set(directions) == set(DIRECTIONS):
        return texts("margins.everywhere")
    parts = []
    for pays, targets in TARGETS.items():
        gets = [each.gets for each in directions if each.pays is pays]
        if gets:
            parts.append(f"{pays} → {texts('margins.anything') if len(gets) == len(targets) else ', '.join(gets)}")
    return " · ".join(parts)
