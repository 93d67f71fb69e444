"""The quotes of a dialogue: one for each of its amounts, at its margin or at the rate that was agreed."""

from collections.abc import Sequence
from decimal import Decimal

from calc.agreed import agreed_margin
from calc.base import BaseRate
from calc.deal import Quote, quote_getting, quote_paying
from calc.directions import Currency
from calc.requests import Request
from calc.tiers import Tier, tier_for
from chat.dialogue import Dialogue


def amounts_of(dialogue: Dialogue) -> tuple[Currency, tuple[Decimal, ...]]:
    """The currency of the amounts, and all of them; the same dialogue gives the same amounts."""
    if dialogue.direction is None or dialogue.amount is None:
        raise ValueError(f"no amount in {dialogue.step}")
    currency = dialogue.direction.gets if dialogue.reverse else dialogue.direction.pays
    return currency, (dialogue.amount,) if dialogue.line is None else dialogue.line.request.amounts


def agreed_rate(dialogue: Dialogue) -> Decimal | None:
    """The one that the client was promised; None where the margin makes the rate."""
    return None if dialogue.line is None else dialogue.line.request.rate


def quotes_at(dialogue: Dialogue, base: BaseRate) -> list[Quote]:
    """Raises PayoutTooSmall, MarginTooLarge, NoMarginLeft."""
    return [_quote(dialogue, base, amount) for amount in amounts_of(dialogue)[1]]


def tier_of(dialogue: Dialogue, base: BaseRate, amount: Decimal) -> Tier | None:
    """What the margin of an amount is taken from; None where one was named. Raises MarginTooLarge."""
    if dialogue.tariff is None:
        return None
    return tier_for(dialogue.tariff.ladder, base, amount=amount, reverse=dialogue.reverse)


def _quote(dialogue: Dialogue, base: BaseRate, amount: Decimal) -> Quote:
    margin, rate, tier = dialogue.margin, agreed_rate(dialogue), tier_of(dialogue, base, amount)
    if rate is not None:
        margin = agreed_margin(base, rate, amount=amount, reverse=dialogue.reverse)
    elif tier is not None:
        margin = tier.margin
    if margin is None:
        raise ValueError(f"no margin in {dialogue.step}")
    if dialogue.reverse:
        return quote_getting(base, margin, gets=amount)
    return quote_paying(base, margin, pays=amount)


def request_of(dialogue: Dialogue, quotes: Sequence[Quote]) -> Request:
    """What the quotes of a dialogue are about, as one would write it in a line."""
    if dialogue.direction is None:
        raise ValueError(f"no direction in {dialogue.step}")
    rate, amounts = agreed_rate(dialogue), amounts_of(dialogue)[1]
    margins = {each.margin for each in quotes}
    margin = margins.pop() if rate is None and len(margins) == 1 else None
    return Request(dialogue.direction, amounts, dialogue.reverse, margin, rate)
