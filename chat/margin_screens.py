"""The screens of /margins: what is set, for which directions, and what can be chosen instead."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from html import escape

from calc.directions import DIRECTIONS, TARGETS, Currency, Direction
from calc.floors import Floor, Policy
from calc.margins import Margin
from calc.tiers import Ladder
from chat import formats, ladders
from chat.alert_screens import Face
from chat.keyboards import Button, in_rows
from chat.scopes import Scope, grouped, heading
from chat.screens import Screen
from chat.texts import Texts
from desk.margin_reading import MOST_TIERS
from desk.margins import Whose

VERB = "margins"
MARGINS = tuple(Margin(Decimal(text)) for text in ("0.5", "1", "1.2", "1.5", "2", "2.5", "3", "5"))
CANDIDATES = tuple(
    Margin(Decimal(text)) for text in ("0.3", "0.5", "0.7", "1", "1.2", "1.5", "2", "2.5", "3", "4", "5", "7")
)
FLOORS = tuple(map(Decimal, ("0", "0.2", "0.3", "0.5", "0.7", "1")))
BOUNDS: dict[Currency, tuple[Decimal, ...]] = {
    Currency.RUB: tuple(map(Decimal, (50_000, 100_000, 300_000, 500_000, 1_000_000, 3_000_000))),
    Currency.USDT: tuple(map(Decimal, (500, 1_000, 5_000, 10_000, 50_000, 100_000))),
}


def overview(
    face: Face,
    *,
    desk: Mapping[Direction, Ladder],
    own: Mapping[Direction, Ladder],
    floors: Mapping[Direction, Floor],
    buttons: Sequence[Margin],
    is_owner: bool,
    notice: str,
) -> Screen:
    texts = face.texts
    lines = [
        *_noted(notice),
        texts("margins.title"),
        texts("margins.bounds"),
        "",
        texts("margins.of_desk"),
        *grouped(desk, texts, lambda direction, ladder: ladders.whole(ladder, direction.pays, texts)),
        "",
        texts("margins.floor"),
        *grouped(floors, texts, lambda _, floor: ladders.floor(floor, texts)),
        "",
        texts("margins.of_operator"),
        *grouped(own, texts, lambda direction, ladder: ladders.whole(ladder, direction.pays, texts)),
        texts("margins.buttons", buttons=formats.margins(buttons, texts)),
        "",
        texts("margins.order"),
        texts("margins.how_owner" if is_owner else "margins.how"),
    ]
    of_owner = [
        (texts("button.margins_desk"), VERB, f"list/{Whose.DESK}"),
        (texts("button.margins_floor"), VERB, "floor/*"),
    ]
    of_all = [
        (texts("button.margins_own"), VERB, f"list/{Whose.OWN}"),
        (texts("button.margins_buttons"), VERB, "buttons"),
    ]
    return face.screen(lines, [of_owner, of_all] if is_owner else [of_all])


def scopes(face: Face, about: str, title: str) -> Screen:
    """Which directions; `about` is whose margins, or the floor."""
    texts = face.texts
    groups = [Scope("*"), *(Scope(f"{pays}-*") for pays in TARGETS)]
    singles = [Scope(str(direction)) for direction in DIRECTIONS]
    rows = [
        *in_rows([_to_scope(each, about, texts) for each in groups[1:]], 2),
        [_to_scope(groups[0], about, texts)],
        *in_rows([_to_scope(each, about, texts) for each in singles], 2),
        _back(texts, "top"),
    ]
    return face.screen([title, "", texts("margins.ask_direction")], rows)


def of_scope(
    face: Face, whose: Whose, scope: Scope, set_now: Mapping[Direction, Ladder], *, notice: str = ""
) -> Screen:
    """The margins of some directions; of a single one with its tiers."""
    texts, direction = face.texts, scope.only
    here = {each: set_now[each] for each in scope.directions if each in set_now}
    lines = [*_noted(notice), texts(f"margins_of.{whose}", directions=scope.said(texts)), ""]
    rows: list[Sequence[Button]] = []
    ladder = here.get(direction) if direction is not None else None
    if direction is not None and ladder is not None:
        lines += [ladders.whole(ladder, direction.pays, texts), "", texts("margins.ask_tier")]
        rows += [[each] for each in _tiers(whose, direction, ladder, texts)]
        if len(ladder.tiers) < MOST_TIERS:
            rows.append([(texts("button.tier_add"), VERB, f"bounds/{whose}/{direction}")])
    else:
        lines += grouped(here, texts, lambda each, ladder: ladders.whole(ladder, each.pays, texts), within=scope)
        lines += ["", texts("margins.ask_all" if direction is None else "margins.ask_one")]
        rows += _margins(f"rest/{whose}/{scope.name}/", texts)
    if here:
        rows.append([(texts("button.margins_off"), VERB, f"off/{whose}/{scope.name}")])
    example = escape(_example(whose, scope, texts))
    return face.screen([*lines, texts("margins.or_type", example=example)], [*rows, _back(texts, f"list/{whose}")])


def ask_bound(face: Face, whose: Whose, direction: Direction, ladder: Ladder) -> Screen:
    """Below which amount the new tier is to be."""
    texts, known = face.texts, dict(ladder.steps)
    buttons = [
        (f"<{formats.NBSP}{formats.money(each, direction.pays, texts)}", VERB, f"tier/{whose}/{direction}/{each:f}")
        for each in BOUNDS[direction.pays]
        if each not in known
    ]
    lines = [texts(f"margins_of.{whose}", directions=Scope(str(direction)).said(texts)), "", texts("margins.ask_bound")]
    return face.screen(lines, [*in_rows(buttons, 2), _back(texts, f"at/{whose}/{direction}")])


def ask_margin(face: Face, whose: Whose, direction: Direction, ladder: Ladder, below: Decimal | None) -> Screen:
    """Which margin a tier is to have; below None the last one."""
    texts, about = face.texts, f"{whose}/{direction}"
    added = ladder if below is None else ladder.with_step(below, ladder.rest)
    tier = next(each for each in added.tiers if each.below == below)
    where = ladders.bound(tier, direction.pays, texts)
    lines = [
        texts(f"margins_of.{whose}", directions=Scope(str(direction)).said(texts)),
        "",
        texts("margins.ask_margin", where=escape(where)) if where else texts("margins.ask_one"),
    ]
    rows = _margins(f"rest/{about}/" if below is None else f"step/{about}/{below:f}/", texts)
    if below in dict(ladder.steps):
        rows.append([(texts("button.tier_drop"), VERB, f"drop/{about}/{below:f}")])
    return face.screen(lines, [*rows, _back(texts, f"at/{about}")])


def of_floor(face: Face, scope: Scope, floors: Mapping[Direction, Floor], *, notice: str = "") -> Screen:
    texts = face.texts
    here = {each: floors[each] for each in scope.directions if each in floors}
    lines = [
        *_noted(notice),
        texts("margins_of.floor", directions=scope.said(texts)),
        "",
        *grouped(here, texts, lambda _, floor: ladders.floor(floor, texts), within=scope),
        "",
        texts("floor.how"),
        texts("margins.or_type", example=texts("margins_example.floor", where=_words(scope))),
    ]
    percents = {each.percent for each in here.values()}
    policies = {each.policy for each in here.values()}
    numbers = [
        (_ticked(formats.percent(each, texts), is_on=percents == {each}), VERB, f"percent/{scope.name}/{each:f}")
        for each in FLOORS
    ]
    ways = [
        (_ticked(texts(f"policy.{each}"), is_on=policies == {each}), VERB, f"policy/{scope.name}/{each}")
        for each in Policy
    ]
    other = (texts("button.floor_for"), VERB, "list/floor")
    return face.screen(lines, [*in_rows(numbers, 3), *([each] for each in ways), [other], _back(texts, "top")])


def of_buttons(face: Face, chosen: Sequence[Margin], *, notice: str = "") -> Screen:
    """What the margin step offers to who looks."""
    texts = face.texts
    lines = [
        *_noted(notice),
        texts("margins.buttons_title"),
        "",
        formats.margins(chosen, texts),
        "",
        texts("margins.ask_buttons"),
        texts("margins.or_type", example=texts("margins_example.buttons")),
    ]
    toggles = [
        (
            _ticked(formats.margin(each, texts), is_on=each in chosen),
            VERB,
            f"{'without' if each in chosen else 'with'}/{each}",
        )
        for each in CANDIDATES
    ]
    usual = (texts("button.margins_usual"), VERB, "usual")
    return face.screen(lines, [*in_rows(toggles, 4), [usual], _back(texts, "top")])


def _tiers(whose: Whose, direction: Direction, ladder: Ladder, texts: Texts) -> list[Button]:
    """A button for each tier, from the lowest to the highest."""
    buttons = []
    for tier in ladder.tiers:
        label = ladders.step(tier, formats.margin(tier.margin, texts), direction.pays, texts)
        below = "" if tier.below is None else f"{tier.below:f}"
        buttons.append((label, VERB, f"tier/{whose}/{direction}/{below}"))
    return buttons


def _margins(prefix: str, texts: Texts) -> list[Sequence[Button]]:
    return in_rows([(formats.margin(each, texts), VERB, f"{prefix}{each}") for each in MARGINS], 4)


def _to_scope(scope: Scope, about: str, texts: Texts) -> Button:
    return (
        heading(scope.directions, texts),
        VERB,
        f"floor/{scope.name}" if about == "floor" else f"at/{about}/{scope.name}",
    )


def _back(texts: Texts, where: str) -> list[Button]:
    return [(texts("button.back"), VERB, where)]


def _noted(notice: str) -> list[str]:
    return [notice, ""] if notice else []


def _ticked(label: str, *, is_on: bool) -> str:
    return f"✓ {label}" if is_on else label


def _words(scope: Scope) -> str:
    """A scope as one types it behind a word."""
    return "" if scope.name == "*" else " " + scope.name.replace("-*", "").replace("-", " ").lower()


def _example(whose: Whose, scope: Scope, texts: Texts) -> str:
    if scope.name == "*":
        return texts(f"margins_example.{whose}_all")
    tiers = texts(f"margins_example.tiers_{scope.directions[0].pays}")
    return texts(f"margins_example.{whose}", where=_words(scope), tiers=tiers)
