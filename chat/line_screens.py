"""What an operator sees of a line: the questions about it, how it was understood, and the table of several amounts."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from html import escape

from calc.deal import Quote
from calc.directions import Currency
from calc.floors import Floor
from calc.requests import Reading
from chat import formats, ladders
from chat.asking import Asking, Kind, Line
from chat.dialogue import Dialogue
from chat.keyboards import Button, in_rows
from chat.quotes import amounts_of
from chat.texts import Texts
from desk.margins import Tariff, Whose

_LONGEST_ECHO = 60
_LONGEST_LABEL = 28
"""Characters; two of such buttons stand side by side on a phone."""


def question(asking: Asking, texts: Texts) -> tuple[list[str], list[Sequence[Button]]]:
    if asking.kind is Kind.FAR:
        yes = (texts("button.sure_amount"), "sure_amount", "")
        return [texts("ask.far", far=asking.typed)], [[yes]]
    said = " ".join(asking.typed.split())
    typed = said if len(said) <= _LONGEST_ECHO else f"{said[:_LONGEST_ECHO]}…"
    keys = ("ask.reading_one", "ask.reading", "ask.exchange")
    key = keys[min(len(asking.options), len(keys)) - 1]
    labels = [_label(asking.kind, option, texts) for option in asking.options]
    buttons = [(label, "option", str(place)) for place, label in enumerate(labels)]
    width = 2 if max(map(len, labels)) <= _LONGEST_LABEL else 1
    return [texts(key, typed=escape(typed))], in_rows(buttons, width)


def understood(line: Line, tariff: Tariff | None, texts: Texts) -> str:
    """The line that is above a result: what the request was taken for, with every number of it."""
    echo = texts("understood", request=formats.request(line.request, texts))
    if line.request.margin is not None or line.request.rate is not None:
        return echo
    return ", ".join([echo, texts(f"understood.{tariff.whose if tariff else Whose.LAST}_margin")])


def wanted(line: Line, texts: Texts) -> str:
    """The line that is above the question about its margin."""
    return texts("understood", request=formats.request(replace(line.request, margin=None, rate=None), texts))


def table(dialogue: Dialogue, quotes: Sequence[Quote], texts: Texts, *, floor: Floor | None) -> list[str]:
    """Two lines for each amount: what is paid and got, then at which rate and what the desk keeps.

    Where amounts may have different margins each names its own. One that the floor keeps from being quoted says so
    instead; one that it only warns of, beside it.
    """
    currency, amounts = amounts_of(dialogue)
    has_margins = dialogue.tariff is not None and bool(dialogue.tariff.ladder.steps)
    lines = []
    for amount, quote in zip(amounts, quotes, strict=True):
        if floor is not None and floor.blocks(quote.earned_percent):
            lines += [formats.money(amount, currency, texts), ladders.under(quote.earned_percent, floor, texts)]
            continue
        kept = (
            formats.money(quote.profit_usdt or Decimal(0), Currency.USDT, texts)
            if quote.profit_rub is None
            else formats.money(quote.profit_rub, Currency.RUB, texts)
        )
        direction = quote.base.direction
        pays, gets = formats.money(quote.pays, direction.pays, texts), formats.money(quote.gets, direction.gets, texts)
        line = texts("table.row", rate=formats.rate(quote.rate, texts), profit=kept)
        if has_margins:
            line = texts("table.margin", margin=formats.margin(quote.margin, texts, quote.base), row=line)
        lines += [f"<code>{pays}</code> → <code>{gets}</code>", line]
        if floor is not None and floor.is_above(quote.earned_percent):
            lines.append(ladders.under(quote.earned_percent, floor, texts))
    return lines


def table_rows(dialogue: Dialogue, texts: Texts) -> list[list[Button]]:
    """A button for each amount, to see it alone."""
    currency, amounts = amounts_of(dialogue)
    buttons = [(formats.money(each, currency, texts), "row", str(each)) for each in amounts]
    return [list(row) for row in in_rows(buttons, 3)]


def _label(kind: Kind, option: Sequence[Reading], texts: Texts) -> str:
    """What the readings of an option have in common: the sides, without amounts that are asked about later."""
    request = option[0].request
    if kind is Kind.DIRECTION and len({reading.request for reading in option}) > 1:
        amount = f"… {request.currency}"
        return f"{request.direction.pays} → {amount}" if request.reverse else f"{amount} → {request.direction.gets}"
    return formats.request(request, texts)
