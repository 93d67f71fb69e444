"""The screens of /audit: a page of deeds, and the questions whose and what about."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from html import escape, unescape

from calc.deeds import Area, Deed
from calc.directions import Currency, Direction
from calc.floors import Floor
from calc.margins import Margin
from calc.team import Role
from calc.tiers import Ladder
from chat import formats, ladders
from chat.alert_screens import Face
from chat.keyboards import Button, in_rows
from chat.scopes import Scope, named
from chat.screens import Screen
from chat.texts import Texts

VERB = "audit"
PAGE = 8
LONGEST = 240
"""Characters of what one deed was about."""
MOST_PEOPLE = 40
_ALL = "-"
_ASKED = re.compile(r"(\w+-\w+) (pays|gets) ([^;]+ at [^;]+)(.*)")
"""What an approval was asked for: `RUB-USDT pays 250000 at 1%`."""
_LEFT_OUT = frozenset(
    {
        "author",
        "author_name",
        "rate",
        "rate_of",
        "rate_per",
        "requote_of",
        "earned_percent",
        "profit_rub",
        "profit_usdt",
        "base",
        "beyond",
        "invite",
        "by",
        "until",
    }
)
"""What is kept to be added up and looked up, or stands in the line already."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Deeds below a number, 0 for all; of a person, None for everybody; about an area, None for everything."""

    by: int | None = None
    area: Area | None = None
    before: int = 0

    def __str__(self) -> str:
        return f"{self.by or 0}.{self.area or _ALL}.{self.before}"

    @classmethod
    def parse(cls, text: str) -> "Filter":
        """The filter whose `str` this is; ValueError for anything else."""
        by, area, before = text.split(".")
        return cls(int(by) or None, None if area == _ALL else Area(area), int(before))


def page(
    face: Face,
    chosen: Filter,
    deeds: Sequence[tuple[int, Deed]],
    *,
    name_of: Callable[[int], str],
    now: datetime,
) -> Screen:
    """At most PAGE of the deeds; that there is one more says that there are older ones."""
    texts, shown = face.texts, deeds[:PAGE]
    who = texts("button.audit_all") if chosen.by is None else name_of(chosen.by)
    area = texts("button.audit_all") if chosen.area is None else texts(f"area.{chosen.area}")
    said = [escape(who)] * (chosen.by is not None) + [area] * (chosen.area is not None)
    title = texts("audit.of", what=", ".join(said)) if said else texts("audit.title")
    lines = [_line(deed, texts, name_of=name_of, now=now) for _, deed in shown] or [texts("audit.nothing")]
    turns: list[Button] = []
    if chosen.before:
        turns.append((texts("button.audit_newest"), VERB, f"show.{replace(chosen, before=0)}"))
    if len(deeds) > PAGE:
        turns.append((texts("button.audit_older"), VERB, f"show.{replace(chosen, before=shown[-1][0])}"))
    chosen = replace(chosen, before=0)
    filters = [
        (texts("button.audit_who", who=who), VERB, f"people.{chosen}"),
        (texts("button.audit_area", area=area), VERB, f"areas.{chosen}"),
    ]
    return face.screen(["\n".join([title, "", *lines])], [*([turns] if turns else []), filters])


def ask_who(face: Face, chosen: Filter, people: Mapping[int, str], *, notice: str = "") -> Screen:
    texts = face.texts
    named = sorted(people.items(), key=lambda each: each[1])[:MOST_PEOPLE]
    buttons = [(name or str(user_id), VERB, f"show.{replace(chosen, by=user_id)}") for user_id, name in named]
    everybody = (texts("button.audit_all"), VERB, f"show.{replace(chosen, by=None)}")
    return face.screen([*([notice, ""] if notice else []), texts("audit.ask_who")], [[everybody], *in_rows(buttons, 2)])


def ask_area(face: Face, chosen: Filter) -> Screen:
    texts = face.texts
    buttons = [(texts(f"area.{each}").capitalize(), VERB, f"show.{replace(chosen, area=each)}") for each in Area]
    everything = (texts("button.audit_all"), VERB, f"show.{replace(chosen, area=None)}")
    return face.screen([texts("audit.ask_area")], [[everything], *in_rows(buttons, 2)])


