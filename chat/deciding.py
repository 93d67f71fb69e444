"""What an operator decides where a rate is refused or doubted: to quote it anyway, or to type another."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Protocol

from calc.base import BaseRate
from calc.directions import Currency
from calc.jumps import JUMPS
from calc.numbers import NumberError, read_rate
from calc.overrides import QuotedAnyway
from calc.snapshots import Feed
from calc.team import Person
from calc.typed import Pair, TypedRate
from chat import steps
from chat.dialogue import Decision, Dialogue
from chat.mistakes import sentence
from chat.texts import Texts
from desk.offers import Offer, Override
from desk.quoting import Desk

REASONS = ("agreed", "checked", "other")
LONGEST_REASON = 200


class TypedRates(Protocol):
    def type(self, pair: Pair, value: Decimal, /, *, by: int, name: str) -> TypedRate: ...
    def end(self, pair: Pair, /, *, by: Person) -> None: ...


class Records(Protocol):
    """Where it is written down that a refused rate was quoted; the same `key` is written once."""

    def record(self, quoted: QuotedAnyway, /) -> None: ...


class Deciding:
    """Takes a dialogue one step on, and writes down who decided what."""

    def __init__(
        self,
        desk: Desk,
        *,
        typed: TypedRates,
        records: Records,
        rates_changed: Callable[[], object],
        utcnow: Callable[[], datetime],
    ) -> None:
        """`rates_changed` is called when a typed rate stands, and when one ends by hand."""
        self._desk = desk
        self._typed = typed
        self._records = records
        self._rates_changed = rates_changed
        self._utcnow = utcnow

    def ask_why(self, dialogue: Dialogue) -> Dialogue:
        return steps.about_the_same(dialogue, decision=Decision.ANYWAY)

    def quote_anyway(self, dialogue: Dialogue, why: str) -> Dialogue:
        """On with the rate that was refused; recorded with the one who decided, and why.

        One that was refused a while ago may be another by now, or refused for more: then it is judged anew.
        """
        why = " ".join(why.split())
        if dialogue.refused is None:
            raise ValueError("nothing is refused")
        if not why or len(why) > LONGEST_REASON:
            return replace(dialogue, notice=Texts(dialogue.language)("notice.reason", longest=LONGEST_REASON))
        refused, now = dialogue.refused, self._utcnow()
        offer = replace(refused, override=Override(dialogue.owner, dialogue.name, why, at=now))
        if not self._desk.is_current(offer):
            return steps.take_rate(dialogue, self._desk)
        quoted = QuotedAnyway(
            f"{dialogue.id}:{dialogue.screen}",
            refused.base.direction,
            refused.base.value,
            refused_for=", ".join(sorted(f"{each.feed or 'both'}: {each.concern}" for each in refused.refusals)),
            by=Person(dialogue.owner, dialogue.name),
            why=why,
            at=now,
        )
        self._records.record(quoted)
        return steps.rate_arrived(dialogue, offer)

    def ask_rate(self, dialogue: Dialogue) -> Dialogue:
        """For the first leg that is missing, refused, or warned of."""
        direction, refused = dialogue.direction, dialogue.refused
        if refused is not None:
            doubtful: Sequence[Feed] = refused.to_type
        else:
            doubtful = dialogue.lacking or doubtful_feeds(steps.offer_of(dialogue))
        if direction is None or not doubtful:
            raise ValueError("no rate to type")
        pair = self._desk.pair_to_type(direction, doubtful[0])
        return steps.about_the_same(dialogue, decision=Decision.TYPE, pair=pair, known=self._desk.known(pair))

    def take_rate(self, dialogue: Dialogue, text: str) -> Dialogue:
        """A typed rate, unless it is none; one far from what was known, or that cannot be compared, is asked about."""
        if dialogue.pair is None:
            raise ValueError("no rate is asked for")
        try:
            value = read_rate(text, dialogue.pair)
        except NumberError as error:
            return replace(dialogue, notice=sentence(error, dialogue), doubted=None)
        if _is_far(value, dialogue.known, dialogue.pair):
            return steps.about_the_same(
                dialogue, decision=Decision.TYPE, pair=dialogue.pair, known=dialogue.known, doubted=value
            )
        return self._stand(dialogue, dialogue.pair, value)

    def insist(self, dialogue: Dialogue) -> Dialogue:
        """The rate that was asked about is meant."""
        if dialogue.pair is None or dialogue.doubted is None:
            raise ValueError("no rate is doubted")
        return self._stand(dialogue, dialogue.pair, dialogue.doubted)

    def back_to_sources(self, dialogue: Dialogue) -> Dialogue:
        """Ends the typed rates that the quote, or the refused rate, is made of."""
        base = (dialogue.refused or steps.offer_of(dialogue)).base
        for feed in typed_feeds(base):
            self._typed.end(self._desk.pair_to_type(base.direction, feed), by=Person(dialogue.owner, dialogue.name))
        self._rates_changed()
        return steps.take_rate(replace(dialogue, refused=None), self._desk)

    def said(self, dialogue: Dialogue, text: str) -> Dialogue:
        """A typed message while a decision is open."""
        if dialogue.decision is Decision.ANYWAY:
            return self.quote_anyway(dialogue, text)
        return self.take_rate(dialogue, text)

    def _stand(self, dialogue: Dialogue, pair: Pair, value: Decimal) -> Dialogue:
        self._typed.type(pair, value, by=dialogue.owner, name=dialogue.name)
        self._rates_changed()
        return steps.take_rate(dialogue, self._desk)


def typed_feeds(base: BaseRate) -> list[Feed]:
    return [leg.feed for leg in base.legs if leg.until is not None]


def doubtful_feeds(offer: Offer) -> list[Feed]:
    """Legs that something is said against, from the sources."""
    return [finding.feed for finding in offer.findings if finding.feed is not None]


def _is_far(value: Decimal, known: Decimal | None, pair: Pair) -> bool:
    """As far as would be a jump if a source had said it; where nothing is known, nobody can tell."""
    jump = JUMPS[Feed.USDT_RUB if pair.per is Currency.USDT else Feed.FIAT]
    return known is None or abs(Fraction(value) / Fraction(known) - 1) > Fraction(jump)
