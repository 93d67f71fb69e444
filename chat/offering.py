"""What somebody who calls the bot in another chat gets to choose from, and what is missing where it is nothing."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from calc.deal import Quote
from calc.numbers import NumberError
from calc.quotes import GivenQuote, QuoteState, Terms, name_of, number_of
from calc.requests import LineError, Missing, Request
from chat import findings, formats, steps
from chat.client_screens import plain
from chat.dialogue import Dialogue
from chat.mistakes import sentence
from chat.quick import Habits, Quick
from chat.quotes import amounts_of
from chat.texts import Texts
from desk.gate import Concern
from desk.margins import Whose
from desk.offers import NoUsableRate
from desk.quote_book import NoSuchQuote, QuoteBook
from desk.quoting import Desk

MOST = 12
"""Cards that are offered at once: more than a phone shows."""
DIRECTIONS_AT_ONCE, AMOUNTS_AT_ONCE = 4, 3

_SEPARATOR = re.compile(r"[\s,;]+")


@dataclass(frozen=True, slots=True)
class Offered:
    """A quote that is given when its card is sent. `request` is the line as it asks for this one alone.

    `whose_margin`: None where the line named one; `is_far`: it is unlike the amounts that its operator quoted lately;
    `warned`: the gate has something to say, or the floor.
    """

    request: Request
    terms: Terms
    whose_margin: Whose | None
    is_far: bool
    warned: bool


@dataclass(frozen=True, slots=True)
class Hint:
    """Why there is nothing, or not all; `line` is what the chat with the bot can go on with, "" for nothing."""

    text: str
    line: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    offered: tuple[Offered, ...] = ()
    given: tuple[GivenQuote, ...] = ()
    hint: Hint | None = None


Objection = Callable[[int, Quote, Texts], str | None]
"""Why somebody may not give a quote just so, in a sentence; None where they may."""


class Offering:
    """Reads memory and the database, never asks a source and writes nothing. Any thread may call it."""

    def __init__(
        self,
        desk: Desk,
        quick: Quick,
        book: QuoteBook,
        habits: Habits,
        *,
        objections: Sequence[Objection] = (),
        doubts: Sequence[Objection] = (),
        utcnow: Callable[[], datetime],
    ) -> None:
        """`objections` are asked for each quote: what the chat with the bot would not give at once is not offered.

        `doubts` are what is said against a quote that may be given all the same.
        """
        self._desk = desk
        self._quick = quick
        self._book = book
        self._habits = habits
        self._objections = objections
        self._doubts = doubts
        self._utcnow = utcnow

    def find(self, user_id: int, line: str, language: str) -> Found:
        """The quotes of a line, the given ones that it names, or for an empty one what was quoted lately."""
        fresh, texts = Dialogue(id="", owner=user_id, language=language), Texts(language)
        numbers = _numbers(line)
        if numbers:
            return self._given(user_id, numbers, texts)
        if not line.strip():
            return self._usual(fresh, texts)
        try:
            read = self._quick.readings(fresh, line)
        except (LineError, NumberError) as error:
            return Found(hint=Hint(_short(error, fresh, texts)))
        found = self._gathered(read, texts)
        if not found.offered and len({(each.direction, each.reverse) for each in read}) > 1:
            currency, amounts = amounts_of(read[0])
            named = ", ".join(formats.money(each, currency, texts) for each in amounts)
            return Found(hint=Hint(texts("inline.direction", understood=named)))
        return found

    def _given(self, user_id: int, numbers: Sequence[int], texts: Texts) -> Found:
        """Nobody learns more of a quote of somebody else's than of one that does not exist."""
        given, hint = [], None
        for number in numbers[:MOST]:
            try:
                quote = self._book.find(number)
            except NoSuchQuote:
                quote = None
            if quote is None or quote.author.id != user_id:
                hint = hint or Hint(texts("inline.unknown", id=name_of(number)))
            elif quote.state_at(self._utcnow()) is not QuoteState.OPEN:
                hint = hint or Hint(texts("inline.over", id=quote.id))
            else:
                given.append(quote)
        return Found(given=tuple(given), hint=hint)

    def _usual(self, fresh: Dialogue, texts: Texts) -> Found:
        """The last directions with their last amounts."""
        requests = [
            Request(direction, amounts[:AMOUNTS_AT_ONCE], reverse=currency is direction.gets)
            for direction, currency, amounts in self._habits.last_directions(fresh.owner, DIRECTIONS_AT_ONCE)
        ]
        if not requests:
            return Found(hint=Hint(texts("inline.how")))
        return self._gathered([self._quick.requested(fresh, each) for each in requests], texts)

    def _gathered(self, read: Sequence[Dialogue], texts: Texts) -> Found:
        """What can be quoted now; where that is nothing, why the first one cannot."""
        offered = [offer for each in read if each.step == steps.RESULT for offer in self._offered(each, texts)]
        return Found(tuple(offered[:MOST])) if offered else Found(hint=self._missing(read[0], texts))

    def _offered(self, dialogue: Dialogue, texts: Texts) -> list[Offered]:
        line, offer = dialogue.line, steps.offer_of(dialogue)
        if line is None:
            raise ValueError("not out of a line")
        far = self._quick.unlike_the_usual(dialogue)
        whose = None
        if line.request.margin is None and line.request.rate is None:
            whose = dialogue.tariff.whose if dialogue.tariff else Whose.LAST
        warned = any(each.concern is not Concern.AGE for each in offer.warnings)
        return [
            Offered(
                replace(line.request, amounts=(amount,)),
                Terms.of(quote, reverse=dialogue.reverse),
                whose_margin=whose,
                is_far=amount in far,
                warned=warned or any(doubt(dialogue.owner, quote, texts) for doubt in self._doubts),
            )
            for amount, quote in zip(amounts_of(dialogue)[1], steps.quotes_of(dialogue), strict=True)
            if self._objection(dialogue.owner, quote, texts) is None
        ]

    def _objection(self, user_id: int, quote: Quote, texts: Texts) -> str | None:
        said = (objection(user_id, quote, texts) for objection in self._objections)
        return next((each for each in said if each is not None), None)

    def _missing(self, dialogue: Dialogue, texts: Texts) -> Hint:
        """What keeps a line from being a quote; the chat with the bot goes on from there."""
        line = "" if dialogue.line is None else str(dialogue.line.request)
        if dialogue.step == steps.RESULT:
            said = (self._objection(dialogue.owner, each, texts) for each in steps.quotes_of(dialogue))
            return Hint(plain(next(each for each in said if each is not None)), line)
        if dialogue.notice:
            return Hint(plain(dialogue.notice), line)
        if dialogue.step == steps.MARGIN:
            return Hint(texts("inline.margin"), line)
        direction = dialogue.direction
        if direction is None:
            raise ValueError(f"no direction in {dialogue.step}")
        try:
            self._desk.offer(direction)
        except NoUsableRate as error:
            if error.refused is not None:
                why = plain(findings.sentence(error.refused.refusals[0], texts))
                return Hint(texts("inline.refused", why=why), line)
        return Hint(texts("inline.no_rate", direction=f"{direction.pays} → {direction.gets}"), line)


def _numbers(line: str) -> list[int]:
    """Of the quotes that a line names, and nothing but names: `Q-0142 Q-0143`; none where it is anything else."""
    parts = [part for part in _SEPARATOR.split(line) if part]
    numbers = [number_of(part) for part in parts if part[0] in "Qq"]
    named = [number for number in numbers if number is not None]
    return list(dict.fromkeys(named)) if len(named) == len(parts) else []


def _short(error: LineError | NumberError, dialogue: Dialogue, texts: Texts) -> str:
    """What is missing in half a line, as short as a phone shows it."""
    if not isinstance(error, LineError):
        return plain(sentence(error, dialogue))
    amounts = ", ".join(formats.limit(readings[0], texts) for readings in error.understood.amounts)
    match error.missing:
        case Missing.ALL:
            return texts("inline.how")
        case Missing.AMOUNT:
            return texts("inline.amount", understood=" ".join(error.understood.currencies))
        case Missing.CURRENCY:
            return texts("inline.currency", understood=amounts)
        case Missing.UNCLEAR:
            return texts("inline.unclear", part=error.part)
        case _:
            return plain(texts(f"line.{error.missing}"))
