"""What an operator's card says of a quote beyond the limits, and what it offers instead of the client's card."""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from html import escape

from calc.approvals import State
from calc.directions import Currency
from chat import formats
from chat.keyboards import Button
from chat.texts import Texts
from desk.approvals import Standing
from desk.limits import Excess

GIVING = frozenset({"client"})
"""The verbs of the buttons by which a quote comes to a client."""


def lines(standing: Standing, texts: Texts, *, now: datetime, zone: tzinfo) -> list[str]:
    """Under a result: what is beyond the limits, and how far a second person has come with it."""
    approval, said = standing.approval, [_excess(each, standing, texts) for each in standing.excesses]
    if approval is None or standing.state is None:
        return [*said, texts("limit.ask")]
    name = "" if approval.decided is None else escape(approval.decided.name)
    until = formats.moment(approval.until, now=now, zone=zone)
    return [*said, texts(f"approval.{standing.state}", name=name, until=until)]


def rows(standing: Standing, texts: Texts) -> list[list[Button]]:
    """In the place of what would bring a quote to the client."""
    if standing.state is None:
        return [[(texts("button.ask"), "ask", "")]]
    return [[(texts("button.unask"), "unask", "")]] if standing.state is State.WAITING else []


def kept_back(shown: Sequence[Sequence[Button]]) -> list[list[Button]]:
    """The rows without what would bring the quote to a client."""
    left = [[button for button in row if button[1] not in GIVING] for row in shown]
    return [row for row in left if row]


def _excess(excess: Excess, standing: Standing, texts: Texts) -> str:
    limits = standing.limits
    if excess is Excess.MARGIN:
        return texts("limit.margin", margin="" if limits.margin is None else formats.percent(limits.margin, texts))
    amount = "" if limits.amount is None else formats.money(limits.amount, Currency.RUB, texts)
    return texts(f"limit.{excess}", amount=amount)
