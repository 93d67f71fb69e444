"""The sentence for each number that cannot be used: what was understood, and what is allowed."""

from decimal import Decimal
from html import escape

from calc.agreed import NoMarginLeft
from calc.deal import MarginTooLarge, PayoutTooSmall
from calc.directions import Currency
from calc.errors import DeskError
from calc.numbers import NotANumber, OutOfRange, TooLong, TooManyDecimals, WrongCurrency
from calc.requests import LineError
from chat import formats
from chat.dialogue import Decision, Dialogue, Quoting
from chat.texts import Texts

CURRENCIES = frozenset(map(str, Currency))
LONGEST_ECHO = 20
"""Characters of what was typed that are repeated to the operator."""


def sentence(error: DeskError, dialogue: Dialogue) -> str:
    """As HTML, in the language of the dialogue; an error that is no slip of the operator is raised again."""
    return f"⚠️ {_sentence(error, dialogue, Texts(dialogue.language))}"


def _sentence(error: DeskError, dialogue: Dialogue, texts: Texts) -> str:
    match error:
        case NotANumber():
            margin_or_amount = "margin" if dialogue.step == Quoting.WAITING_FOR_MARGIN.name else "amount"
            examples = "rate" if dialogue.decision is Decision.TYPE else margin_or_amount
            typed = error.text if len(error.text) <= LONGEST_ECHO else f"{error.text[:LONGEST_ECHO]}…"
            return texts("wrong.not_a_number", typed=escape(typed), examples=texts(f"examples.{examples}"))
        case TooLong():
            return texts("wrong.too_long", length=error.length, allowed=error.allowed)
        case TooManyDecimals():
            understood = _measured(error.understood, error.unit, texts)
            return texts("wrong.too_many_decimals", understood=understood, allowed=error.allowed)
        case OutOfRange():
            understood, lowest, highest = (
                _measured(each, error.unit, texts) for each in (error.understood, error.lowest, error.highest)
            )
            return texts("wrong.out_of_range", understood=understood, lowest=lowest, highest=highest)
        case WrongCurrency():
            understood = error.understood_currency_text
            return texts("wrong.currency", understood=understood, pays=dialogue.pays, gets=dialogue.gets)
        case PayoutTooSmall():
            paid = formats.money(dialogue.amount or Decimal(0), error.currency, texts)
            smallest = formats.money(error.smallest, error.currency, texts)
            return texts("wrong.payout_too_small", pays=paid, smallest=smallest)
        case MarginTooLarge():
            margin, highest = formats.margin(error.margin, texts), formats.margin(error.highest, texts)
            return texts("wrong.margin_too_large", margin=margin, highest=highest)
        case NoMarginLeft():
            earned = formats.percent(error.percent, texts)
            return texts("wrong.no_margin_left", rate=formats.limit(error.rate, texts), earned=earned)
        case LineError():
            return _about_line(error, texts)
        case _:
            raise error


def _about_line(error: LineError, texts: Texts) -> str:
    """What of a line was understood, and what is the matter with it."""
    readings = [" / ".join(formats.limit(each, texts) for each in amount) for amount in error.understood.amounts]
    understood = ", ".join([*readings, *error.understood.currencies])
    part = error.part if len(error.part) <= LONGEST_ECHO else f"{error.part[:LONGEST_ECHO]}…"
    matter = texts(f"line.{error.missing}", part=escape(part))
    return f"{texts('line.understood', understood=understood)} {matter}" if understood else matter


def _measured(value: Decimal, unit: str, texts: Texts) -> str:
    if unit in CURRENCIES:
        return f"{formats.limit(value, texts)}{formats.NBSP}{unit}"
    return formats.percent(value, texts) if unit == "%" else formats.limit(value, texts)
