"""What people change by /margins, each change with the screen that it leads to."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from html import escape

from calc.deal import MarginTooLarge
from calc.directions import Direction
from calc.errors import DeskError
from calc.floors import Floor, Policy
from calc.margins import Margin
from calc.quotes import Author
from calc.tiers import Ladder
from chat import formats, ladders, margin_screens, mistakes
from chat.alert_screens import Face
from chat.dialogue import Dialogue, Quoting
from chat.scopes import Scope, heading
from chat.screens import Screen
from chat.texts import Texts
from desk.margin_reading import MOST_BUTTONS, MOST_TIERS, UnreadableMargins
from desk.margins import DeskMargins, FloorAboveMargin, Whose


@dataclass(frozen=True, slots=True)
class Who(Face):
    """Who looks and changes, and what they are called."""

    name: str = ""

    @property
    def author(self) -> Author:
        return Author(self.owner, self.name)


class MarginChanges:
    """Owners set the desk's margins and the floor, every operator own ones; who may not is told so."""

    def __init__(self, margins: DeskMargins, *, is_owner: Callable[[int], bool]) -> None:
        self._margins = margins
        self._is_owner = is_owner

    def overview(self, who: Who, notice: str = "") -> Screen:
        return margin_screens.overview(
            who,
            desk=self._margins.ladders(Whose.DESK, who.owner),
            own=self._margins.ladders(Whose.OWN, who.owner),
            floors=self._margins.floors(),
            buttons=self._margins.buttons_of(who.owner, None),
            is_owner=self._is_owner(who.owner),
            notice=notice,
        )

    def scopes(self, about: str, who: Who) -> Screen:
        """For which directions; `about` is whose margins, or the floor."""
        return margin_screens.scopes(who, about, who.texts(f"margins_title.{about}"))

    def at(self, whose: Whose, scope: Scope, who: Who, notice: str = "") -> Screen:
        return margin_screens.of_scope(who, whose, scope, self._margins.ladders(whose, who.owner), notice=notice)

    def floor(self, scope: Scope, who: Who, notice: str = "") -> Screen:
        return margin_screens.of_floor(who, scope, self._margins.floors(), notice=notice)

    def set(self, whose: Whose, scope: Scope, change: Callable[[Ladder | None], Ladder | None], who: Who) -> Screen:
        if whose is not Whose.OWN and not self._is_owner(who.owner):
            return self.overview(who, who.texts("margins.owners_only"))
        try:
            self._margins.set_ladders(whose, scope.directions, change, by=who.author)
        except (FloorAboveMargin, MarginTooLarge) as error:
            return self.at(whose, scope, who, mistake(error, who))
        return self.at(whose, scope, who, who.texts("margins.saved"))

    def set_floor(self, scope: Scope, percent: Decimal | None, policy: Policy | None, who: Who) -> Screen:
        """What is not said stays; a new floor warns, and without a number forbids a loss."""
        if not self._is_owner(who.owner):
            return self.overview(who, who.texts("margins.owners_only"))

        def change(before: Floor | None) -> Floor:
            before = before or Floor(Decimal(0), Policy.WARN)
            return Floor(before.percent if percent is None else percent, policy or before.policy)

        try:
            self._margins.set_floors(scope.directions, change, by=who.author)
        except (FloorAboveMargin, MarginTooLarge) as error:
            return self.floor(scope, who, mistake(error, who))
        return self.floor(scope, who, who.texts("margins.saved"))

    def buttons(self, who: Who, notice: str = "") -> Screen:
        return margin_screens.of_buttons(who, self._margins.buttons_of(who.owner, None), notice=notice)

    def toggle(self, margin: Margin, who: Who, *, is_on: bool) -> Screen:
        """The button says what is to be, so that the same press twice is the same."""
        others = tuple(each for each in self._margins.buttons_of(who.owner, None) if each != margin)
        chosen = (*others, margin) if is_on else others
        if not chosen or len(chosen) > MOST_BUTTONS:
            notice = who.texts("margins.buttons_count", most=MOST_BUTTONS)
            return self.buttons(who, notice)
        in_order = tuple(sorted(chosen, key=lambda each: (each.absolute, each.value)))
        return self.set_buttons(None, in_order, who)

    def set_buttons(self, direction: Direction | None, margins: tuple[Margin, ...], who: Who) -> Screen:
        self._margins.set_buttons([direction], margins, by=who.author)
        standing = formats.margins(self._margins.buttons_of(who.owner, direction), who.texts)
        where = heading(Scope("*" if direction is None else str(direction)).directions, who.texts)
        return self.buttons(who, f"{who.texts('margins.saved')} {where}: {standing}")


def mistake(error: DeskError, face: Face) -> str:
    texts = face.texts
    if isinstance(error, UnreadableMargins):
        part = escape(error.part[: mistakes.LONGEST_ECHO])
        said = texts(f"margins_flaw.{error.flaw}", part=part, tiers=MOST_TIERS, buttons=MOST_BUTTONS)
        unchanged = texts("margins.unchanged")
        return f"{said}\n{unchanged}" if "\n" in said else f"{said} {unchanged}"
    if isinstance(error, FloorAboveMargin):
        return _above(error, texts)
    asked = Dialogue(id="", owner=face.owner, language=face.language, step=Quoting.WAITING_FOR_MARGIN.name)
    return f"{mistakes.sentence(error, asked)} {texts('margins.unchanged')}"


def _above(error: FloorAboveMargin, texts: Texts) -> str:
    where = ladders.bound(error.tier, error.direction.pays, texts)
    said = texts(
        "floor.above",
        direction=", ".join(filter(None, [Scope(str(error.direction)).said(texts), escape(where)])),
        margin=formats.margin(error.tier.margin, texts),
        floor=formats.percent(error.floor.percent, texts),
        highest=formats.percent(error.highest, texts),
    )
    return f"{said} {texts('margins.unchanged')}"
