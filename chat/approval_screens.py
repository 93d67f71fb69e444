"""What the second person sees of a request for approval, and what everybody hears of how it ended."""

from collections.abc import Sequence
from datetime import datetime
from html import escape

from calc.approvals import Approval, State
from calc.team import Limits
from chat import formats
from chat.alert_screens import Face
from chat.screens import Screen
from chat.team_screens import limits as limits_line
from chat.texts import Texts

VERB = "approve"
YES, NO = "yes", "no"


def request(face: Face, approval: Approval, limits: Limits, result: Sequence[str], *, now: datetime) -> Screen:
    """What the second person decides on: the quote as the operator has it, and why it is asked."""
    texts, name = face.texts, escape(approval.asked.asker.name)
    lines = [
        texts("approval.asks", name=name, approval=approval.id),
        texts("approval.beyond", name=name, limits=limits_line(limits, texts)),
        "",
        *result,
        "",
        texts("approval.until", until=formats.moment(approval.until, now=now, zone=texts.zone)),
    ]
    buttons = [
        (texts("button.approve"), VERB, f"{YES}.{approval.number}"),
        (texts("button.refuse"), VERB, f"{NO}.{approval.number}"),
    ]
    return face.screen(lines, [buttons])


def decided(face: Face, approval: Approval, state: State, result: Sequence[str]) -> Screen:
    """The same without its buttons, and how it ended."""
    texts = face.texts
    name = "" if approval.decided is None else escape(approval.decided.name)
    head = texts("approval.asks", name=escape(approval.asked.asker.name), approval=approval.id)
    return Screen("\n".join([head, "", *result, "", texts(f"approval_is.{state}", name=name)]), keyboard=None)


def told(approval: Approval, state: State, quote: str, texts: Texts, *, now: datetime) -> str:
    """What the asker hears of it; `quote` is the request in words."""
    name = "" if approval.decided is None else escape(approval.decided.name)
    until = formats.moment(approval.until, now=now, zone=texts.zone)
    return texts(f"approval_told.{state}", name=name, quote=quote, until=until)
