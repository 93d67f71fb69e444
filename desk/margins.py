"""The margins of the desk: which one a quote has where nobody names it, what the floor is, and who may change what."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Protocol

from calc.base import BaseRate
from calc.deal import deal_rate
from calc.directions import Currency, Direction
from calc.errors import DeskError
from calc.floors import Floor, Policy
from calc.margins import Margin
from calc.quotes import Author
from calc.rounding import floor_percent
from calc.tiers import Ladder, Tier
from desk.offers import NoUsableRate, Offer

ROOM = Decimal("0.02")
"""Percentage points that the roundings of the rate and of what was earned may take off a margin together."""

STANDARD_BUTTONS = tuple(Margin(Decimal(text)) for text in ("0.5", "1", "1.5", "2", "3"))
"""What the margin step offers to who has not chosen other buttons."""


class Whose(StrEnum):
    OWN = "own"  # the operator's own for the direction, set on purpose
    DESK = "desk"
    LAST = "last"  # what the operator gave last in the direction


@dataclass(frozen=True, slots=True)
class Tariff:
    """The margins that stand where a quote names none, and whose they are."""

    whose: Whose
    ladder: Ladder

    @property
    def margins(self) -> tuple[Margin, ...]:
        """From the lowest tier to the highest."""
        return tuple(tier.margin for tier in self.ladder.tiers)

    def to_data(self) -> list[str]:
        return [str(self.whose), str(self.ladder)]

    @classmethod
    def from_data(cls, data: Sequence[str]) -> "Tariff":
        """What `to_data` wrote."""
        whose, ladder = data
        return cls(Whose(whose), Ladder.parse(ladder))


class FloorAboveMargin(DeskError):
    """A margin and the floor that was set do not fit together: a quote at `tier` of a direction would be under it.

    `percent` is what the margin is in percent now, `highest` the floor that it bears.
    """

    def __init__(self, direction: Direction, floor: Floor, tier: Tier, *, percent: Decimal) -> None:
        super().__init__(f"a floor of {floor} above {tier.margin} of {direction}")
        self.direction = direction
        self.floor = floor
        self.tier = tier
        self.percent = percent

    @property
    def highest(self) -> Decimal:
        return max(self.percent - ROOM, Decimal(0))


class MarginStore(Protocol):
    """Where margins are kept; each change is written down with who made it, what stood before and what stands now.

    A user of None is the desk. `set_...` with None forgets; what stands already changes nothing.
    """

    def exclusively(self) -> AbstractContextManager[object]:
        """Nobody else changes anything meanwhile; all of it is kept, or nothing."""

    def ladder(self, user_id: int | None, direction: Direction, /) -> Ladder | None: ...
    def ladders(self, user_id: int | None, /) -> Mapping[Direction, Ladder]: ...
    def set_ladders(
        self, user_id: int | None, ladders: Mapping[Direction, Ladder | None], /, *, by: Author, at: datetime
    ) -> None: ...
    def floor(self, direction: Direction, /) -> Floor | None: ...
    def floors(self) -> Mapping[Direction, Floor]: ...
    def set_floors(self, floors: Mapping[Direction, Floor | None], /, *, by: Author, at: datetime) -> None: ...
    def buttons(self, user_id: int, direction: Direction | None, /) -> tuple[Margin, ...]: ...
    def set_buttons(
        self, user_id: int, margins: Mapping[Direction | None, tuple[Margin, ...]], /, *, by: Author, at: datetime
    ) -> None: ...


class DeskMargins:
    """Asks the store each time, so a change is in force at once everywhere. Any thread may call it.

    Who may change what is for the caller to see to: the desk's are the owners', each operator has own ones.
    """

    def __init__(
        self,
        store: MarginStore,
        *,
        last: Callable[[int, Direction], Margin | None],
        offer: Callable[[Direction], Offer],
        is_owner: Callable[[int], bool],
        utcnow: Callable[[], datetime],
        floors_changed: Callable[[], object] = lambda: None,
    ) -> None:
        """`last` is the margin that an operator gave last; `offer` gives the rate of now, or raises NoUsableRate.

        `floors_changed` is called after each change of a floor.
        """
        self._store = store
        self._last = last
        self._offer = offer
        self._is_owner = is_owner
        self._utcnow = utcnow
        self._floors_changed = floors_changed

    def tariff_for(self, user_id: int, direction: Direction) -> Tariff | None:
        """What stands where a quote names no margin: the operator's own, the desk's, or the one given last."""
        for whose in Whose:
            tariff = self.tariff(whose, user_id, direction)
            if tariff is not None:
                return tariff
        return None

    def tariff(self, whose: Whose, user_id: int, direction: Direction) -> Tariff | None:
        if whose is Whose.LAST:
            last = self._last(user_id, direction)
            return None if last is None else Tariff(whose, Ladder(last))
        ladder = self._store.ladder(user_id if whose is Whose.OWN else None, direction)
        return None if ladder is None else Tariff(whose, ladder)

    def floor_of(self, direction: Direction) -> Floor | None:
        return self._store.floor(direction)

    def floor_for(self, user_id: int, direction: Direction) -> Floor | None:
        """The floor as it meets somebody: where it blocks, an owner, who may change it, is only warned."""
        floor = self._store.floor(direction)
        if floor is not None and floor.policy is Policy.BLOCK and self._is_owner(user_id):
            return replace(floor, policy=Policy.WARN)
        return floor

    def least_percent(self, direction: Direction) -> Decimal:
        """What an open quote has still to earn; where no floor is in force, that it does not lose."""
        floor = self._store.floor(direction)
        return Decimal(0) if floor is None or floor.policy is Policy.OFF else floor.percent

    def buttons_of(self, user_id: int, direction: Direction | None) -> tuple[Margin, ...]:
        """What the margin step offers: for the direction, for all of them, or what it offers to everybody."""
        own = self._store.buttons(user_id, direction) if direction is not None else ()
        return own or self._store.buttons(user_id, None) or STANDARD_BUTTONS

    def ladders(self, whose: Whose, user_id: int) -> Mapping[Direction, Ladder]:
        return self._store.ladders(user_id if whose is Whose.OWN else None)

    def floors(self) -> Mapping[Direction, Floor]:
        return self._store.floors()

    def set_ladders(
        self,
        whose: Whose,
        directions: Collection[Direction],
        change: Callable[[Ladder | None], Ladder | None],
        *,
        by: Author,
    ) -> None:
        """Changes the desk's ladders, or the own ones of who asks. Raises FloorAboveMargin, MarginTooLarge.

        Then none is changed. An own one is held against a floor that blocks; where it only warns, operators have
        their say.
        """
        user_id = by.id if whose is Whose.OWN else None
        with self._store.exclusively():
            changed = {each: change(self._store.ladder(user_id, each)) for each in directions}
            for direction, ladder in changed.items():
                floor = self._store.floor(direction)
                is_own_say = whose is Whose.OWN and floor is not None and floor.policy is Policy.WARN
                self._check(direction, ladder, None if is_own_say else floor)
            self._store.set_ladders(user_id, changed, by=by, at=self._utcnow())

    def set_floors(
        self, directions: Collection[Direction], change: Callable[[Floor | None], Floor | None], *, by: Author
    ) -> None:
        """Raises FloorAboveMargin where the desk's own margins would fall under it; then none is changed.

        MarginTooLarge where one of them is, which no rate was there to show when it was set.
        """
        with self._store.exclusively():
            changed = {each: change(self._store.floor(each)) for each in directions}
            for direction, floor in changed.items():
                self._check(direction, self._store.ladder(None, direction), floor)
            self._store.set_floors(changed, by=by, at=self._utcnow())
        self._floors_changed()

    def set_buttons(self, directions: Collection[Direction | None], margins: tuple[Margin, ...], *, by: Author) -> None:
        """Those of who asks; without margins they are what everybody has."""
        self._store.set_buttons(by.id, dict.fromkeys(directions, margins), by=by, at=self._utcnow())

    def _check(self, direction: Direction, ladder: Ladder | None, floor: Floor | None) -> None:
        base = self._base_of(direction)
        for tier in ladder.tiers if ladder else ():
            percent = None if tier.margin.absolute else tier.margin.value
            if tier.margin.absolute and base is not None:
                percent = percent_of(tier.margin, base)
            is_held = floor is not None and floor.policy is not Policy.OFF and floor.percent > 0
            if floor is not None and is_held and percent is not None and percent - ROOM < floor.percent:
                raise FloorAboveMargin(direction, floor, tier, percent=percent)

    def _base_of(self, direction: Direction) -> BaseRate | None:
        try:
            return self._offer(direction).base
        except NoUsableRate as error:
            return None if error.refused is None else error.refused.base


def percent_of(margin: Margin, base: BaseRate) -> Decimal:
    """What a margin is in percent of a base rate, rounded down. Raises MarginTooLarge."""
    rate, fair = deal_rate(base, margin), Fraction(base.value)
    at = Fraction(rate.value) if rate.per is base.per else 1 / Fraction(rate.value)
    return floor_percent(at / fair - 1 if base.direction.pays is Currency.RUB else 1 - at / fair)
