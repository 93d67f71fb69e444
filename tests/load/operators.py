"""A simulated operator: makes one quote after another by what stands on the screen, and notices all that is not right.

It never waits: `begin`, `saw` and `nudge` do what a person would do next and return, so one thread drives a thousand.
"""

import random
from collections.abc import Callable
from functools import partial
from typing import Generic, Protocol, TypeVar

from tests.e2e import expected
from tests.e2e.operator import Seen, is_notice
from tests.load.cards import Screen, Wanted, amount_on, mistakes, screen_of
from tests.load.figures import Figures

MARGINS = ("2", "0,5", "1,25", "0,37")
_FIRST_AND_STEP = {"RUB": (10_000, 250), "USDT": (120, 3)}
_ROUND = 350
"""So many quotes have amounts apart, all within what the best level of the sandbox's order book holds: larger ones are
quoted at its depth once it is in memory, and how soon after a start that is, is for the bot to know."""
_GIVES_UP_AFTER = 3
_NO_TIME = 0.0


Message = TypeVar("Message", bound=Seen)
Pressed_contra = TypeVar("Pressed_contra", bound=Seen, contravariant=True)


class Sent(Protocol):
    @property
    def at(self) -> float: ...


class Press(Sent, Protocol):
    @property
    def id(self) -> str: ...


class Person(Protocol[Pressed_contra]):
    """Whose hands an operator has: a person in one of the stand-ins."""

    @property
    def id(self) -> int: ...
    def send(self, text: str, /) -> Sent: ...
    def press(self, message: Pressed_contra, label: str, /) -> Press: ...


