"""Who pays what: the directions that the words of a line allow, and which side its amounts are on."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby

from calc.directions import DIRECTIONS, Currency, Direction
from calc.tokens import Number
from calc.words import VERBS, Hint


@dataclass(slots=True, eq=False)
class Group:
    """A currency with the numbers that belong to it; the currency is None for numbers that named none.

    Beside it the preposition before it and the verb that is about it; `follows` is a currency that stands right before
    the numbers and may be theirs, and `symbol` is whether the currency was written as one, which goes in front.
    """

    currency: Currency | None
    numbers: list[Number] = field(default_factory=list)
    preposition: Hint | None = None
    verb: Hint | None = None
    follows: "Group | None" = None
    symbol: bool = False


Part = Group | Hint
Side = tuple[Direction, bool]
"""A direction, and whether the amounts are what the client gets."""

_ROLES = {
    Hint.GETS: Hint.GETS,
    Hint.NEEDS: Hint.GETS,
    Hint.WANTS: Hint.GETS,
    Hint.PAYS: Hint.PAYS,
    Hint.CHANGES: Hint.PAYS,
}
_OPPOSITE = {Hint.PAYS: Hint.GETS, Hint.GETS: Hint.PAYS}
_WEAK = (None, Hint.NEEDS, Hint.WANTS)


def sides(parts: Sequence[Part]) -> list[Side]:
    """Every reading of who pays what, among the directions of the desk; none where it does not change the two.

    There are one or two currencies in the parts, each in one group, and one group with numbers.
    """
    _give_verbs(parts)
    groups = [part for part in parts if isinstance(part, Group)]
    named = [group for group in groups if group.currency is not None]
    amount = next(group for group in groups if group.numbers)
    settled = _asked_for(parts) or _settled(parts, named if len(named) > 1 else groups)
    found = []
    for direction in DIRECTIONS:
        if all(group.currency in (direction.pays, direction.gets) for group in named):
            reverse = _is_reverse(amount, named, direction)
            if settled is None or _agrees(settled, direction, reverse):
                found.append((direction, reverse))
    return found


def _is_reverse(amount: Group, named: Sequence[Group], direction: Direction) -> bool:
    """Numbers that name no currency are of the other one; where both are named, of what is paid unless said else."""
    if amount.currency is not None:
        return amount.currency is direction.gets
    if len(named) == 1:
        return named[0].currency is direction.pays
    return amount.preposition is None and _ROLES.get(amount.verb or Hint.AND) is Hint.GETS


def _agrees(settled: tuple[Group, Hint], direction: Direction, reverse: bool) -> bool:
    group, role = settled
    if group.currency is None:
        return reverse is (role is Hint.GETS)
    return group.currency is (direction.gets if role is Hint.GETS else direction.pays)


def _give_verbs(parts: Sequence[Part]) -> None:
    """A verb is about what follows it (хочет баты), or where that has a preposition, about what it follows.

    Of two verbs between two groups that say different things the first is about the first: 100к отдаёт, хочет баты.
    """
    before: Group | None = None  # the last one without a preposition
    runs = [(is_group, list(run)) for is_group, run in groupby(parts, lambda part: isinstance(part, Group))]
    for place, (is_group, run) in enumerate(runs):
        if is_group:
            free = [part for part in run if isinstance(part, Group) and part.preposition is None]
            before = free[-1] if free else before
            continue
        verbs = [part for part in run if isinstance(part, Hint) and part in VERBS]
        after = [part for _, later in runs[place + 1 :] for part in later if isinstance(part, Group)]
        if len(verbs) > 1 and before and verbs[0] not in _WEAK and _ROLES[verbs[0]] is not _ROLES[verbs[-1]]:
            _give(before, verbs.pop(0))
        about = _between(before, after)
        if about is not None:
            for verb in verbs:
                _give(about, verb)


def _between(before: Group | None, after: Sequence[Group]) -> Group | None:
    """What a verb between them is about."""
    if before is not None and not (after and after[0].preposition is None):
        return before
    return next((group for group in after if group.preposition is None), None)


def _give(group: Group, verb: Hint) -> None:
    if verb not in _WEAK or group.verb in _WEAK:
        group.verb = verb


def _asked_for(parts: Sequence[Part]) -> tuple[Group, Hint] | None:
    """What `how much of it` says about a currency without an amount; None where the line does not ask so."""
    if Hint.HOW_MUCH not in parts or Hint.COSTS in parts:
        return None
    behind = list(parts[parts.index(Hint.HOW_MUCH) + 1 :])
    places = [place for place, part in enumerate(behind) if isinstance(part, Group)]
    asked = behind[places[0]] if places else None
    other = behind[places[1]] if len(places) > 1 else None
    if not isinstance(asked, Group) or asked.numbers or asked.preposition or not isinstance(other, Group):
        return None
    said = behind[: places[0]] + (behind[places[0] : places[1]] if other.preposition else [])
    if Hint.GETS in said or Hint.WANTS in said:
        return asked, Hint.GETS
    if Hint.PAYS in said or Hint.NEEDS in said:
        return asked, Hint.PAYS
    return (asked, Hint.GETS) if other.preposition in (Hint.FOR, Hint.FROM, Hint.TO) else None


def _settled(parts: Sequence[Part], ends: Sequence[Group]) -> tuple[Group, Hint] | None:
    """A group whose role settles the direction; None where the words allow either."""
    first, second = ends[0], ends[1] if len(ends) > 1 else None
    if Hint.COSTS in parts:
        return next((group, Hint.GETS) for group in parts if isinstance(group, Group) and group.numbers)
    role = _role(first, second)
    if second is None:
        return (first, role) if role else None
    other = _role(second, first)
    if role and other:
        return (first, role) if role is not other else None
    if role:
        doubted = first.preposition is None and first.verb in _WEAK
        return None if doubted else (first, role)
    if other:
        return second, other
    in_order = first.currency and second.currency and not second.numbers and Hint.HOW_MUCH not in parts
    if in_order and not (first.preposition or second.preposition):
        return first, Hint.PAYS
    return None


def _role(group: Group, other: Group | None) -> Hint | None:
    """What the words say about a group; a price is the opposite of what it is the price of."""
    elsewhere = _ROLES.get(other.verb) if other and other.verb else None
    match group.preposition:
        case Hint.FROM:
            return Hint.PAYS
        case Hint.TO:
            return Hint.GETS
        case Hint.ON if not group.numbers:
            return Hint.GETS
        case Hint.ON:
            return _OPPOSITE[elsewhere] if elsewhere else None
        case Hint.FOR if elsewhere:
            return _OPPOSITE[elsewhere]
        case Hint.FOR:
            return Hint.PAYS if group.numbers else None
    return _ROLES[group.verb] if group.verb else None