def _line(deed: Deed, texts: Texts, *, name_of: Callable[[int], str], now: datetime) -> str:
    what = texts(f"deed.{deed.kind}") if f"deed.{deed.kind}" in texts else escape(deed.kind)
    said = ": ".join(each for each in (_subject(deed, texts, name_of), _about(deed, texts)) if each)
    if len(said) > LONGEST:
        said = f"{said[:LONGEST]}…"
    name = escape(deed.name) if deed.by is not None else texts("audit.itself")
    moment = formats.moment(deed.at, now=now, zone=texts.zone)
    return texts("audit.line", moment=moment, name=name or str(deed.by), what=f"{what} {escape(said)}".strip())


def _subject(deed: Deed, texts: Texts, name_of: Callable[[int], str]) -> str:
    subject = deed.subject
    if deed.area is Area.TEAM:
        return name_of(int(subject)) if subject.isdecimal() else subject.replace("#", texts("audit.number"))
    if subject and (deed.area is Area.MARGINS or deed.kind == "rate.quoted_anyway"):
        return named(_directions(deed), texts)
    return subject


def _directions(deed: Deed) -> list[Direction]:
    """What a margin, a floor, or a quote at a refused rate is for."""
    return [each for name in deed.subject.split(", ") if name for each in Scope(name).directions]


def _about(deed: Deed, texts: Texts) -> str:
    """The particulars: of a quote what is exchanged, of a change what was before and is now."""
    details = deed.details
    if "pays" in details and "gets" in details and "direction" in details:
        direction = Direction.parse(details["direction"])
        pays, gets = Decimal(details["pays"]), Decimal(details["gets"])
        deal = f"{formats.money(pays, direction.pays, texts)} → {formats.money(gets, direction.gets, texts)}"
        margin = formats.margin(Margin.parse(details["margin"]), texts) if "margin" in details else ""
        return ", ".join(filter(None, [deal, margin, details.get("client", "")]))
    said = []
    if "old" in details and "new" in details:
        old, new = (_value(deed, details[each], texts) for each in ("old", "new"))
        said.append(texts("audit.change", old=old, new=new))
    elif "old" in details or "new" in details:
        said.append(_value(deed, details.get("new", details.get("old", "")), texts))
    rest = [_value(deed, value, texts) for key, value in details.items() if key not in {"old", "new", *_LEFT_OUT}]
    return ", ".join([*said, *rest])


def _value(deed: Deed, text: str, texts: Texts) -> str:
    """As other screens say it; what they do not say, as it was kept."""
    if text in {"", "-"}:
        return texts("audit.none")
    match deed.kind:
        case "team.amount":
            return formats.money(Decimal(text), Currency.RUB, texts)
        case "team.margin":
            return formats.percent(Decimal(text), texts)
        case "floor.changed":
            return ladders.floor(Floor.parse(text), texts)
        case "margin.changed" | "own_margin.changed":
            return unescape(ladders.whole(Ladder.parse(text), _directions(deed)[0].pays, texts))
        case "margin_buttons.changed":
            return " ".join(formats.margin(Margin.parse(each), texts) for each in text.split(" "))
        case "rate.typed" | "rate.ended":
            return formats.limit(Decimal(text), texts)
        case _ if deed.area is Area.APPROVALS and (found := _ASKED.fullmatch(text)):
            return _asked(found, texts)
        case _ if deed.area is Area.TEAM and text in {each.word for each in Role}:
            return texts(f"role.{text}")
    return text


def _asked(found: re.Match[str], texts: Texts) -> str:
    """`250 000 RUB → USDT, 1 %`, and how the rate came about where that mattered."""
    name, side, amounts, rest = found.groups()
    direction, said = Direction.parse(name), []
    for each in amounts.split(", "):
        amount, margin = each.split(" at ")
        if side == "gets":
            sides = f"{direction.pays} → {formats.money(Decimal(amount), direction.gets, texts)}"
        else:
            sides = f"{formats.money(Decimal(amount), direction.pays, texts)} → {direction.gets}"
        said.append(f"{sides}, {formats.margin(Margin.parse(margin), texts)}")
    return f"{'; '.join(said)}{rest}"
