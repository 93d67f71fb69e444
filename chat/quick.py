"""A quote out of one line: read, asked about where it has several readings, and on to the result by the usual steps."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Protocol

from calc.directions import Currency, Direction
from calc.lines import LIST, names_both_sides, read_line
from calc.margins import Margin
from calc.numbers import NotANumber, NumberError, TooLong, WrongCurrency, read_amount, read_margin
from calc.requests import Convention, LineError, Missing, Question, Request, settle
from calc.team import Person
from calc.usual import Way, far
from chat import formats, steps
from chat.asking import Asking, Kind, Line
from chat.dialogue import Dialogue
from chat.dialogue import Question as Asked
from chat.quotes import amounts_of
from chat.tariffs import missing_margin
from chat.texts import Texts
from desk.margins import DeskMargins, Tariff
from desk.quoting import Desk

LONGEST_KEPT = 200
"""Characters of a line that are kept with its quote."""


class Habits(Protocol):
    """The amounts each operator gave last, by direction, the latest first; and what separators mean to the desk."""

    def last_amounts(self, user_id: int, direction: Direction, currency: Currency, /) -> Sequence[Decimal]: ...
    def remember_amounts(
        self, user_id: int, direction: Direction, currency: Currency, amounts: Sequence[Decimal], /
    ) -> None: ...
    def last_directions(
        self, user_id: int, limit: int, /
    ) -> Sequence[tuple[Direction, Currency, tuple[Decimal, ...]]]: ...
    def conventions(self) -> Mapping[str, Convention]: ...
    def remember_convention(self, separator: str, convention: Convention, /, *, by: Person) -> None: ...


class Quick:
    """Takes a dialogue one step on; what was answered once is remembered."""

    def __init__(self, desk: Desk, habits: Habits, margins: DeskMargins) -> None:
        self._desk = desk
        self._margins = margins
        self._habits = habits

    def read(self, dialogue: Dialogue, text: str) -> Dialogue:
        """The result of a line, the step that is missing, or a question. Raises LineError, NumberError."""
        known = self._habits.conventions()
        read = read_line(text, conventions=known)
        settled = bool(known) and len(text) <= LONGEST_KEPT and read != read_line(text)
        return self._go(dialogue, text.strip()[:LONGEST_KEPT], read, settled=settled)

    def readings(self, dialogue: Dialogue, text: str) -> list[Dialogue]:
        """All that a line may mean, where nobody is asked; each as far as the steps lead. Raises like `read`."""
        read = read_line(text, conventions=self._habits.conventions())
        if isinstance(read, Request):
            return [self.requested(dialogue, read)]
        requests = dict.fromkeys(reading.request for option in read.options for reading in option)
        return [self.requested(dialogue, each) for each in requests]

    def requested(self, dialogue: Dialogue, request: Request) -> Dialogue:
        """A request as far as the steps lead."""
        return self._go(dialogue, str(request), request, settled=False)

    def read_anew(self, dialogue: Dialogue) -> Dialogue:
        """The question that a convention of the desk has answered so far."""
        if dialogue.line is None:
            raise ValueError("no line to read")
        return self._go(dialogue, dialogue.line.typed, read_line(dialogue.line.typed), settled=False)

    def answer(self, dialogue: Dialogue, arg: str) -> Dialogue:
        """On with one option of a question; how a number was meant is remembered for the desk."""
        asking = dialogue.asking
        if asking is None:
            raise ValueError("nothing is asked")
        option = asking.options[int(arg)]
        if asking.kind is Kind.NUMBER:
            for separator, convention in option[0].conventions:
                if separator != LIST:
                    self._habits.remember_convention(separator, convention, by=_person(dialogue))
        return self._go(dialogue, asking.typed, settle(option), settled=False)

    def is_request(self, dialogue: Dialogue, text: str) -> bool:
        """Whether a text is a quote of its own, and not the number that a step asks for.

        What reads as that number is that number; where a number is asked for, a line has to name both sides. While a
        decision is open everything belongs to that.
        """
        if dialogue.decision is not None:
            return False
        wants_number = dialogue.step in {steps.MARGIN, steps.AMOUNT}
        if (wants_number or dialogue.step == steps.RESULT) and _is_number(dialogue, text):
            return False
        try:
            read = read_line(text, conventions=self._habits.conventions())
        except (LineError, NumberError):
            return False
        return isinstance(read, Request) or not wants_number or names_both_sides(text)

    def objection(self, dialogue: Dialogue, text: str) -> LineError | NumberError | None:
        """Why a text is no quote of its own, where it is no number either but names a currency; else None.

        Where a margin is asked for it has to name both sides: `2 рубля` is meant as a margin. Where a button is
        to be chosen a line is known by its amount, for a currency alone may be meant as the answer.
        """
        by_button = dialogue.step in {steps.SOURCE, steps.TARGET}
        if not by_button and not isinstance(_complaint(dialogue, text), NotANumber | TooLong):
            return None
        try:
            read_line(text, conventions=self._habits.conventions())
        except NumberError as error:
            return error
        except LineError as error:
            if by_button:
                is_line = bool(error.understood.amounts) and error.missing is not Missing.CURRENCY
            else:
                is_line = len(error.understood.currencies) > (dialogue.step == steps.MARGIN)
            return error if is_line else None
        return None

    def meant(self, dialogue: Dialogue) -> Dialogue:
        """A typed number with two readings as the desk means it, where that is known; else the question stays."""
        question = dialogue.question
        convention = self._habits.conventions().get(_separator(question)) if question else None
        if question is None or convention is None or len(question.options) != len(Convention):
            return dialogue
        option = question.options[list(Convention).index(convention)]
        if dialogue.step == steps.MARGIN:
            return steps.choose_margin(dialogue, Margin.parse(option), self._desk)
        return steps.choose_amount(dialogue, Decimal(option), self._desk)

    def learn(self, dialogue: Dialogue, arg: str) -> None:
        """How a typed number was meant, from the button that answered the question about it."""
        question = dialogue.question
        if question is not None and len(question.options) == len(Convention):
            meant = list(Convention)[question.options.index(arg)]
            self._habits.remember_convention(_separator(question), meant, by=_person(dialogue))

    def settled(self, dialogue: Dialogue) -> Dialogue:
        """A result whose amounts are remembered, or the question whether one is meant that is unlike the last ones."""
        if dialogue.step != steps.RESULT or dialogue.asking is not None or dialogue.direction is None:
            return dialogue
        currency, amounts = amounts_of(dialogue)
        usual = self._habits.last_amounts(dialogue.owner, dialogue.direction, currency)
        ways = {each: far(each, usual) for each in amounts}
        if any(ways.values()):
            return replace(dialogue, asking=Asking(Kind.FAR, _told(ways, currency, Texts(dialogue.language))))
        self._remember(dialogue, dialogue.direction, usual)
        return dialogue

    def unlike_the_usual(self, dialogue: Dialogue) -> list[Decimal]:
        """Those amounts of a result that are unlike what its operator quoted lately in its direction."""
        if dialogue.direction is None:
            return []
        currency, amounts = amounts_of(dialogue)
        usual = self._habits.last_amounts(dialogue.owner, dialogue.direction, currency)
        return [each for each in amounts if far(each, usual)]

    def sure(self, dialogue: Dialogue) -> Dialogue:
        """The amount that was asked about is meant; it is remembered, so that it is asked about once."""
        if dialogue.direction is not None:
            usual = self._habits.last_amounts(dialogue.owner, dialogue.direction, amounts_of(dialogue)[0])
            self._remember(dialogue, dialogue.direction, usual)
        return dialogue.turn(fetching=dialogue.fetching)

    def _remember(self, dialogue: Dialogue, direction: Direction, usual: Sequence[Decimal]) -> None:
        """`usual` are those of its direction and currency, as they are kept."""
        currency, amounts = amounts_of(dialogue)
        last = [each[:2] for each in self._habits.last_directions(dialogue.owner, 1)]
        if last != [(direction, currency)] or set(amounts) != set(usual[: len(amounts)]):
            self._habits.remember_amounts(dialogue.owner, direction, currency, amounts)

    def _go(self, dialogue: Dialogue, typed: str, read: Request | Question, *, settled: bool) -> Dialogue:
        if isinstance(read, Question):
            return dialogue.turn(asking=Asking(Kind(read.about), typed, read.options))
        margin: Margin | Tariff | None = read.margin
        if margin is None and read.rate is None:
            margin = missing_margin(self._margins, dialogue.owner, read.direction)
        line = Line(typed, read, settled)
        return steps.take_request(dialogue, line, margin, self._desk)


def _told(ways: Mapping[Decimal, Way | None], currency: Currency, texts: Texts) -> str:
    """A sentence for the amounts that are larger than usual, and one for those that are smaller."""
    far = {way: [amount for amount, there in ways.items() if there is way] for way in Way}
    return "\n".join(
        texts(f"far.{way}", amounts=", ".join(formats.money(each, currency, texts) for each in amounts))
        for way, amounts in far.items()
        if amounts
    )


def _person(dialogue: Dialogue) -> Person:
    return Person(dialogue.owner, dialogue.name)


def _separator(question: Asked) -> str:
    """Of a number with two readings: the only one in it."""
    return next((each for each in question.typed if each in ",."), "")


def _is_number(dialogue: Dialogue, text: str) -> bool:
    """Whether a text is what the step asks for, be it within the limits or not."""
    match _complaint(dialogue, text):
        case WrongCurrency() as error:
            return dialogue.direction is not None and error.understood_currency_text == dialogue.direction.gets
        case NotANumber() | TooLong():
            return False
    return True


def _complaint(dialogue: Dialogue, text: str) -> NumberError | None:
    """What is the matter with a text as the number that the step asks for."""
    try:
        if dialogue.step == steps.MARGIN:
            read_margin(text)
        elif dialogue.direction is not None:
            read_amount(text, dialogue.direction.pays)
    except NumberError as error:
        return error
    return None
