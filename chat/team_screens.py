"""The screens of /team: everybody, one person, the questions before a change, and a link to hand on."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from html import escape

from calc.directions import Currency
from calc.team import Invite, LimitKind, Limits, Role
from chat import formats
from chat.alert_screens import Face
from chat.keyboards import Button, in_rows
from chat.screens import Screen
from chat.texts import Texts
from desk.team import INVITED_FOR, Known

AMOUNTS = tuple(map(Decimal, (100_000, 300_000, 500_000, 1_000_000, 3_000_000, 10_000_000)))
MARGINS = tuple(map(Decimal, ("0.5", "1", "1.5", "2", "2.5", "3")))
INVITED = (Role.OPERATOR, Role.VIEWER)
VERB = "team"
NO_LIMIT = "none"
"""Stands on a button for the number that a limit would be."""


def overview(
    face: Face, team: Sequence[Known], invites: Sequence[Invite], *, now: datetime, notice: str = ""
) -> Screen:
    texts = face.texts
    lines = [*_noted(notice), texts("team.title"), *(_line(each, texts) for each in team), ""]
    if invites:
        lines += [texts("team.invites"), *(_invite(each, texts, now=now) for each in invites)]
    else:
        lines.append(texts("team.alone", span=formats.span(INVITED_FOR, texts)))
    people = [(each.name, VERB, f"who.{each.member.id}") for each in team if not each.is_named]
    rows: list[Sequence[Button]] = [*in_rows(people, 2), [(texts("button.team_invite"), VERB, "invite")]]
    rows += [[(texts("button.team_revoke", number=each.number), VERB, f"revoke.{each.number}")] for each in invites]
    return face.screen(lines, rows)


def person(face: Face, known: Known, *, notice: str = "") -> Screen:
    texts, member = face.texts, known.member
    lines = [
        *_noted(notice),
        texts("team.about", name=escape(known.name), user_id=member.id),
        texts("team.is", role=role_word(member.role, texts)),
    ]
    rows: list[Sequence[Button]] = []
    if member.role is Role.OPERATOR:
        said = limits(member.limits, texts)
        lines += [texts("team.limits", limits=said), "", texts("team.how", user_id=member.id)]
        rows.append(
            [
                (texts("button.team_amount"), VERB, f"amount.{member.id}"),
                (texts("button.team_margin"), VERB, f"margin.{member.id}"),
            ]
        )
    roles = [each for each in INVITED if each is not member.role]
    rows.append([(texts(f"team_role.{each.word}"), VERB, f"role.{member.id}.{each.word}") for each in roles])
    if member.role is not Role.OWNER:
        rows.append([(texts(f"team_do.{each}"), VERB, f"{each}.{member.id}") for each in ("own", "give")])
    rows += [[(texts("button.team_out"), VERB, f"out.{member.id}")], back(texts)]
    return face.screen(lines, rows)


def ask_role(face: Face, code: str) -> Screen:
    """The link is made of the code that the buttons carry: a press that is handled again makes no second one."""
    texts = face.texts
    buttons = [(role_word(each, texts).capitalize(), VERB, f"invite.{each.word}.{code}") for each in INVITED]
    return face.screen([texts("team.ask_role"), "", texts("team.roles")], [buttons, back(texts)])


def ask_limit(face: Face, known: Known, kind: LimitKind) -> Screen:
    texts, user_id = face.texts, known.member.id
    if kind is LimitKind.AMOUNT:
        buttons = [(formats.money(each, Currency.RUB, texts), VERB, f"amount.{user_id}.{each}") for each in AMOUNTS]
    else:
        buttons = [(formats.percent(each, texts), VERB, f"margin.{user_id}.{each}") for each in MARGINS]
    rows = [
        *in_rows(buttons, 2 if kind is LimitKind.AMOUNT else 3),
        [(texts("button.team_no_limit"), VERB, f"{kind}.{user_id}.{NO_LIMIT}")],
        [(texts("button.back"), VERB, f"who.{user_id}")],
    ]
    return face.screen([texts(f"team_ask.{kind}", name=escape(known.name))], rows)


def ask_sure(face: Face, known: Known, action: str) -> Screen:
    """Before somebody is made an owner, is handed the desk, or is removed."""
    texts, user_id = face.texts, known.member.id
    rows = [
        [(texts("button.team_sure"), VERB, f"{action}.{user_id}.sure")],
        [(texts("button.back"), VERB, f"who.{user_id}")],
    ]
    return face.screen([texts(f"team_ask.{action}", name=escape(known.name))], rows)


def link(invite: Invite, code: str, texts: Texts, *, username: str | None, now: datetime) -> str:
    """A message of its own, to be forwarded as it is."""
    by_hand = texts("team.by_hand", code=code)
    where = by_hand if username is None else f"https://t.me/{username}?start={code}"
    until = formats.moment(invite.until, now=now, zone=texts.zone)
    return texts("team.link", role=role_word(invite.role, texts), until=until, link=where)


def role_word(role: Role, texts: Texts) -> str:
    return texts(f"role.{role.word}")


def limits(value: Limits, texts: Texts) -> str:
    """`до 500 000 RUB, маржа от 1 %`."""
    said = []
    if value.amount is not None:
        said.append(texts("team.most", amount=formats.money(value.amount, Currency.RUB, texts)))
    if value.margin is not None:
        said.append(texts("team.least", margin=formats.percent(value.margin, texts)))
    return ", ".join(said) or texts("team.unlimited")


def back(texts: Texts) -> list[Button]:
    return [(texts("button.back"), VERB, "list")]


def _line(known: Known, texts: Texts) -> str:
    parts = [texts("team.person", name=escape(known.name), role=role_word(known.member.role, texts))]
    if known.is_named:
        parts.append(texts("team.named"))
    if known.member.role is Role.OPERATOR and not known.member.limits.is_none:
        parts.append(limits(known.member.limits, texts))
    return ", ".join(parts)


def _invite(invite: Invite, texts: Texts, *, now: datetime) -> str:
    return texts(
        "team.open_invite",
        number=invite.number,
        role=role_word(invite.role, texts),
        until=formats.moment(invite.until, now=now, zone=texts.zone),
        name=escape(invite.by.name),
    )


def _noted(notice: str) -> list[str]:
    return [notice, ""] if notice else []