class Operator(Generic[Message]):
    """`awaits` is the screen that has to come next, None between two quotes."""

    def __init__(
        self,
        person: Person[Message],
        figures: Figures,
        *,
        seed: int,
        rates: Callable[[Message], expected.Rates],
        was_cut: Callable[[float], bool] = lambda _: False,
    ) -> None:
        """`rates` are those that a card may have been made with; `was_cut` tells whether the bot died just after a
        moment, so that it may never have learnt that a message was sent."""
        self.person = person
        self.awaits: Screen | None = None
        self.acted_at = _NO_TIME
        self.made = 0
        self._figures = figures
        self._rates = rates
        self._was_cut = was_cut
        self._random = random.Random(seed * 100_003 + person.id)
        self._wanted = self._next_wanted()
        self._card: Message | None = None
        self._results: dict[int, str] = {}
        self._closed: set[int] = set()
        self._nudges = 0
        self.callbacks: list[str] = []

    def begin(self) -> None:
        """Opens the next quote."""
        self._wanted = self._next_wanted()
        self._open()

    def saw(self, message: Message) -> bool:
        """Takes in a message of the bot's that is new or has changed; True when there is something to do about it."""
        screen = screen_of(message)
        if message.id in self._results or message.id in self._closed:
            self._look_back(message, screen)
            return False
        if self._card is None or message.id != self._card.id:
            return self._is_new(message, screen)
        before, self._card = self._card, message
        if screen is Screen.CLOSED or not (message.rows or screen is Screen.RESULT):
            return self._was_closed()
        if screen == self.awaits:
            return self._came(message, screen)
        if screen is Screen.NO_RATE:
            self._figures.count("no_rate")
            return True
        if Screen.SOURCE <= screen < (self.awaits or Screen.RESULT) - 1:
            self._figures.count("out_of_order", f"{self._name} back to {screen.name} from {screen_of(before).name}")
        return False

    def act(self) -> None:
        """Does what the screen asks for."""
        card = self._card
        if card is None:
            self._open()
            return
        match screen_of(card):
            case Screen.SOURCE:
                self._press(card, self._wanted.pays, Screen.TARGET)
            case Screen.TARGET:
                self._press(card, self._wanted.gets, Screen.MARGIN)
            case Screen.NO_RATE:
                self._press(card, "Попробовать ещё раз", self.awaits or Screen.MARGIN)
            case Screen.MARGIN:
                self._type(self._wanted.margin, Screen.AMOUNT)
            case Screen.AMOUNT:
                self._type(self._wanted.amount, Screen.RESULT)
            case _:
                self._open()

    def nudge(self) -> None:
        """The screen did not come in all that time: that is a loss, and the operator tries again."""
        awaited = self.awaits.name if self.awaits else "nothing"
        shown = "nothing" if self._card is None else repr(self._card.text[:60])
        self._figures.count("lost", f"{self._name} waits for {awaited} and sees {shown}")
        self._nudges += 1
        if self._nudges >= _GIVES_UP_AFTER:
            self._figures.count("given_up")
            self._close()
            self._open()
        else:
            self.act()

    def _open(self) -> None:
        self._card = None
        self.acted_at = self.person.send("/admin_bot").at
        self.awaits = Screen.SOURCE

    def _press(self, card: Message, label: str, then: Screen) -> None:
        press = self.person.press(card, label)
        self.callbacks.append(press.id)
        self.acted_at, self.awaits = press.at, then

    def _type(self, text: str, then: Screen) -> None:
        self.acted_at, self.awaits = self.person.send(text).at, then

    def _came(self, message: Message, screen: Screen) -> bool:
        self._figures.step(screen, message.at - self.acted_at)
        self._nudges = 0
        if screen is Screen.RESULT:
            self._figures.judge(partial(self._judge, message, self._wanted, self._name))
            self._figures.count("quotes")
            self.made += 1
            self._results[message.id] = said(message)
            self._card, self.awaits = None, None
        return True

    def _judge(self, result: Message, wanted: Wanted, name: str) -> None:
        if amount_on(result) != wanted.paid:
            self._figures.count("out_of_order", f"{name} sees another amount: {result.text!r}")
        elif wrong := mistakes(result, wanted, self._rates(result)):
            self._figures.count("wrong", f"{name}: {'; '.join(wrong)} in {result.text!r}")

    def _is_new(self, message: Message, screen: Screen) -> bool:
        """A message that was not there before: a first card, or one too many."""
        if screen is Screen.SOURCE and self._card is None and self.awaits is Screen.SOURCE:
            self._card = message
            return self._came(message, screen)
        if screen is Screen.SOURCE:
            cut = self._card is not None and self._was_cut(self._card.at)
            self._figures.count("ambiguous" if cut else "doubled", f"{self._name} sees a second card")
            self._close()
            self._card, self.awaits = message, Screen.SOURCE
            return True
        if screen is Screen.IDLE and self.awaits in {Screen.AMOUNT, Screen.RESULT}:
            return self._was_closed()
        if screen is Screen.TOLD and self.awaits is not None:
            self._figures.count("told")
            return True
        if screen is Screen.RESULT:  # what was typed before a kill is typed again after it: the card is far up then
            cut = self.awaits is Screen.RESULT and self._was_cut(message.at)
            told = f"{self._name} sees a second result: {message.text!r}"
            self._figures.count("ambiguous" if cut else "doubled", told)
        elif not is_notice(message):
            self._figures.count("said", message.text)
        return False

    def _was_closed(self) -> bool:
        """The bot does not know the card any more (a disk was wiped): the quote is begun again."""
        self._figures.count("begun_again")
        self._close()
        return True

    def _look_back(self, message: Message, screen: Screen) -> None:
        """A card that was done with: it may lose its buttons, and must not say something else."""
        if message.id in self._results and said(message) != self._results[message.id]:
            self._figures.count("out_of_order", f"{self._name}: a result became {message.text!r}")
        elif message.id in self._closed and screen >= Screen.SOURCE and message.rows:
            self._figures.count("out_of_order", f"{self._name}: a closed card became {message.text!r}")

    def _close(self) -> None:
        if self._card is not None:
            self._closed.add(self._card.id)
        self._card = None

    def _next_wanted(self) -> Wanted:
        pays, gets = self._random.choice(expected.DIRECTIONS)
        first, step = _FIRST_AND_STEP[pays]
        whole = first + step * (self.made % _ROUND) + self._random.randrange(step)
        return Wanted(pays, gets, self._random.choice(MARGINS), f"{whole}.{self._random.randrange(1, 100):02}")

    @property
    def _name(self) -> str:
        return f"{self.person.id}, quote {self.made + 1}"


def said(result: Seen) -> str:
    """The figures of a result, without the ages below them, which grow."""
    return result.text.partition("Прибыль")[0]
