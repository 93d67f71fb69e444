"""The quotes of a dialogue: one for each of its amounts, at its margin or at the rate that was agreed."""

from decimal import Decimal

from calc.agreed import agreed_margin
from calc.base import BaseRate
from calc.deal import Quote, quote_getting, quote_paying
from calc.directions import Currency
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


def _quote(dialogue: Dialogue, base: BaseRate, amount: Decimal) -> Quote:
    margin, rate = dialogue.margin, agreed_rate(dialogue)
    if rate is not None:
        margin = agreed_margin(base, rate, amount=amount, reverse=dialogue.reverse)
    if margin is None:
        raise ValueError(f"no margin in {dialogue.step}")
    if dialogue.reverse:
        return quote_getting(base, margin, gets=amount)
    return quote_paying(base, margin, pays=amount)
