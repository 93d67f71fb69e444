"""/margins: shows and sets margins, the floor and the buttons of the margin step, by text and by buttons."""

from collections.abc import Callable
from decimal import Decimal

from calc.directions import DIRECTIONS, Currency, Direction
from calc.floors import Policy
from calc.margins import Margin
from calc.numbers import ABSOLUTE, LIMITS, PERCENT, Limits, NumberError
from calc.tiers import Ladder
from chat import margin_screens
from chat.cards import Cards
from chat.features import Feature, Pressed, Said
from chat.margin_changes import MarginChanges, Who, mistake
from chat.margin_screens import VERB
from chat.scopes import Scope
from chat.screens import Screen
from desk.margin_reading import FLOOR, MOST_TIERS, Buttons, Floors, Look, UnreadableMargins, read
from desk.margins import DeskMargins, Whose

BOUND = LIMITS[Currency.RUB]
"""The widest; who pays in USDT pays less."""
Change = Callable[[Ladder | None], Ladder | None]


class MarginSettings:
    """Reads what was written or pressed; `MarginChanges` does it."""

    def __init__(self, cards: Cards, margins: DeskMargins, *, is_owner: Callable[[int], bool]) -> None:
        self._cards = cards
        self._margins = margins
        self._is_owner = is_owner
        self._changes = changes = MarginChanges(margins, is_owner=is_owner)
        self._on: dict[str, Callable[..., Screen]] = {
            "top": changes.overview,
            "list": lambda who, about: changes.scopes(about, who),
            "floor": lambda who, name: changes.floor(Scope(name), who),
            "percent": lambda who, name, percent: changes.set_floor(Scope(name), _allowed(percent, FLOOR), None, who),
            "policy": lambda who, name, policy: changes.set_floor(Scope(name), None, Policy(policy), who),
            "buttons": changes.buttons,
            "usual": lambda who: changes.set_buttons(None, (), who),
            "with": lambda who, margin: changes.toggle(_margin(margin), who, is_on=True),
            "without": lambda who, margin: changes.toggle(_margin(margin), who, is_on=False),
            "at": lambda who, whose, name: changes.at(Whose(whose), Scope(name), who),
            "off": lambda who, whose, name: changes.set(Whose(whose), Scope(name), lambda _: None, who),
            "rest": lambda who, whose, name, margin: changes.set(
                Whose(whose), Scope(name), _with_rest(_margin(margin), Scope(name)), who
            ),
            "step": lambda who, whose, name, below, margin: changes.set(
                Whose(whose), Scope(name), _with_step(_allowed(below, BOUND), _margin(margin)), who
            ),
            "drop": lambda who, whose, name, below: changes.set(
                Whose(whose), Scope(name), _without_step(Decimal(below)), who
            ),
            "bounds": self._bounds,
            "tier": self._tier,
        }

    @property
    def feature(self) -> Feature:
        return Feature({"margins": self.command}, {VERB: self.press})

    def command(self, said: Said) -> None:
        who = Who(said.place.user_id, said.language, said.name)
        self._cards.send(said.place, self._read(said.arguments, who))

    def press(self, pressed: Pressed) -> None:
        verb, *args = pressed.arg.split("/")
        who = Who(pressed.place.user_id, pressed.language, pressed.name)
        try:
            screen = self._on[verb](who, *args)
        except (LookupError, TypeError, ValueError, ArithmeticError):  # a button that was never ours
            return
        self._cards.edit(pressed.place.chat_id, pressed.message_id, screen)

    def _read(self, text: str, who: Who) -> Screen:
        try:
            wanted = read(text)
        except (UnreadableMargins, NumberError) as error:
            return self._changes.overview(who, mistake(error, who))
        if isinstance(wanted, Look):
            return self._look(wanted, who)
        if isinstance(wanted, Buttons):
            return self._changes.set_buttons(wanted.direction, wanted.margins, who)
        scope = Scope.of(wanted.directions)
        if isinstance(wanted, Floors):
            return self._changes.set_floor(scope, wanted.percent, wanted.policy, who)
        ladder = wanted.ladder
        return self._changes.set(wanted.whose, scope, lambda _: ladder, who)

    def _look(self, wanted: Look, who: Who) -> Screen:
        """What has no value yet is asked by buttons; who may not set the desk's margins sets own ones."""
        is_owner = self._is_owner(who.owner)
        if wanted.about is Buttons:
            return self._changes.buttons(who)
        if wanted.about is Floors:
            scope = Scope.of(wanted.directions or DIRECTIONS)
            return self._changes.floor(scope, who) if is_owner else self._changes.overview(who)
        if wanted.directions:
            return self._changes.at(wanted.whose if is_owner else Whose.OWN, Scope.of(wanted.directions), who)
        return self._changes.scopes(Whose.OWN, who) if wanted.whose is Whose.OWN else self._changes.overview(who)

    def _bounds(self, who: Who, whose: str, name: str) -> Screen:
        direction, ladder = self._ladder(who, Whose(whose), Scope(name))
        if direction is None or ladder is None:  # taken away since the button was shown
            return self._changes.at(Whose(whose), Scope(name), who)
        return margin_screens.ask_bound(who, Whose(whose), direction, ladder)

    def _tier(self, who: Who, whose: str, name: str, below: str) -> Screen:
        direction, ladder = self._ladder(who, Whose(whose), Scope(name))
        if direction is None or ladder is None:  # taken away since the button was shown
            return self._changes.at(Whose(whose), Scope(name), who)
        return margin_screens.ask_margin(who, Whose(whose), direction, ladder, Decimal(below) if below else None)

    def _ladder(self, who: Who, whose: Whose, scope: Scope) -> tuple[Direction | None, Ladder | None]:
        direction = scope.only
        return direction, None if direction is None else self._margins.ladders(whose, who.owner).get(direction)


def _allowed(text: str, limits: Limits) -> Decimal:
    """ValueError for what no button of ours carries."""
    value = Decimal(text)
    if not limits.allow(value):
        raise ValueError(text)
    return value


def _margin(text: str) -> Margin:
    margin = Margin.parse(text)
    _allowed(f"{margin.value:f}", ABSOLUTE if margin.absolute else PERCENT)
    return margin


def _with_rest(margin: Margin, scope: Scope) -> Change:
    """The last tier of a single direction; of many, the margin of every amount, whatever each has had."""
    return lambda ladder: Ladder(margin, ladder.steps if ladder and scope.only else ())


def _with_step(below: Decimal, margin: Margin) -> Change:
    """Nothing where the ladder was taken away since the button was shown."""

    def change(ladder: Ladder | None) -> Ladder | None:
        added = ladder and ladder.with_step(below, margin)
        return ladder if added is not None and len(added.tiers) > MOST_TIERS else added

    return change


def _without_step(below: Decimal) -> Change:
    return lambda ladder: ladder and ladder.without_step(below)
